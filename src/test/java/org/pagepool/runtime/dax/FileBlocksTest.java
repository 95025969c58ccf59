package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.dax.FileBlocks.Extent;
import org.pagepool.runtime.page.PfnRange;

/** Where the blocks of a file are: cut, joined and shared without losing a page. */
class FileBlocksTest {
    private static final FileBlocks TWO =
            FileBlocks.NONE.plus(0, List.of(new PfnRange(100, 8), new PfnRange(300, 8)), false);

    @Test
    void shouldFindBlocksAndHoles() {
        assertEquals(new Extent(8, 300, 8, false), TWO.covering(15));
        assertNull(TWO.covering(16));
        assertEquals(16, TWO.pages());
        assertEquals(List.of(new Extent(6, 106, 2, false), new Extent(8, 300, 1, false)), TWO.in(6, 3));
    }

    @Test
    void aPunchedHoleShouldLeaveTheRest() {
        FileBlocks punched = TWO.minus(6, 4);
        assertEquals(List.of(new Extent(0, 100, 6, false), new Extent(10, 302, 6, false)), punched.in(0, 100));
        FileBlocks filled = punched.plus(6, List.of(new PfnRange(106, 2), new PfnRange(300, 2)), false);
        assertEquals(16, filled.pages());
        for (long page = 0; page < 16; page++) {
            assertEquals(TWO.in(page, 1), filled.in(page, 1));
        }
    }

    @Test
    void sharingShouldConcernOnlyThePartThatIsShared() {
        FileBlocks shared = TWO.shared(2, 4, true);
        assertEquals(
                List.of(
                        new Extent(0, 100, 2, false),
                        new Extent(2, 102, 4, true),
                        new Extent(6, 106, 2, false),
                        new Extent(8, 300, 8, false)),
                shared.in(0, 16));
    }

    @Test
    void shouldRefuseASecondBlockForAPage() {
        assertThrows(IllegalArgumentException.class, () -> TWO.plus(4, List.of(new PfnRange(900, 1)), false));
    }
}
