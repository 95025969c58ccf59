package org.pagepool.demo.vmemmap;

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
import org.pagepool.runtime.vmemmap.MemmapLayout;

/**
 * What to compute, checked.
 *
 * @param bytes size of the device, with what an altmap takes
 * @param altmap where in the device its metadata is, or null for system memory
 * @param protocol the rules, which say what is shared where nothing else is asked for
 * @param geometries pages per head, ascending
 * @param dedups what of the metadata is shared
 * @param leftOut geometries that are usually shown and do not fit the device, each with the reason
 * @param measure whether to map the device in this process and look at the heap
 */
record VmemmapPlan(
        long bytes,
        MemoryType type,
        BasePage basePage,
        @Nullable Altmap altmap,
        Protocol protocol,
        List<Geometry> geometries,
        List<VmemmapDedup> dedups,
        List<String> leftOut,
        boolean measure) {

    /** Copies the lists. */
    VmemmapPlan {
        geometries = List.copyOf(geometries);
        dedups = List.copyOf(dedups);
        leftOut = List.copyOf(leftOut);
    }

    /** As users write it: {@code pte-pmd}. */
    static String label(VmemmapDedup dedup) {
        return dedup.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Base pages of the device. */
    long pages() {
        return bytes >> basePage.shift();
    }

    /** Bytes of a head. */
    long headBytes(Geometry geometry) {
        return geometry.pages() << basePage.shift();
    }

    /** The device, at the first place where it begins with a head and with what a table page of its metadata maps. */
    PgmapSpec spec(Geometry geometry, VmemmapDedup dedup) {
        long first = Math.max(geometry.pages(), new MemmapLayout(basePage).pfnsPerTable());
        Protocol rules = protocol.with("vmemmap.dedup", label(dedup));
        PgmapSpec plain =
                new PgmapSpec("pmem0", type, List.of(new PfnRange(first, pages())), geometry, basePage, rules);
        return new PgmapSpec(
                plain.id(), type, plain.ranges(), geometry, basePage, rules, plain.ops(), altmap, plain.owner());
    }
}
