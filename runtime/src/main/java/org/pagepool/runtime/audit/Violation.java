package org.pagepool.runtime.audit;

import java.util.List;
import java.util.Locale;
import org.pagepool.runtime.event.Recorded;

/**
 * One event that broke an invariant.
 *
 * @param invariant which
 * @param ordinal the event's number in the history; for what is judged at the end, the number of the last event
 * @param atNanos when, on the clock of the run
 * @param what what was wrong, as "clause: name=value"
 * @param witness the shortest history known that shows it, at most {@link #WITNESS_MAX} events in their order: the event
 *     itself and the latest ones about the same heads, the same reference or the pgmap's life
 */
public record Violation(Invariant invariant, long ordinal, long atNanos, String what, List<Recorded> witness) {
    /** The most events a witness has. */
    public static final int WITNESS_MAX = 10;

    /** Copies the witness. */
    public Violation {
        witness = List.copyOf(witness);
    }

    /** One line: the rule, where in the history, what. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s at event %d, t=%d.%09ds: %s",
                invariant,
                ordinal,
                Math.floorDiv(atNanos, 1_000_000_000L),
                Math.floorMod(atNanos, 1_000_000_000L),
                what);
    }
}
