package org.pagepool.runtime.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeometryTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 4, 128, 512, 262144, 1L << 30})
    @DisplayName("D5: geometry as a count of base pages")
    void shouldKeepTheCountItWasMadeFrom(long pages) {
        Geometry geometry = Geometry.ofPages(pages);
        assertEquals(pages, geometry.pages());
        assertEquals(pages, 1L << geometry.order());
        assertEquals(pages > 1, geometry.compound());
    }

    @ParameterizedTest
    @ValueSource(longs = {-512, 0, 3, 511, 513})
    @DisplayName("D5: no power of two is refused")
    void shouldRefuseCountsThatAreNoPowerOfTwo(long pages) {
        assertThrows(IllegalArgumentException.class, () -> Geometry.ofPages(pages));
    }

    @Test
    @DisplayName("B15: a pair has no second tail for the compound record")
    void shouldRefuseGeometryOfTwoPages() {
        assertThrows(IllegalArgumentException.class, () -> new Geometry(1));
        assertThrows(IllegalArgumentException.class, () -> Geometry.ofPages(2));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Geometry.ORDER_MAX + 1, 63})
    void shouldRefuseOrdersOutOfRange(int order) {
        assertThrows(IllegalArgumentException.class, () -> new Geometry(order));
    }

    @Test
    @DisplayName("B16, I9: a tail leads to its head, a head to itself")
    void shouldResolveEveryPageToItsHead() {
        Geometry geometry = new Geometry(9);
        assertEquals(0x8800, geometry.headOf(0x8800));
        assertEquals(0x8800, geometry.headOf(0x8801));
        assertEquals(0x8800, geometry.headOf(0x89ff));
        assertEquals(0x8a00, geometry.headOf(0x8a00));
        assertTrue(geometry.isHead(0x8800));
        assertFalse(geometry.isHead(0x8801));
    }

    @Test
    @DisplayName("B16: a base page is its own head")
    void shouldTreatEveryBasePageAsAHead() {
        assertEquals(0x8801, Geometry.BASE.headOf(0x8801));
        assertTrue(Geometry.BASE.isHead(0x8801));
    }
}
