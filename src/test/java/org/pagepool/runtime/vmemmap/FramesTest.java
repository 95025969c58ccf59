package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** References on the frames of a memmap (B48, I10). */
class FramesTest {
    private static final int FRAMES = 24;

    @Test
    @DisplayName("B48: the first reference allocates a frame, the last frees it")
    void shouldFreeAFrameWithItsLastReference() {
        Frames two = Frames.none(FrameKind.TAIL).take(0, 2, 7);
        assertEquals(List.of(new FrameRun(0, 2, 7)), two.runs());

        Frames one = two.put(0, 1, 6).put(0, 1, 1);
        assertEquals(List.of(new FrameRun(1, 1, 7)), one.runs());
        assertEquals(2, one.allocated());
        assertEquals(1, one.freed());
        assertEquals(1, one.live());
    }

    @Test
    @DisplayName("I10: a frame is not freed twice")
    void shouldRefuseToPutMoreThanThereIs() {
        Frames one = Frames.none(FrameKind.TAIL).take(3, 1, 2);
        Frames none = one.put(3, 1, 2);

        String tooMany = assertThrows(IllegalStateException.class, () -> one.put(3, 1, 3))
                .getMessage();
        assertEquals("put exceeds the references of a frame: kind=tail frame=3 refs=2 puts=3", tooMany);
        assertThrows(IllegalStateException.class, () -> none.put(3, 1, 1));
        assertThrows(IllegalStateException.class, () -> one.put(2, 2, 1), "one of two is free");
    }

    /** Random changes, against an array of counts. */
    @Property(tries = 300)
    void shouldCountLikeAnArray(@ForAll Random random) {
        long[] counts = new long[FRAMES];
        Frames frames = Frames.none(FrameKind.OWN);
        long allocated = 0;
        long freed = 0;
        for (int op = 0; op < 40; op++) {
            int first = random.nextInt(FRAMES);
            int count = random.nextInt(FRAMES - first) + 1;
            int refs = random.nextInt(3) + 1;
            boolean take = random.nextBoolean();
            boolean possible = true;
            for (int i = first; i < first + count; i++) {
                possible &= take || counts[i] >= refs;
            }
            if (!possible) {
                Frames before = frames;
                assertThrows(IllegalStateException.class, () -> before.put(first, count, refs));
                continue;
            }
            for (int i = first; i < first + count; i++) {
                allocated += counts[i] == 0 ? 1 : 0;
                counts[i] += take ? refs : -refs;
                freed += counts[i] == 0 ? 1 : 0;
            }
            frames = take ? frames.take(first, count, refs) : frames.put(first, count, refs);
            same(counts, frames);
        }
        assertEquals(allocated, frames.allocated());
        assertEquals(freed, frames.freed());
    }

    private static void same(long[] counts, Frames frames) {
        long live = 0;
        for (int i = 0; i < FRAMES; i++) {
            assertEquals(counts[i], frames.refsOf(i));
            live += counts[i] > 0 ? 1 : 0;
        }
        assertEquals(live, frames.live());
        assertEquals(live, frames.liveBetween(0, FRAMES));
        for (int i = 1; i < frames.runs().size(); i++) {
            FrameRun before = frames.runs().get(i - 1);
            FrameRun run = frames.runs().get(i);
            assertTrue(before.end() < run.first() || before.refs() != run.refs(), "equal neighbours are one run");
        }
    }
}
