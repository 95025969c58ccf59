package org.pagepool.runtime.pgmap;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One device page map as it is given to the pool: everything about it that never changes.
 *
 * @param id its name, unique in a pool while it is mapped: {@code pmem0}
 * @param type memory type
 * @param ranges its pfns; at least one range, in ascending order, not overlapping, each starting and ending on a head
 * @param geometry base pages per head
 * @param basePage size of a base page
 * @param protocol the rules its pages follow
 * @param ops the operations its driver supplies; those its type needs, and any other
 * @param altmap room for its page records at the start of its only range, or null if they are kept in RAM
 * @param owner whose it is, which driver memory must say; null otherwise
 */
public record PgmapSpec(
        String id,
        MemoryType type,
        List<PfnRange> ranges,
        Geometry geometry,
        BasePage basePage,
        Protocol protocol,
        Set<PgmapOp> ops,
        @Nullable Altmap altmap,
        @Nullable String owner) {

    /** The most ranges a pgmap may have. */
    public static final int RANGES_MAX = 1024;

    /** The owner of driver memory for which no other was named. */
    public static final String OWNER = "pagepool";

    /** A device with the operations and the owner its type needs and its page records in RAM. */
    public PgmapSpec(
            String id,
            MemoryType type,
            List<PfnRange> ranges,
            Geometry geometry,
            BasePage basePage,
            Protocol protocol) {
        this(
                id,
                type,
                ranges,
                geometry,
                basePage,
                protocol,
                PgmapOp.required(type, protocol),
                null,
                PgmapOp.needsOwner(type) ? OWNER : null);
    }

    /**
     * Checks what {@code memremap_pages} checks of a single pgmap before it maps anything (B9, R22), and that its rules make
     * sense. What depends on other devices, on RAM and on the place is checked when it is mapped: {@link Remap}.
     *
     * @throws IllegalArgumentException naming the range, operation or altmap and what would be right
     */
    public PgmapSpec {
        ranges = List.copyOf(ranges);
        ops = ops.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(ops));
        protocol = protocol.checked();
        if (id.isBlank()) {
            throw new IllegalArgumentException("a pgmap needs a name");
        }
        if (ranges.isEmpty() || ranges.size() > RANGES_MAX) {
            throw new IllegalArgumentException(
                    "pgmap " + id + " needs 1 to " + RANGES_MAX + " ranges: ranges=" + ranges.size());
        }
        long before = 0;
        for (PfnRange range : ranges) {
            if (range.first() < before) {
                throw new IllegalArgumentException(
                        "pgmap " + id + " has ranges that overlap or are out of order: range=" + range);
            }
            if (!geometry.isHead(range.first()) || !geometry.isHead(range.pages())) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "pgmap %s has a range that is no multiple of its geometry: range=%s pages=%d geometry=%d",
                        id,
                        range,
                        range.pages(),
                        geometry.pages()));
            }
            before = range.end();
        }
        if (before >> basePage.sectionOrder() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("pgmap " + id + " has pfns beyond the last section: range="
                    + ranges.get(ranges.size() - 1) + ", want pfns below 0x"
                    + Long.toHexString(basePage.sectionFirstPfn(Integer.MAX_VALUE)));
        }
        checkOps(id, type, protocol, ops, owner);
        if (altmap != null) {
            checkAltmap(id, ranges, geometry, altmap);
        }
    }

    private static void checkOps(
            String id, MemoryType type, Protocol protocol, Set<PgmapOp> ops, @Nullable String owner) {
        for (PgmapOp needed : PgmapOp.required(type, protocol)) {
            if (!ops.contains(needed)) {
                throw new IllegalArgumentException("pgmap " + id + " lacks an operation its type needs: type="
                        + type.label() + " protocol=" + protocol.name() + " operation=" + needed.label() + ", has "
                        + (ops.isEmpty()
                                ? "none"
                                : ops.stream().map(PgmapOp::label).collect(Collectors.joining(", "))));
            }
        }
        if (PgmapOp.needsOwner(type) && (owner == null || owner.isBlank())) {
            throw new IllegalArgumentException("pgmap " + id + " needs an owner: type=" + type.label());
        }
        boolean kill = ops.contains(PgmapOp.KILL);
        if (kill != ops.contains(PgmapOp.CLEANUP)) {
            throw new IllegalArgumentException("pgmap " + id
                    + " has half of what a reference of its own needs: want both kill and cleanup, or neither; has "
                    + (kill ? "kill" : "cleanup"));
        }
        if (kill && !protocol.externalRef()) {
            throw new IllegalArgumentException("pgmap " + id
                    + " brings kill and cleanup for a reference of its own, which its era has no more: protocol="
                    + protocol.name() + ", want a protocol of the eras up to v5.17 or neither operation");
        }
    }

    private static void checkAltmap(String id, List<PfnRange> ranges, Geometry geometry, Altmap altmap) {
        if (ranges.size() > 1) {
            throw new IllegalArgumentException(
                    "pgmap " + id + " has an altmap over several ranges: ranges=" + ranges.size() + ", want one");
        }
        PfnRange range = ranges.get(0);
        if (altmap.pages() >= range.pages() || !geometry.isHead(altmap.pages())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "pgmap %s has an altmap that leaves no whole heads: reserve=%d free=%d pages=%d geometry=%d, want"
                            + " reserve + free below pages and a multiple of the geometry",
                    id,
                    altmap.reserve(),
                    altmap.free(),
                    range.pages(),
                    geometry.pages()));
        }
    }

    /** The first usable page: what an altmap keeps of the first range lies before it (B8, B10). */
    public long pfnFirst() {
        return ranges.get(0).first() + (altmap == null ? 0 : altmap.pages());
    }

    private long firstOf(int range) {
        return range == 0 ? pfnFirst() : ranges.get(range).first();
    }

    /** Usable base pages in all ranges. */
    public long pages() {
        long sum = 0;
        for (int i = 0; i < ranges.size(); i++) {
            sum += ranges.get(i).end() - firstOf(i);
        }
        return sum;
    }

    /** Heads in all ranges; what B8 counts as {@code (pfn_end - pfn_first) >> order}. */
    public long heads() {
        return pages() >> geometry.order();
    }

    /** References on the pgmap that mapping it takes, besides the one it is born with (B8, section 3.2). */
    public long mapRefs() {
        return protocol.mapTakesPgmapRefs(type) ? heads() : 0;
    }

    /** What all its heads have in common. */
    public HeadRules headRules() {
        return HeadRules.of(protocol, type, geometry);
    }

    /** True when one of its ranges holds {@code pfn}: what the lookup by pfn goes by, altmap or not (B6). */
    public boolean covers(long pfn) {
        return rangeOf(pfn) >= 0;
    }

    /** True when {@code pfn} is one of its usable pages. */
    public boolean owns(long pfn) {
        return pfn >= pfnFirst() && rangeOf(pfn) >= 0;
    }

    /** True when it owns every page of {@code wanted}; ranges that touch are as good as one. */
    public boolean owns(PfnRange wanted) {
        int i = owns(wanted.first()) ? rangeOf(wanted.first()) : -1;
        while (i >= 0 && ranges.get(i).end() < wanted.end()) {
            long next = ranges.get(i).end();
            i = i + 1 < ranges.size() && ranges.get(i + 1).first() == next ? i + 1 : -1;
        }
        return i >= 0;
    }

    /** The pfn of the page at {@code offset} usable base pages into the device, counted across its ranges (B37). */
    public long pfnAt(long offset) {
        long left = offset;
        for (int i = 0; i < ranges.size(); i++) {
            long pages = ranges.get(i).end() - firstOf(i);
            if (left < pages && left >= 0) {
                return firstOf(i) + left;
            }
            left -= pages;
        }
        throw new IllegalArgumentException("offset outside pgmap " + id + ": offset=" + offset + " pages=" + pages());
    }

    /**
     * The offset of a usable page in the device, in base pages, counted across its ranges; the inverse of {@link #pfnAt}.
     *
     * @throws IllegalArgumentException if it is no page of the device
     */
    public long offsetOf(long pfn) {
        long before = 0;
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(pfn) && pfn >= firstOf(i)) {
                return before + (pfn - firstOf(i));
            }
            before += ranges.get(i).end() - firstOf(i);
        }
        throw new IllegalArgumentException("no page of pgmap " + id + ": pfn=0x" + Long.toHexString(pfn));
    }

    /** The section that hosts the head of {@code pfn}: the one its first page lies in. */
    public int sectionOf(long pfn) {
        return basePage.sectionOf(geometry.headOf(pfn));
    }

    /** These runs, cut where the section that hosts their heads changes, by section. */
    public Map<Integer, List<Run>> bySection(List<Run> runs) {
        Map<Integer, List<Run>> out = new TreeMap<>();
        for (Run run : runs) {
            long head = run.firstHead();
            while (head < run.end(geometry)) {
                int section = sectionOf(head);
                long behind = Math.max(basePage.sectionFirstPfn(section + 1), head + geometry.pages());
                long until = Math.min(run.end(geometry), behind);
                int heads = Math.toIntExact((until - head) >> geometry.order());
                out.computeIfAbsent(section, s -> new ArrayList<>()).add(new Run(head, heads, run.refs()));
                head = until;
            }
        }
        return out;
    }

    /** First pfn behind those from {@code pfn} on whose heads live in the same section, be they pages of this pgmap or not. */
    public long hostedUntil(long pfn) {
        return Math.max(geometry.headOf(pfn) + geometry.pages(), basePage.sectionFirstPfn(sectionOf(pfn) + 1));
    }

    /** Heads of this pgmap that live in {@code section}. */
    public int headsIn(int section) {
        long first = basePage.sectionFirstPfn(section);
        long end = first + basePage.sectionPages();
        long sum = 0;
        for (int i = 0; i < ranges.size(); i++) {
            long lo = roundUp(Math.max(first, firstOf(i)));
            long hi = roundUp(Math.min(end, ranges.get(i).end()));
            sum += Math.max(0, hi - lo) >> geometry.order();
        }
        return Math.toIntExact(sum);
    }

    private long roundUp(long pfn) {
        return (pfn + geometry.pages() - 1) & -geometry.pages();
    }

    private int rangeOf(long pfn) {
        int lo = 0;
        int hi = ranges.size() - 1;
        while (lo <= hi) {
            int mid = (lo + hi) >>> 1;
            PfnRange range = ranges.get(mid);
            if (pfn < range.first()) {
                hi = mid - 1;
            } else if (pfn >= range.end()) {
                lo = mid + 1;
            } else {
                return mid;
            }
        }
        return -1;
    }
}
