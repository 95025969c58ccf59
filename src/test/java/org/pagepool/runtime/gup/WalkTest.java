package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.gup.Pin.Piece;
import org.pagepool.runtime.gup.Settlement.GiveBack;
import org.pagepool.runtime.gup.WalkPlan.Batch;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.PgmapTable;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.Protocol;

/**
 * A whole walk, from lookup to unpin: whatever maps the range, whoever owns it, whatever is refused and whatever changes
 * under it, what is granted and not given back is one reference for each page kept, on its head.
 */
class WalkTest {
    private static final long PMD = 512;
    private static final long PUD = 262144;

    /** The batchings that load each head with its own pages; the posted one does not where heads are small (B19, R3). */
    private static final List<GupBatch> FAITHFUL =
            List.of(GupBatch.PER_PAGE, GupBatch.PER_HEAD_LOOP, GupBatch.PER_RANGE);

    @Test
    @DisplayName("R3: a PMD over 4 compounds of 512 KiB takes 128 on each, and nothing is left after the unpin")
    void shouldBalanceEveryHeadUnderAPmdOverSmallerCompounds() {
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                MemoryType.GENERIC,
                List.of(new PfnRange(PMD, PMD)),
                Geometry.ofPages(128),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        HeadRules rules = spec.headRules();
        Map<Long, HeadState> heads = new TreeMap<>();
        for (long head = PMD; head < 2 * PMD; head += 128) {
            heads.put(head, rules.parked());
        }
        PageTable table = PageTable.empty(BasePage.KIB_4).insert(new Mapping(0, PMD, PMD, Level.PMD, true));
        Lookup lookup = table.lookup(0, PMD, true);
        for (GupBatch batch : FAITHFUL) {
            WalkPlan plan = WalkPlan.of(lookup.seen(), pfn -> spec, batch);
            assertEquals(batch == GupBatch.PER_PAGE ? 512 : 4, plan.grabs());
            Batch only = plan.batches().get(0);
            for (Run run : only.runs()) {
                change(heads, run, spec.geometry(), state -> {
                    assertNull(state.refuses(GrabKind.PIN, run.refs(), rules));
                    return state.grab(GrabKind.PIN, run.refs(), rules);
                });
            }
            heads.values().forEach(state -> assertEquals(new HeadState(129, 128, 0), state));
            Pin pin = new Pin("w1", 1, GrabKind.PIN, 0, PMD, List.of(Piece.of(only, PMD, 1, 1)));
            UnpinList list = UnpinList.group(pin.pfns(), spec.geometry());
            assertEquals(4, list.atomics());
            for (Run run : list.groups()) {
                change(heads, run, spec.geometry(), state -> state.put(GrabKind.PIN, run.refs(), rules));
            }
            heads.values().forEach(state -> assertEquals(HeadState.AT_ONE, state));
        }
    }

    private static void change(
            Map<Long, HeadState> heads, Run run, Geometry geometry, UnaryOperator<HeadState> change) {
        for (int i = 0; i < run.heads(); i++) {
            heads.computeIfPresent(run.firstHead() + i * geometry.pages(), (head, state) -> change.apply(state));
        }
    }

    /**
     * Entries that follow one another in the address space.
     *
     * @param gap entries of this size left out in pfns before them
     */
    private record Segment(Level level, int entries, int gap, boolean writable) {}

    /**
     * A walk over some of them.
     *
     * @param segment near the beginning of which it starts
     * @param offset pages from there, may be negative
     * @param holes heads nobody owns, under these of the walk's pages
     * @param zap page of the walk whose entry is zapped before the recheck, or -1
     */
    private record Scenario(
            long geometry,
            GupBatch batch,
            List<Segment> segments,
            int segment,
            int offset,
            long pages,
            List<Integer> holes,
            int zap) {}

    @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
    void shouldHoldExactlyOneReferencePerKeptPage(@ForAll("scenarios") Scenario scenario, @ForAll Random random) {
        Geometry geometry = Geometry.ofPages(scenario.geometry());
        List<Long> starts = new ArrayList<>();
        PageTable table = layOut(scenario.segments(), starts);
        long from = Math.max(0, starts.get(scenario.segment() % starts.size()) + scenario.offset());
        Lookup lookup = table.lookup(from, scenario.pages(), random.nextInt(4) == 0);
        int pages = (int) lookup.pages();
        long[] pfns = pfns(table, from, pages);
        PgmapTable owners = owners(geometry, highestPfn(table), pfns, scenario.holes());

        WalkPlan plan = WalkPlan.of(lookup.seen(), pfn -> owners.find(pfn).orElse(null), scenario.batch());
        assertPlan(plan, scenario.batch(), table, from, pfns, owners);

        long[] granted = new long[plan.batches().size()];
        Refusal[] refusals = new Refusal[granted.length];
        refuseSome(plan, granted, refusals, random);
        PageTable after = scenario.zap() < 0 || pages == 0
                ? table
                : table.zap(from + scenario.zap() % pages, 1).table();
        long rechecked = after.recheck(lookup.seen());

        Settlement settled = Settlement.of(plan, lookup.seen(), granted, refusals, rechecked, lookup.stop());
        assertSettled(settled, plan, granted, refusals, rechecked, lookup, table, from);
        int[] kept = perHead(geometry, pfns, (int) settled.keptPages());
        assertArrayEquals(kept, held(plan, granted, settled, geometry, kept.length));
        assertUnpins(pin(plan, settled, from), geometry, kept, random);
    }

    private static PageTable layOut(List<Segment> segments, List<Long> starts) {
        PageTable table = PageTable.empty(BasePage.KIB_4);
        long vpn = 0;
        long pfn = 0;
        for (Segment segment : segments) {
            long size = segment.level().pages(BasePage.KIB_4);
            long filler = -vpn & (size - 1);
            if (filler > 0) {
                table = table.insert(new Mapping(vpn, pfn, filler, Level.PTE, true));
                vpn += filler;
                pfn += filler;
            }
            pfn = ((pfn + size - 1) & -size) + segment.gap() * size;
            long pages = segment.entries() * size;
            table = table.insert(new Mapping(vpn, pfn, pages, segment.level(), segment.writable()));
            starts.add(vpn);
            vpn += pages;
            pfn += pages;
        }
        return table;
    }

    private static long highestPfn(PageTable table) {
        return table.extents().stream()
                .mapToLong(m -> m.pfn() + m.pages())
                .max()
                .orElseThrow();
    }

    private static long[] pfns(PageTable table, long from, int pages) {
        long[] pfns = new long[pages];
        for (int i = 0; i < pages; i++) {
            pfns[i] = table.covering(from + i).pfnAt(from + i);
        }
        return pfns;
    }

    /** Two pgmaps that take turns, and a head that nobody owns between them. */
    private static PgmapTable owners(Geometry geometry, long highestPfn, long[] pfns, List<Integer> holes) {
        long end = (highestPfn + PUD) & -PUD;
        long[] gaps = holes.stream()
                .filter(hole -> pfns.length > 0)
                .mapToLong(hole -> geometry.headOf(pfns[hole % pfns.length]))
                .sorted()
                .distinct()
                .toArray();
        List<List<PfnRange>> ranges = List.of(new ArrayList<>(), new ArrayList<>());
        long at = 0;
        for (int i = 0; i <= gaps.length; i++) {
            long until = i < gaps.length ? gaps[i] : end;
            if (at < until) {
                ranges.get(i % 2).add(new PfnRange(at, until - at));
            }
            at = until + geometry.pages();
        }
        PgmapTable owners = PgmapTable.EMPTY;
        for (int i = 0; i < 2; i++) {
            if (!ranges.get(i).isEmpty()) {
                owners = owners.with(new PgmapSpec(
                        "pmem" + i, MemoryType.FS_DAX, ranges.get(i), geometry, BasePage.KIB_4, Protocol.PAGEPOOL));
            }
        }
        return owners;
    }

    private static void refuseSome(WalkPlan plan, long[] granted, Refusal[] refusals, Random random) {
        for (int i = 0; i < granted.length; i++) {
            long pages = plan.batches().get(i).pages();
            boolean refused = random.nextInt(2 + granted.length) == 0;
            granted[i] = refused ? (long) (random.nextDouble() * pages) : pages;
            refusals[i] = refused
                    ? List.of(Refusal.FREE, Refusal.OVERFLOW, Refusal.DYING).get(random.nextInt(3))
                    : null;
        }
    }

    private static void assertPlan(
            WalkPlan plan, GupBatch size, PageTable table, long from, long[] pfns, PgmapTable owners) {
        long expected = pfns.length;
        for (int i = 0; i < expected; i++) {
            if (owners.find(pfns[i]).isEmpty()) {
                expected = firstOfRun(table, from, i);
            }
        }
        assertEquals(expected, plan.pages());
        assertEquals(expected < pfns.length ? Refusal.DEAD : null, plan.stop());
        int at = 0;
        Batch before = null;
        for (Batch batch : plan.batches()) {
            assertEquals(at, batch.index());
            assertTrue(before == null || !continues(before, batch), "two batches where one would do");
            long grabs = 0;
            for (long pfn = batch.firstPfn(); pfn < batch.endPfn(); pfn++, at++) {
                assertEquals(pfns[at], pfn);
                assertEquals(batch.section(), batch.pgmap().sectionOf(pfn));
                boolean first =
                        pfn == batch.firstPfn() || batch.pgmap().geometry().isHead(pfn);
                boolean entry = firstOfEntry(table, from, at) == at;
                if (size == GupBatch.PER_PAGE || first || (size != GupBatch.PER_RANGE && entry)) {
                    grabs++;
                }
            }
            assertTrue(batch.pgmap().owns(batch.firstPfn()) && batch.pgmap().owns(batch.endPfn() - 1));
            assertEquals(grabs, batch.grabs());
            before = batch;
        }
        assertEquals(plan.pages(), at);
    }

    private static boolean continues(Batch before, Batch after) {
        return before.endPfn() == after.firstPfn()
                && before.section() == after.section()
                && before.pgmap().equals(after.pgmap())
                && before.refsPerGrab() == after.refsPerGrab();
    }

    /** The first page of the walk that the entry of its page {@code at} maps. */
    private static long firstOfEntry(PageTable table, long from, long at) {
        long size = table.covering(from + at).level().pages(BasePage.KIB_4);
        return Math.max(0, ((from + at) & -size) - from);
    }

    /** The first page of the walk that is in its huge entry or its table page. */
    private static long firstOfRun(PageTable table, long from, long at) {
        long size = table.covering(from + at).level() == Level.PUD ? PUD : PMD;
        return Math.max(0, ((from + at) & -size) - from);
    }

    private static void assertSettled(
            Settlement settled,
            WalkPlan plan,
            long[] granted,
            Refusal[] refusals,
            long rechecked,
            Lookup lookup,
            PageTable table,
            long from) {
        long at = plan.pages();
        Refusal why = plan.stop() == null ? lookup.stop() : plan.stop();
        if (rechecked < at) {
            at = rechecked;
            why = Refusal.CHANGED;
        }
        for (int i = granted.length - 1; i >= 0; i--) {
            long page = plan.batches().get(i).index() + granted[i];
            if (refusals[i] != null && page <= at) {
                at = page;
                why = refusals[i];
            }
        }
        if (at < plan.pages()) {
            boolean withoutPgmap = why == Refusal.DYING || why == Refusal.DEAD;
            at = withoutPgmap ? firstOfRun(table, from, at) : firstOfEntry(table, from, at);
        }
        assertEquals(at, settled.keptPages());
        assertEquals(why, settled.stop());
    }

    /** The references of the first {@code pages} pages, counted one by one. */
    private static int[] perHead(Geometry geometry, long[] pfns, int pages) {
        int[] refs = new int[(int) ((Arrays.stream(pfns).max().orElse(0) >> geometry.order()) + 1)];
        for (int i = 0; i < pages; i++) {
            refs[(int) (pfns[i] >> geometry.order())]++;
        }
        return refs;
    }

    private static int[] held(WalkPlan plan, long[] granted, Settlement settled, Geometry geometry, int heads) {
        int[] refs = new int[heads];
        for (int i = 0; i < granted.length; i++) {
            add(refs, Runs.ofPages(plan.batches().get(i).firstPfn(), granted[i], geometry), 1, geometry);
        }
        int before = -1;
        for (GiveBack back : settled.giveBacks()) {
            assertTrue(back.batchIndex() > before && !back.runs().isEmpty());
            before = back.batchIndex();
            add(refs, back.runs(), -1, geometry);
        }
        return refs;
    }

    private static void add(int[] refs, List<Run> runs, int sign, Geometry geometry) {
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                int head = (int) (run.firstHead() >> geometry.order()) + i;
                refs[head] += sign * run.refs();
                assertTrue(refs[head] >= 0, "more given back than was granted");
            }
        }
    }

    private static Pin pin(WalkPlan plan, Settlement settled, long from) {
        List<Piece> pieces = new ArrayList<>();
        for (Batch batch : plan.batches()) {
            long pages = batch.pagesWithin(settled.keptPages());
            if (pages > 0) {
                pieces.add(Piece.of(batch, pages, pieces.size(), 1));
            }
        }
        return new Pin("w1", 1, GrabKind.PIN, from, settled.keptPages(), pieces);
    }

    /** Gives the pin back in ranges (B27) and, a second time, as a list (B26): both must come to nothing left. */
    private static void assertUnpins(Pin pin, Geometry geometry, int[] kept, Random random) {
        int[] left = kept.clone();
        long at = 0;
        while (at < pin.pages()) {
            long pages = Math.min(pin.pages() - at, 1 + random.nextInt(1 + (int) pin.pages() / 2));
            for (Piece piece : pin.range(at, pages)) {
                add(left, piece.runs(), -1, geometry);
            }
            at += pages;
        }
        assertArrayEquals(new int[kept.length], left);
        UnpinList list = UnpinList.group(pin.pfns(), geometry);
        left = kept.clone();
        add(left, list.groups(), -1, geometry);
        assertArrayEquals(new int[kept.length], left);
        assertEquals(pin.pages(), list.refs());
    }

    @Provide
    Arbitrary<Scenario> scenarios() {
        Arbitrary<Segment> segments = Arbitraries.of(
                        Level.PTE, Level.PTE, Level.PTE, Level.PMD, Level.PMD, Level.PMD, Level.PUD)
                .flatMap(level -> Combinators.combine(
                                Arbitraries.integers()
                                        .between(1, level == Level.PTE ? 700 : level == Level.PMD ? 5 : 1),
                                Arbitraries.of(0, 0, 1),
                                Arbitraries.of(true, true, true, false))
                        .as((entries, gap, writable) -> new Segment(level, entries, gap, writable)));
        return Combinators.combine(
                        Arbitraries.of(1L, 4L, 128L, 512L, 4096L, 262144L),
                        Arbitraries.of(FAITHFUL),
                        segments.list().ofMinSize(1).ofMaxSize(6),
                        Arbitraries.integers().between(0, 5),
                        uniform(-700, 700),
                        Arbitraries.frequencyOf(
                                Tuple.of(12, uniform(1, 3000).map(Long::valueOf)),
                                Tuple.of(1, uniform(1, 2 * (int) PUD).map(Long::valueOf))),
                        Arbitraries.frequencyOf(
                                Tuple.of(3, uniform(0, 1 << 20).list().ofSize(0)),
                                Tuple.of(1, uniform(0, 1 << 20).list().ofMaxSize(2))),
                        uniform(-1 << 20, 1 << 20))
                .as(Scenario::new);
    }

    private static Arbitrary<Integer> uniform(int min, int max) {
        return Arbitraries.integers().between(min, max).withDistribution(RandomDistribution.uniform());
    }
}
