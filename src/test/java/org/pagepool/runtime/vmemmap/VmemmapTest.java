package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.runtime.vmemmap.Devices.GIB;
import static org.pagepool.runtime.vmemmap.Devices.MIB;
import static org.pagepool.runtime.vmemmap.Devices.TIB;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.Vmemmap.Frame;
import org.pagepool.runtime.vmemmap.Vmemmap.Populated;

/** How the memmap of a device is populated, shared and removed (B44 to B48, B51). */
class VmemmapTest {
    private static final int PAGES_PER_SECTION = 512;

    @Test
    @DisplayName("B44: without sharing whole sections are one block each, the rest page by page")
    void shouldMapWholeSectionsByOneEntry() {
        Vmemmap memmap = Devices.populated(Devices.of(256 * MIB + 2 * MIB, 4096, VmemmapDedup.NONE));

        assertAll(
                () -> assertEquals(2, memmap.frames(FrameKind.HUGE).live()),
                () -> assertEquals(8, memmap.frames(FrameKind.OWN).live()),
                () -> assertEquals(1, memmap.frames(FrameKind.TABLE).live(), "for the 8 pages"),
                () -> assertEquals(2 * PAGES_PER_SECTION + 8, memmap.blockPages()),
                () -> assertEquals(Optional.of(new Frame(FrameKind.HUGE, 1)), memmap.blockOf(PAGES_PER_SECTION)),
                () -> assertEquals(Optional.empty(), memmap.tableOf(PAGES_PER_SECTION)));
    }

    @Test
    @DisplayName("B44: where a PMD entry reaches more than a section nothing is mapped huge")
    void shouldNotMapHugeWhereAPmdEntryReachesMoreThanASection() {
        Vmemmap memmap = Devices.populated(Devices.of(BasePage.KIB_64, GIB, 64 << 10, VmemmapDedup.NONE, null));

        assertEquals(0, memmap.frames(FrameKind.HUGE).live());
        assertEquals(16, memmap.frames(FrameKind.OWN).live());
        assertEquals(1, memmap.frames(FrameKind.TABLE).live());
    }

    @Test
    @DisplayName("B45: a head block, a tail block, and six more entries that map the tail block")
    void shouldMapTheSecondBlockForAllTails() {
        Vmemmap memmap = Devices.populated(Devices.of(128 * MIB, 2 * MIB, VmemmapDedup.PTE));

        assertEquals(
                List.of(new FrameRun(0, 64, 1)), memmap.frames(FrameKind.HEAD).runs());
        assertEquals(
                List.of(new FrameRun(0, 64, 7)), memmap.frames(FrameKind.TAIL).runs());
        for (long page = 0; page < PAGES_PER_SECTION; page++) {
            FrameKind kind = page % 8 == 0 ? FrameKind.HEAD : FrameKind.TAIL;
            assertEquals(Optional.of(new Frame(kind, page / 8)), memmap.blockOf(page));
        }
    }

    @Test
    @DisplayName("B46: sections inside a compound map the tail block of its first section")
    void shouldReuseTheTailBlockAcrossSections() {
        Vmemmap memmap = Devices.populated(Devices.of(2 * GIB, GIB, VmemmapDedup.PTE));

        assertEquals(
                List.of(new FrameRun(0, 2, 1)), memmap.frames(FrameKind.HEAD).runs());
        assertEquals(
                List.of(new FrameRun(0, 2, 4095)), memmap.frames(FrameKind.TAIL).runs());
        assertEquals(16, memmap.frames(FrameKind.TABLE).live());
        assertEquals(Optional.of(new Frame(FrameKind.TAIL, 0)), memmap.blockOf(4095));
        assertEquals(Optional.of(new Frame(FrameKind.HEAD, 1)), memmap.blockOf(4096));
    }

    @Test
    @DisplayName("B47: the third and later sections of a compound use the table page of the second")
    void shouldReuseTheTablePageOfTails() {
        Vmemmap memmap = Devices.populated(Devices.of(2 * GIB, GIB, VmemmapDedup.PTE_PMD));

        assertAll(
                () -> assertEquals(
                        List.of(new FrameRun(0, 2, 7)),
                        memmap.frames(FrameKind.TAIL_TABLE).runs()),
                () -> assertEquals(
                        List.of(new FrameRun(0, 2, 512)),
                        memmap.frames(FrameKind.HEAD_TABLE).runs()),
                () -> assertEquals(
                        List.of(new FrameRun(0, 2, 511 + 512)),
                        memmap.frames(FrameKind.TAIL).runs()),
                () -> assertEquals(Optional.of(new Frame(FrameKind.HEAD_TABLE, 0)), memmap.tableOf(511)),
                () -> assertEquals(Optional.of(new Frame(FrameKind.TAIL_TABLE, 0)), memmap.tableOf(512)),
                () -> assertEquals(Optional.of(new Frame(FrameKind.TAIL_TABLE, 0)), memmap.tableOf(4095)),
                () -> assertEquals(Optional.of(new Frame(FrameKind.TAIL, 0)), memmap.blockOf(4095)));
    }

    @Test
    @DisplayName("B46: each range begins its own compounds, also right behind another")
    void shouldBeginAfreshWithEachRange() {
        List<PfnRange> ranges = List.of(new PfnRange(0, 262144), new PfnRange(262144, 262144));
        PgmapSpec spec = Devices.spec(BasePage.KIB_4, Geometry.ofPages(262144), VmemmapDedup.PTE, ranges);

        assertEquals(2, Devices.populated(spec).frames(FrameKind.HEAD).live());
    }

    @Test
    @DisplayName("B48: a block goes with the last entry that maps it, in whatever order sections go")
    void shouldKeepTheTailBlockUntilTheLastSectionIsGone() {
        Vmemmap memmap = Devices.populated(Devices.of(GIB, GIB, VmemmapDedup.PTE));
        long section = BasePage.KIB_4.sectionPages();

        Vmemmap first = memmap.depopulate(new PfnRange(0, section));
        assertEquals(0, first.frames(FrameKind.HEAD).live());
        assertEquals(
                List.of(new FrameRun(0, 1, 7 * 512)),
                first.frames(FrameKind.TAIL).runs());

        Vmemmap last = first.depopulate(new PfnRange(2 * section, 6 * section));
        assertEquals(
                List.of(new FrameRun(0, 1, 512)), last.frames(FrameKind.TAIL).runs());
        assertTrue(last.depopulate(new PfnRange(section, section)).isEmpty());
    }

    @Test
    @DisplayName("I10: what is not there is not removed, what is there is not populated again")
    void shouldRefuseToRemoveOrPopulateTwice() {
        PgmapSpec spec = Devices.of(256 * MIB, 2 * MIB, VmemmapDedup.PTE);
        Vmemmap memmap = Devices.populated(spec);
        PfnRange half = new PfnRange(0, 32768);
        Vmemmap rest = memmap.depopulate(half);

        assertThrows(IllegalStateException.class, () -> rest.depopulate(half));
        assertThrows(
                IllegalStateException.class, () -> rest.depopulate(spec.ranges().get(0)));
        assertThrows(
                IllegalArgumentException.class,
                () -> memmap.populate(spec.ranges().get(0)));
        assertThrows(IllegalArgumentException.class, () -> memmap.depopulate(new PfnRange(0, 256)));
        assertThrows(
                IllegalArgumentException.class,
                () -> Vmemmap.empty(Devices.of(2 * GIB, GIB, VmemmapDedup.PTE)).populate(half));
    }

    @Test
    @DisplayName("B47: a shared table page goes with its compound")
    void shouldRefuseToRemovePartOfACompoundWithSharedTables() {
        Vmemmap memmap = Devices.populated(Devices.of(2 * GIB, GIB, VmemmapDedup.PTE_PMD));

        assertThrows(IllegalArgumentException.class, () -> memmap.depopulate(new PfnRange(0, 32768)));
        Vmemmap one = memmap.depopulate(new PfnRange(0, 262144));
        assertEquals(
                List.of(new FrameRun(1, 1, 7)), one.frames(FrameKind.TAIL_TABLE).runs());
    }

    /** Table, head, tail; then the table of the second section, and so on: ten frames of a gigabyte. */
    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1, 0, 1", "2, 1, 2", "3, 512, 3", "9, 3584, 9"})
    @DisplayName("B48: what was populated when a frame is refused is taken back")
    void shouldLeaveNothingWhenAFrameIsRefused(long granted, long page, long freed) {
        Vmemmap empty = Vmemmap.empty(Devices.of(GIB, GIB, VmemmapDedup.PTE));

        Populated.OutOfFrames out =
                assertInstanceOf(Populated.OutOfFrames.class, empty.populate(new PfnRange(0, 262144), granted));

        assertEquals(page, out.page());
        assertTrue(out.memmap().isEmpty());
        assertEquals(List.of(), out.memmap().check());
        long sum = 0;
        for (FrameKind kind : FrameKind.values()) {
            sum += out.memmap().frames(kind).freed();
        }
        assertEquals(freed, sum);
        assertInstanceOf(Populated.Done.class, out.memmap().populate(new PfnRange(0, 262144), 10));
    }

    @ParameterizedTest
    @EnumSource(VmemmapDedup.class)
    void shouldTakeAFewValuesForADeviceOfAnySize(VmemmapDedup dedup) {
        PgmapSpec spec = Devices.of(64 * 1024 * TIB, GIB, dedup);

        Vmemmap memmap = assertTimeout(Duration.ofSeconds(2), () -> Devices.populated(spec));

        long runs = memmap.entries().size();
        for (FrameKind kind : FrameKind.values()) {
            runs += memmap.frames(kind).runs().size();
        }
        assertTrue(runs < 20, runs + " runs");
        assertEquals(List.of(), memmap.check());
        assertEquals(VmemmapFigures.of(spec), VmemmapFigures.measured(spec, memmap));
        assertTrue(memmap.depopulate(spec.ranges().get(0)).isEmpty());
    }

    // ---- altmap

    private static PgmapSpec withAltmap(long bytes, long free) {
        return Devices.of(BasePage.KIB_4, bytes, 2 * MIB, VmemmapDedup.PTE, new Altmap(0, free));
    }

    @Test
    @DisplayName("B51: an altmap hands out a block per section and gets all of it back")
    void shouldStoreMetadataInTheDevice() {
        PgmapSpec spec = withAltmap(GIB, 4096);
        Vmemmap memmap = Devices.populated(spec);
        AltmapFrames stored = stored(memmap);

        assertEquals(8, memmap.frames(FrameKind.HUGE).live());
        assertEquals(4096, stored.alloc());
        assertEquals("failed to free all reserved pages: alloc=4096 of free=4096", stored.warning());
        assertEquals(List.of(), memmap.check());

        Vmemmap gone = memmap.depopulate(spec.ranges().get(0));
        assertNull(stored(gone).warning());
        assertTrue(gone.isEmpty());
    }

    @Test
    @DisplayName("B51: what is left behind is complained about")
    void shouldWarnOfAltmapPagesThatDidNotComeBack() {
        Vmemmap memmap = Devices.populated(withAltmap(GIB, 4096)).depopulate(new PfnRange(0, 7 * 32768));

        assertEquals(
                "failed to free all reserved pages: alloc=512 of free=4096",
                stored(memmap).warning());
    }

    @Test
    @DisplayName("B51: an altmap that is too small for its own metadata is refused")
    void shouldRefuseAnAltmapThatIsTooSmall() {
        PgmapSpec spec = withAltmap(GIB, 4096 - 512);

        Populated.OutOfFrames out = assertInstanceOf(Populated.OutOfFrames.class, Vmemmap.populateAll(spec));

        assertEquals(7 * PAGES_PER_SECTION, out.page());
        assertTrue(out.memmap().isEmpty());
        assertNull(stored(out.memmap()).warning());
    }

    @Test
    @DisplayName("B51: blocks are aligned to their size, and what is skipped for it is lost")
    void shouldSkipPagesForTheSakeOfAlignment() {
        AltmapFrames empty = AltmapFrames.of(new Altmap(2, 2048), 0);

        assertEquals(3, empty.pieces(512), "510 of 2048 are skipped");
        AltmapFrames one = empty.take(1, 512);
        assertEquals(510, one.align());
        assertEquals(2048 - 510 - 512, one.left());
        assertEquals(one.left(), one.pieces(1));
        AltmapFrames none = one.giveBack(512);
        assertEquals(510, none.align(), "does not come back");
        assertNull(none.warning());
        assertThrows(IllegalStateException.class, () -> none.giveBack(1));
        assertThrows(IllegalStateException.class, () -> empty.take(4, 512));
    }

    private static AltmapFrames stored(Vmemmap memmap) {
        AltmapFrames stored = memmap.altmap();
        assertNotNull(stored);
        return stored;
    }
}
