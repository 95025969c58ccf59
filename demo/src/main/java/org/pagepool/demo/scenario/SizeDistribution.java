package org.pagepool.demo.scenario;

import java.util.Locale;

/**
 * How long the ranges of a walker are, in base pages.
 *
 * @param shape how they are spread
 * @param minPages the shortest, at least 1
 * @param maxPages the longest; equal to {@code minPages} where all are of one size
 */
public record SizeDistribution(Shape shape, long minPages, long maxPages) {
    /** How sizes are spread between the shortest and the longest. */
    public enum Shape {
        /** All of one size. */
        FIXED,
        /** Each size equally likely. */
        UNIFORM,
        /** Each doubling equally likely: as many from 1 to 2 MiB as from 100 to 200 MiB. */
        LOG_UNIFORM;

        /** As scenarios write it: {@code log-uniform}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The next size. */
    long draw(Draws draws) {
        return switch (shape) {
            case FIXED -> minPages;
            case UNIFORM -> minPages + draws.below(maxPages - minPages + 1);
            case LOG_UNIFORM -> logUniform(draws.unit());
        };
    }

    private long logUniform(double unit) {
        double low = StrictMath.log((double) minPages);
        double high = StrictMath.log(maxPages + 1.0);
        long pages = (long) StrictMath.exp(low + unit * (high - low));
        return Math.max(minPages, Math.min(maxPages, pages));
    }
}
