package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.gup.WalkPlan.Batch;
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

class WalkPlanTest {
    private static final long PMD = 512;
    private static final long PUD = 262144;
    private static final long SECTION = 32768;

    private static PgmapSpec spec(String id, long geometryPages, PfnRange... ranges) {
        return spec(Protocol.PAGEPOOL, id, geometryPages, ranges);
    }

    private static PgmapSpec spec(Protocol protocol, String id, long geometryPages, PfnRange... ranges) {
        return new PgmapSpec(
                id, MemoryType.FS_DAX, List.of(ranges), Geometry.ofPages(geometryPages), BasePage.KIB_4, protocol);
    }

    private static WalkPlan plan(PgmapTable owners, GupBatch batch, Seen... seen) {
        return WalkPlan.of(List.of(seen), pfn -> owners.find(pfn).orElse(null), batch);
    }

    private static Seen whole(Level level, long vpn, long pfn, long pages) {
        return new Seen(new Mapping(vpn, pfn, pages, level, true), vpn, pages);
    }

    @ParameterizedTest
    @CsvSource({
        "1,      PTE, PER_PAGE,      4194304",
        "512,    PMD, PER_PAGE,      4194304",
        "512,    PMD, PER_HEAD_LOOP, 8192",
        "512,    PTE, PER_HEAD_LOOP, 4194304",
        "512,    PTE, PER_RANGE,     8192",
        "128,    PMD, PER_HEAD_LOOP, 32768",
        "262144, PMD, PER_HEAD_LOOP, 8192",
        "262144, PUD, PER_HEAD_LOOP, 16",
        "262144, PMD, PER_RANGE,     16"
    })
    @DisplayName("D4, section 3.4: messages to heads for a walk over 16 GiB")
    void shouldNeedOneGrabPerPageEntryOrHead(long geometry, Level level, GupBatch batch, long grabs) {
        long pages = 16 * PUD;
        PgmapSpec spec = spec("pmem0", geometry, new PfnRange(PUD, pages));
        WalkPlan plan = plan(PgmapTable.EMPTY.with(spec), batch, whole(level, 0, PUD, pages));
        assertEquals(grabs, plan.grabs());
        assertEquals(pages, plan.pages());
        assertEquals(geometry == PUD ? 16 : 128, plan.batches().size());
        assertNull(plan.stop());
    }

    @Test
    void shouldCutBatchesAtSections() {
        PgmapSpec spec = spec("pmem0", 512, new PfnRange(0, PUD));
        Mapping extent = new Mapping(PUD, 0, PUD, Level.PMD, true);
        WalkPlan plan = plan(
                PgmapTable.EMPTY.with(spec), GupBatch.PER_RANGE, new Seen(extent, PUD + SECTION - 100, SECTION + 200));
        assertEquals(
                List.of(
                        new Batch(spec, 0, 0, SECTION - 100, 100, 512),
                        new Batch(spec, 1, 100, SECTION, SECTION, 512),
                        new Batch(spec, 2, SECTION + 100, 2 * SECTION, 100, 512)),
                plan.batches());
        assertEquals(1 + 64 + 1, plan.grabs());
    }

    @Test
    @DisplayName("a head larger than a section lives in its first, and so do all its pages")
    void shouldPutAllPagesOfAHeadThatSpansSectionsIntoOneBatch() {
        PgmapSpec spec = spec("pmem0", PUD, new PfnRange(0, 2 * PUD));
        WalkPlan plan = plan(PgmapTable.EMPTY.with(spec), GupBatch.PER_RANGE, whole(Level.PMD, 0, 0, 2 * PUD));
        assertEquals(
                List.of(new Batch(spec, 0, 0, 0, PUD, 262144), new Batch(spec, 8, PUD, PUD, PUD, 262144)),
                plan.batches());
        assertEquals(List.of(new Run(PUD, 1, 262144)), plan.batches().get(1).runs());
    }

    @Test
    @DisplayName("D16: one batch across entries and extents where pfns go on")
    void shouldMergeNeighbouringExtentsOfOneSection() {
        PgmapSpec spec = spec("pmem0", 512, new PfnRange(0, PUD));
        Mapping readOnly = new Mapping(PMD, 100 + PMD, 100, Level.PTE, false);
        WalkPlan plan = plan(
                PgmapTable.EMPTY.with(spec),
                GupBatch.PER_RANGE,
                whole(Level.PTE, 0, 100, PMD),
                new Seen(readOnly, PMD, 100));
        assertEquals(List.of(new Batch(spec, 0, 0, 100, 612, 512)), plan.batches());
        assertEquals(2, plan.grabs());
    }

    @Test
    @DisplayName("B20: a batch that begins and ends inside entries takes one grab for each part")
    void shouldCountTheGrabsOfPartialEntries() {
        PgmapSpec spec = spec("pmem0", PUD, new PfnRange(0, PUD));
        Mapping extent = new Mapping(0, 0, 4 * PMD, Level.PMD, true);
        WalkPlan plan = plan(PgmapTable.EMPTY.with(spec), GupBatch.PER_HEAD_LOOP, new Seen(extent, 500, PMD));
        assertEquals(2, plan.grabs());
        assertEquals(List.of(new Run(0, 1, 512)), plan.batches().get(0).runs());
    }

    @Test
    void shouldNotMergeWhereThePfnsJump() {
        PgmapSpec spec = spec("pmem0", 1, new PfnRange(0, 100));
        WalkPlan plan = plan(
                PgmapTable.EMPTY.with(spec),
                GupBatch.PER_RANGE,
                whole(Level.PTE, 0, 10, 1),
                whole(Level.PTE, 1, 8, 1),
                whole(Level.PTE, 2, 10, 1));
        assertEquals(
                List.of(
                        new Batch(spec, 0, 0, 10, 1, 1),
                        new Batch(spec, 0, 1, 8, 1, 1),
                        new Batch(spec, 0, 2, 10, 1, 1)),
                plan.batches());
    }

    @Test
    @DisplayName("B6: the cached pgmap is used while it covers the page, also across its ranges")
    void shouldAskForTheOwnerOncePerRunOfOnePgmap() {
        PgmapSpec a = spec("a", 1, new PfnRange(0, 100), new PfnRange(100, 100), new PfnRange(300, 100));
        PgmapSpec b = spec("b", 1, new PfnRange(200, 100));
        PgmapTable owners = PgmapTable.EMPTY.with(a).with(b);
        List<Long> asked = new ArrayList<>();
        WalkPlan plan = WalkPlan.of(
                List.of(whole(Level.PTE, 0, 0, 400), whole(Level.PTE, 400, 10, 20)),
                pfn -> {
                    asked.add(pfn);
                    return owners.find(pfn).orElse(null);
                },
                GupBatch.PER_RANGE);
        assertEquals(List.of(0L, 200L, 300L), asked);
        assertEquals(
                List.of(
                        new Batch(a, 0, 0, 0, 200, 1),
                        new Batch(b, 0, 200, 200, 100, 1),
                        new Batch(a, 0, 300, 300, 100, 1),
                        new Batch(a, 0, 400, 10, 20, 1)),
                plan.batches());
    }

    @Test
    @DisplayName("B17: where PTEs map it and walks take no pgmap reference, the walk is cut at the page nobody owns")
    void shouldCutAtThePageThatNobodyOwns() {
        PgmapTable owners = PgmapTable.EMPTY.with(spec(Protocol.V6_17, "a", 1, new PfnRange(0, 100)));
        WalkPlan plan = plan(owners, GupBatch.PER_RANGE, whole(Level.PTE, 0, 90, 20));
        assertEquals(10, plan.pages());
        assertEquals(Refusal.DEAD, plan.stop());
        assertEquals(1, plan.batches().size());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "500, 12", "1000, 0", "1024, 0", "1020, 4"})
    @DisplayName("B17: where walks take pgmap references, all pages since the start of the table page are given up")
    void shouldCutAtTheTablePageWhereNoPgmapCanBeHad(long vpn, long kept) {
        PgmapTable owners = PgmapTable.EMPTY.with(spec(Protocol.V5_5, "a", 1, new PfnRange(0, 100)));
        WalkPlan plan = plan(owners, GupBatch.PER_PAGE, whole(Level.PTE, vpn, 80, 40));
        assertEquals(kept, plan.pages());
        assertEquals(Refusal.DEAD, plan.stop());
        assertEquals(
                kept == 0 ? List.of() : List.of(new Batch(owners.byId("a").get(), 0, 0, 80, kept, 1)), plan.batches());
    }

    @Test
    @DisplayName("B28: the slow path keeps every page before the one that nobody owns")
    void shouldKeepThePagesBeforeTheHoleOnTheSlowPath() {
        PgmapSpec a = spec(Protocol.V5_5, "a", 1, new PfnRange(0, 100));
        WalkPlan ptes = WalkPlan.slow(List.of(whole(Level.PTE, 0, 90, 20)), pfn -> a.owns(pfn) ? a : null);
        assertEquals(10, ptes.pages());
        WalkPlan pmd = WalkPlan.slow(List.of(whole(Level.PMD, 0, 0, PMD)), pfn -> a.owns(pfn) ? a : null);
        assertEquals(100, pmd.pages());
        assertEquals(Refusal.DEAD, pmd.stop());
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5, PMD, 2048, 2048",
        "v5.5, PTE, 2048, 2048",
        "v6.17, PMD, 2048, 16",
        "v6.17, PTE, 2048, 2048",
        "pagepool, PMD, 2048, 16",
        "pagepool, PTE, 2048, 16"
    })
    @DisplayName("D16: the slow path takes one page, what an entry and a head share, or all that a head has")
    void shouldTakeAsMuchAtOnceAsTheSlowPathDoes(String preset, Level level, long pages, long grabs) {
        PgmapSpec a = spec(Protocol.preset(preset), "a", 128, new PfnRange(0, pages));
        assertEquals(
                grabs,
                WalkPlan.slow(List.of(whole(level, 0, 0, pages)), pfn -> a).grabs());
    }

    // ---- as posted (B19, R3, D3)

    @Test
    @DisplayName("B19, R3: as posted, the head of the first page gets all that is left of each entry")
    void shouldGiveAllOfAnEntryToTheHeadOfItsFirstPage() {
        PgmapSpec a = spec(Protocol.COMPOUND_DEVMAPS_V4, "a", 128, new PfnRange(0, 4 * PMD));
        WalkPlan plan =
                WalkPlan.fast(List.of(new Seen(new Mapping(0, 0, 4 * PMD, Level.PMD, true), 200, 2 * PMD)), pfn -> a);
        assertEquals(1, plan.batches().size());
        assertEquals(
                List.of(new Run(128, 1, (int) PMD - 200), new Run(PMD, 1, (int) PMD), new Run(2 * PMD, 1, 200)),
                plan.batches().get(0).runs());
        assertEquals(3, plan.grabs());
        assertEquals(2 * PMD, Runs.totalRefs(plan.batches().get(0).runs()));
    }

    @Test
    @DisplayName("B19: an entry over several sections is asked for where its first head lives")
    void shouldAskOneSectionForAllOfAWideEntry() {
        PgmapSpec a = spec(Protocol.COMPOUND_DEVMAPS_V4, "a", 512, new PfnRange(PUD, 2 * PUD));
        WalkPlan plan = WalkPlan.fast(List.of(whole(Level.PUD, 0, PUD, 2 * PUD)), pfn -> a);
        assertEquals(List.of(8, 16), plan.batches().stream().map(Batch::section).toList());
        assertEquals(
                List.of(new Run(2 * PUD, 1, (int) PUD)), plan.batches().get(1).runs());
    }

    @ParameterizedTest
    @CsvSource({"1, PMD, 1", "512, PMD, 512", "4096, PMD, 512", "512, PTE, 1", "262144, PUD, 262144"})
    @DisplayName("B19: base pages one by one; where one compound fills the entry, as in the general loop")
    void shouldEqualTheGeneralLoopWhereOneHeadFillsTheEntry(long geometry, Level level, int refsPerGrab) {
        PgmapSpec a = spec(Protocol.COMPOUND_DEVMAPS_V4, "a", geometry, new PfnRange(0, PUD));
        WalkPlan posted = WalkPlan.fast(List.of(whole(level, 0, 0, PUD)), pfn -> a);
        assertEquals(refsPerGrab, posted.batches().get(0).refsPerGrab());
        assertEquals(
                WalkPlan.of(List.of(whole(level, 0, 0, PUD)), pfn -> a, GupBatch.PER_HEAD_LOOP)
                        .batches(),
                posted.batches());
    }

    @Test
    @DisplayName("D3: where the entry's page is taken for the head, a tail counts 0 and ends the walk")
    void shouldStopAtAnEntryThatPointsAtATail() {
        Protocol entryHead = Protocol.V6_17.with("gup.head-lookup", "entry-head");
        PgmapSpec large = spec(entryHead, "a", 4096, new PfnRange(0, 2 * 4096));
        WalkPlan tail = WalkPlan.fast(List.of(whole(Level.PMD, 0, 0, 2 * PMD)), pfn -> large);
        assertEquals(PMD, tail.pages());
        assertEquals(Refusal.FREE, tail.stop());
        PgmapSpec small = spec(entryHead, "a", 128, new PfnRange(0, PMD));
        Seen middle = new Seen(new Mapping(0, 0, PMD, Level.PMD, true), 200, 100);
        WalkPlan plan = WalkPlan.fast(List.of(middle), pfn -> small);
        assertEquals(List.of(new Run(0, 1, 100)), plan.batches().get(0).runs());
        assertNull(plan.stop());
    }

    // ---- look-ups (B6)

    @ParameterizedTest
    @CsvSource({
        "v5.5,                PMD, 1, 4",
        "v5.5,                PTE, 1, 4",
        "v5.5,                PMD, 2, 2048",
        "v5.5,                PTE, 2, 2048",
        "compound-devmaps-v4, PMD, 1, 4",
        "compound-devmaps-v4, PMD, 2, 4",
        "v6.17,               PMD, 2, 0"
    })
    @DisplayName(
            "B6: the cached pgmap is compared by its first range only: pages of later ranges are looked up at every step")
    void shouldLookUpLaterRangesAtEveryStep(String preset, Level level, int range, long lookups) {
        PgmapSpec a = spec(Protocol.preset(preset), "a", 512, new PfnRange(0, 8 * PMD), new PfnRange(SECTION, 8 * PMD));
        long pfn = a.ranges().get(range - 1).first();
        WalkPlan plan = WalkPlan.fast(List.of(whole(level, 0, pfn, 4 * PMD)), x -> a);
        assertEquals(lookups, plan.pgmapLookups());
    }

    @Test
    @DisplayName("B6, B28: one look-up per entry or table page on the fast path, one in all on the slow path")
    void shouldKeepThePgmapAcrossEntriesOnTheSlowPathOnly() {
        PgmapSpec a = spec(Protocol.V6_15, "a", 512, new PfnRange(0, 2 * SECTION));
        List<Seen> seen = List.of(
                new Seen(new Mapping(0, 0, SECTION, Level.PMD, true), 100, SECTION - 100),
                new Seen(new Mapping(SECTION, SECTION, SECTION, Level.PTE, true), SECTION, 700));
        assertEquals(64 + 2, WalkPlan.fast(seen, pfn -> a).pgmapLookups());
        assertEquals(1, WalkPlan.slow(seen, pfn -> a).pgmapLookups());
        PgmapSpec each = spec(Protocol.V6_15.with("gup.pgmap-ref", "per-page"), "a", 512, new PfnRange(0, 2 * SECTION));
        assertEquals(SECTION - 100 + 700, WalkPlan.fast(seen, pfn -> each).pgmapLookups());
    }

    @Test
    @DisplayName("B6: another pgmap in between is another look-up, and so is coming back")
    void shouldLookUpAgainWhenTheWalkComesBack() {
        PgmapSpec a = spec(Protocol.V5_5, "a", 1, new PfnRange(0, 100));
        PgmapSpec b = spec(Protocol.V5_5, "b", 1, new PfnRange(100, 100));
        PgmapTable owners = PgmapTable.EMPTY.with(a).with(b);
        WalkPlan plan = WalkPlan.fast(
                List.of(whole(Level.PTE, 0, 50, 100), whole(Level.PTE, 100, 10, 20)),
                pfn -> owners.find(pfn).orElse(null));
        assertEquals(3, plan.pgmapLookups());
    }

    @Test
    @DisplayName("B24: a huge entry with a page that nobody owns is left out whole")
    void shouldLeaveOutAHugeEntryThatIsOwnedOnlyInPart() {
        PgmapSpec a = spec("a", 1, new PfnRange(0, SECTION + PMD + 10));
        PgmapTable owners = PgmapTable.EMPTY.with(a);
        Mapping extent = new Mapping(0, SECTION - PMD, 4 * PMD, Level.PMD, true);
        WalkPlan plan = plan(owners, GupBatch.PER_RANGE, new Seen(extent, 100, 3 * PMD));
        assertEquals(
                List.of(
                        new Batch(a, 0, 0, SECTION - PMD + 100, PMD - 100, 1),
                        new Batch(a, 1, PMD - 100, SECTION, PMD, 1)),
                plan.batches());
        assertEquals(2 * PMD - 100, plan.pages());
        assertEquals(Refusal.DEAD, plan.stop());
    }

    @Test
    void shouldPlanNothingWhenTheFirstPageHasNoOwner() {
        assertEquals(
                new WalkPlan(List.of(), 0, Refusal.DEAD, 0),
                plan(PgmapTable.EMPTY, GupBatch.PER_RANGE, whole(Level.PMD, 0, 0, PMD)));
        PgmapTable owners = PgmapTable.EMPTY.with(spec("a", 1, new PfnRange(0, 3 * SECTION)));
        assertEquals(
                new WalkPlan(List.of(), 0, Refusal.DEAD, 1),
                plan(owners, GupBatch.PER_RANGE, whole(Level.PUD, 0, 0, PUD)));
    }

    @Test
    void shouldRefuseAnOwnerThatDoesNotHaveThePage() {
        PgmapSpec a = spec("a", 1, new PfnRange(0, 100));
        assertThrows(
                IllegalArgumentException.class,
                () -> WalkPlan.of(List.of(whole(Level.PTE, 0, 100, 1)), pfn -> a, GupBatch.PER_RANGE));
    }

    @Test
    void shouldRefuseStepsThatNoHeadHas() {
        PgmapSpec a = spec("a", 512, new PfnRange(0, 512));
        assertThrows(IllegalArgumentException.class, () -> new Batch(a, 0, 0, 0, 1, 1024));
        assertThrows(IllegalArgumentException.class, () -> new Batch(a, 0, 0, 0, 1, 3));
        assertThrows(IllegalArgumentException.class, () -> new Batch(a, 0, 0, 0, 0, 1));
    }
}
