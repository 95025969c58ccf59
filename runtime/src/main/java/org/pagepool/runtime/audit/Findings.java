package org.pagepool.runtime.audit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.pagepool.runtime.event.Recorded;

/** What an auditor has found so far. Confined to its auditor. */
final class Findings {
    private static final class Tally {
        long seen;
        long broken;
    }

    private final EnumMap<Invariant, Tally> tallies = new EnumMap<>(Invariant.class);
    private final List<Violation> kept = new ArrayList<>();

    Findings() {
        for (Invariant rule : Invariant.values()) {
            tallies.put(rule, new Tally());
        }
    }

    /** The same findings, to go on with apart from these. */
    Findings copy() {
        Findings copy = new Findings();
        copy.kept.addAll(kept);
        tallies.forEach((rule, tally) -> {
            copy.tally(rule).seen = tally.seen;
            copy.tally(rule).broken = tally.broken;
        });
        return copy;
    }

    /** One more event was judged by {@code rule}. */
    void judged(Invariant rule) {
        tally(rule).seen++;
    }

    /** {@code rule} was broken. The texts are asked for only if this violation is kept in full. */
    void broken(Invariant rule, Recorded at, Supplier<String> what, Supplier<List<Recorded>> witness) {
        boolean first = tally(rule).broken++ == 0;
        if (first || kept.size() < Auditor.VIOLATIONS_KEPT_MAX) {
            kept.add(new Violation(rule, at.ordinal(), at.atNanos(), what.get(), witness.get()));
        }
    }

    Verdict verdict(long events) {
        Map<Invariant, Verdict.Judged> judged = new EnumMap<>(Invariant.class);
        tallies.forEach((rule, tally) -> judged.put(rule, new Verdict.Judged(tally.seen, tally.broken)));
        return new Verdict(judged, events, kept);
    }

    private Tally tally(Invariant rule) {
        return Objects.requireNonNull(tallies.get(rule));
    }
}
