package org.pagepool.runtime.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BasePageTest {
    @ParameterizedTest
    @CsvSource({
        "KIB_4,  4096,  512,  262144,   32768, 4KiB",
        "KIB_16, 16384, 2048, 4194304,  8192,  16KiB",
        "KIB_64, 65536, 8192, 67108864, 2048,  64KiB"
    })
    @DisplayName("a table page holds 8-byte entries, so the reach of an entry follows from the base page")
    void shouldDeriveEverySizeFromTheBasePage(
            BasePage page, long bytes, long pmdPages, long pudPages, long sectionPages, String label) {
        assertEquals(bytes, page.bytes());
        assertEquals(pmdPages, page.pmdPages());
        assertEquals(pudPages, page.pudPages());
        assertEquals(sectionPages, page.sectionPages());
        assertEquals(label, page.label());
        assertEquals(page, BasePage.ofBytes(bytes));
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveEverySection128MiB(BasePage page) {
        assertEquals(128L << 20, page.sectionPages() * page.bytes());
        assertEquals(16, page.sectionOf(page.sectionFirstPfn(17) - 1));
        assertEquals(17, page.sectionOf(page.sectionFirstPfn(17)));
        assertEquals(17, page.sectionOf(page.sectionFirstPfn(18) - 1));
    }

    @Test
    void shouldNameTheSizesThereAreWhenRefusingOne() {
        Exception refused = assertThrows(IllegalArgumentException.class, () -> BasePage.ofBytes(8192));
        assertEquals("no such base page: bytes=8192, want 4KiB, 16KiB or 64KiB", refused.getMessage());
    }
}
