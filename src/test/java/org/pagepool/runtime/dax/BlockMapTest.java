package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.page.PfnRange;

/** The allocator of a file system: no block is given out twice, none is lost, shared ones stay until the last goes (B36). */
class BlockMapTest {
    private static final PfnRange ALL = new PfnRange(0x1000, 1024);

    @Test
    void shouldGiveOutTheLowestPagesAlignedAndInOnePieceIfItCan() {
        BlockMap blocks = BlockMap.of(List.of(new PfnRange(0x1001, 2000)));
        BlockMap.Allocation first = assertNotNull2(blocks.allocate(512, 1, 512));
        assertEquals(List.of(new PfnRange(0x1200, 512)), first.ranges());
        BlockMap.Allocation small = assertNotNull2(first.blocks().allocate(3, 1, 1));
        assertEquals(List.of(new PfnRange(0x1001, 3)), small.ranges());
        assertEquals(2000 - 515, small.blocks().freePages());
    }

    @Test
    void shouldTakePiecesWhereNoneIsLargeEnough() {
        BlockMap blocks = BlockMap.of(List.of(new PfnRange(0, 8), new PfnRange(16, 8)));
        assertEquals(
                List.of(new PfnRange(0, 8), new PfnRange(16, 4)),
                assertNotNull2(blocks.allocate(12, 4, 4)).ranges());
        assertNull(blocks.allocate(20, 4, 4), "too few");
    }

    @Test
    @DisplayName("B36: a block that two files have is free when both have given it back")
    void shouldFreeASharedBlockWithItsLastFile() {
        BlockMap blocks =
                assertNotNull2(BlockMap.of(List.of(ALL)).allocate(8, 1, 1)).blocks();
        blocks = blocks.share(new PfnRange(0x1002, 4));
        assertEquals(2, blocks.files(0x1003));
        BlockMap.Return first = blocks.giveBack(new PfnRange(0x1000, 8));
        assertEquals(List.of(new PfnRange(0x1000, 2), new PfnRange(0x1006, 2)), first.freed());
        BlockMap.Return second = first.blocks().giveBack(new PfnRange(0x1002, 4));
        assertEquals(List.of(new PfnRange(0x1002, 4)), second.freed());
        assertEquals(BlockMap.of(List.of(ALL)), second.blocks());
    }

    @Test
    void shouldRefuseABlockThatIsGivenBackTwiceOrSharedAfterwards() {
        BlockMap blocks = BlockMap.of(List.of(ALL));
        assertThrows(IllegalArgumentException.class, () -> blocks.giveBack(new PfnRange(0x1000, 1)));
        assertThrows(IllegalArgumentException.class, () -> blocks.share(new PfnRange(0x1000, 1)));
    }

    /** Allocates, shares and gives back at random, against one count for each page. */
    @Property(tries = 300)
    void shouldAgreeWithACountForEachPage(@ForAll @Size(max = 80) List<@IntRange(max = 1 << 20) Integer> steps) {
        BlockMap blocks = BlockMap.of(List.of(ALL));
        Map<Long, Integer> model = new HashMap<>();
        List<PfnRange> given = new ArrayList<>();
        for (int step : steps) {
            int what = step % 3;
            if (what == 0) {
                BlockMap.Allocation got = blocks.allocate(4L << (step % 5), 4, 4L << (step % 7));
                if (got != null) {
                    blocks = got.blocks();
                    for (PfnRange range : got.ranges()) {
                        given.add(range);
                        pages(range).forEach(pfn -> assertNull(model.put(pfn, 1), "given out twice"));
                    }
                }
            } else if (!given.isEmpty()) {
                PfnRange range = what == 1 ? given.get(step % given.size()) : given.remove(step % given.size());
                if (what == 1) {
                    blocks = blocks.share(range);
                    given.add(range);
                    pages(range).forEach(pfn -> model.merge(pfn, 1, Integer::sum));
                } else {
                    BlockMap.Return back = blocks.giveBack(range);
                    blocks = back.blocks();
                    pages(range).forEach(pfn -> model.computeIfPresent(pfn, (p, n) -> n == 1 ? null : n - 1));
                    back.freed()
                            .forEach(freed -> pages(freed)
                                    .forEach(pfn -> assertTrue(!model.containsKey(pfn), "free, and somebody has it")));
                }
            }
            assertEquals(ALL.pages() - model.size(), blocks.freePages());
            for (long pfn = ALL.first(); pfn < ALL.end(); pfn++) {
                assertEquals(model.getOrDefault(pfn, 0), blocks.files(pfn));
            }
        }
    }

    private static List<Long> pages(PfnRange range) {
        List<Long> all = new ArrayList<>();
        for (long pfn = range.first(); pfn < range.end(); pfn++) {
            all.add(pfn);
        }
        return all;
    }

    private static BlockMap.Allocation assertNotNull2(BlockMap.Allocation allocation) {
        assertNotNull(allocation);
        return allocation;
    }
}
