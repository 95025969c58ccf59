package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.HeadLookup;
import org.pagepool.runtime.protocol.PgmapRef;
import org.pagepool.runtime.protocol.Protocol;

/**
 * The second step of a walk: what to ask which section for. Pages keep the order of the walk; the pages of one batch are
 * contiguous in pfns and the heads that are asked live in one section. Where the walk goes on with the next pfn, one batch
 * reaches across entries and extents, as far as they are grabbed in steps of the same size.
 *
 * @param batches in page order, without gaps: each begins at the page behind the one before
 * @param pages base pages in all batches
 * @param stop {@link Refusal#DEAD} when no pgmap owns the page behind them, {@link Refusal#FREE} when that page is a tail
 *     that is taken for a head and so counts 0 (D3). Null when every page that was seen is planned
 * @param pgmapLookups how often the pgmap of a page is looked up on the way (B6), as the kernel's loop does
 *     it: never where walks take no reference (D2), for every page where each has its own, else once for each entry or table
 *     page, since the last one found is used again. Only a pgmap's first range is compared with it, so that pages in later
 *     ranges are looked up at every step
 */
public record WalkPlan(
        List<Batch> batches, long pages, @Nullable Refusal stop, long pgmapLookups) {
    /** Asks for nothing. */
    public static final WalkPlan NOTHING = new WalkPlan(List.of(), 0, null, 0);

    /** Copies the list. */
    public WalkPlan {
        batches = List.copyOf(batches);
    }

    /** Which head the references for a page are taken on. */
    public enum Aim {
        /** Its own: as many on each head as it has pages there (B20). */
        OWN_HEAD,
        /**
         * That of the first page of the grab, which gets all that is left of the entry, as if one compound filled it (B19). Where
         * the entry spans several heads, the others get nothing and are given back what they never had (R3).
         */
        FIRST_PAGES_HEAD,
        /** The page that the entry points at, whatever head the pages behind it have (D3). */
        ENTRYS_PAGE
    }

    /**
     * What one section is asked for: one reference for each of these pages.
     *
     * @param pgmap owns the pages
     * @param section hosts the heads that are asked; with heads larger than a section, the one each head begins in
     * @param index offset of its first page in the walk, in base pages
     * @param firstPfn pfn of its first page
     * @param pages base pages, at least one
     * @param refsPerGrab the most references one message to a head asks for, a power of two; grabs begin at its multiples. Up
     *     to the pages of a head, or, where the aim is another head than their own, the pages of an entry
     * @param aim which heads are asked
     */
    public record Batch(PgmapSpec pgmap, int section, long index, long firstPfn, long pages, int refsPerGrab, Aim aim) {
        /** Refuses batches that ask for nothing, or in steps that no head has. */
        public Batch {
            if (index < 0 || firstPfn < 0 || pages <= 0) {
                throw new IllegalArgumentException("no such batch: index=" + index + " firstPfn=0x"
                        + Long.toHexString(firstPfn) + " pages=" + pages);
            }
            if (Integer.bitCount(refsPerGrab) != 1
                    || (aim == Aim.OWN_HEAD && refsPerGrab > pgmap.geometry().pages())) {
                throw new IllegalArgumentException("no such step on a head: refsPerGrab=" + refsPerGrab + " headPages="
                        + pgmap.geometry().pages() + " aim=" + aim);
            }
        }

        /** Asks each page's own head. */
        public Batch(PgmapSpec pgmap, int section, long index, long firstPfn, long pages, int refsPerGrab) {
            this(pgmap, section, index, firstPfn, pages, refsPerGrab, Aim.OWN_HEAD);
        }

        /** First pfn behind it. */
        public long endPfn() {
            return firstPfn + pages;
        }

        /** The references it asks for, by head: as many in all as it has pages. */
        public List<Run> runs() {
            if (aim == Aim.OWN_HEAD) {
                return Runs.ofPages(firstPfn, pages, pgmap.geometry());
            }
            List<Run> runs = new ArrayList<>();
            for (long pfn = firstPfn; pfn < endPfn(); ) {
                long entry = pfn & -(long) refsPerGrab;
                long until = Math.min(endPfn(), entry + refsPerGrab);
                long head = pgmap.geometry().headOf(aim == Aim.ENTRYS_PAGE ? entry : pfn);
                runs.add(new Run(head, 1, Math.toIntExact(until - pfn)));
                pfn = until;
            }
            return List.copyOf(runs);
        }

        /** How many messages to heads that takes; exact, also where the batch begins or ends inside an entry. */
        public long grabs() {
            return steps(firstPfn, endPfn(), refsPerGrab);
        }

        /** How many of its pages are among the first {@code walkPages} pages of the walk. */
        public long pagesWithin(long walkPages) {
            return Math.max(0, Math.min(pages, walkPages - index));
        }

        private boolean goesOnWith(Batch next) {
            return endPfn() == next.firstPfn
                    && section == next.section
                    && refsPerGrab == next.refsPerGrab
                    && aim == next.aim
                    && pgmap.id().equals(next.pgmap.id());
        }

        private Batch first(long n) {
            return new Batch(pgmap, section, index, firstPfn, n, refsPerGrab, aim);
        }
    }

    private static long steps(long firstPfn, long endPfn, int size) {
        int shift = Integer.numberOfTrailingZeros(size);
        return ((endPfn - 1) >> shift) - (firstPfn >> shift) + 1;
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
     * Plans a walk on the fast path.
     *
     * @param seen what the lookup saw
     * @param owner the pgmap that owns a pfn, or null. Asked once for each run of pages of one pgmap (B6): while the pgmap
     *     last found covers the next page too, it is used as it is
     */
    public static WalkPlan fast(List<Seen> seen, LongFunction<@Nullable PgmapSpec> owner) {
        return new Planner(owner, Protocol::batch, false).plan(seen);
    }

    /**
     * Plans a step of the slow path, which keeps every page before the one it fails at, and keeps the pgmap it found across
     * entries (B28). The size of a grab is the protocol's for that path (D16).
     */
    public static WalkPlan slow(List<Seen> seen, LongFunction<@Nullable PgmapSpec> owner) {
        return new Planner(owner, protocol -> protocol.slowBatch().grab(), true).plan(seen);
    }

    /**
     * Plans a walk on the fast path by one batching, whatever the protocol says.
     *
     * @param batch the size of a grab: one page, the pages that an entry and a head have in common, all that is left of an
     *     entry, or a head's pages within the walk (D4)
     */
    public static WalkPlan of(List<Seen> seen, LongFunction<@Nullable PgmapSpec> owner, GupBatch batch) {
        return new Planner(owner, protocol -> batch, false).plan(seen);
    }

    /** Lives for one plan. */
    private static final class Planner {
        private final LongFunction<@Nullable PgmapSpec> owner;
        private final Function<Protocol, GupBatch> size;
        private final boolean slow;
        private List<Batch> before = List.of();
        private @Nullable Batch last;
        private long pages;
        private long walkVpn;
        private long lookups;
        private @Nullable Refusal stop;
        private @Nullable PgmapSpec cached;
        private @Nullable PgmapSpec referenced;
        private long referencedUnit;

        Planner(LongFunction<@Nullable PgmapSpec> owner, Function<Protocol, GupBatch> size, boolean slow) {
            this.owner = owner;
            this.size = size;
            this.slow = slow;
        }

        WalkPlan plan(List<Seen> seen) {
            walkVpn = seen.isEmpty() ? 0 : seen.get(0).vpn();
            for (int i = 0; i < seen.size() && stop == null; i++) {
                add(seen.get(i));
            }
            return new WalkPlan(batches(), pages, stop, lookups);
        }

        /** Most walks have one. */
        private List<Batch> batches() {
            Batch end = last;
            if (end == null || before.isEmpty()) {
                return end == null ? List.of() : List.of(end);
            }
            before.add(end);
            return before;
        }

        /** Stops where nobody owns one of the pages, or where one is taken for a head that is none. */
        private void add(Seen slice) {
            Level level = slice.extent().level();
            long pfn = slice.pfn();
            long end = pfn + slice.pages();
            while (pfn < end) {
                PgmapSpec pgmap = ownerOf(pfn);
                long vpn = slice.vpn() + (pfn - slice.pfn());
                if (pgmap == null) {
                    stop = Refusal.DEAD;
                    undo(level, vpn);
                    return;
                }
                GupBatch batch = size.apply(pgmap.protocol());
                Aim aim = aim(batch, level, pgmap);
                if (takesATailForAHead(level, pgmap, pfn)) {
                    stop = Refusal.FREE;
                    return;
                }
                int refsPerGrab = refsPerGrab(batch, aim, level, pgmap);
                int section = pgmap.sectionOf(aim == Aim.ENTRYS_PAGE ? entryOf(level, pgmap, pfn) : pfn);
                long until =
                        Math.min(Math.min(end, ownedUntil(pgmap, pfn)), hostedUntil(pgmap, section, pfn, level, aim));
                count(pgmap, level, vpn, pfn, until, refsPerGrab);
                append(new Batch(pgmap, section, pages, pfn, until - pfn, refsPerGrab, aim));
                pfn = until;
            }
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

        private void append(Batch next) {
            pages += next.pages;
            Batch end = last;
            if (end != null && end.goesOnWith(next)) {
                last = end.first(end.pages + next.pages);
                return;
            }
            if (end != null) {
                before = before.isEmpty() ? new ArrayList<>() : before;
                before.add(end);
            }
            last = next;
        }

        /**
         * Takes back what was planned of the entry that maps {@code vpn}, or, where pgmap references are taken and a base page has
         * none to give, of the table page it is in (B17, B24). The slow path keeps what it has.
         */
        private void undo(Level level, long vpn) {
            Batch end = last;
            if (slow || end == null) {
                return;
            }
            if (level.huge() || end.pgmap.protocol().pgmapRef() != PgmapRef.NONE) {
                cut(Math.max(0, (vpn & -level.runPages(end.pgmap.basePage())) - walkVpn));
            }
        }

        private void cut(long to) {
            pages = to;
            Batch end = last;
            while (end != null && end.index >= to) {
                end = before.isEmpty() ? null : before.remove(before.size() - 1);
            }
            last = end == null ? null : end.first(end.pagesWithin(to));
        }

        // ---- which head, how much at once

        private static long entryOf(Level level, PgmapSpec pgmap, long pfn) {
            return pfn & -level.pages(pgmap.basePage());
        }

        private static boolean takesATailForAHead(Level level, PgmapSpec pgmap, long pfn) {
            return pgmap.protocol().headLookup() == HeadLookup.ENTRY_HEAD
                    && !pgmap.geometry().isHead(entryOf(level, pgmap, pfn));
        }

        private static Aim aim(GupBatch batch, Level level, PgmapSpec pgmap) {
            boolean spansHeads =
                    level.pages(pgmap.basePage()) > pgmap.geometry().pages();
            if (spansHeads && pgmap.protocol().headLookup() == HeadLookup.ENTRY_HEAD) {
                return Aim.ENTRYS_PAGE;
            }
            boolean assumes =
                    batch == GupBatch.PER_ENTRY_ASSUME_ONE && pgmap.geometry().compound();
            return spansHeads && assumes ? Aim.FIRST_PAGES_HEAD : Aim.OWN_HEAD;
        }

        private static int refsPerGrab(GupBatch batch, Aim aim, Level level, PgmapSpec pgmap) {
            long head = pgmap.geometry().pages();
            long entry = level.pages(pgmap.basePage());
            if (aim != Aim.OWN_HEAD) {
                return Math.toIntExact(entry);
            }
            return switch (batch) {
                case PER_PAGE -> 1;
                case PER_ENTRY_ASSUME_ONE, PER_HEAD_LOOP -> (int) Math.min(head, entry);
                case PER_RANGE -> (int) head;
            };
        }

        /** First pfn behind those whose references {@code section} is asked for. */
        private static long hostedUntil(PgmapSpec pgmap, int section, long pfn, Level level, Aim aim) {
            long entryEnd = entryOf(level, pgmap, pfn) + level.pages(pgmap.basePage());
            if (aim != Aim.OWN_HEAD) {
                return Math.max(entryEnd, pgmap.basePage().sectionFirstPfn(section + 1));
            }
            if (pgmap.protocol().headLookup() == HeadLookup.ENTRY_HEAD
                    && pgmap.geometry().pages() > level.pages(pgmap.basePage())) {
                return entryEnd;
            }
            return pgmap.hostedUntil(pfn);
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

        // ---- look-ups

        /** Counts the look-ups for these pages, which lie in one range of {@code pgmap}. */
        private void count(PgmapSpec pgmap, Level level, long vpn, long pfn, long until, int refsPerGrab) {
            switch (pgmap.protocol().pgmapRef()) {
                case NONE -> {}
                case PER_PAGE -> lookups += until - pfn;
                case PER_ENTRY_CACHED -> {
                    int shift = Long.numberOfTrailingZeros(level.runPages(pgmap.basePage()));
                    long firstUnit = slow ? 0 : vpn >> shift;
                    long lastUnit = slow ? 0 : (vpn + (until - pfn) - 1) >> shift;
                    boolean covered = pgmap.ranges().get(0).contains(pfn);
                    boolean cachedStill = covered
                            && referenced != null
                            && referenced.id().equals(pgmap.id())
                            && referencedUnit == firstUnit;
                    lookups += covered ? lastUnit - firstUnit + (cachedStill ? 0 : 1) : steps(pfn, until, refsPerGrab);
                    referenced = pgmap;
                    referencedUnit = lastUnit;
                }
            }
        }
    }
}
