package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.pagepool.runtime.vmemmap.Devices.GIB;
import static org.pagepool.runtime.vmemmap.Devices.MIB;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.protocol.VmemmapDedup;

/** What of the metadata is shared, and why not more (D12, section 3.1). */
class SharingTest {
    private static Sharing sharing(BasePage basePage, long pages, VmemmapDedup dedup) {
        return Sharing.of(new MemmapLayout(basePage), Geometry.ofPages(pages), dedup, null);
    }

    @ParameterizedTest(name = "offset {0}, geometry {1}: {2}, with tables {3}")
    @CsvSource({
        "0,      262144, FRESH, FRESH",
        "32768,  262144, PAGE,  PAGE",
        "65536,  262144, PAGE,  TABLE",
        "229376, 262144, PAGE,  TABLE",
        "262144, 262144, FRESH, FRESH",
        "294912, 262144, PAGE,  PAGE",
        "512,    512,    FRESH, FRESH",
        "256,    512,    FRESH, FRESH",
        "32768,  65536,  PAGE,  PAGE"
    })
    @DisplayName("B46, B47: the truth table of section 3.1")
    void shouldTakeMetadataFromTheSectionBeforeInsideOfLargeCompoundsOnly(
            long offset, long geometry, Reuse pte, Reuse ptePmd) {
        assertEquals(pte, sharing(BasePage.KIB_4, geometry, VmemmapDedup.PTE).reuse(offset));
        assertEquals(
                ptePmd, sharing(BasePage.KIB_4, geometry, VmemmapDedup.PTE_PMD).reuse(offset));
        assertEquals(
                Reuse.FRESH,
                sharing(BasePage.KIB_4, geometry, VmemmapDedup.NONE).reuse(offset));
    }

    /** 64, 256 and 1024 records fill a vmemmap page. */
    @ParameterizedTest
    @CsvSource({
        "KIB_4,  1,       PTE,     NONE,    BASE_PAGES",
        "KIB_4,  64,      PTE,     NONE,    TOO_FEW_PAGES",
        "KIB_4,  128,     PTE,     NONE,    TOO_FEW_PAGES",
        "KIB_4,  256,     PTE,     PTE,",
        "KIB_4,  512,     PTE,     PTE,",
        "KIB_4,  512,     PTE_PMD, PTE,     NO_TABLE_REPEATS",
        "KIB_4,  65536,   PTE_PMD, PTE,     NO_TABLE_REPEATS",
        "KIB_4,  131072,  PTE_PMD, PTE_PMD,",
        "KIB_4,  262144,  PTE_PMD, PTE_PMD,",
        "KIB_4,  262144,  NONE,    NONE,",
        "KIB_16, 128,     PTE,     NONE,    TOO_FEW_PAGES",
        "KIB_16, 512,     PTE,     NONE,    TOO_FEW_PAGES",
        "KIB_16, 1024,    PTE,     PTE,",
        "KIB_16, 65536,   PTE_PMD, PTE,     TABLE_SPANS_SECTIONS",
        "KIB_64, 32,      PTE,     NONE,    TOO_FEW_PAGES",
        "KIB_64, 2048,    PTE_PMD, NONE,    TOO_FEW_PAGES",
        "KIB_64, 4096,    PTE_PMD, PTE,     TABLE_SPANS_SECTIONS"
    })
    @DisplayName("B45, R24: no sharing without more than two pages of records per compound")
    void shouldSayWhyLessIsShared(
            BasePage basePage, long pages, VmemmapDedup asked, VmemmapDedup effective, Fallback why) {
        Sharing sharing = sharing(basePage, pages, asked);

        assertEquals(effective, sharing.effective());
        assertEquals(why, sharing.why());
    }

    @Test
    @DisplayName("B51: an altmap rules out sharing")
    void shouldNotShareInsideTheDevice() {
        MemmapLayout layout = new MemmapLayout(BasePage.KIB_4);
        Altmap altmap = new Altmap(0, 512);

        Sharing asked = Sharing.of(layout, Geometry.ofPages(512), VmemmapDedup.PTE, altmap);
        assertEquals(VmemmapDedup.NONE, asked.effective());
        assertEquals(Fallback.ALTMAP, asked.why());
        assertNull(Sharing.of(layout, Geometry.ofPages(512), VmemmapDedup.NONE, altmap)
                .why());
    }

    @ParameterizedTest
    @CsvSource({
        "KIB_4,  64,   512,  32768,   true,  512",
        "KIB_16, 256,  2048, 524288,  false, 256",
        "KIB_64, 1024, 8192, 8388608, false, 1024"
    })
    void shouldKnowTheArithmeticOfEveryBasePage(
            BasePage basePage, long records, long entries, long pfns, boolean fills, long align) {
        MemmapLayout layout = new MemmapLayout(basePage);

        assertEquals(records, layout.recordsPerPage());
        assertEquals(entries, layout.entriesPerTable());
        assertEquals(pfns, layout.pfnsPerTable());
        assertEquals(fills, layout.sectionFillsTable());
        assertEquals(align, layout.alignPfns());
        assertEquals(2 * MIB, layout.subsectionPfns() * basePage.bytes());
    }

    @Test
    void shouldSpanAsManyPagesAsTheDigestSays() {
        assertEquals(8, sharing(BasePage.KIB_4, 512, VmemmapDedup.PTE).pagesPerHead());
        assertEquals(4096, sharing(BasePage.KIB_4, GIB / 4096, VmemmapDedup.PTE).pagesPerHead());
    }
}
