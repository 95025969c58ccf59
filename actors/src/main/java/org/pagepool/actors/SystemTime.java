package org.pagepool.actors;

/** The clocks of the machine; the one place of this module that reads them. */
public enum SystemTime implements TimeSource {
    /** The machine's monotonic clock: fine for durations, of no meaning to another process. */
    MONOTONIC {
        @Override
        public long nanos() {
            return System.nanoTime();
        }
    },

    /** Nanoseconds since 1970; as steady as the monotonic clock while the process lives. */
    SINCE_1970 {
        private final long startNanos = System.nanoTime();
        private final long startSince1970 = System.currentTimeMillis() * 1_000_000;

        @Override
        public long nanos() {
            return startSince1970 + (System.nanoTime() - startNanos);
        }
    }
}
