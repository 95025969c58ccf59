package org.pagepool.actors;

/** The clocks of the machine; the one place of this module that reads them. */
public enum SystemTime implements TimeSource {
    /** The machine's monotonic clock: fine for durations, of no meaning to another process. */
    MONOTONIC(0),

    /** Nanoseconds since 1970; as steady as the monotonic clock while the process lives. */
    SINCE_1970(System.currentTimeMillis() * 1_000_000 - System.nanoTime());

    private final long offsetNanos;

    SystemTime(long offsetNanos) {
        this.offsetNanos = offsetNanos;
    }

    @Override
    public long nanos() {
        return offsetNanos + System.nanoTime();
    }
}
