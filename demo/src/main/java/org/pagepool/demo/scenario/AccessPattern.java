package org.pagepool.demo.scenario;

import java.util.Locale;

/** Where the ranges of a walker lie. */
public enum AccessPattern {
    /** Each range starts where the one before ended; the walkers of a group start spread over the mapping. */
    SEQUENTIAL,
    /** Anywhere, equally likely. */
    RANDOM,
    /** Few places often, many seldom: Zipf with exponent 0.99 over up to 1024 places, the same for all walkers. */
    ZIPF,
    /** Nine of ten in the first tenth of the mapping. */
    HOT,
    /** Each range starts {@code stride} after the start of the one before. */
    STRIDE;

    /** As scenarios write it: {@code zipf}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
