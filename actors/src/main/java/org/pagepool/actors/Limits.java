package org.pagepool.actors;

import com.typesafe.config.Config;
import java.time.Duration;

/**
 * The bounds of a pool, read from {@code pagepool} in the configuration. Nothing in a pool grows past one of these; what
 * would is refused with LIMIT.
 *
 * @param walkPagesMax base pages one walk may ask for
 * @param walkHeadsMax heads one walk or mapping may touch, each of which may become an actor
 * @param walksQueuedMax walks that may wait in one walker, and mappings in one address space
 * @param waitersPerHeadMax waiters for idleness on one head
 * @param frozenRequestsMax requests that may wait in one section while {@code closeIfIdle} decides
 * @param headIdleTimeout how long a head that is idle stays an actor, at most twice that
 * @param retryAfter how long a request waits for its answer before it is sent again
 * @param walkTimeout how long a walk may take in all
 * @param graceAfterCleanup how long a cleaned-up pgmap still answers, with refusals, those who found it before
 * @param lease how long after a crash references are kept for holders that have not come back
 * @param askTimeout how long the Java API waits for an actor's answer where it has no deadline of its own
 */
public record Limits(
        long walkPagesMax,
        int walkHeadsMax,
        int walksQueuedMax,
        int waitersPerHeadMax,
        int frozenRequestsMax,
        Duration headIdleTimeout,
        Duration retryAfter,
        Duration walkTimeout,
        Duration graceAfterCleanup,
        Duration lease,
        Duration askTimeout) {

    private static final Duration COUNTABLE_MAX = Duration.ofDays(20);

    /** As long as Akka's timers can count. */
    static final Duration FOR_EVER = COUNTABLE_MAX;

    /** That long, but no longer than Akka's timers can count, 24 days where they tick every ms: whoever waits longer waits for ever. */
    public static Duration countable(Duration wanted) {
        return wanted.compareTo(COUNTABLE_MAX) > 0 ? COUNTABLE_MAX : wanted;
    }

    /** Reads the settings below {@code pagepool}; {@code reference.conf} has every default. */
    public static Limits from(Config root) {
        Config limits = root.getConfig("pagepool.limits");
        return new Limits(
                limits.getLong("walk-pages"),
                limits.getInt("walk-heads"),
                limits.getInt("walks-queued"),
                limits.getInt("waiters-per-head"),
                limits.getInt("frozen-requests"),
                root.getDuration("pagepool.heads.idle-timeout"),
                limits.getDuration("retry-after"),
                limits.getDuration("walk-timeout"),
                root.getDuration("pagepool.teardown.grace"),
                root.getDuration("pagepool.recovery.lease"),
                limits.getDuration("ask-timeout"));
    }
}
