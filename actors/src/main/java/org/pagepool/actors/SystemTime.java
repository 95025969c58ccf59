package org.pagepool.actors;

/** The clock of the machine; the one place of this module that reads it. */
public enum SystemTime implements TimeSource {
    /** The machine's monotonic clock. */
    MONOTONIC;

    @Override
    public long nanos() {
        return System.nanoTime();
    }
}
