package org.pagepool.demo.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.audit.Counters;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Recorded;

/**
 * What came of a replay.
 *
 * @param log as it was named
 * @param kind what it is
 * @param header what it says of itself
 * @param rows rows read
 * @param zeroNanos time of the first event
 * @param last the last event, or null if there was none
 * @param stopped whether events are left behind it, by the user's wish
 * @param interrupted whether that was Ctrl-C
 * @param rebuilt the pool after it
 * @param verdict what the auditor says
 * @param counters what was counted
 * @param waits why teardowns waited
 * @param rejudged what other rules make of it, or null
 * @param divergences where the log says what cannot have happened, the first of them
 * @param divergenceCount all of them
 * @param damage why it could not be read on, or null
 * @param elapsedNanos how long it took
 */
record ReplayResult(
        String log,
        String kind,
        LogHeader header,
        long rows,
        long zeroNanos,
        @Nullable Recorded last,
        boolean stopped,
        boolean interrupted,
        Rebuilt rebuilt,
        Verdict verdict,
        Counters counters,
        List<Waits.Story> waits,
        @Nullable Rejudged rejudged,
        List<String> divergences,
        long divergenceCount,
        @Nullable String damage,
        long elapsedNanos) {

    ExitStatus status() {
        if (damage != null) {
            return ExitStatus.DAMAGED;
        }
        if (divergenceCount > 0) {
            return ExitStatus.DIVERGED;
        }
        if (!verdict.clean()) {
            return ExitStatus.BROKEN;
        }
        return interrupted ? ExitStatus.INTERRUPTED : verdict.events() == 0 ? ExitStatus.INCONCLUSIVE : ExitStatus.OK;
    }

    /** Events a second. */
    double rate() {
        return verdict.events() / Math.max(1e-9, elapsedNanos / 1e9);
    }
}
