package org.pagepool.demo.scenario;

/**
 * One walk of a workload.
 *
 * @param vpn first virtual page
 * @param pages base pages, at least 1
 * @param holdNanos how long to keep what is granted, or {@link #FOREVER}
 * @param thinkNanos how long to pause before the next walk
 */
public record Op(long vpn, long pages, long holdNanos, long thinkNanos) {
    /** Until the walker dies. */
    public static final long FOREVER = Long.MAX_VALUE;

    /** True when it is never given back by itself. */
    public boolean heldForever() {
        return holdNanos == FOREVER;
    }
}
