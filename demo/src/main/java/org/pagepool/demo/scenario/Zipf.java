package org.pagepool.demo.scenario;

import java.util.Arrays;

/**
 * Places drawn by Zipf's law. A range of starts is cut into up to 1024 equal places; the place of rank r is drawn in
 * proportion to r^-0.99. Ranks are scattered over the range, in the same way for everyone, so that walkers meet.
 */
final class Zipf {
    private static final int PLACES_MAX = 1024;
    private static final double EXPONENT = 0.99;
    private static final long SCATTER = 0x9e3779b1L;
    private static final double[] UP_TO_RANK = sums();

    private Zipf() {}

    /** A start from 0 to {@code starts - 1}. */
    static long place(Draws draws, long starts) {
        int places = (int) Long.highestOneBit(Math.min(PLACES_MAX, starts));
        long place = (rank(draws.unit(), places) * SCATTER) & (places - 1);
        long first = part(starts, place, places);
        return first + draws.below(part(starts, place + 1, places) - first);
    }

    private static int rank(double unit, int places) {
        int at = Arrays.binarySearch(UP_TO_RANK, 0, places, unit * UP_TO_RANK[places - 1]);
        return Math.min(at < 0 ? -at - 1 : at, places - 1);
    }

    /** {@code starts * place / places} without overflow; places is a power of two. */
    private static long part(long starts, long place, int places) {
        return starts / places * place + starts % places * place / places;
    }

    private static double[] sums() {
        double[] sums = new double[PLACES_MAX];
        double sum = 0;
        for (int rank = 0; rank < PLACES_MAX; rank++) {
            sum += StrictMath.pow(rank + 1, -EXPONENT);
            sums[rank] = sum;
        }
        return sums;
    }
}
