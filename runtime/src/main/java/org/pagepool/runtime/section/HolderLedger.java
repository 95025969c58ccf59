package org.pagepool.runtime.section;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pcollections.TreePMap;

/**
 * One holder's account in one section. Immutable.
 *
 * @param held references by the sequence of the grab that brought them
 * @param answered answers by the sequence of their request, from {@code floor} on
 * @param ended how references ended, by the sequence of their grab; the last {@link #ENDED_MAX} of them
 * @param floor no request with a lower sequence will ever come again, unless as a stray duplicate
 */
public record HolderLedger(
        TreePMap<Long, Held> held, TreePMap<Long, Answer> answered, TreePMap<Long, ReleaseCause> ended, long floor) {
    /** Ended references remembered, so that a second release of one can be told apart from an unknown one. */
    public static final int ENDED_MAX = 64;

    /** Holds nothing, has asked nothing. */
    public static final HolderLedger EMPTY = new HolderLedger(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), 0);

    /** True when it holds no reference. */
    public boolean idle() {
        return held.isEmpty();
    }

    /** The answer {@code sequence} got, if it was asked before. */
    public @Nullable Answer answer(long sequence) {
        return answered.get(sequence);
    }

    /** The account after its holder has seen every answer below {@code newFloor}. */
    HolderLedger settledBelow(long newFloor) {
        if (newFloor <= floor) {
            return this;
        }
        TreePMap<Long, Answer> kept = answered;
        while (!kept.isEmpty() && kept.firstKey() < newFloor) {
            kept = kept.minus(kept.firstKey());
        }
        return new HolderLedger(held, kept, ended, newFloor);
    }

    HolderLedger answered(long sequence, Answer answer) {
        return new HolderLedger(held, answered.plus(sequence, answer), ended, floor);
    }

    HolderLedger grabbed(long sequence, Held grant) {
        return new HolderLedger(held.plus(sequence, grant), answered, ended, floor);
    }

    HolderLedger released(long sequence, List<Run> left, ReleaseCause cause) {
        Held before = held.get(sequence);
        if (before == null) {
            throw new IllegalStateException("release of a reference that is not held: sequence=" + sequence);
        }
        if (!left.isEmpty()) {
            Held rest = new Held(before.kind(), left, before.epoch(), before.sinceNanos());
            return new HolderLedger(held.plus(sequence, rest), answered, ended, floor);
        }
        TreePMap<Long, ReleaseCause> ends = ended.plus(sequence, cause);
        if (ends.size() > ENDED_MAX) {
            ends = ends.minus(ends.firstKey());
        }
        return new HolderLedger(held.minus(sequence), answered, ends, floor);
    }

    /** References of that kind, over all grabs. */
    long refs(GrabKind kind) {
        long sum = 0;
        for (Held h : held.values()) {
            if (h.kind() == kind) {
                sum += org.pagepool.runtime.page.Runs.totalRefs(h.runs());
            }
        }
        return sum;
    }
}
