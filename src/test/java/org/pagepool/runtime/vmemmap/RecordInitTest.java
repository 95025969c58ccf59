package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.protocol.VmemmapDedup;

/** How many records are written (B49, R24). */
class RecordInitTest {
    private static Sharing sharing(BasePage basePage, long pages, VmemmapDedup dedup) {
        return Sharing.of(new MemmapLayout(basePage), Geometry.ofPages(pages), dedup, null);
    }

    @ParameterizedTest(name = "geometry {0} with {1}: {2} per compound, {3} per section on average")
    @CsvSource({
        "512,    PTE,  128,    8192",
        "262144, PTE,  128,    16",
        "512,    NONE, 512,    32768",
        "262144, NONE, 262144, 32768",
        "1,      PTE,  1,      32768",
        "128,    PTE,  128,    32768",
        "256,    PTE,  128,    16384"
    })
    @DisplayName("B49: per compound and per section, which are not the same")
    void shouldInitialiseTwoBlocksPerCompound(long geometry, VmemmapDedup dedup, long perHead, long perSection) {
        Sharing sharing = sharing(BasePage.KIB_4, geometry, dedup);
        long section = BasePage.KIB_4.sectionPages();
        long span = Math.max(section, geometry);
        long sum = 0;
        for (long offset = 0; offset < span; offset += section) {
            sum += RecordInit.inSection(sharing, offset);
        }

        assertEquals(perHead, RecordInit.perHead(sharing));
        assertEquals(perSection, sum * section / span);
        assertEquals(span / geometry * perHead, sum);
    }

    @ParameterizedTest(name = "{1} pages of {0}: {2} records unchecked, {3} too many")
    @CsvSource({
        "KIB_4,  512,  128,  0",
        "KIB_4,  128,  128,  0",
        "KIB_4,  16,   128,  112",
        "KIB_16, 128,  512,  384",
        "KIB_64, 32,   2048, 2016",
        "KIB_64, 8192, 2048, 0"
    })
    @DisplayName("R24: a count that ignores the size of the compound writes over what lies behind")
    void shouldNeverInitialiseMoreThanACompoundHas(BasePage basePage, long pages, long unchecked, long tooMany) {
        Sharing sharing = sharing(basePage, pages, VmemmapDedup.PTE);

        assertEquals(unchecked, RecordInit.unchecked(sharing.layout()));
        assertEquals(tooMany, RecordInit.overrun(sharing));
        assertEquals(Math.min(unchecked, pages), RecordInit.perHead(sharing));
    }
}
