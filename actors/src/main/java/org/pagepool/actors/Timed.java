package org.pagepool.actors;

/**
 * Something that may take too long. The clock sees it when it next goes, not when it begins, and counts from there: most of what an actor
 * waits for is over by then, and its clock would be read for nothing. Confined to its actor.
 */
abstract class Timed {
    /** For what the clock has not seen yet. */
    static final long NOT_SEEN = Long.MIN_VALUE;

    private long sinceNanos;

    /** Not seen yet. */
    Timed() {
        this(NOT_SEEN);
    }

    /** Waits since then already. */
    Timed(long sinceNanos) {
        this.sinceNanos = sinceNanos;
    }

    /** For every time the clock goes: whether it has waited that long. */
    boolean hasWaited(long patienceNanos, long now) {
        if (sinceNanos == NOT_SEEN) {
            sinceNanos = now;
        }
        return now - sinceNanos >= patienceNanos;
    }

    /** Waits anew. */
    void again(long now) {
        sinceNanos = now;
    }
}
