package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Runs of entries: what is cut out of one is what page by page would be. */
class EntryRunTest {
    @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
    void shouldCutOutTheEntriesOfAnInterval(
            @ForAll @IntRange(max = 20) int firstPage,
            @ForAll @IntRange(min = 1, max = 6) int stride,
            @ForAll @IntRange(min = 1, max = 6) int units,
            @ForAll @IntRange(max = 5) int from,
            @ForAll @IntRange(min = 1, max = 6) int length,
            @ForAll @IntRange(max = 70) int first,
            @ForAll @IntRange(max = 40) int pages) {
        int start = from % stride;
        int to = Math.min(stride, start + length);
        EntryRun whole = new EntryRun(FrameKind.TAIL, firstPage, stride, units, start, to, 100);

        List<EntryRun> cut = whole.between(first, first + pages);

        assertTrue(cut.size() <= 3, cut::toString);
        for (long page = 0; page < 80; page++) {
            boolean inside = page >= first && page < first + pages;
            assertEquals(inside ? whole.frameOf(page) : -1, frameOf(cut, page), "page " + page + " of " + cut);
        }
    }

    private static long frameOf(List<EntryRun> runs, long page) {
        long frame = -1;
        for (EntryRun run : runs) {
            long found = run.frameOf(page);
            assertTrue(found < 0 || frame < 0, "no page is in two runs");
            frame = Math.max(frame, found);
        }
        return frame;
    }

    @Test
    void shouldCountPtesOrPmdEntries() {
        assertEquals(7, new EntryRun(FrameKind.TAIL, 0, 8, 1, 1, 8, 0).refsPerFrame(512));
        assertEquals(1, new EntryRun(FrameKind.HUGE, 0, 512, 1, 0, 512, 0).refsPerFrame(512));
        assertEquals(7, new EntryRun(FrameKind.TAIL_TABLE, 0, 4096, 1, 512, 4096, 0).refsPerFrame(512));
    }

    @Test
    void shouldNotCutAPmdEntry() {
        EntryRun half = new EntryRun(FrameKind.HUGE, 0, 512, 1, 0, 256, 0);

        assertThrows(IllegalArgumentException.class, () -> half.refsPerFrame(512));
    }
}
