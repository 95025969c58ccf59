package org.pagepool.runtime.section;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;

/**
 * In place of the real one, for {@code AttributionTime} alone: nothing is written down, everybody is believed, no answer is remembered.
 * A pool with these accounts only counts. It is on no class path but that benchmark's.
 */
public record HolderLedger(
        SequenceMap<Held> held, SequenceMap<Answer> answered, SequenceMap<ReleaseCause> ended, long floor) {
    /** As in the real one. */
    public static final int ENDED_MAX = 64;

    /** Holds nothing, ever. */
    public static final HolderLedger EMPTY =
            new HolderLedger(SequenceMap.empty(), SequenceMap.empty(), SequenceMap.empty(), 0);

    /** Always. */
    public boolean idle() {
        return true;
    }

    /** Nothing was. */
    public @Nullable Answer alreadyAnswered(long sequence) {
        return null;
    }

    /** None. */
    public int unseenAnswers(long newFloor) {
        return 0;
    }

    /** Nobody is refused. */
    public @Nullable Refusal refusesRelease(
            String holder, String owner, long sequence, GrabKind kind, List<Run> runs, Geometry geometry) {
        return null;
    }

    /** The same. */
    public HolderLedger answered(long sequence, long newFloor, Answer answer) {
        return this;
    }

    /** The same. */
    public HolderLedger grabbed(long sequence, Held grant) {
        return this;
    }

    /** The same. */
    public HolderLedger released(
            String holder, long sequence, List<Run> runs, ReleaseCause cause, Geometry geometry) {
        return this;
    }

    /** None. */
    long refs(GrabKind kind) {
        return 0;
    }
}
