package org.pagepool.bench;

import java.util.Arrays;

/** How benchmarks that are not JMH's sum up what they measured. */
final class Medians {
    private Medians() {}

    /** The middle one; of an even number the larger of the two. Leaves {@code values} as they are. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
