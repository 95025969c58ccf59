package org.pagepool.runtime.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;

/**
 * Judges a history, event by event, against the {@link Invariant}s: a streaming fold that keeps its own account of every
 * head, reference, waiter and gate and compares it with what the events say. It shares no state with those it judges, and
 * of their code only the weights of a reference ({@link org.pagepool.runtime.head.GrabKind}) and the rules of the
 * protocol.
 *
 * <p>Memory is bounded by what is outstanding: dense counts for each section that was touched, one entry for each
 * reference and waiter, a few recent events for each section. All of it is dropped when the pgmap has been cleaned up.
 *
 * <p>What is wrong is reported at the event that shows it, once, and the fold then goes on with the most plausible
 * account: a grant or release that cannot have happened (unknown reference, no such head, former owner) is left out, one
 * that should not have happened (free page, closed gate) is counted.
 *
 * <p>Not thread-safe: for one thread at a time, in the order of the ordinals.
 */
public final class Auditor {
    /** Violations kept in full, beside the first of each invariant; more are only counted. */
    public static final int VIOLATIONS_KEPT_MAX = 100;

    private static final int CLEANED_UP_REMEMBERED_MAX = 64;

    private final Map<String, PgmapFold> mapped = new LinkedHashMap<>();
    private final Map<String, Recorded> cleanedUp = new LinkedHashMap<>();
    private final Findings findings = new Findings();
    private @Nullable Recorded last;
    private long events;

    /** Judges the next event. */
    public void observe(Recorded recorded) {
        events++;
        last = recorded;
        Event event = recorded.event();
        if (event instanceof Event.Started) {
            return;
        }
        PgmapFold fold = mapped.get(event.pgmap());
        if (fold == null) {
            withoutPgmap(recorded);
            return;
        }
        fold.observe(recorded);
        if (event instanceof Event.CleanedUp) {
            mapped.remove(event.pgmap());
            remember(recorded);
        }
    }

    /**
     * What has been found so far. May be asked at any time, and asking changes nothing.
     *
     * @param complete true when the history has ended, so that what has not happened by now never will: then waiters left
     *     untold, notices left out and teardowns left unfinished count as violations (I3, I8, I12)
     */
    public Verdict verdict(boolean complete) {
        Recorded end = last;
        if (end == null) {
            return findings.verdict(events);
        }
        Findings all = findings.copy();
        for (PgmapFold fold : mapped.values()) {
            fold.judgeNow(end, complete, all);
        }
        return all.verdict(events);
    }

    private void withoutPgmap(Recorded recorded) {
        Event event = recorded.event();
        if (event instanceof Event.Mapped map) {
            mapped.put(map.pgmap(), new PgmapFold(recorded, map.spec(), findings));
        } else if (!mayOutliveThePgmap(event)) {
            findings.judged(Invariant.I6);
            findings.broken(
                    Invariant.I6,
                    recorded,
                    () -> "the pgmap is not mapped: pgmap=" + event.pgmap() + " event="
                            + event.getClass().getSimpleName(),
                    () -> witnessAfterCleanup(recorded));
        }
    }

    private List<Recorded> witnessAfterCleanup(Recorded recorded) {
        return new Witness(recorded)
                .with(cleanedUp.get(recorded.event().pgmap()))
                .events();
    }

    /** Refusals, repeats and answers may come late; they change nothing. */
    private static boolean mayOutliveThePgmap(Event event) {
        return event instanceof Event.GrabRefused
                || event instanceof Event.Repeated
                || event instanceof Event.CloseRefused
                || event instanceof Event.DeadlinePassed
                || event instanceof Event.Zapped
                || event instanceof Event.LayoutBusy
                || event instanceof Event.LayoutRefused;
    }

    private void remember(Recorded recorded) {
        cleanedUp.remove(recorded.event().pgmap());
        cleanedUp.put(recorded.event().pgmap(), recorded);
        if (cleanedUp.size() > CLEANED_UP_REMEMBERED_MAX) {
            cleanedUp.remove(cleanedUp.keySet().iterator().next());
        }
    }
}
