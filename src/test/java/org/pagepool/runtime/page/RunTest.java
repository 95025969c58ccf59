package org.pagepool.runtime.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RunTest {
    @Test
    void shouldMultiplyWithoutWrapping() {
        assertEquals(1L << 32, new Run(0, 1 << 16, 1 << 16).totalRefs());
    }

    @Test
    void shouldEndBehindTheLastTailOfItsLastHead() {
        assertEquals(0x8e00, new Run(0x8800, 3, 7).end(new Geometry(9)));
        assertEquals(0x8803, new Run(0x8800, 3, 7).end(Geometry.BASE));
    }

    @Test
    void shouldRefuseToHoldNothing() {
        assertThrows(IllegalArgumentException.class, () -> new Run(0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Run(0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Run(-1, 1, 1));
    }

    @Test
    void shouldPrintHeadCountAndRefs() {
        assertEquals("0x8800+3x512", new Run(0x8800, 3, 512).toString());
    }
}
