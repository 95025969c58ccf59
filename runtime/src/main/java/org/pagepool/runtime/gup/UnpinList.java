package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;

/**
 * A list of pages, grouped for giving back: neighbours in the list that have the same head form one group, and each group
 * is one decrement. The list is not sorted first, so a head that comes back later is a group of its own: A A B A is (A,2)
 * (B,1) (A,1) (B26).
 *
 * @param groups in the order of the list; a run of several heads stands for that many groups. The same head may be in
 *     several runs: for arithmetic on runs, {@link Runs#normalise} them first
 */
public record UnpinList(List<Run> groups) {
    /** Copies the list. */
    public UnpinList {
        groups = List.copyOf(groups);
    }

    /**
     * Groups a list of pages of one pgmap.
     *
     * @param pfns in any order; negative entries are holes, which are skipped and end a group
     */
    public static UnpinList group(long[] pfns, Geometry geometry) {
        List<Run> groups = new ArrayList<>();
        Run run = null;
        int i = 0;
        while (i < pfns.length) {
            if (pfns[i] < 0) {
                i++;
                continue;
            }
            long head = geometry.headOf(pfns[i]);
            int first = i;
            do {
                i++;
            } while (i < pfns.length && geometry.headOf(pfns[i]) == head);
            int refs = i - first;
            if (run != null && run.refs() == refs && run.end(geometry) == head) {
                run = new Run(run.firstHead(), run.heads() + 1, refs);
            } else {
                if (run != null) {
                    groups.add(run);
                }
                run = new Run(head, 1, refs);
            }
        }
        if (run != null) {
            groups.add(run);
        }
        return new UnpinList(groups);
    }

    /** How many decrements that makes, each one message to a head. */
    public int atomics() {
        return Runs.heads(groups);
    }

    /** References in all: the pages of the list without its holes. */
    public long refs() {
        return Runs.totalRefs(groups);
    }
}
