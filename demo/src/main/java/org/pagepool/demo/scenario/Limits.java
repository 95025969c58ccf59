package org.pagepool.demo.scenario;

import java.time.Duration;

/**
 * When the load ends: at whichever is reached first. At least one is set.
 *
 * @param operations walks begun by all walkers together; 0 means no such limit
 * @param duration time since the load began; zero means no such limit
 */
public record Limits(long operations, Duration duration) {
    /** True when the load has to end. */
    public boolean reached(long operationsDone, Duration elapsed) {
        return percent(operationsDone, elapsed) >= 100;
    }

    /** How far the load is, in percent of the limit it is nearest to. */
    public double percent(long operationsDone, Duration elapsed) {
        double byOperations = operations == 0 ? 0 : 100.0 * operationsDone / operations;
        double byTime = duration.isZero() ? 0 : 100.0 * elapsed.toNanos() / duration.toNanos();
        return Math.max(byOperations, byTime);
    }
}
