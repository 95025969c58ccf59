package org.pagepool.demo.conform;

import java.util.Arrays;
import org.pagepool.runtime.gup.HeadTry;
import org.pagepool.runtime.protocol.HeadLookup;

/**
 * A folio of four pages that is split while somebody grabs one of them (R4): as long as nobody but its owner holds it, it can
 * be split into four folios of one page.
 */
final class SplitFolio implements HeadTry.Heads {
    /** Steps of a grab before, between and after which the split can come. */
    static final int PLACES = 4;

    private static final int TAIL = 2;

    private final int[] heads = new int[4];
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

    private void split() {
        if (counts[0] == 1) {
            Arrays.setAll(heads, i -> i);
            Arrays.fill(counts, 1);
        }
    }

    /** References of each page in all, its owner's included. */
    int references() {
        return Arrays.stream(counts).sum();
    }

    /** Grabs a tail while the split comes after that many steps; true if the reference ends on a head that is not the page's. */
    boolean grabGoesWrong(HeadLookup rule, int stepsBefore) {
        HeadTry grab = HeadTry.begin(rule, TAIL, 1);
        int steps = 0;
        while (!grab.ended()) {
            if (steps++ == stepsBefore) {
                split();
            }
            grab = grab.step(this);
        }
        if (steps <= stepsBefore) {
            split();
        }
        return grab.next() == HeadTry.Step.DONE && headOf(TAIL) != grab.head();
    }
}
