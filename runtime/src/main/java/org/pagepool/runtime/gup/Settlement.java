package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;

/**
 * The last step of a walk: what it keeps, and what it gives back. This is the one place where that is decided.
 *
 * <p>A walk keeps a prefix of its pages. Several things may end it: the lookup met a hole, no pgmap owned a page, a head
 * refused, the recheck found an entry changed. The earliest page decides, and its reason is the one reported; when two
 * things happened at the same page, the one that came first in the walk: refusal, recheck, owner, lookup.
 *
 * <p>If that page lies inside a huge entry, the walk is cut at the first page it has of that entry (B24), because the entry
 * stands and falls as one; if a PTE maps it, the pages before it stay (B17). Everything granted behind the cut goes back,
 * on the very heads it was granted on (R3): a head may be kept for some of its pages and put for others, and batches
 * behind a refused one, which were asked at the same time, go back whole.
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
     * Settles a walk.
     *
     * @param plan what was asked for
     * @param seen what the plan was made from
     * @param granted for each batch, how many of its pages were granted; always its first ones
     * @param refusals for each batch, why the page behind those was not; null if and only if all were granted
     * @param rechecked what {@link PageTable#recheck} said, or at least {@code plan.pages()} if the protocol has no recheck
     *     (D3)
     * @param stop why the lookup ended before the range did, or null
     */
    public static Settlement of(
            WalkPlan plan,
            List<Seen> seen,
            long[] granted,
            @Nullable Refusal[] refusals,
            long rechecked,
            @Nullable Refusal stop) {
        requireAnswers(plan, granted, refusals);
        long at = plan.pages();
        Refusal why = plan.stop() != null ? plan.stop() : stop;
        if (rechecked < at) {
            at = rechecked;
            why = Refusal.CHANGED;
        }
        int shortfall = firstRefused(refusals);
        if (shortfall >= 0 && plan.batches().get(shortfall).index() + granted[shortfall] <= at) {
            at = plan.batches().get(shortfall).index() + granted[shortfall];
            why = refusals[shortfall];
        }
        long kept = at == plan.pages() ? at : entryStart(at, seen, basePage(plan));
        return new Settlement(kept, why, giveBacks(plan, granted, kept));
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

    private static BasePage basePage(WalkPlan plan) {
        return plan.batches().get(0).pgmap().basePage();
    }

    /** The first page the walk has of the entry that maps its page {@code at}; both are offsets in the walk. */
    private static long entryStart(long at, List<Seen> seen, BasePage basePage) {
        long index = 0;
        for (int i = 0; i < seen.size(); i++) {
            Seen slice = seen.get(i);
            if (at < index + slice.pages()) {
                return index + slice.entryStart(slice.vpn() + (at - index), basePage) - slice.vpn();
            }
            index += slice.pages();
        }
        return at;
    }

    private static List<GiveBack> giveBacks(WalkPlan plan, long[] granted, long kept) {
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
