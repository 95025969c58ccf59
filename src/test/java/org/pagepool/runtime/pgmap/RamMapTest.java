package org.pagepool.runtime.pgmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.PfnRange;

class RamMapTest {
    @Test
    void shouldReadStretchesAsIomemWritesThem() {
        RamMap ram = RamMap.parse(List.of("00001000-0009ffff", " 0x100000 - 0xbfffffff "));
        assertEquals(new RamMap.Span(0x1000, 0x9ffff), ram.spans().get(0));
        assertEquals("00100000-bfffffff", ram.spans().get(1).toString());
    }

    @Test
    void shouldCountBytesInTheUnitOfTheBasePage() {
        RamMap ram = RamMap.parse(List.of("10000-1ffff"));
        assertTrue(ram.in(new PfnRange(0x10, 1), BasePage.KIB_4).isPresent());
        assertTrue(ram.in(new PfnRange(1, 1), BasePage.KIB_64).isPresent());
        assertTrue(ram.in(new PfnRange(2, 1), BasePage.KIB_64).isEmpty());
        assertTrue(ram.in(new PfnRange(0x20, 1), BasePage.KIB_4).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1000", "1000-", "2000-1000", "1-2-3", "g-h", "-1-2"})
    void shouldNameTheTextThatIsNoStretch(String text) {
        IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> RamMap.parse(List.of("0-fff", text)));
        assertTrue(String.valueOf(wrong.getMessage()).startsWith("no stretch of RAM: " + text + ", want"));
    }
}
