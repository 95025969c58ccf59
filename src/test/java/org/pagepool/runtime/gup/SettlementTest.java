package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.gup.Settlement.GiveBack;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.Protocol;

class SettlementTest {
    private static final long PMD = 512;
    private static final long SECTION = 32768;
    private static final long ALL = Long.MAX_VALUE;

    private static PgmapSpec spec(long geometryPages) {
        return new PgmapSpec(
                "pmem0",
                MemoryType.FS_DAX,
                List.of(new PfnRange(0, 8 * SECTION)),
                Geometry.ofPages(geometryPages),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
    }

    private static WalkPlan plan(long geometryPages, List<Seen> seen) {
        PgmapSpec spec = spec(geometryPages);
        return WalkPlan.of(seen, pfn -> spec.owns(pfn) ? spec : null, GupBatch.PER_RANGE);
    }

    private static List<Seen> walk(Level level, long pfn, long offset, long pages) {
        return List.of(new Seen(new Mapping(0, pfn, 4096, level, true), offset, pages));
    }

    private static long[] granted(long... pages) {
        return pages;
    }

    private static Refusal[] refusals(Refusal... refusals) {
        return refusals;
    }

    @Test
    void shouldKeepEverythingWhenEverythingWasGranted() {
        List<Seen> seen = walk(Level.PMD, 0, 100, 2000);
        WalkPlan plan = plan(512, seen);
        assertEquals(
                new Settlement(2000, null, List.of()),
                Settlement.of(plan, seen, granted(2000), refusals((Refusal) null), 2000, null));
    }

    @Test
    @DisplayName("B24: a refusal inside a huge entry drops what was taken of that entry")
    void shouldCutBackToEntryStartWhenHugeEntryIsRefused() {
        List<Seen> seen = walk(Level.PMD, 4096, 100, 1500);
        WalkPlan plan = plan(128, seen);
        Settlement settled = Settlement.of(plan, seen, granted(1000), refusals(Refusal.FREE), ALL, null);
        // page 1000 of the walk is vpn 1100, in the entry from vpn 1024; that is page 924 of the walk
        assertEquals(
                new Settlement(924, Refusal.FREE, List.of(new GiveBack(0, List.of(new Run(4096 + 1024, 1, 76))))),
                settled);
    }

    @Test
    @DisplayName("B24: the first entry begins, for the walk, where the walk does")
    void shouldKeepNothingWhenTheFirstHugeEntryIsRefused() {
        List<Seen> seen = walk(Level.PMD, 4096, 100, 1500);
        Settlement settled = Settlement.of(plan(128, seen), seen, granted(300), refusals(Refusal.OVERFLOW), ALL, null);
        assertEquals(
                new Settlement(
                        0,
                        Refusal.OVERFLOW,
                        List.of(new GiveBack(
                                0,
                                List.of(
                                        new Run(4096, 1, 28),
                                        new Run(4096 + 128, 2, 128),
                                        new Run(4096 + 384, 1, 16))))),
                settled);
    }

    @Test
    @DisplayName("B17: a refusal among PTEs keeps every page before it")
    void shouldCutAtThePageWhenPtesMapIt() {
        List<Seen> seen = walk(Level.PTE, 4096, 100, 1500);
        Settlement settled = Settlement.of(plan(512, seen), seen, granted(1000), refusals(Refusal.FREE), ALL, null);
        assertEquals(new Settlement(1000, Refusal.FREE, List.of()), settled);
    }

    @Test
    @DisplayName("R3: a PMD over four compounds of 128 pages gives back on each what it took there")
    void shouldGiveBackOnEveryHeadUnderAHugeEntry() {
        List<Seen> seen = walk(Level.PMD, 4096, 0, PMD);
        WalkPlan plan = plan(128, seen);
        assertEquals(List.of(new Run(4096, 4, 128)), plan.batches().get(0).runs());
        Settlement refused = Settlement.of(plan, seen, granted(384), refusals(Refusal.FREE), ALL, null);
        assertEquals(
                new Settlement(0, Refusal.FREE, List.of(new GiveBack(0, List.of(new Run(4096, 3, 128))))), refused);
        Settlement changed = Settlement.of(plan, seen, granted(512), refusals((Refusal) null), 0, null);
        assertEquals(
                new Settlement(0, Refusal.CHANGED, List.of(new GiveBack(0, List.of(new Run(4096, 4, 128))))), changed);
    }

    @Test
    @DisplayName("B17: a changed PTE cuts a head in two; the part before it is kept")
    void shouldKeepPartOfAHeadWhenAPteBehindItChanged() {
        List<Seen> seen = walk(Level.PTE, 4096, 0, 1024);
        Settlement settled = Settlement.of(plan(512, seen), seen, granted(1024), refusals((Refusal) null), 700, null);
        assertEquals(
                new Settlement(700, Refusal.CHANGED, List.of(new GiveBack(0, List.of(new Run(4096 + 512, 1, 324))))),
                settled);
    }

    @Test
    void shouldGiveBackLaterBatchesWholeWhenAnEarlierOneIsShort() {
        List<Seen> seen = walk(Level.PTE, SECTION - 100, 0, 300);
        WalkPlan plan = plan(512, seen);
        Settlement settled = Settlement.of(plan, seen, granted(40, 200), refusals(Refusal.FREE, null), 300, null);
        assertEquals(
                new Settlement(40, Refusal.FREE, List.of(new GiveBack(1, List.of(new Run(SECTION, 1, 200))))), settled);
    }

    @Test
    void shouldReportTheReasonOfTheEarliestPage() {
        List<Seen> seen = walk(Level.PTE, 4096, 0, 100);
        WalkPlan plan = plan(512, seen);
        assertEquals(
                Refusal.CHANGED,
                Settlement.of(plan, seen, granted(50), refusals(Refusal.FREE), 49, Refusal.NOT_MAPPED)
                        .stop());
        assertEquals(
                Refusal.FREE,
                Settlement.of(plan, seen, granted(50), refusals(Refusal.FREE), 50, Refusal.NOT_MAPPED)
                        .stop());
        assertEquals(
                Refusal.CHANGED,
                Settlement.of(plan, seen, granted(100), refusals((Refusal) null), 99, Refusal.NOT_MAPPED)
                        .stop());
        assertEquals(
                Refusal.NOT_MAPPED,
                Settlement.of(plan, seen, granted(100), refusals((Refusal) null), 100, Refusal.NOT_MAPPED)
                        .stop());
    }

    @Test
    void shouldReportThatNobodyOwnsThePageRatherThanAHoleBehindIt() {
        List<Seen> seen = List.of(new Seen(new Mapping(502, 8 * SECTION - 10, 40, Level.PTE, true), 502, 30));
        WalkPlan plan = planOf(Protocol.V6_17, 512, seen);
        assertEquals(
                new Settlement(10, Refusal.DEAD, List.of()),
                Settlement.of(plan, seen, granted(10), refusals((Refusal) null), 30, Refusal.NOT_MAPPED));
    }

    @Test
    void shouldKeepNothingOfAnEmptyPlan() {
        WalkPlan plan = WalkPlan.NOTHING;
        assertEquals(
                new Settlement(0, Refusal.NOT_MAPPED, List.of()),
                Settlement.of(plan, List.of(), granted(), refusals(), 0, Refusal.NOT_MAPPED));
    }

    @Test
    void shouldRefuseAnswersThatDoNotBelongToThePlan() {
        List<Seen> seen = walk(Level.PTE, 4096, 0, 100);
        WalkPlan plan = plan(512, seen);
        assertThrows(IllegalArgumentException.class, () -> Settlement.of(plan, seen, granted(), refusals(), ALL, null));
        assertThrows(
                IllegalArgumentException.class,
                () -> Settlement.of(plan, seen, granted(99), refusals((Refusal) null), ALL, null));
        assertThrows(
                IllegalArgumentException.class,
                () -> Settlement.of(plan, seen, granted(100), refusals(Refusal.FREE), ALL, null));
        assertThrows(
                IllegalArgumentException.class,
                () -> Settlement.of(plan, seen, granted(101), refusals((Refusal) null), ALL, null));
    }

    // ---- by path and batching

    @ParameterizedTest
    @CsvSource({
        "v5.5,  DYING, 700, 512",
        "v5.5,  DEAD,  700, 512",
        "v5.5,  FREE,  700, 700",
        "v6.17, DEAD,  700, 700",
        "v5.5,  DYING, 100, 0",
        "v5.5,  DYING, 512, 512"
    })
    @DisplayName("B17: under PTEs, where no pgmap can be had, all pages since the start of the table page go back")
    void shouldCutAtTheTablePageWhenThePgmapIsDying(String preset, Refusal why, long refusedAt, long kept) {
        List<Seen> seen = walk(Level.PTE, 0, 0, 1000);
        WalkPlan plan = planOf(Protocol.preset(preset), 1, seen);

        Settlement settled = Settlement.of(plan, seen, granted(refusedAt), refusals(why), ALL, null);

        assertEquals(kept, settled.keptPages());
        assertEquals(why, settled.stop());
        assertEquals(
                refusedAt - kept,
                settled.giveBacks().stream()
                        .mapToLong(back -> Runs.totalRefs(back.runs()))
                        .sum());
    }

    @Test
    @DisplayName("B17: a walk that begins inside the table page gives up what it has of it, and no more")
    void shouldCutNoFurtherThanTheWalkBegan() {
        List<Seen> seen = walk(Level.PTE, 0, 500, 100);
        WalkPlan plan = planOf(Protocol.V5_5, 1, seen);
        assertEquals(
                12,
                Settlement.of(plan, seen, granted(50), refusals(Refusal.DYING), ALL, null)
                        .keptPages());
        assertEquals(
                0,
                Settlement.of(plan, seen, granted(5), refusals(Refusal.DYING), ALL, null)
                        .keptPages());
    }

    @Test
    @DisplayName("B25: as posted, a refused grab undoes nothing and the entry is not looked at again")
    void shouldKeepWhatItHasOfTheEntryAsPosted() {
        List<Seen> seen = walk(Level.PMD, 0, 0, 1024);
        WalkPlan plan = planOf(Protocol.COMPOUND_DEVMAPS_V4, 1, seen);

        Settlement refused = Settlement.of(plan, seen, granted(700), refusals(Refusal.OVERFLOW), ALL, null);
        Settlement changedToo = Settlement.of(plan, seen, granted(700), refusals(Refusal.OVERFLOW), 512, null);
        Settlement changedBefore = Settlement.of(plan, seen, granted(700), refusals(Refusal.OVERFLOW), 0, null);

        assertEquals(new Settlement(700, Refusal.OVERFLOW, List.of()), refused);
        assertEquals(refused, changedToo, "nobody looks at an entry again in which a grab failed");
        assertEquals(0, changedBefore.keptPages());
        assertEquals(Refusal.CHANGED, changedBefore.stop());
        WalkPlan general = planOf(Protocol.V5_13, 1, seen);
        assertEquals(
                512,
                Settlement.of(general, seen, granted(700), refusals(Refusal.OVERFLOW), ALL, null)
                        .keptPages());
    }

    @Test
    @DisplayName("B28: the slow path keeps every page before the one that is refused, in huge entries too")
    void shouldKeepThePagesBeforeTheRefusedOneOnTheSlowPath() {
        List<Seen> seen = walk(Level.PMD, 0, 0, 1024);
        WalkPlan plan = planOf(Protocol.V5_5, 1, seen);

        Settlement settled = Settlement.slow(plan, granted(700), refusals(Refusal.DYING), Refusal.NOT_MAPPED);

        assertEquals(new Settlement(700, Refusal.DYING, List.of()), settled);
        assertEquals(
                new Settlement(1024, Refusal.NOT_MAPPED, List.of()),
                Settlement.slow(plan, granted(1024), refusals((Refusal) null), Refusal.NOT_MAPPED));
    }

    @Test
    @DisplayName("B21: a page whose type is not allowed is dropped after its entry was looked at again")
    void shouldDropWhatIsNotAllowed() {
        List<Seen> seen = walk(Level.PMD, 0, 0, 1024);
        WalkPlan plan = planOf(Protocol.V6_17, 512, seen);

        Settlement settled = Settlement.fast(
                plan, seen, granted(1024), refusals((Refusal) null), new Settlement.Recheck(0, Refusal.LONGTERM), null);

        assertEquals(
                new Settlement(0, Refusal.LONGTERM, List.of(new GiveBack(0, List.of(new Run(0, 2, 512))))), settled);
    }

    private static WalkPlan planOf(Protocol protocol, long geometryPages, List<Seen> seen) {
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                MemoryType.FS_DAX,
                List.of(new PfnRange(0, 8 * SECTION)),
                Geometry.ofPages(geometryPages),
                BasePage.KIB_4,
                protocol);
        return WalkPlan.fast(seen, pfn -> spec.owns(pfn) ? spec : null);
    }
}
