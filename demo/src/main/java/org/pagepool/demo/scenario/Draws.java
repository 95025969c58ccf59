package org.pagepool.demo.scenario;

import java.util.SplittableRandom;

/**
 * Random numbers that are the same on every JVM: of {@link SplittableRandom} only the bits are used, because how it makes
 * bounded numbers of them has changed between releases.
 */
final class Draws {
    private static final double UNIT = 0x1.0p-53;

    private final SplittableRandom bits;

    Draws(long seed) {
        bits = new SplittableRandom(seed);
    }

    /** A number from 0 to {@code bound - 1}; the bound is at least 1. */
    long below(long bound) {
        long random = bits.nextLong() >>> 1;
        return (Math.multiplyHigh(random, bound) << 1) | ((random * bound) >>> 63);
    }

    /** A number from 0 to just under 1. */
    double unit() {
        return (bits.nextLong() >>> 11) * UNIT;
    }
}
