package org.pagepool.demo.gup;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.runtime.head.Refusal;

/**
 * What was measured.
 *
 * @param laps of each walker, in the order of the repeats
 * @param warmups laps before, unmeasured
 * @param mapNanos how long it took to map the device and populate the address space
 * @param elapsedNanos the whole command
 * @param interrupted whether the user cut it short
 * @param durable what the journal had to do with it; null without one
 * @param floors what counters and bare actors took beside it; null where that was not measured
 */
record GupResult(
        GupPlan plan,
        List<List<GupLoop.Lap>> laps,
        int warmups,
        long mapNanos,
        long elapsedNanos,
        boolean interrupted,
        @Nullable Durable durable,
        @Nullable Floors floors) {

    /**
     * What as many grabs take without a pool, lap by lap and walker by walker.
     *
     * @param grabs of a walker's lap, to take references
     * @param counters plain counters
     * @param actors bare actors
     */
    record Floors(long grabs, List<FloorLap> counters, List<FloorLap> actors) {}

    /**
     * What was written.
     *
     * @param journal where
     * @param written by all laps together
     * @param floor what the journal took on its own, lap by lap; empty where that was not measured
     */
    record Durable(String journal, JournalMeter.Lap written, List<FloorLap> floor) {}

    /** The spread of some times, in nanoseconds. */
    record Spread(long min, long p50, long p99, long max) {
        static <L> Spread of(List<L> laps, ToLongFunction<L> nanos) {
            long[] sorted = laps.stream().mapToLong(nanos).sorted().toArray();
            return sorted.length == 0
                    ? new Spread(0, 0, 0, 0)
                    : new Spread(sorted[0], rank(sorted, 50), rank(sorted, 99), sorted[sorted.length - 1]);
        }

        /** The smallest value that so many percent of all are not above. */
        private static long rank(long[] sorted, int percent) {
            int index = (int) Math.ceil(percent / 100.0 * sorted.length) - 1;
            return sorted[Math.max(0, index)];
        }
    }

    /** The laps of all walkers. */
    List<GupLoop.Lap> all() {
        return laps.stream().flatMap(List::stream).toList();
    }

    /** Repeats that all walkers have done. */
    int repeats() {
        return laps.stream().mapToInt(List::size).min().orElse(0);
    }

    /** What all laps have in common, or of the first if they differ; null if there is none. */
    GupLoop.@Nullable Lap first() {
        return all().stream().findFirst().orElse(null);
    }

    /** Why some lap ended before the end of the range; null if none did. */
    @Nullable
    Refusal stop() {
        return all().stream()
                .map(GupLoop.Lap::stop)
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Base pages that were looked at after they were pinned, over all laps and walkers (B53). */
    long verified() {
        return all().stream()
                .map(GupLoop.Lap::verified)
                .filter(java.util.Objects::nonNull)
                .mapToLong(GupWalker.Verified::pages)
                .sum();
    }

    /** Those of them that did not look like what they were. */
    long notPinned() {
        return all().stream().mapToLong(GupLoop.Lap::notVerified).sum();
    }

    /** What the process should say of it. */
    ExitStatus status() {
        if (stop() != null || notPinned() > 0) {
            return ExitStatus.BROKEN;
        }
        if (interrupted) {
            return ExitStatus.INTERRUPTED;
        }
        return all().isEmpty() ? ExitStatus.INCONCLUSIVE : ExitStatus.OK;
    }

    /** Nanoseconds per base page, by the median. */
    double nsPerPage(ToLongFunction<GupLoop.Lap> nanos) {
        return (double) Spread.of(all(), nanos).p50() / plan.pagesPerLap();
    }

    /**
     * Base pages that all walkers together took and gave back in a second in which at least one of them did either: the median
     * of the repeats.
     */
    double pagesPerSecond() {
        double[] sorted = IntStream.range(0, repeats())
                .mapToDouble(this::pagesPerSecond)
                .sorted()
                .toArray();
        return sorted.length == 0 ? 0 : sorted[(sorted.length - 1) / 2];
    }

    private double pagesPerSecond(int repeat) {
        List<GupLoop.Lap> together = laps.stream().map(each -> each.get(repeat)).toList();
        long pages = together.stream().mapToLong(GupLoop.Lap::pages).sum();
        return pages / (Math.max(1, busyNanos(together)) / 1e9);
    }

    /** How long at least one of them took or gave back; what lies between is not timed (B53). */
    private static long busyNanos(List<GupLoop.Lap> together) {
        List<long[]> spans = together.stream()
                .flatMap(lap ->
                        Stream.of(span(lap.takeStart(), lap.takeNanos()), span(lap.giveStart(), lap.giveNanos())))
                .sorted(Comparator.comparingLong(span -> span[0]))
                .toList();
        long busy = 0;
        long until = Long.MIN_VALUE;
        for (long[] span : spans) {
            busy += Math.max(0, span[1] - Math.max(until, span[0]));
            until = Math.max(until, span[1]);
        }
        return busy;
    }

    private static long[] span(long start, long nanos) {
        return new long[] {start, start + nanos};
    }

    /** How many times as long taking took as on that floor, by the medians; 0 where it was not measured. */
    double takeRatio(List<FloorLap> floor) {
        return ratio(GupLoop.Lap::takeNanos, Spread.of(floor, FloorLap::takeNanos));
    }

    /** The same of giving back. */
    double giveRatio(List<FloorLap> floor) {
        return ratio(GupLoop.Lap::giveNanos, Spread.of(floor, FloorLap::giveNanos));
    }

    private double ratio(ToLongFunction<GupLoop.Lap> nanos, Spread floor) {
        return floor.p50() == 0 ? 0 : (double) Spread.of(all(), nanos).p50() / floor.p50();
    }

    /** Calls of all laps and walkers. */
    long callsMade() {
        return all().stream().mapToLong(GupLoop.Lap::calls).sum();
    }

    /** Messages of a walk, on average. */
    double messagesPerWalk() {
        long calls = callsMade();
        long messages = all().stream().mapToLong(GupLoop.Lap::messages).sum();
        return calls == 0 ? 0 : (double) messages / calls;
    }
}
