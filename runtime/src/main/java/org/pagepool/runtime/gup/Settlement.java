package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.PgmapRef;

/**
 * The last step of a walk: what it keeps, and what it gives back. This is the one place where that is decided.
 *
 * <p>A walk keeps a prefix of its pages. Several things may end it: the lookup met a hole, no pgmap owned a page, a head
 * refused, the recheck found an entry changed. The earliest page decides, and its reason is the one reported; when two
 * things happened at the same page, the one that came first in the walk: refusal, recheck, owner, lookup.
 *
 * <p>On the fast path that page may take others with it:
 *
 * <pre>
 *   in a huge entry                      all the walk has of the entry (B24): it stands and falls as one
 *   under a PTE                          none: the pages before it stay (B17)
 *   under a PTE, no pgmap to be had      all the walk has of this table page, where it takes pgmap references (B17)
 *   refused, one head assumed per entry  none, and the entry is not looked at again: as posted, nothing is undone (B25)
 * </pre>
 *
 * On the slow path it takes none: each page was taken on its own, under the lock of its table (B28).
 *
 * <p>Everything granted behind the cut goes back, on the heads the pages have (R3): a head may be kept for some of its pages
 * and put for others, and batches behind a refused one, which were asked at the same time, go back whole.
 *
 * @param keptPages base pages the walk keeps, 0 or more; each holds one reference on its head
 * @param stop why the walk ended early, or null if it kept every page it was asked for
 * @param giveBacks the references granted beyond that, by batch
 */
public record Settlement(long keptPages, @Nullable Refusal stop, List<GiveBack> giveBacks) {
    /** Copies the list. */
    public Settlement {
        if (keptPages < 0) {
            throw new IllegalArgumentException("a walk keeps no fewer than 0 pages: keptPages=" + keptPages);
        }
        giveBacks = List.copyOf(giveBacks);
    }

    /**
     * References of one batch that go back.
     *
     * @param batchIndex the batch's place in {@link WalkPlan#batches}
     * @param runs by head, sorted
     */
    public record GiveBack(int batchIndex, List<Run> runs) {
        /** Copies the list. */
        public GiveBack {
            runs = List.copyOf(runs);
        }
    }

    /**
     * What was found when the entries were looked at again.
     *
     * @param pages how many leading pages may stay: what {@link PageTable#recheck} said, or at least all of them if the
     *     protocol has no recheck (B52)
     * @param why what is wrong with the next one: {@link Refusal#CHANGED}, or why its type is not allowed (B21)
     */
    public record Recheck(long pages, Refusal why) {
        /** Everything may stay. */
        public static final Recheck ALL = new Recheck(Long.MAX_VALUE, Refusal.CHANGED);
    }

    /**
     * Settles a walk on the fast path.
     *
     * @param plan what was asked for
     * @param seen what the plan was made from
     * @param granted for each batch, how many of its pages were granted; always its first ones
     * @param refusals for each batch, why the page behind those was not; null if and only if all were granted
     * @param rechecked how many leading pages are still mapped as they were seen
     * @param stop why the lookup ended before the range did, or null
     */
    public static Settlement of(
            WalkPlan plan,
            List<Seen> seen,
            long[] granted,
            @Nullable Refusal[] refusals,
            long rechecked,
            @Nullable Refusal stop) {
        return fast(plan, seen, granted, refusals, new Recheck(rechecked, Refusal.CHANGED), stop);
    }

    /** Settles a walk on the fast path, like {@link #of}. */
    public static Settlement fast(
            WalkPlan plan,
            List<Seen> seen,
            long[] granted,
            @Nullable Refusal[] refusals,
            Recheck recheck,
            @Nullable Refusal stop) {
        requireAnswers(plan, granted, refusals);
        long at = plan.pages();
        Refusal why = plan.stop() != null ? plan.stop() : stop;
        int shortfall = firstRefused(refusals);
        long refused =
                shortfall < 0 ? Long.MAX_VALUE : plan.batches().get(shortfall).index() + granted[shortfall];
        boolean undoes = shortfall < 0 || undoesEntry(plan.batches().get(shortfall), refusals[shortfall]);
        long lookedAt = undoes ? at : entryStart(refused, seen, plan);
        if (recheck.pages < Math.min(at, lookedAt)) {
            at = recheck.pages;
            why = recheck.why;
            undoes = true;
        }
        if (refused <= at || !undoes) {
            at = refused;
            why = refusals[shortfall];
        }
        long kept = at == plan.pages() || !undoes ? at : cut(at, seen, plan, why);
        return new Settlement(kept, why, giveBacks(plan, granted, kept));
    }

    /** Settles a step of the slow path; without a recheck, for the entries could not change meanwhile. */
    public static Settlement slow(WalkPlan plan, long[] granted, @Nullable Refusal[] refusals, @Nullable Refusal stop) {
        requireAnswers(plan, granted, refusals);
        int shortfall = firstRefused(refusals);
        if (shortfall < 0) {
            return new Settlement(plan.pages(), plan.stop() != null ? plan.stop() : stop, List.of());
        }
        long kept = plan.batches().get(shortfall).index() + granted[shortfall];
        return new Settlement(kept, refusals[shortfall], giveBacks(plan, granted, kept));
    }

    /** Settles a walk that is given up: nothing stays. */
    public static Settlement nothing(WalkPlan plan, long[] granted, Refusal why) {
        return new Settlement(0, why, giveBacks(plan, granted, 0));
    }

    private static void requireAnswers(WalkPlan plan, long[] granted, @Nullable Refusal[] refusals) {
        if (granted.length != plan.batches().size() || refusals.length != granted.length) {
            throw new IllegalArgumentException("a walk needs one answer for each batch: batches="
                    + plan.batches().size() + " granted=" + granted.length + " refusals=" + refusals.length);
        }
        for (int i = 0; i < granted.length; i++) {
            long pages = plan.batches().get(i).pages();
            if (granted[i] < 0 || granted[i] > pages || (granted[i] < pages) != (refusals[i] != null)) {
                throw new IllegalArgumentException("no such answer to a batch: batch=" + i + " granted=" + granted[i]
                        + " pages=" + pages + " refusal=" + refusals[i]);
            }
        }
    }

    private static int firstRefused(@Nullable Refusal[] refusals) {
        for (int i = 0; i < refusals.length; i++) {
            if (refusals[i] != null) {
                return i;
            }
        }
        return -1;
    }

    /** As posted, a head that refuses ends the walk where it is (B25); a pgmap that cannot be had undoes the entry even so. */
    private static boolean undoesEntry(WalkPlan.Batch refused, @Nullable Refusal why) {
        return refused.pgmap().protocol().batch() != GupBatch.PER_ENTRY_ASSUME_ONE || withoutPgmap(why);
    }

    private static boolean withoutPgmap(@Nullable Refusal why) {
        return why == Refusal.DYING || why == Refusal.DEAD;
    }

    /** How much stays of a walk that fails at its page {@code at}. */
    private static long cut(long at, List<Seen> seen, WalkPlan plan, @Nullable Refusal why) {
        long start = entryStart(at, seen, plan);
        PgmapSpec pgmap = plan.batches().get(0).pgmap();
        if (start < at || !withoutPgmap(why) || pgmap.protocol().pgmapRef() == PgmapRef.NONE) {
            return start;
        }
        Seen slice = slice(at, seen);
        if (slice == null) {
            return at;
        }
        long run = slice.extent().level().runPages(pgmap.basePage());
        long vpn = seen.get(0).vpn() + at;
        return Math.max(0, at - (vpn & (run - 1)));
    }

    /** The first page the walk has of the entry that maps its page {@code at}; both are offsets in the walk. */
    private static long entryStart(long at, List<Seen> seen, WalkPlan plan) {
        Seen slice = slice(at, seen);
        if (slice == null) {
            return at;
        }
        BasePage basePage = plan.batches().get(0).pgmap().basePage();
        return slice.entryStart(seen.get(0).vpn() + at, basePage) - seen.get(0).vpn();
    }

    /** What the walk saw its page {@code at} in; a walk has no gaps. */
    private static @Nullable Seen slice(long at, List<Seen> seen) {
        for (int i = 0; i < seen.size(); i++) {
            Seen slice = seen.get(i);
            if (seen.get(0).vpn() + at < slice.endVpn()) {
                return slice;
            }
        }
        return null;
    }

    private static List<GiveBack> giveBacks(WalkPlan plan, long[] granted, long kept) {
        if (kept == plan.pages()) {
            return List.of();
        }
        List<GiveBack> out = new ArrayList<>();
        for (int i = 0; i < granted.length; i++) {
            WalkPlan.Batch batch = plan.batches().get(i);
            long stays = batch.pagesWithin(kept);
            if (granted[i] > stays) {
                out.add(new GiveBack(
                        i,
                        Runs.ofPages(
                                batch.firstPfn() + stays,
                                granted[i] - stays,
                                batch.pgmap().geometry())));
            }
        }
        return out;
    }
}
