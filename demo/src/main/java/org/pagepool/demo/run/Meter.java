package org.pagepool.demo.run;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker.PutDone;
import org.pagepool.actors.GupWalker.Walked;
import org.pagepool.runtime.head.Refusal;

/**
 * What all drivers of a run have seen. Shared by them, and read while they work; thread-safe, and its memory does not grow
 * with the number of walkers.
 */
final class Meter {
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private final Histogram walkNanos = new ConcurrentHistogram(HOUR_NANOS, DIGITS);
    private final Histogram unpinNanos = new ConcurrentHistogram(HOUR_NANOS, DIGITS);
    private final AtomicLong begun = new AtomicLong();
    private final LongAdder granted = new LongAdder();
    private final LongAdder pages = new LongAdder();
    private final LongAdder messages = new LongAdder();
    private final LongAdder headGrabs = new LongAdder();
    private final LongAdder slow = new LongAdder();
    private final LongAdder givenBack = new LongAdder();
    private final LongAdder revoked = new LongAdder();
    private final Map<Refusal, LongAdder> refusedWalks = perReason();
    private final Map<Refusal, LongAdder> shortWalks = perReason();
    private final Map<Refusal, LongAdder> refusedPuts = perReason();

    /** Takes one of the walks a run may begin; false when there is none left. No limit is 0. */
    boolean begin(long limit) {
        if (limit == 0) {
            begun.incrementAndGet();
            return true;
        }
        return begun.getAndUpdate(n -> n < limit ? n + 1 : n) < limit;
    }

    /** A walk has ended. */
    void walked(Walked walked, long nanos) {
        Refusal stop = walked.stop();
        if (walked.pages() == 0) {
            count(refusedWalks, stop);
            return;
        }
        walkNanos.recordValue(Math.min(nanos, HOUR_NANOS));
        granted.increment();
        pages.add(walked.pages());
        messages.add(walked.messages());
        headGrabs.add(walked.headGrabs());
        if (walked.slow()) {
            slow.increment();
        }
        count(shortWalks, stop);
    }

    /** A part of a grant has been given back, or not. */
    void put(PutDone done) {
        count(refusedPuts, done.refusal());
    }

    /** All of a grant has been given back. */
    void gaveBack(long nanos) {
        givenBack.increment();
        unpinNanos.recordValue(Math.min(nanos, HOUR_NANOS));
    }

    /** A grant was taken away. */
    void revoked() {
        revoked.increment();
    }

    /** Walks begun. */
    long begun() {
        return begun.get();
    }

    /** Walks that got at least one page. */
    long granted() {
        return granted.sum();
    }

    /** Walks that got none. */
    long refused() {
        return sum(refusedWalks);
    }

    /** Everything, in a form that does not change any more. */
    Load load() {
        return new Load(
                begun.get(),
                granted.sum(),
                pages.sum(),
                messages.sum(),
                headGrabs.sum(),
                slow.sum(),
                givenBack.sum(),
                revoked.sum(),
                byReason(refusedWalks),
                byReason(shortWalks),
                byReason(refusedPuts),
                walkNanos.copy(),
                unpinNanos.copy());
    }

    private static Map<Refusal, LongAdder> perReason() {
        Map<Refusal, LongAdder> counts = new EnumMap<>(Refusal.class);
        for (Refusal reason : Refusal.values()) {
            counts.put(reason, new LongAdder());
        }
        return Collections.unmodifiableMap(counts);
    }

    private static void count(Map<Refusal, LongAdder> counts, @Nullable Refusal reason) {
        if (reason == null) {
            return;
        }
        LongAdder count = counts.get(reason);
        if (count != null) {
            count.increment();
        }
    }

    private static long sum(Map<Refusal, LongAdder> counts) {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }

    private static Map<Refusal, Long> byReason(Map<Refusal, LongAdder> counts) {
        Map<Refusal, Long> out = new EnumMap<>(Refusal.class);
        counts.forEach((reason, count) -> {
            if (count.sum() > 0) {
                out.put(reason, count.sum());
            }
        });
        return Collections.unmodifiableMap(out);
    }

    /**
     * The load of a run.
     *
     * @param begun walks begun
     * @param granted walks that got at least one page; the next four are sums over these
     * @param pages base pages granted
     * @param messages messages sent and received for them by walkers, sections and heads
     * @param headGrabs messages that asked a head for references
     * @param slow how many of them needed the slow path
     * @param givenBack grants given back by their driver
     * @param revoked grants taken away by a teardown
     * @param refusedWalks walks that got nothing, by reason
     * @param shortWalks walks that got fewer pages than they asked for, by reason
     * @param refusedPuts gives-back that were refused, by reason
     * @param walkNanos how long granted walks took
     * @param unpinNanos how long giving a grant back took
     */
    record Load(
            long begun,
            long granted,
            long pages,
            long messages,
            long headGrabs,
            long slow,
            long givenBack,
            long revoked,
            Map<Refusal, Long> refusedWalks,
            Map<Refusal, Long> shortWalks,
            Map<Refusal, Long> refusedPuts,
            Histogram walkNanos,
            Histogram unpinNanos) {

        /** Walks that got fewer pages than they asked for. */
        long shortened() {
            return shortWalks.values().stream().mapToLong(Long::longValue).sum();
        }

        /** Walks that got nothing. */
        long refused() {
            return refusedWalks.values().stream().mapToLong(Long::longValue).sum();
        }

        /** {@code sum} for each granted walk. */
        double perWalk(long sum) {
            return granted == 0 ? 0 : (double) sum / granted;
        }
    }
}
