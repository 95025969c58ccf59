package org.pagepool.demo.replay;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.log.Point;
import org.pagepool.demo.log.Reading;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogPosition;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.replay.Checkpoints;
import org.pagepool.persistence.replay.Checkpoints.Checkpoint;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.event.Recorded;

/** Goes to a point of a log for the state there alone: from the nearest checkpoint, leaving more of them behind. For one thread. */
final class StateRun {
    /** Events between checkpoints. */
    static final long EVERY = 500_000;

    private final LogSource source;
    private final @Nullable Point until;
    private final Checkpoints checkpoints;

    StateRun(LogSource source, @Nullable Point until, Path directory) {
        this.source = source;
        this.until = until;
        this.checkpoints = new Checkpoints(directory, source);
    }

    /** Where checkpoints are kept if nobody says otherwise. */
    static Path usualDirectory(Map<String, String> env) {
        String cache = env.get("XDG_CACHE_HOME");
        Path base =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return base.resolve("pagepool").resolve("checkpoints");
    }

    /**
     * What was found.
     *
     * @param checkpoint events that a checkpoint spared
     * @param divergences events that cannot have happened, of those that were read
     */
    record State(
            LogSource source,
            Rebuilt rebuilt,
            long events,
            long checkpoint,
            long zeroNanos,
            long divergences,
            boolean interrupted,
            long elapsedNanos) {
        ExitStatus status() {
            return divergences > 0 ? ExitStatus.DIVERGED : interrupted ? ExitStatus.INTERRUPTED : ExitStatus.OK;
        }
    }

    State run(Reading reading) {
        long start = SystemTime.MONOTONIC.nanos();
        Point end = until;
        long most = end == null ? Long.MAX_VALUE : end.event();
        Checkpoint from = most < 0 ? null : checkpoints.latest(events -> events <= most);
        Rebuilt rebuilt = from == null ? new Rebuilt() : from.rebuilt();
        long zero = from == null ? 0 : from.zeroNanos();
        long count = from == null ? 0 : from.events();
        long kept = count;
        long divergences = 0;
        boolean interrupted = false;
        LogPosition position = from == null ? LogPosition.START : from.position();
        try (LogEvents events = new LogEvents(source.name(), source.rows(position), count, rebuilt::row)) {
            for (Recorded event = events.next(); event != null; event = events.next()) {
                zero = event.ordinal() == 1 ? event.atNanos() : zero;
                if (end != null && end.before(event, zero)) {
                    break;
                }
                divergences += applied(rebuilt, event) ? 0 : 1;
                count = event.ordinal();
                if (count - kept >= EVERY && events.rowDone() && divergences == 0) {
                    checkpoints.save(new Checkpoint(count, zero, events.position(), rebuilt));
                    kept = count;
                }
                if (!reading.goesOn(count, events.progress())) {
                    interrupted = true;
                    break;
                }
            }
        }
        return new State(
                source,
                rebuilt,
                count,
                from == null ? 0 : from.events(),
                zero,
                divergences,
                interrupted,
                SystemTime.MONOTONIC.nanos() - start);
    }

    private static boolean applied(Rebuilt rebuilt, Recorded event) {
        try {
            rebuilt.apply(event);
            return true;
        } catch (IllegalStateException cannot) {
            return false;
        }
    }
}
