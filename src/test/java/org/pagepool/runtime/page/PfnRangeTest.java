package org.pagepool.runtime.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PfnRangeTest {
    private final PfnRange range = new PfnRange(0x100, 16);

    @Test
    void shouldHoldItsFirstPageAndNotItsEnd() {
        assertEquals(0x110, range.end());
        assertFalse(range.contains(0xff));
        assertTrue(range.contains(0x100));
        assertTrue(range.contains(0x10f));
        assertFalse(range.contains(0x110));
    }

    @Test
    void shouldContainOnlyRangesThatLieInsideWhole() {
        assertTrue(range.contains(range));
        assertTrue(range.contains(new PfnRange(0x104, 4)));
        assertFalse(range.contains(new PfnRange(0x10f, 2)));
        assertFalse(range.contains(new PfnRange(0xff, 2)));
    }

    @Test
    void shouldOverlapWhenOnePageIsSharedAndNotWhenTheyOnlyTouch() {
        assertTrue(range.overlaps(new PfnRange(0x10f, 100)));
        assertTrue(range.overlaps(new PfnRange(0, 0x101)));
        assertFalse(range.overlaps(new PfnRange(0x110, 1)));
        assertFalse(range.overlaps(new PfnRange(0, 0x100)));
    }

    @Test
    void shouldRefuseEmptyNegativeAndOverflowingRanges() {
        assertThrows(IllegalArgumentException.class, () -> new PfnRange(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new PfnRange(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> new PfnRange(0, -1));
        assertThrows(IllegalArgumentException.class, () -> new PfnRange(Long.MAX_VALUE, 1));
    }

    @Test
    void shouldPrintItsLastPageInclusively() {
        assertEquals("0x100-0x10f", range.toString());
    }
}
