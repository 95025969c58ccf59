package org.pagepool.runtime.audit;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the auditor says of a history. A history in which an invariant saw no event proves nothing about it: look at
 * {@link Judged#eventsSeen}.
 *
 * @param judged every invariant, how often it was judged and how often it was broken
 * @param events events in the history
 * @param violations the first violations in full, {@link Auditor#VIOLATIONS_KEPT_MAX} and the first of each invariant, in the order in which they
 *     were found; the others are only counted
 */
public record Verdict(Map<Invariant, Judged> judged, long events, List<Violation> violations) {
    /**
     * How one invariant fared.
     *
     * @param eventsSeen events it was judged at
     * @param violations how many times it was broken
     */
    public record Judged(long eventsSeen, long violations) {}

    /** Copies, so that a verdict never changes. */
    public Verdict {
        judged = Collections.unmodifiableMap(new EnumMap<>(judged));
        violations = List.copyOf(violations);
    }

    /** True when no invariant was broken. */
    public boolean clean() {
        return broken().isEmpty();
    }

    /** The invariants that were broken. */
    public Set<Invariant> broken() {
        Set<Invariant> out = EnumSet.noneOf(Invariant.class);
        judged.forEach((invariant, how) -> {
            if (how.violations() > 0) {
                out.add(invariant);
            }
        });
        return out;
    }

    /** Violations in all, those that are only counted included. */
    public long violationCount() {
        long sum = 0;
        for (Judged how : judged.values()) {
            sum += how.violations();
        }
        return sum;
    }
}
