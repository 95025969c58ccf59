package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.List;

/**
 * How the records of one compound are written when a device is mapped (B14), as a list of steps in their order. It makes no
 * demands on the size: that a pair never gets its head's record (B15), and that a fixed number of records is too many for a
 * small compound (R24), can be shown.
 *
 * @param head index of the head's record
 * @param pages pages of the compound, a power of two
 * @param records records that are written: all, or fewer where tails share storage (B49)
 * @param keeps where the head's own record goes
 * @param pgmap the device
 */
public record CompoundInit(long head, long pages, long records, HeadRecord keeps, String pgmap) {
    /** One write, or a few that belong together. */
    public sealed interface Step {
        /** The record is cleared and becomes that of a page on its own. */
        record Initialise(long index, String pgmap) implements Step {}

        /** The record is marked as a head. */
        record MarkHead(long index) implements Step {}

        /** The record becomes that of a tail. */
        record MakeTail(long index, long head) implements Step {}

        /** The head's order and counts go into its tails. */
        record PrepareHead(long head, int order, HeadRecord keeps) implements Step {}
    }

    /** The steps: the head, the tails in order, and in between, as soon as its tails are there, the head's own record. */
    public List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step.Initialise(head, pgmap));
        if (pages == 1) {
            return steps;
        }
        steps.add(new Step.MarkHead(head));
        for (long tail = 1; tail < records; tail++) {
            steps.add(new Step.Initialise(head + tail, pgmap));
            steps.add(new Step.MakeTail(head + tail, head));
            if (tail == keeps.lastTail()) {
                steps.add(new Step.PrepareHead(head, Long.numberOfTrailingZeros(pages), keeps));
            }
        }
        return steps;
    }
}
