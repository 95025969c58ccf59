package org.pagepool.runtime.section;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;

/**
 * One holder's account in one section. Immutable; {@link #grabbed}, {@link #released} and {@link #answered} are the only ways from one
 * state to the next, live and in recovery.
 *
 * @param held references by the sequence of the grab that brought them
 * @param answered answers by the sequence of their request, from {@code floor} on
 * @param ended how references ended, by the sequence of their grab; the last {@link #ENDED_MAX} of them
 * @param floor no request with a lower sequence will ever come again, unless as a stray duplicate
 */
public record HolderLedger(
        SequenceMap<Held> held, SequenceMap<Answer> answered, SequenceMap<ReleaseCause> ended, long floor) {
    /** Ended references remembered, so that a second release of one can be told apart from an unknown one. */
    public static final int ENDED_MAX = 64;

    /** Holds nothing, has asked nothing. */
    public static final HolderLedger EMPTY =
            new HolderLedger(SequenceMap.empty(), SequenceMap.empty(), SequenceMap.empty(), 0);

    /** True when it holds no reference. */
    public boolean idle() {
        return held.isEmpty();
    }

    /** The answer to give at once, without doing anything, or null if the request is new and welcome (I7). */
    public @Nullable Answer alreadyAnswered(long sequence) {
        Answer before = answered.get(sequence);
        if (before != null) {
            return before;
        }
        return sequence < floor ? Answer.refused(Refusal.STALE) : null;
    }

    /**
     * How many answers would have to be remembered after the holder has seen those below {@code newFloor}. From {@link
     * SectionLedger#ANSWERS_MAX} on it is given no more references; what gives references back is never refused.
     */
    public int unseenAnswers(long newFloor) {
        int size = answered.size();
        return size < SectionLedger.ANSWERS_MAX ? size : answered.from(newFloor).size();
    }

    /**
     * Whether {@code holder}, whose account this is, may give back {@code runs} of what grab {@code sequence} of {@code owner} brought:
     * null, or why not. An empty list means everything that is left.
     */
    public @Nullable Refusal refusesRelease(
            String holder, String owner, long sequence, GrabKind kind, List<Run> runs, Geometry geometry) {
        if (!holder.equals(owner)) {
            return Refusal.FOREIGN;
        }
        Held grant = held.get(sequence);
        if (grant == null) {
            ReleaseCause end = ended.get(sequence);
            return end == null
                    ? Refusal.UNKNOWN_PIN
                    : end == ReleaseCause.REVOKE ? Refusal.REVOKED : Refusal.ALREADY_RELEASED;
        }
        if (grant.kind() != kind) {
            return Refusal.KIND_MISMATCH;
        }
        return runs.isEmpty() || Runs.minus(grant.runs(), runs, geometry) != null ? null : Refusal.UNBALANCED;
    }

    /** The account with {@code answer} remembered under {@code sequence}, answers below {@code newFloor} forgotten. */
    public HolderLedger answered(long sequence, long newFloor, Answer answer) {
        return new HolderLedger(held, answered.plusFrom(newFloor, sequence, answer), ended, Math.max(floor, newFloor));
    }

    /** The account after grab {@code sequence} was granted. */
    public HolderLedger grabbed(long sequence, Held grant) {
        return new HolderLedger(held.plus(sequence, grant), answered, ended, floor);
    }

    /**
     * The account after {@code runs} of what grab {@code sequence} brought went back.
     *
     * @param holder whose account it is; for the text, if it does not hold them
     * @throws IllegalStateException if it does not hold them
     */
    public HolderLedger released(String holder, long sequence, List<Run> runs, ReleaseCause cause, Geometry geometry) {
        Held before = held.get(sequence);
        List<Run> left = before == null ? null : Runs.minus(before.runs(), runs, geometry);
        if (before == null || left == null) {
            throw new IllegalStateException("release exceeds what is held: holder=" + holder + " sequence=" + sequence
                    + " runs=" + runs + " held=" + (before == null ? "nothing" : before.runs()));
        }
        if (!left.isEmpty()) {
            Held rest = new Held(before.kind(), left, before.epoch(), before.sinceNanos());
            return new HolderLedger(held.plus(sequence, rest), answered, ended, floor);
        }
        SequenceMap<ReleaseCause> ends = ended.plus(sequence, cause);
        if (ends.size() > ENDED_MAX) {
            ends = ends.minus(ends.firstSequence());
        }
        return new HolderLedger(held.minus(sequence), answered, ends, floor);
    }

    /** References of that kind, over all grabs. */
    long refs(GrabKind kind) {
        long sum = 0;
        for (Held h : held.values()) {
            if (h.kind() == kind) {
                sum += Runs.totalRefs(h.runs());
            }
        }
        return sum;
    }
}
