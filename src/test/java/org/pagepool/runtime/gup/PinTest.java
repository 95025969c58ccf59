package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.gup.Pin.Piece;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

class PinTest {
    private final PgmapSpec spec = new PgmapSpec(
            "pmem0",
            MemoryType.FS_DAX,
            List.of(new PfnRange(0, 1 << 20)),
            new Geometry(9),
            BasePage.KIB_4,
            Protocol.PAGEPOOL);
    private final Piece first = new Piece(spec, 0, 7, 1, 0, 1000, 600);
    private final Piece second = new Piece(spec, 0, 8, 1, 600, 5000, 10);
    private final Pin pin = pin(610, first, second);

    private static Pin pin(long pages, Piece... pieces) {
        return new Pin("w1", 3, GrabKind.PIN, 64, pages, List.of(pieces));
    }

    @Test
    @DisplayName("B27: a group ends with the head or with the range")
    void shouldGroupARangeByWhatIsLeftOfEachHead() {
        assertEquals(List.of(new Run(512, 1, 24), new Run(1024, 1, 512), new Run(1536, 1, 64)), first.runs());
        List<Piece> cut = pin.range(20, 10);
        assertEquals(List.of(new Piece(spec, 0, 7, 1, 20, 1020, 10)), cut);
        assertEquals(
                List.of(new Run(512, 1, 4), new Run(1024, 1, 6)), cut.get(0).runs());
    }

    @Test
    @DisplayName("B27: a range may reach over several grants, each given back by its own sequence")
    void shouldCutEveryPieceTheRangeReaches() {
        assertEquals(
                List.of(new Piece(spec, 0, 7, 1, 599, 1599, 1), new Piece(spec, 0, 8, 1, 600, 5000, 3)),
                pin.range(599, 4));
        assertEquals(List.of(second), pin.range(600, 10));
        assertSame(pin.pieces(), pin.range(0, 610));
    }

    @Test
    void shouldRefuseRangesOutsideThePin() {
        assertThrows(IllegalArgumentException.class, () -> pin.range(0, 611));
        assertThrows(IllegalArgumentException.class, () -> pin.range(610, 1));
        assertThrows(IllegalArgumentException.class, () -> pin.range(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> pin.range(0, 0));
        assertThrows(IllegalArgumentException.class, () -> pin.range(1, Long.MAX_VALUE));
    }

    @Test
    void shouldRefuseTokensWhosePiecesAreNotTheirPages() {
        assertThrows(IllegalArgumentException.class, () -> pin(600, first, second));
        assertThrows(IllegalArgumentException.class, () -> pin(10, second));
        assertThrows(IllegalArgumentException.class, () -> pin(610, second, first));
        assertEquals(List.of(), pin(0).pieces());
    }

    @Test
    void shouldListPfnsInPageOrderWhenAsked() {
        long[] pfns = pin.pfns();
        assertEquals(610, pfns.length);
        assertEquals(1000, pfns[0]);
        assertEquals(1599, pfns[599]);
        assertEquals(5000, pfns[600]);
        assertEquals(5009, pfns[609]);
        assertArrayEquals(new long[0], pin(0).pfns());
    }

    @Test
    void shouldRefuseToListMorePfnsThanAnArrayHolds() {
        Pin huge = pin(1L << 31, new Piece(spec, 0, 7, 1, 0, 0, 1L << 31));
        assertThrows(IllegalStateException.class, huge::pfns);
    }

    @Test
    void shouldBeMadeFromTheBatchThatWasGranted() {
        WalkPlan.Batch batch = new WalkPlan.Batch(spec, 0, 0, 1000, 800, 512);
        assertEquals(first, Piece.of(batch, 600, 7, 1));
        assertThrows(IllegalArgumentException.class, () -> Piece.of(batch, 801, 7, 1));
    }
}
