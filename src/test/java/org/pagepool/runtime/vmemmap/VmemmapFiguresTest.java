package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.pagepool.runtime.vmemmap.Devices.GIB;
import static org.pagepool.runtime.vmemmap.Devices.MIB;
import static org.pagepool.runtime.vmemmap.Devices.TIB;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;

/** The exact vectors of section 3.1, in closed form and counted. */
class VmemmapFiguresTest {
    private static final double EXACT = 0;

    private static VmemmapFigures figures(PgmapSpec spec) {
        VmemmapFigures computed = VmemmapFigures.of(spec);
        assertEquals(computed, VmemmapFigures.measured(spec, Devices.populated(spec)));
        return computed;
    }

    @ParameterizedTest(name = "{0} MiB on 4 KiB: {1} struct pages, {2} pages, {3} shared")
    @CsvSource({"2, 512, 8, 2", "1024, 262144, 4096, 2"})
    void shouldNeedTwoPagesPerCompound(long mib, long structPages, long before, long after) {
        VmemmapFigures none = figures(Devices.of(mib * MIB, mib * MIB, VmemmapDedup.NONE));
        VmemmapFigures pte = figures(Devices.of(mib * MIB, mib * MIB, VmemmapDedup.PTE));

        assertEquals(structPages, none.structPages());
        assertEquals(before, none.vmemmapPages());
        assertEquals(after, pte.vmemmapPages());
    }

    @ParameterizedTest(name = "a gigabyte with {0}: {1} pages of records, {2} of tables, {3} bytes")
    @CsvSource({"PTE, 2, 8, 40960", "PTE_PMD, 2, 2, 16384", "NONE, 4096, 0, 16777216"})
    @DisplayName("B46, B47: what a 1 GiB compound costs")
    void shouldCountTablePagesOfAGigabyte(VmemmapDedup dedup, long blocks, long tables, long bytes) {
        VmemmapFigures figures = figures(Devices.of(GIB, GIB, dedup));

        assertEquals(blocks, figures.vmemmapPages());
        assertEquals(tables, figures.pageTablePages());
        assertEquals(bytes, figures.totalBytes());
    }

    /** The mails print 0.39 and 0.0014 percent; these are the true figures. */
    @ParameterizedTest(name = "a tebibyte of {0} MiB heads with {1}: {2} + {3} MiB")
    @CsvSource({
        "0.00390625, NONE,    16384, 0,  1.5625,               1.5625",
        "2,          NONE,    16384, 0,  1.5625,               1.5625",
        "2,          PTE,     4096,  32, 0.390625,             0.393676757812500",
        "2,          PTE_PMD, 4096,  32, 0.390625,             0.393676757812500",
        "1024,       NONE,    16384, 0,  1.5625,               1.5625",
        "1024,       PTE,     8,     32, 0.000762939453125,    0.003814697265625",
        "1024,       PTE_PMD, 8,     8,  0.000762939453125,    0.001525878906250"
    })
    void shouldCostPerTebibyteWhatTheDigestSays(
            double headMib, VmemmapDedup dedup, long mib, long tablesMib, double percent, double totalPercent) {
        VmemmapFigures figures = figures(Devices.of(TIB, (long) (headMib * MIB), dedup));

        assertEquals(mib * MIB, figures.vmemmapBytes());
        assertEquals(tablesMib * MIB, figures.pageTableBytes());
        assertEquals((mib + tablesMib) * MIB, figures.totalBytes());
        assertEquals(figures.totalBytes(), figures.systemBytes());
        assertEquals(percent, figures.percent(), EXACT);
        assertEquals(totalPercent, figures.totalPercent(), EXACT);
        assertEquals(TIB, figures.deviceBytes());
    }

    @ParameterizedTest(name = "128 GiB of {0} MiB heads with {1}: {2} records initialised")
    @CsvSource({"2, PTE, 8388608", "1024, PTE, 16384", "2, NONE, 33554432", "1024, NONE, 33554432"})
    @DisplayName("B49: 128 records per compound are initialised")
    void shouldInitialiseTheRecordsOfTwoBlocks(long headMib, VmemmapDedup dedup, long records) {
        assertEquals(
                records, figures(Devices.of(128 * GIB, headMib * MIB, dedup)).structPagesInitialised());
    }

    @ParameterizedTest(name = "{0} GiB of {1} KiB heads: {2}")
    @CsvSource({
        "1,    4,       262144",
        "1,    2048,    512",
        "1,    1048576, 1",
        "16,   4,       4194304",
        "16,   2048,    8192",
        "128,  2048,    65536",
        "128,  1048576, 128",
        "1024, 4,       268435456",
        "1024, 2048,    524288",
        "1024, 1048576, 1024"
    })
    @DisplayName("B8: pgmap references of section 3.2")
    void shouldTakeOnePgmapReferencePerHead(long gib, long headKib, long refs) {
        assertEquals(
                refs,
                figures(Devices.of(gib * GIB, headKib << 10, VmemmapDedup.PTE)).pgmapRefs());
    }

    @Test
    @DisplayName("B51: with an altmap nothing is shared, all usable pages are initialised, tables stay in RAM")
    void shouldStoreMetadataInTheDevice() {
        Altmap altmap = new Altmap(0, 4096);
        VmemmapFigures figures = figures(Devices.of(BasePage.KIB_4, GIB, 2 * MIB, VmemmapDedup.PTE, altmap));

        assertEquals(Fallback.ALTMAP, figures.sharing().why());
        assertEquals(262144, figures.structPages());
        assertEquals(4096, figures.vmemmapPages());
        assertEquals(262144 - 4096, figures.structPagesInitialised());
        assertEquals(512 - 8, figures.pgmapRefs());
        assertEquals(0, figures.systemBytes());
        assertEquals(16 * MIB, figures.totalBytes());
    }

    @Test
    @DisplayName("B48: entries per shared block")
    void shouldCountTheEntriesOfSharedBlocks() {
        assertEquals(
                List.of(new SharedBlock(FrameKind.TAIL, 7, 512)),
                figures(Devices.of(GIB, 2 * MIB, VmemmapDedup.PTE)).sharedBlocks());
        assertEquals(
                List.of(new SharedBlock(FrameKind.TAIL, 4095, 4)),
                figures(Devices.of(4 * GIB, GIB, VmemmapDedup.PTE)).sharedBlocks());
        assertEquals(
                List.of(new SharedBlock(FrameKind.TAIL, 1023, 4), new SharedBlock(FrameKind.TAIL_TABLE, 7, 4)),
                figures(Devices.of(4 * GIB, GIB, VmemmapDedup.PTE_PMD)).sharedBlocks());
    }

    /** At 16 KiB a table page maps the metadata of 8 GiB, at 64 KiB that of 512 GiB. */
    @ParameterizedTest
    @CsvSource({
        "KIB_16, 1048576, NONE, 262144, 128",
        "KIB_16, 32768,   PTE,  65536,  128",
        "KIB_16, 1048576, PTE,  2048,   128",
        "KIB_64, 1048576, NONE, 16384,  2",
        "KIB_64, 1048576, PTE,  2048,   2",
        "KIB_64, 524288,  PTE,  4096,   2",
        "KIB_64, 2048,    PTE,  16384,  2"
    })
    void shouldKnowLargerBasePages(BasePage basePage, long headKib, VmemmapDedup dedup, long pages, long tables) {
        VmemmapFigures figures = figures(Devices.of(basePage, TIB, headKib << 10, dedup, null));

        assertEquals(pages, figures.vmemmapPages());
        assertEquals(tables, figures.pageTablePages());
    }

    @Test
    void shouldCountATablePageOfTwoRangesOnce() {
        List<PfnRange> halves = List.of(new PfnRange(0, 16384), new PfnRange(16384, 16384));
        PgmapSpec spec = Devices.spec(BasePage.KIB_4, Geometry.ofPages(512), VmemmapDedup.PTE, halves);

        assertEquals(1, figures(spec).pageTablePages());
    }
}
