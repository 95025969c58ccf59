package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.List;

/**
 * Table entries in regular order: {@code units} stretches of the memmap, {@code stride} pages apart, in each of which the
 * pages from {@code from} up to {@code to} lead to one frame; stretch after stretch to the next frame. The tails of all
 * compounds of a device are one such run, however large it is.
 *
 * @param kind what the frames are
 * @param firstPage vmemmap page at which the first stretch begins
 * @param stride vmemmap pages from one stretch to the next
 * @param units number of stretches, at least one
 * @param from first page of a stretch that leads to its frame
 * @param to page behind the last one that does
 * @param firstFrame frame of the first stretch
 */
public record EntryRun(FrameKind kind, long firstPage, long stride, long units, long from, long to, long firstFrame) {

    /** Refuses what maps nothing. */
    public EntryRun {
        if (units <= 0 || from < 0 || from >= to || to > stride) {
            throw new IllegalArgumentException("no such entries: kind=" + kind.label() + " stride=" + stride + " units="
                    + units + " from=" + from + " to=" + to);
        }
    }

    /** Vmemmap pages that lead to each frame. */
    public long pagesPerFrame() {
        return to - from;
    }

    /**
     * References that these entries hold on each frame: one for each PTE, or one for each PMD entry of
     * {@code entriesPerTable} pages.
     *
     * @throws IllegalArgumentException if that is no whole number: such an entry is not cut
     */
    public long refsPerFrame(long entriesPerTable) {
        if (!kind.countsPmdEntries()) {
            return pagesPerFrame();
        }
        if (pagesPerFrame() % entriesPerTable != 0) {
            throw new IllegalArgumentException("a PMD entry is mapped as a whole: kind=" + kind.label() + " pages="
                    + pagesPerFrame() + ", want a multiple of " + entriesPerTable);
        }
        return pagesPerFrame() / entriesPerTable;
    }

    /** The page behind the last one. */
    public long endPage() {
        return firstPage + (units - 1) * stride + to;
    }

    /** The frame that {@code page} leads to, or -1 if none of these entries maps it. */
    public long frameOf(long page) {
        long unit = Math.floorDiv(page - firstPage, stride);
        long offset = Math.floorMod(page - firstPage, stride);
        return unit >= 0 && unit < units && offset >= from && offset < to ? firstFrame + unit : -1;
    }

    /** Those of its entries that lie from {@code first} up to {@code end}: at most three runs. */
    public List<EntryRun> between(long first, long end) {
        long wholeFrom = clamp(Math.floorDiv(first - firstPage - from + stride - 1, stride));
        long wholeTo = clamp(Math.floorDiv(end - firstPage - to, stride) + 1);
        List<EntryRun> out = new ArrayList<>(3);
        if (wholeFrom >= wholeTo) {
            long last = Math.min(units - 1, Math.max(wholeFrom - 1, wholeTo));
            for (long unit = Math.max(0, Math.min(wholeFrom - 1, wholeTo)); unit <= last; unit++) {
                cut(out, unit, first, end);
            }
            return out;
        }
        if (wholeFrom > 0) {
            cut(out, wholeFrom - 1, first, end);
        }
        out.add(new EntryRun(
                kind, firstPage + wholeFrom * stride, stride, wholeTo - wholeFrom, from, to, firstFrame + wholeFrom));
        if (wholeTo < units) {
            cut(out, wholeTo, first, end);
        }
        return out;
    }

    /** What of one stretch lies from {@code first} up to {@code end}. */
    private void cut(List<EntryRun> out, long unit, long first, long end) {
        long begin = firstPage + unit * stride;
        long lo = Math.max(first - begin, from);
        long hi = Math.min(end - begin, to);
        if (lo < hi) {
            out.add(new EntryRun(kind, begin, stride, 1, lo, hi, firstFrame + unit));
        }
    }

    private long clamp(long unit) {
        return Math.max(0, Math.min(units, unit));
    }
}
