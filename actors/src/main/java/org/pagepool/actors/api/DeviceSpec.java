package org.pagepool.actors.api;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.PgmapOps;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.protocol.Protocol;

/**
 * A device to be mapped: 4 KiB base pages, device-dax memory, heads of 2 MiB and the recommended protocol, unless said
 * otherwise.
 *
 * @param id its name
 * @param bytes its size, where no ranges are given
 * @param type memory type
 * @param headBytes bytes per head: the base page, or a power of two times it
 * @param basePage size of a base page
 * @param protocol the rules its pages follow
 * @param ranges its pfns, or empty to be given the next free ones
 * @param altmap room for its page records at the start of its only range, or null if they are kept in RAM (B51)
 * @param owner whose it is, or null for the pool's own where its type needs one (B9)
 * @param ops what its driver does for it, or null for operations that do nothing (B9)
 */
public record DeviceSpec(
        String id,
        long bytes,
        MemoryType type,
        long headBytes,
        BasePage basePage,
        Protocol protocol,
        List<PfnRange> ranges,
        @Nullable Altmap altmap,
        @Nullable String owner,
        @Nullable PgmapOps ops) {

    /** A device without altmap, owner and operations of its own. */
    public DeviceSpec(
            String id,
            long bytes,
            MemoryType type,
            long headBytes,
            BasePage basePage,
            Protocol protocol,
            List<PfnRange> ranges) {
        this(id, bytes, type, headBytes, basePage, protocol, ranges, null, null, null);
    }

    /** Refuses what is missing, and copies the list. */
    public DeviceSpec {
        Objects.requireNonNull(id, "a device needs a name: id=null");
        Objects.requireNonNull(type, "a device needs a memory type: type=null");
        Objects.requireNonNull(basePage, "a device needs a base page: basePage=null");
        Objects.requireNonNull(protocol, "a device needs a protocol: protocol=null");
        ranges = List.copyOf(ranges);
    }

    /** A device of that size, with the defaults. */
    public static DeviceSpec of(String id, long bytes) {
        return new DeviceSpec(id, bytes, MemoryType.GENERIC, 2L << 20, BasePage.KIB_4, Protocol.PAGEPOOL, List.of());
    }

    /** The same with another memory type. */
    public DeviceSpec type(MemoryType other) {
        return new DeviceSpec(id, bytes, other, headBytes, basePage, protocol, ranges, altmap, owner, ops);
    }

    /** The same with heads of another size, in bytes. */
    public DeviceSpec headBytes(long other) {
        return new DeviceSpec(id, bytes, type, other, basePage, protocol, ranges, altmap, owner, ops);
    }

    /** The same with another base page. */
    public DeviceSpec basePage(BasePage other) {
        return new DeviceSpec(id, bytes, type, headBytes, other, protocol, ranges, altmap, owner, ops);
    }

    /** The same under other rules. */
    public DeviceSpec protocol(Protocol other) {
        return new DeviceSpec(id, bytes, type, headBytes, basePage, other, ranges, altmap, owner, ops);
    }

    /** The same at these pfns; its size is then theirs. */
    public DeviceSpec at(PfnRange... fixed) {
        return new DeviceSpec(id, bytes, type, headBytes, basePage, protocol, List.of(fixed), altmap, owner, ops);
    }

    /** The same with its page records on the device itself. */
    public DeviceSpec altmap(@Nullable Altmap other) {
        return new DeviceSpec(id, bytes, type, headBytes, basePage, protocol, ranges, other, owner, ops);
    }

    /** The same, belonging to somebody. */
    public DeviceSpec owner(String other) {
        return new DeviceSpec(id, bytes, type, headBytes, basePage, protocol, ranges, altmap, other, ops);
    }

    /** The same with a driver; what its type needs must be there. */
    public DeviceSpec ops(PgmapOps other) {
        return new DeviceSpec(id, bytes, type, headBytes, basePage, protocol, ranges, altmap, owner, other);
    }

    /**
     * The geometry.
     *
     * @throws PoolRefusedException if a head is no power of two of base pages
     */
    Geometry geometry() {
        if (headBytes < basePage.bytes() || headBytes % basePage.bytes() != 0) {
            throw new PoolRefusedException(
                    "head is no multiple of a base page: device=" + id + " headBytes=" + headBytes + " basePage="
                            + basePage.label(),
                    null);
        }
        try {
            return Geometry.ofPages(headBytes / basePage.bytes());
        } catch (IllegalArgumentException refused) {
            throw new PoolRefusedException(refused.getMessage() + " device=" + id + " headBytes=" + headBytes, null);
        }
    }

    /**
     * Base pages.
     *
     * @throws PoolRefusedException if the size is no multiple of a head
     */
    long pages() {
        if (ranges.isEmpty() && (bytes <= 0 || bytes % headBytes != 0)) {
            throw new PoolRefusedException(
                    "size is no multiple of the geometry: device=" + id + " bytes=" + bytes + " headBytes=" + headBytes
                            + ", want "
                            + (bytes < headBytes ? "" : bytes / headBytes * headBytes + " or ")
                            + (Math.max(0, bytes) / headBytes + 1) * headBytes,
                    null);
        }
        return bytes / basePage.bytes();
    }
}
