package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.StructPages.SharedPage;
import org.pagepool.runtime.vmemmap.StructPages.Write;

/** What the records of compound pages say, and where they are stored (B14 to B16, B50, R24, R31). */
class StructPagesTest {
    private static final MemmapLayout X86 = new MemmapLayout(BasePage.KIB_4);
    private static final Geometry HUGE = Geometry.ofPages(512);
    private static final String PGMAP = "pmem0";

    private static CompoundInit compound(long head, long pages, long records) {
        return new CompoundInit(head, pages, records, HeadRecord.IN_TWO_TAILS, PGMAP);
    }

    /** Two compounds of 512 pages. */
    private static StructPages two(SharedPage shared, boolean tailsWritable, long records) {
        return StructPages.blank(X86, HUGE, shared, tailsWritable)
                .with(compound(0, 512, records))
                .with(compound(512, 512, records));
    }

    @Test
    @DisplayName("B14: head and tails as they are once a compound is set up")
    void shouldSetUpHeadAndTails() {
        StructPages records = two(SharedPage.NONE, true, 512);
        StructPage head = records.at(512);

        assertAll(
                () -> assertTrue(head.head()),
                () -> assertFalse(head.tail()),
                () -> assertEquals(1, head.refcount()),
                () -> assertNull(head.mapping()),
                () -> assertEquals(9, records.order(512)),
                () -> assertEquals(-1, records.at(513).mapcount()),
                () -> assertEquals(0, records.at(514).pincount()));
        for (long index = 513; index < 1024; index++) {
            StructPage tail = records.at(index);
            assertTrue(tail.tail() && !tail.head());
            assertEquals(0, tail.refcount());
            assertEquals(StructPage.TAIL_MAPPING, tail.mapping());
            assertEquals(PGMAP, tail.pgmap());
            assertTrue(tail.reserved());
        }
    }

    @ParameterizedTest
    @EnumSource(HeadRecord.class)
    @DisplayName("B14: the head's own record is written right after the last tail that holds it")
    void shouldWriteTheHeadsRecordOnceItsTailsAreThere(HeadRecord keeps) {
        List<CompoundInit.Step> steps = new CompoundInit(0, 8, 8, keeps, PGMAP).steps();
        int prepared = steps.indexOf(new CompoundInit.Step.PrepareHead(0, 3, keeps));

        assertEquals(new CompoundInit.Step.Initialise(0, PGMAP), steps.get(0));
        assertEquals(new CompoundInit.Step.MarkHead(0), steps.get(1));
        assertEquals(new CompoundInit.Step.MakeTail(keeps.lastTail(), 0), steps.get(prepared - 1));
        assertEquals(new CompoundInit.Step.Initialise(keeps.lastTail() + 1, PGMAP), steps.get(prepared + 1));
        assertEquals(2 + 2 * 7 + 1, steps.size());
    }

    @Test
    @DisplayName("B14: written earlier, it would be cleared by the tail it lies in")
    void shouldLoseTheOrderIfItIsWrittenBeforeTheFirstTail() {
        StructPages records = StructPages.blank(X86, HUGE, SharedPage.NONE, true)
                .with(new CompoundInit.Step.Initialise(0, PGMAP))
                .with(new CompoundInit.Step.MarkHead(0))
                .with(new CompoundInit.Step.PrepareHead(0, 9, HeadRecord.IN_TWO_TAILS));
        assertEquals(9, records.order(0));

        StructPages tail =
                records.with(new CompoundInit.Step.Initialise(1, PGMAP)).with(new CompoundInit.Step.MakeTail(1, 0));
        assertEquals(0, tail.order(0));
    }

    @Test
    @DisplayName("B15: a compound of two pages never gets its head's record, for it has no second tail")
    void shouldNeverPrepareTheHeadOfAPair() {
        StructPages pair = StructPages.blank(X86, HUGE, SharedPage.NONE, true).with(compound(0, 2, 2));

        assertTrue(pair.at(0).head() && pair.at(1).tail());
        assertEquals(0, pair.order(0), "so it is a head of one page");
        StructPages four = StructPages.blank(X86, HUGE, SharedPage.NONE, true).with(compound(0, 4, 4));
        assertEquals(2, four.order(0));
    }

    @ParameterizedTest
    @EnumSource(
            value = SharedPage.class,
            names = {"NONE", "SECOND"})
    @DisplayName("B16: every page leads to its head; where the second page is shared there are no false heads")
    void shouldResolveEveryPageToItsHead(SharedPage shared) {
        StructPages records = two(shared, true, shared == SharedPage.NONE ? 512 : 128);

        for (long index = 0; index < 1024; index++) {
            assertEquals(index / 512 * 512, records.headOf(index));
            assertEquals(index / 512 * 512, records.headOfChecked(index));
            assertEquals(index % 512 == 0, records.at(index).head());
        }
    }

    @Test
    @DisplayName("B16: where the first page is shared, a tail that begins a page reads like its head")
    void shouldTellFalseHeadsWhereTheFirstPageIsShared() {
        StructPages records = two(SharedPage.FIRST, true, 64);

        for (long index = 0; index < 1024; index++) {
            boolean falseHead = index % 512 != 0 && index % 64 == 0;
            assertEquals(falseHead ? index : index / 512 * 512, records.headOf(index), "taken at its word");
            assertEquals(index / 512 * 512, records.headOfChecked(index));
        }
    }

    @Test
    @DisplayName("B50: record k from 64 on is stored where 64 + k mod 64 is")
    void shouldStoreTailsOfAllPagesInTheSecond() {
        StructPages records = two(SharedPage.SECOND, true, 128);

        for (long k = 0; k < 512; k++) {
            assertEquals(512 + (k < 64 ? k : 64 + k % 64), records.slot(512 + k));
        }
        assertEquals(List.of(65L, 129L, 193L, 257L, 321L, 385L, 449L), records.sameStorage(129));
        assertEquals(List.of(63L), records.sameStorage(63));
    }

    @Test
    @DisplayName("R31: a write to one tail is a write to seven")
    void shouldChangeAllTailsThatShareStorage() {
        StructPages records = two(SharedPage.SECOND, true, 128);

        Write.Written done = assertInstanceOf(Write.Written.class, records.write(65, r -> r.withMapping("f1")));

        for (long index = 0; index < 1024; index++) {
            boolean changed = index >= 64 && index < 512 && index % 64 == 1;
            assertEquals(changed, "f1".equals(done.records().at(index).mapping()), "record " + index);
        }
        assertNotEquals("f1", records.at(65).mapping(), "values do not change");
    }

    @Test
    @DisplayName("D13: read-only tails refuse the write, heads and first tails do not")
    void shouldRefuseToWriteSharedTailsThatAreReadOnly() {
        StructPages records = two(SharedPage.SECOND, false, 128);

        assertEquals(new Write.ReadOnly(65, 6), records.write(65, r -> r.withMapping("f1")));
        assertInstanceOf(Write.Written.class, records.write(0, r -> r.withMapping("f1")));
        assertInstanceOf(Write.Written.class, records.write(63, r -> r.withMapping("f1")));
        assertInstanceOf(Write.Written.class, two(SharedPage.NONE, false, 512).write(65, r -> r.withMapping("f1")));
    }

    /** Both models say which records share storage: by its slot, and by the block that the entry of its page leads to. */
    @ParameterizedTest
    @CsvSource({"KIB_4, 512", "KIB_4, 256", "KIB_16, 2048", "KIB_64, 8192"})
    void shouldShareWhatTheMemmapShares(BasePage basePage, long pages) {
        long bytes = pages * basePage.bytes();
        Vmemmap memmap = Devices.populated(Devices.of(basePage, 2 * bytes, bytes, VmemmapDedup.PTE, null));
        StructPages records = StructPages.blank(memmap.sharing(), true);
        long perPage = memmap.sharing().layout().recordsPerPage();

        for (long index = 0; index < 2 * pages; index += 7) {
            assertEquals(
                    memmap.blockOf(records.slot(index) / perPage), memmap.blockOf(index / perPage), "record " + index);
            assertEquals(records.slot(index) % perPage, index % perPage);
        }
        assertNotEquals(memmap.blockOf(0), memmap.blockOf(1));
    }

    @Test
    @DisplayName("R24: 2048 records for a compound of 32 write over the heads behind it")
    void shouldWriteOverTheNextHeadWhereTheCountIsNotChecked() {
        MemmapLayout large = new MemmapLayout(BasePage.KIB_64);
        Sharing sharing = Sharing.of(large, Geometry.ofPages(32), VmemmapDedup.PTE, null);
        StructPages neighbour = StructPages.blank(sharing, true).with(compound(32, 32, 32));
        assertEquals(32, neighbour.headOf(40));

        StructPages overrun = neighbour.with(compound(0, 32, RecordInit.unchecked(large)));
        assertFalse(overrun.at(32).head());
        assertEquals(0, overrun.headOf(40), "the neighbour's tails belong to somebody else now");

        StructPages checked = neighbour.with(compound(0, 32, RecordInit.perHead(sharing)));
        assertTrue(checked.at(32).head());
        assertEquals(32, checked.headOf(40));
    }
}
