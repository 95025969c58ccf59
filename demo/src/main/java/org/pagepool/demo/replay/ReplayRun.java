package org.pagepool.demo.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.log.Point;
import org.pagepool.demo.log.Reading;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogException;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Counters;
import org.pagepool.runtime.event.Recorded;

/** Replays a log once, from its beginning. For one thread. */
final class ReplayRun {
    private static final int DIVERGENCES_MAX = 20;

    private final LogSource source;
    private final @Nullable Point until;
    private final boolean complete;
    private final Rebuilt rebuilt = new Rebuilt();
    private final Auditor auditor = new Auditor();
    private final Counters counters = new Counters();
    private final Waits waits = new Waits();
    private final @Nullable Rejudged rejudged;
    private final List<String> divergences = new ArrayList<>();
    private long divergenceCount;
    private long rows;

    /**
     * A replay.
     *
     * @param until where it ends, or null for the end of the log
     * @param complete whether what has not happened by then never will
     * @param rejudged is told of every event, or null
     */
    ReplayRun(LogSource source, @Nullable Point until, boolean complete, @Nullable Rejudged rejudged) {
        this.source = source;
        this.until = until;
        this.complete = complete;
        this.rejudged = rejudged;
    }

    Rebuilt rebuilt() {
        return rebuilt;
    }

    /** Replays; tells {@code each} of every event, with the time of the first one, when it has been applied. */
    ReplayResult run(Reading reading, BiConsumer<Recorded, Long> each) {
        long start = SystemTime.MONOTONIC.nanos();
        Recorded last = null;
        long zero = 0;
        boolean stopped = false;
        boolean interrupted = false;
        String damage = null;
        try (LogEvents events = new LogEvents(source.name(), source.rows(), 0, rebuilt::row)) {
            for (Recorded event = events.next(); event != null; event = events.next()) {
                zero = last == null ? event.atNanos() : zero;
                Point end = until;
                if (end != null && end.before(event, zero)) {
                    stopped = true;
                    break;
                }
                rows = events.rows();
                apply(event);
                each.accept(event, zero);
                last = event;
                if (!reading.goesOn(events.events(), events.progress())) {
                    interrupted = true;
                    break;
                }
            }
            if (!stopped && !interrupted) {
                rows = events.rows(); // the last ones may have receipts only
            }
        } catch (LogException wrong) {
            if (wrong.kind() == LogException.Kind.UNUSABLE) {
                throw wrong;
            }
            damage = wrong.getMessage();
        }
        Rejudged other = rejudged;
        if (other != null) {
            other.finish();
        }
        return new ReplayResult(
                source.name(),
                source.kind(),
                source.header(),
                rows,
                zero,
                last,
                stopped,
                interrupted,
                rebuilt,
                auditor.verdict(complete && !stopped && !interrupted && damage == null),
                counters,
                waits.stories(),
                other,
                List.copyOf(divergences),
                divergenceCount,
                damage,
                SystemTime.MONOTONIC.nanos() - start);
    }

    private void apply(Recorded event) {
        auditor.observe(event);
        counters.observe(event);
        try {
            rebuilt.apply(event);
        } catch (IllegalStateException cannot) {
            if (divergenceCount++ < DIVERGENCES_MAX) {
                divergences.add("#" + event.ordinal() + ": " + cannot.getMessage());
            }
        }
        waits.observe(event, rebuilt);
        Rejudged other = rejudged;
        if (other != null) {
            other.observe(event);
        }
    }
}
