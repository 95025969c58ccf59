package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.gup.HeadTry.Step;
import org.pagepool.runtime.protocol.HeadLookup;

/** Heads that change under a grab: every order in which a split can fall between its steps (B22, D3, R4). */
class HeadTryTest {
    /** A folio of four pages that can be split into four, as long as nobody but its owner holds it. */
    private static final class Folio implements HeadTry.Heads {
        private final int[] heads = {0, 0, 0, 0};
        private final int[] counts = {1, 0, 0, 0};

        @Override
        public long headOf(long pfn) {
            return heads[(int) pfn];
        }

        @Override
        public boolean tryAdd(long head, int refs) {
            if (counts[(int) head] == 0) {
                return false;
            }
            counts[(int) head] += refs;
            return true;
        }

        @Override
        public void drop(long head, int refs) {
            counts[(int) head] -= refs;
        }

        /** As the kernel does it: nobody else may hold a reference, and then each page is its own head. */
        void split() {
            if (counts[0] == 1) {
                Arrays.setAll(heads, i -> i);
                Arrays.fill(counts, 1);
            }
        }

        boolean wrong(HeadTry done) {
            return done.next() == Step.DONE && headOf(done.pfn()) != done.head();
        }
    }

    /** The outcome when the split comes after that many steps of the grab. */
    private static HeadTry grab(Folio folio, HeadLookup rule, long pfn, int stepsBeforeSplit) {
        HeadTry grab = HeadTry.begin(rule, pfn, 1);
        int steps = 0;
        while (!grab.ended()) {
            if (steps++ == stepsBeforeSplit) {
                folio.split();
            }
            grab = grab.step(folio);
        }
        if (steps <= stepsBeforeSplit) {
            folio.split();
        }
        return grab;
    }

    @ParameterizedTest
    @CsvSource({"BEFORE_NO_RECHECK, 1", "BEFORE_RECHECK, 0"})
    @DisplayName("R4: of the four places a split can come, one is wrong without a second look-up and none with it")
    void shouldFindTheScheduleThatLoadsTheWrongHead(HeadLookup rule, int bad) {
        int wrong = 0;
        for (int before = 0; before <= 3; before++) {
            Folio folio = new Folio();
            HeadTry done = grab(folio, rule, 2, before);
            assertEquals(Step.DONE, done.next());
            wrong += folio.wrong(done) ? 1 : 0;
        }
        assertEquals(bad, wrong);
    }

    @Test
    @DisplayName("B22: a head that is another one after the addition is dropped and the grab repeated")
    void shouldDropAndRepeatWhenTheHeadHasChanged() {
        Folio folio = new Folio();

        HeadTry done = grab(folio, HeadLookup.BEFORE_RECHECK, 2, 1);

        assertEquals(new HeadTry(HeadLookup.BEFORE_RECHECK, 2, 1, Step.DONE, 2, 1), done);
        assertEquals("[1, 1, 2, 1]", Arrays.toString(folio.counts), "one reference, on the page's own head");
    }

    @Test
    @DisplayName("B22: the split cannot come between the addition and the second look-up")
    void shouldKeepTheFolioWholeOnceItHasAReference() {
        Folio folio = new Folio();
        grab(folio, HeadLookup.BEFORE_RECHECK, 2, 2);
        assertEquals("[2, 0, 0, 0]", Arrays.toString(folio.counts));
    }

    @Test
    @DisplayName("D3: the entry's page taken for the head is refused where it is a tail, and right where it is none")
    void shouldRefuseATailTakenForAHead() {
        assertEquals(
                Step.REFUSED, grab(new Folio(), HeadLookup.ENTRY_HEAD, 2, 9).next());
        HeadTry head = grab(new Folio(), HeadLookup.ENTRY_HEAD, 0, 9);
        assertEquals(Step.DONE, head.next());
        assertTrue(head.ended());
        assertFalse(HeadTry.begin(HeadLookup.ENTRY_HEAD, 0, 1).ended());
    }

    @Test
    @DisplayName("B22: a count of zero is refused and stays zero")
    void shouldRefuseAFreePage() {
        Folio folio = new Folio();
        folio.counts[0] = 0;
        HeadTry done = grab(folio, HeadLookup.BEFORE_RECHECK, 3, 9);
        assertEquals(Step.REFUSED, done.next());
        assertEquals("[0, 0, 0, 0]", Arrays.toString(folio.counts));
        assertEquals(done, done.step(folio), "what has ended stays ended");
    }
}
