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
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.PgmapTable;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.Protocol;

class WalkPlanTest {
    private static final long PMD = 512;
    private static final long PUD = 262144;
    private static final long SECTION = 32768;

    private static PgmapSpec spec(String id, long geometryPages, PfnRange... ranges) {
        return new PgmapSpec(
                id,
                MemoryType.FS_DAX,
                List.of(ranges),
                Geometry.ofPages(geometryPages),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
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
    @DisplayName("B17: where PTEs map it, the walk is cut at the page nobody owns")
    void shouldCutAtThePageThatNobodyOwns() {
        PgmapTable owners = PgmapTable.EMPTY.with(spec("a", 1, new PfnRange(0, 100)));
        WalkPlan plan = plan(owners, GupBatch.PER_RANGE, whole(Level.PTE, 0, 90, 20));
        assertEquals(10, plan.pages());
        assertEquals(Refusal.DEAD, plan.stop());
        assertEquals(1, plan.batches().size());
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
                new WalkPlan(List.of(), 0, Refusal.DEAD),
                plan(PgmapTable.EMPTY, GupBatch.PER_RANGE, whole(Level.PMD, 0, 0, PMD)));
        PgmapTable owners = PgmapTable.EMPTY.with(spec("a", 1, new PfnRange(0, 3 * SECTION)));
        assertEquals(
                new WalkPlan(List.of(), 0, Refusal.DEAD),
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
