package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.VmemmapDedup;

/**
 * A part of a range's memmap that is populated in one way throughout: unit after unit, each with the same parts.
 *
 * @param firstPage vmemmap page at which it begins
 * @param stride vmemmap pages of a unit
 * @param units how many
 * @param parts what of a unit leads to which kind of frame
 * @param ownTables whether its PTEs lie in table pages at their own place, which neighbours may use too
 */
record Stretch(long firstPage, long stride, long units, List<Part> parts, boolean ownTables) {
    /**
     * What of a unit leads to one frame.
     *
     * @param kind of the frame
     * @param from first page of the unit
     * @param to page behind the last
     */
    record Part(FrameKind kind, long from, long to) {
        /** Units in the first {@code pages} pages of a stretch that have begun this part, and so have its frame. */
        long begun(long pages, long stride) {
            return pages / stride + (pages % stride > from ? 1 : 0);
        }
    }

    /** Vmemmap pages. */
    long pages() {
        return stride * units;
    }

    /** Pages of each frame of the device's own storage that an altmap would have to hand out, by its only part. */
    long blockPages(MemmapLayout layout) {
        return parts.get(0).kind() == FrameKind.HUGE ? layout.entriesPerTable() : 1;
    }

    /** The stretches of a range, ascending. */
    static List<Stretch> of(PfnRange range, Sharing sharing) {
        MemmapLayout layout = sharing.layout();
        long first = layout.pageOf(range.first());
        long end = layout.pageOf(range.end());
        if (sharing.shares()) {
            long stride = sharing.pagesPerHead();
            List<Part> parts = compound(sharing);
            boolean ownTables = sharing.effective() == VmemmapDedup.PTE;
            return List.of(new Stretch(first, stride, (end - first) / stride, parts, ownTables));
        }
        return unshared(first, end, layout);
    }

    /** Whole sections by PMD entries where such an entry reaches just one section, the rest by PTEs (B44). */
    private static List<Stretch> unshared(long first, long end, MemmapLayout layout) {
        long huge = layout.entriesPerTable();
        long wholeFrom = Math.min(end, (first + huge - 1) / huge * huge);
        long wholeTo = Math.max(wholeFrom, end / huge * huge);
        if (!layout.sectionFillsTable()) {
            wholeFrom = end;
            wholeTo = end;
        }
        List<Stretch> out = new ArrayList<>(3);
        add(out, first, wholeFrom, FrameKind.OWN, 1);
        add(out, wholeFrom, wholeTo, FrameKind.HUGE, huge);
        add(out, wholeTo, end, FrameKind.OWN, 1);
        return out;
    }

    private static void add(List<Stretch> out, long first, long end, FrameKind kind, long stride) {
        if (first < end) {
            List<Part> parts = List.of(new Part(kind, 0, stride));
            out.add(new Stretch(first, stride, (end - first) / stride, parts, kind == FrameKind.OWN));
        }
    }

    /**
     * What a compound is made of: section by section as they are populated, each by the rule for where it begins. A compound
     * that is not larger than a section is the only one, or one of several, of the section it lies in.
     */
    static List<Part> compound(Sharing sharing) {
        MemmapLayout layout = sharing.layout();
        long geometry = sharing.geometry().pages();
        long step = Math.min(geometry, layout.basePage().sectionPages());
        boolean tables = sharing.effective() == VmemmapDedup.PTE_PMD;
        List<Part> parts = new ArrayList<>();
        for (long offset = 0; offset < geometry; offset += step) {
            long from = layout.pagesFor(offset);
            long to = from + layout.pagesFor(step);
            Reuse reuse = sharing.reuse(offset);
            if (reuse == Reuse.FRESH) {
                join(parts, FrameKind.HEAD, from, from + 1);
                join(parts, FrameKind.TAIL, from + 1, to);
            } else if (reuse == Reuse.PAGE) {
                join(parts, FrameKind.TAIL, from, to);
            }
            if (tables) {
                join(parts, reuse == Reuse.FRESH ? FrameKind.HEAD_TABLE : FrameKind.TAIL_TABLE, from, to);
            }
        }
        return List.copyOf(parts);
    }

    /** Goes on with the part of that kind that ends here, if there is one: the section before has its block. */
    private static void join(List<Part> parts, FrameKind kind, long from, long to) {
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part.kind() == kind && part.to() == from) {
                parts.set(i, new Part(kind, part.from(), to));
                return;
            }
        }
        if (from < to) {
            parts.add(new Part(kind, from, to));
        }
    }

    /** Entries of its first {@code pages} pages for one part, whose first frame is {@code firstFrame}: two runs at most. */
    List<EntryRun> entries(Part part, long pages, long firstFrame) {
        long whole = pages / stride;
        long rest = pages % stride;
        List<EntryRun> out = new ArrayList<>(2);
        if (whole > 0) {
            out.add(new EntryRun(part.kind(), firstPage, stride, whole, part.from(), part.to(), firstFrame));
        }
        if (rest > part.from()) {
            long to = Math.min(part.to(), rest);
            out.add(new EntryRun(
                    part.kind(), firstPage + whole * stride, stride, 1, part.from(), to, firstFrame + whole));
        }
        return out;
    }
}
