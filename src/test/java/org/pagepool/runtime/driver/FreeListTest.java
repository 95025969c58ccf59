package org.pagepool.runtime.driver;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** A driver's free list: no folio has two owners, none is lost, and notices that come too often change nothing. */
@DisplayName("B37: whoever requests folios tracks which are out")
class FreeListTest {
    /** Five folios of 512 base pages in two ranges. */
    private static final PgmapSpec GPU = new PgmapSpec(
            "gpu0",
            MemoryType.PRIVATE,
            List.of(new PfnRange(0x10000, 1024), new PfnRange(0x20000, 1536)),
            Geometry.ofPages(512),
            BasePage.KIB_4,
            Protocol.V6_15);

    private static final FreeList ALL = FreeList.of(GPU);

    private static FreeList out(FreeList list, long offset) {
        return list.asked(offset).granted(offset);
    }

    private static FreeList backAndFreed(FreeList list, long offset) {
        return list.givenBack(offset).freed(offset);
    }

    private static FreeList.Choice chosen(FreeList list) {
        FreeList.Choice choice = list.choose();
        assertNotNull(choice);
        return choice;
    }

    @Test
    void shouldHandOutEveryFolioOnceAndThenNone() {
        List<Long> offsets = new ArrayList<>();
        FreeList list = ALL;
        for (FreeList.Choice choice = list.choose(); choice != null; choice = list.choose()) {
            offsets.add(choice.offset());
            list = choice.list().granted(choice.offset());
        }
        FreeList empty = list;
        assertAll(
                () -> assertEquals(List.of(0L, 512L, 1024L, 1536L, 2048L), offsets),
                () -> assertNull(empty.choose()),
                () -> assertEquals(0, empty.free()),
                () -> assertEquals(5, empty.out()));
    }

    @Test
    void shouldChooseTheLowestFolioThatCameBack() {
        FreeList list = ALL;
        for (long offset = 0; offset < 2560; offset += 512) {
            list = chosen(list).list().granted(offset);
        }
        list = backAndFreed(backAndFreed(list, 1536), 512);

        assertEquals(512, chosen(list).offset());
        assertEquals(1536, chosen(chosen(list).list()).offset());
    }

    @Test
    void shouldSkipWhatWasAskedForByOffset() {
        FreeList list = out(out(ALL, 0), 1024);

        FreeList.Choice first = chosen(list);
        assertEquals(512, first.offset());
        assertEquals(1536, chosen(first.list()).offset());
        assertEquals(
                1024, chosen(backAndFreed(chosen(first.list()).list(), 1024)).offset());
    }

    @Test
    void shouldKeepAFolioThatOthersHoldAfterItsDriverHasLetGo() {
        FreeList lingering = out(ALL, 0).givenBack(0);

        assertAll(
                () -> assertFalse(lingering.isFree(0)),
                () -> assertFalse(lingering.isOut(0)),
                () -> assertEquals(1, lingering.lingering()),
                () -> assertTrue(lingering.freed(0).isFree(0)));
    }

    @Test
    void shouldTakeAFolioBackThatWasRefused() {
        FreeList.Choice choice = chosen(ALL);

        assertEquals(0, chosen(choice.list().refused(0)).offset());
    }

    /** R8: a late walk's put announces a page once more. */
    @Test
    void shouldNotListAPageTwiceThatIsFreedTwice() {
        FreeList twice = backAndFreed(out(ALL, 0), 0).freed(0);

        assertAll(
                () -> assertEquals(5, twice.free()),
                () -> assertEquals(1, twice.freedTwice()),
                () -> assertEquals(backAndFreed(out(ALL, 0), 0).taken(), twice.taken()));
    }

    /** R32: teardown's base put announces a page that its user holds. */
    @Test
    void shouldNotListAPageThatIsFreedWhileItIsOut() {
        FreeList early = out(ALL, 0).freed(0);

        assertAll(
                () -> assertTrue(early.isOut(0)),
                () -> assertEquals(1, early.freedEarly()),
                () -> assertTrue(backAndFreed(early, 0).isFree(0)));
    }

    /** R33, D11: where a page in use is handed out again, it is free when the last of its users has gone. */
    @Test
    void shouldCountEachGrantOfAFolioThatWasRequestedTwice() {
        FreeList two = out(out(ALL, 512), 512);

        assertAll(
                () -> assertEquals(1, two.out()),
                () -> assertTrue(two.givenBack(512).isOut(512)),
                () -> assertTrue(two.givenBack(512).givenBack(512).freed(512).isFree(512)));
    }

    @Test
    void shouldRefuseToGiveBackWhatIsNotOut() {
        assertAll(
                () -> assertThrows(IllegalStateException.class, () -> ALL.givenBack(0)),
                () -> assertThrows(IllegalStateException.class, () -> ALL.granted(0)),
                () -> assertThrows(
                        IllegalStateException.class,
                        () -> ALL.asked(0).refused(0).refused(0)));
    }

    @Test
    void shouldFindTheOffsetOfEveryPage() {
        for (long offset = 0; offset < GPU.pages(); offset += 37) {
            assertEquals(offset, GPU.offsetOf(GPU.pfnAt(offset)));
        }
        assertThrows(IllegalArgumentException.class, () -> GPU.offsetOf(0x10400));
    }

    /** Whatever is asked for, refused, given back and announced in whatever order: no folio is out twice, none is lost. */
    @Property
    void shouldNeverHandOutAFolioThatIsOut(@ForAll @Size(max = 60) List<@IntRange(max = 5) Integer> steps) {
        FreeList list = ALL;
        ArrayDeque<Long> out = new ArrayDeque<>();
        ArrayDeque<Long> lingering = new ArrayDeque<>();
        for (int step : steps) {
            FreeList.Choice choice = list.choose();
            if (step <= 2 && choice != null) {
                boolean granted = step > 0;
                list = granted
                        ? choice.list().granted(choice.offset())
                        : choice.list().refused(choice.offset());
                if (granted) {
                    out.add(choice.offset());
                }
            } else if (step == 3 && !out.isEmpty()) {
                lingering.add(out.peek());
                list = list.givenBack(out.remove());
            } else if (step == 4 && !lingering.isEmpty()) {
                list = list.freed(lingering.remove());
            } else if (step == 5) {
                list = list.freed(1024);
                lingering.remove(1024L);
            }
            Set<Long> notFree = new HashSet<>(out);
            notFree.addAll(lingering);
            assertEquals(out.size() + lingering.size(), notFree.size(), "two owners");
            assertEquals(5 - notFree.size(), list.free(), "lost or listed twice");
        }
    }
}
