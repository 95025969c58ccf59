package org.pagepool.runtime.vmemmap;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.VmemmapDedup;

/** Devices for the tests of page metadata. */
final class Devices {
    static final long MIB = 1L << 20;
    static final long GIB = 1L << 30;
    static final long TIB = 1L << 40;

    private Devices() {}

    /** A device of 4 KiB base pages at pfn 0, with heads of that many bytes. */
    static PgmapSpec of(long bytes, long headBytes, VmemmapDedup dedup) {
        return of(BasePage.KIB_4, bytes, headBytes, dedup, null);
    }

    static PgmapSpec of(BasePage basePage, long bytes, long headBytes, VmemmapDedup dedup, @Nullable Altmap altmap) {
        Geometry geometry = Geometry.ofPages(headBytes / basePage.bytes());
        return spec(basePage, geometry, dedup, List.of(new PfnRange(0, bytes / basePage.bytes())), altmap);
    }

    static PgmapSpec spec(BasePage basePage, Geometry geometry, VmemmapDedup dedup, List<PfnRange> ranges) {
        return spec(basePage, geometry, dedup, ranges, null);
    }

    private static PgmapSpec spec(
            BasePage basePage, Geometry geometry, VmemmapDedup dedup, List<PfnRange> ranges, @Nullable Altmap altmap) {
        String value = dedup.name().toLowerCase(Locale.ROOT).replace('_', '-');
        Protocol protocol = Protocol.PAGEPOOL.with("vmemmap.dedup", value);
        PgmapSpec plain = new PgmapSpec("pmem0", MemoryType.GENERIC, ranges, geometry, basePage, protocol);
        return new PgmapSpec(
                plain.id(), plain.type(), ranges, geometry, basePage, protocol, plain.ops(), altmap, plain.owner());
    }

    static Vmemmap populated(PgmapSpec spec) {
        if (Vmemmap.populateAll(spec) instanceof Vmemmap.Populated.Done done) {
            return done.memmap();
        }
        throw new AssertionError("out of frames: " + spec);
    }
}
