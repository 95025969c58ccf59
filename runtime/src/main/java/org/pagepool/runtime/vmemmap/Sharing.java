package org.pagepool.runtime.vmemmap;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;

/**
 * How much of a device's page metadata is shared: what was asked for, what is possible, and why that may be less.
 *
 * @param layout arithmetic of the memmap
 * @param geometry pages per head
 * @param asked what was asked for
 * @param effective what is done
 * @param why why it is less, or null if it is what was asked for
 */
public record Sharing(
        MemmapLayout layout,
        Geometry geometry,
        VmemmapDedup asked,
        VmemmapDedup effective,
        @Nullable Fallback why) {

    /** Vmemmap pages that a compound has for itself at least: its head block and its tail block (B45). */
    public static final int BLOCKS_PER_COMPOUND = 2;

    /** What is possible of what is asked for (D12, B45, B51, R24). */
    public static Sharing of(MemmapLayout layout, Geometry geometry, VmemmapDedup asked, @Nullable Altmap altmap) {
        Fallback none = asked == VmemmapDedup.NONE ? null : whyNone(layout, geometry, altmap);
        if (asked == VmemmapDedup.NONE || none != null) {
            return new Sharing(layout, geometry, asked, VmemmapDedup.NONE, none);
        }
        Fallback tables = asked == VmemmapDedup.PTE ? null : whyNoTables(layout, geometry);
        VmemmapDedup effective = tables == null ? asked : VmemmapDedup.PTE;
        return new Sharing(layout, geometry, asked, effective, tables);
    }

    /** What is possible for a device of what its protocol asks for. */
    public static Sharing of(PgmapSpec spec) {
        return of(
                new MemmapLayout(spec.basePage()),
                spec.geometry(),
                spec.protocol().dedup(),
                spec.altmap());
    }

    private static @Nullable Fallback whyNone(MemmapLayout layout, Geometry geometry, @Nullable Altmap altmap) {
        if (altmap != null) {
            return Fallback.ALTMAP;
        }
        if (!geometry.compound()) {
            return Fallback.BASE_PAGES;
        }
        return geometry.pages() <= BLOCKS_PER_COMPOUND * layout.recordsPerPage() ? Fallback.TOO_FEW_PAGES : null;
    }

    private static @Nullable Fallback whyNoTables(MemmapLayout layout, Geometry geometry) {
        if (!layout.sectionFillsTable()) {
            return Fallback.TABLE_SPANS_SECTIONS;
        }
        return geometry.pages() <= 2 * layout.basePage().sectionPages() ? Fallback.NO_TABLE_REPEATS : null;
    }

    /** Whether anything is shared. */
    public boolean shares() {
        return effective != VmemmapDedup.NONE;
    }

    /**
     * Where the metadata comes from of a section, or of what is left of one, that begins {@code offset} pfns behind the
     * start of its range (B46, B47). It can come from before only if it begins inside a compound, and only compounds of
     * more than a subsection are looked at. This relies on ranges that begin with a compound, and on sections that are
     * populated one after the other.
     */
    public Reuse reuse(long offset) {
        long inCompound = offset % geometry.pages();
        if (!shares() || inCompound == 0 || geometry.pages() <= layout.subsectionPfns()) {
            return Reuse.FRESH;
        }
        boolean tableBefore = inCompound > layout.basePage().sectionPages();
        return effective == VmemmapDedup.PTE_PMD && tableBefore ? Reuse.TABLE : Reuse.PAGE;
    }

    /** Vmemmap pages that the records of one head span. */
    public long pagesPerHead() {
        return layout.pagesFor(geometry.pages());
    }
}
