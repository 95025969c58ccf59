package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.GupBatch;

/**
 * The second step of a walk: what to ask which section for. Pages keep the order of the walk; the pages of one batch are
 * contiguous in pfns and their heads live in one section. Where the walk goes on with the next pfn, one batch reaches
 * across entries and extents, as far as they are grabbed in steps of the same size.
 *
 * @param batches in page order, without gaps: each begins at the page behind the one before
 * @param pages base pages in all batches
 * @param stop {@link Refusal#DEAD} when no pgmap owns the page behind them; then a huge entry that holds such a page is
 *     left out whole (B24). Null when every page that was seen is planned
 */
public record WalkPlan(
        List<Batch> batches, long pages, @Nullable Refusal stop) {
    /** Copies the list. */
    public WalkPlan {
        batches = List.copyOf(batches);
    }

    /**
     * What one section is asked for: one reference for each of these pages, on its head (B20).
     *
     * @param pgmap owns the pages
     * @param section hosts their heads; with heads larger than a section, the one each head begins in
     * @param index offset of its first page in the walk, in base pages
     * @param firstPfn pfn of its first page
     * @param pages base pages, at least one
     * @param refsPerGrab the most references one message to a head asks for, a power of two up to the pages of a head;
     *     grabs begin at its multiples
     */
    public record Batch(PgmapSpec pgmap, int section, long index, long firstPfn, long pages, int refsPerGrab) {
        /** Refuses batches that ask for nothing, or in steps that no head has. */
        public Batch {
            if (index < 0 || firstPfn < 0 || pages <= 0) {
                throw new IllegalArgumentException("no such batch: index=" + index + " firstPfn=0x"
                        + Long.toHexString(firstPfn) + " pages=" + pages);
            }
            if (Integer.bitCount(refsPerGrab) != 1
                    || refsPerGrab > pgmap.geometry().pages()) {
                throw new IllegalArgumentException("no such step on a head: refsPerGrab=" + refsPerGrab + " headPages="
                        + pgmap.geometry().pages());
            }
        }

        /** First pfn behind it. */
        public long endPfn() {
            return firstPfn + pages;
        }

        /** The references it asks for, by head. */
        public List<Run> runs() {
            return Runs.ofPages(firstPfn, pages, pgmap.geometry());
        }

        /** How many messages to heads that takes; exact, also where the batch begins or ends inside an entry. */
        public long grabs() {
            int step = Integer.numberOfTrailingZeros(refsPerGrab);
            return ((endPfn() - 1) >> step) - (firstPfn >> step) + 1;
        }

        /** How many of its pages are among the first {@code walkPages} pages of the walk. */
        public long pagesWithin(long walkPages) {
            return Math.max(0, Math.min(pages, walkPages - index));
        }
    }

    /** How many messages to heads the walk takes. */
    public long grabs() {
        long sum = 0;
        for (int i = 0; i < batches.size(); i++) {
            sum += batches.get(i).grabs();
        }
        return sum;
    }

    /**
     * Plans a walk.
     *
     * @param seen what the lookup saw
     * @param owner the pgmap that owns a pfn, or null. Asked once for each run of pages of one pgmap (B6): while the pgmap
     *     last found covers the next page too, it is used as it is
     * @param batch the size of a grab: one page, the pages that an entry and a head have in common, or a head's pages
     *     within the walk (D4)
     */
    public static WalkPlan of(List<Seen> seen, LongFunction<@Nullable PgmapSpec> owner, GupBatch batch) {
        Planner planner = new Planner(owner, batch);
        for (int i = 0; i < seen.size(); i++) {
            if (!planner.add(seen.get(i))) {
                return new WalkPlan(planner.batches, planner.pages, Refusal.DEAD);
            }
        }
        return new WalkPlan(planner.batches, planner.pages, null);
    }

    /** Lives for one call of {@link #of}. */
    private static final class Planner {
        final List<Batch> batches = new ArrayList<>();
        long pages;

        private final LongFunction<@Nullable PgmapSpec> owner;
        private final GupBatch size;
        private @Nullable PgmapSpec cached;

        Planner(LongFunction<@Nullable PgmapSpec> owner, GupBatch size) {
            this.owner = owner;
            this.size = size;
        }

        /** False when the walk ends here, because nobody owns one of the pages. */
        boolean add(Seen slice) {
            long pfn = slice.pfn();
            long end = pfn + slice.pages();
            while (pfn < end) {
                PgmapSpec pgmap = ownerOf(pfn);
                if (pgmap == null) {
                    dropEntry(slice, slice.vpn() + (pfn - slice.pfn()));
                    return false;
                }
                int section = pgmap.sectionOf(pfn);
                long until = Math.min(end, Math.min(ownedUntil(pgmap, pfn), hostedUntil(pgmap, section, pfn)));
                append(pgmap, section, pfn, until - pfn, step(slice.extent().level(), pgmap));
                pfn = until;
            }
            return true;
        }

        private @Nullable PgmapSpec ownerOf(long pfn) {
            PgmapSpec last = cached;
            if (last != null && last.owns(pfn)) {
                return last;
            }
            PgmapSpec found = owner.apply(pfn);
            if (found != null && !found.owns(pfn)) {
                if (found.covers(pfn)) {
                    return null; // page records live there (B51)
                }
                throw new IllegalArgumentException(
                        "pgmap " + found.id() + " does not own the page: pfn=0x" + Long.toHexString(pfn));
            }
            cached = found;
            return found;
        }

        private void append(PgmapSpec pgmap, int section, long pfn, long n, int refsPerGrab) {
            int last = batches.size() - 1;
            if (last >= 0) {
                Batch b = batches.get(last);
                if (b.endPfn() == pfn
                        && b.section == section
                        && b.refsPerGrab == refsPerGrab
                        && b.pgmap.id().equals(pgmap.id())) {
                    batches.set(last, new Batch(pgmap, section, b.index, b.firstPfn, b.pages + n, refsPerGrab));
                    pages += n;
                    return;
                }
            }
            batches.add(new Batch(pgmap, section, pages, pfn, n, refsPerGrab));
            pages += n;
        }

        /** Takes back what was planned of the entry that maps {@code vpn} (B24); of a PTE nothing was. */
        private void dropEntry(Seen slice, long vpn) {
            if (batches.isEmpty() || vpn == slice.vpn()) {
                return;
            }
            Batch last = batches.get(batches.size() - 1);
            pages -= vpn - slice.entryStart(vpn, last.pgmap.basePage());
            while (last.index >= pages) {
                batches.remove(batches.size() - 1);
                if (batches.isEmpty()) {
                    return;
                }
                last = batches.get(batches.size() - 1);
            }
            long left = last.pagesWithin(pages);
            batches.set(
                    batches.size() - 1,
                    new Batch(last.pgmap, last.section, last.index, last.firstPfn, left, last.refsPerGrab));
        }

        private int step(Level level, PgmapSpec pgmap) {
            long head = pgmap.geometry().pages();
            return switch (size) {
                case PER_PAGE -> 1;
                case PER_ENTRY_ASSUME_ONE, PER_HEAD_LOOP -> (int) Math.min(head, level.pages(pgmap.basePage()));
                case PER_RANGE -> (int) head;
            };
        }

        private static long hostedUntil(PgmapSpec pgmap, int section, long pfn) {
            long headEnd = pgmap.geometry().headOf(pfn) + pgmap.geometry().pages();
            return Math.max(headEnd, pgmap.basePage().sectionFirstPfn(section + 1));
        }

        /** First pfn behind the range of {@code pgmap} that holds {@code pfn}; one of them does. */
        private static long ownedUntil(PgmapSpec pgmap, long pfn) {
            List<PfnRange> ranges = pgmap.ranges();
            int lo = 0;
            int hi = ranges.size() - 1;
            while (lo < hi) {
                int mid = (lo + hi) >>> 1;
                if (pfn < ranges.get(mid).end()) {
                    hi = mid;
                } else {
                    lo = mid + 1;
                }
            }
            return ranges.get(lo).end();
        }
    }
}
