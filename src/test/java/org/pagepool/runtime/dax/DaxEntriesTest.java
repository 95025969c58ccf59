package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.dax.DaxEntry.Flag;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;

/** The entries of a file: what an insertion replaces and keeps, what a deletion takes (B31, B35, R17). */
class DaxEntriesTest {
    private static final long PFN = 0x880000;

    private static DaxEntries with(DaxEntry... entries) {
        DaxEntries all = DaxEntries.EMPTY;
        for (DaxEntry entry : entries) {
            all = all.insert(entry).entries();
        }
        return all;
    }

    @Test
    @DisplayName("B31: an entry that holds pages of the file's own stays")
    void shouldKeepAnEntryThatHasPages() {
        DaxEntry first = DaxEntry.of(3, 0, PFN);
        DaxEntries.Insertion second = with(first).insert(DaxEntry.of(3, 0, PFN + 9));
        assertEquals(first, second.entry());
        assertEquals(List.of(), second.replaced());
        assertEquals(with(first), second.entries());
    }

    @Test
    @DisplayName("B31: EMPTY, ZERO and SHARED entries are replaced")
    void shouldReplaceWhatIsOnlyAPlaceAHoleOrShared() {
        DaxEntry block = DaxEntry.of(3, 0, PFN);
        for (DaxEntry old : List.of(
                DaxEntry.without(3, 0, Flag.EMPTY),
                DaxEntry.without(3, 0, Flag.ZERO),
                DaxEntry.of(3, 0, PFN + 7).with(Flag.SHARED))) {
            DaxEntries.Insertion inserted = with(old).insert(block);
            assertEquals(block, inserted.entry());
            assertEquals(List.of(old), inserted.replaced(), "to be disassociated");
            assertEquals(with(block), inserted.entries());
        }
    }

    @Test
    void shouldKeepAZeroEntryThatIsReadAgainAndASharedOneThatIsReadAgain() {
        DaxEntry zero = DaxEntry.without(3, 0, Flag.ZERO);
        assertEquals(List.of(), with(zero).insert(zero).replaced());
        DaxEntry shared = DaxEntry.of(3, 0, PFN).with(Flag.SHARED);
        assertEquals(List.of(), with(shared).insert(shared).replaced());
    }

    @Test
    void aHugeHoleShouldGoWholeForASmallBlock() {
        DaxEntry hole = DaxEntry.without(512, 9, Flag.ZERO);
        DaxEntries.Insertion inserted = with(hole).insert(DaxEntry.of(514, 0, PFN));
        assertEquals(List.of(hole), inserted.replaced());
        assertNull(inserted.entries().covering(512), "what is read again faults in again");
        assertEquals(1, inserted.entries().size());
    }

    @Test
    void aHugeEntryShouldStayWhereASmallOneIsWanted() {
        DaxEntry huge = DaxEntry.of(512, 9, PFN);
        assertEquals(huge, with(huge).insert(DaxEntry.of(600, 0, PFN + 88)).entry());
    }

    @Test
    void aHugeEntryShouldFallBackWhereSmallOnesAre() {
        DaxEntries small = with(DaxEntry.of(515, 0, PFN));
        assertEquals(0, small.orderAt(600, 9, 0));
        assertEquals(9, small.orderAt(0, 9, 0));
        assertThrows(IllegalArgumentException.class, () -> small.insert(DaxEntry.of(512, 9, PFN)));
    }

    @Test
    @DisplayName("B35: an entry is deleted whole, whatever part of it was meant")
    void shouldDeleteEveryEntryThatCoversThePart() {
        DaxEntry huge = DaxEntry.of(0, 9, PFN);
        DaxEntry small = DaxEntry.of(512, 0, PFN + 512);
        DaxEntry rest = DaxEntry.of(513, 0, PFN + 513);
        DaxEntries.Deletion gone = with(huge, small, rest).delete(511, 2);
        assertEquals(List.of(huge, small), gone.deleted());
        assertEquals(List.of(rest), gone.entries().all());
    }

    @Test
    @DisplayName("R17: invalidation takes clean entries, and neither dirty nor locked ones")
    void shouldLeaveDirtyAndLockedEntriesToTheirUsers() {
        DaxEntry clean = DaxEntry.of(0, 0, PFN);
        DaxEntries all = with(
                clean,
                DaxEntry.of(1, 0, PFN + 1).with(Flag.DIRTY),
                DaxEntry.of(2, 0, PFN + 2).with(Flag.LOCKED));
        assertEquals(List.of(clean), all.deleteClean(0, 3).deleted());
    }

    @Test
    @DisplayName("B32: a scan finds the locked entry it has to wait for")
    void shouldFindTheLockedEntry() {
        DaxEntries all = with(DaxEntry.of(0, 0, PFN), DaxEntry.of(4, 0, PFN + 4).with(Flag.LOCKED));
        assertNull(all.locked(0, 4));
        assertEquals(4, java.util.Objects.requireNonNull(all.locked(0, 5)).offset());
        DaxEntries unlocked = all.changed(4, 1, entry -> entry.without(Flag.LOCKED));
        assertNull(unlocked.locked(0, 5));
    }

    @Test
    void changesShouldNotMoveAnEntry() {
        DaxEntries all = with(DaxEntry.of(0, 0, PFN));
        assertThrows(IllegalArgumentException.class, () -> all.changed(0, 1, entry -> DaxEntry.of(0, 0, PFN + 1)));
    }

    @Test
    void anEntryShouldKnowItsHeads() {
        DaxEntry huge = DaxEntry.of(512, 9, PFN);
        assertEquals(List.of(new Run(PFN, 512, 1)), huge.heads(Geometry.BASE), "a PMD over 512 base pages");
        assertEquals(List.of(new Run(PFN, 1, 1)), huge.heads(Geometry.ofPages(512)));
        DaxEntry small = DaxEntry.of(512, 0, PFN);
        assertThrows(IllegalArgumentException.class, () -> small.heads(Geometry.ofPages(512)));
    }

    @Test
    void shouldRefuseEntriesThatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> DaxEntry.of(3, 9, PFN), "offset inside the entry");
        assertThrows(IllegalArgumentException.class, () -> DaxEntry.of(512, 9, PFN + 1), "pfn inside a folio");
        assertThrows(
                IllegalArgumentException.class, () -> DaxEntry.of(0, 0, PFN).with(Flag.ZERO));
        assertThrows(IllegalArgumentException.class, () -> DaxEntry.of(0, 0, DaxEntry.NONE));
        assertFalse(DaxEntry.without(0, 0, Flag.EMPTY).mapped());
    }

    /** One page after the other, against a map that knows one page at a time. */
    @Property(tries = 500)
    void shouldBehaveLikeAMapOfPages(@ForAll @Size(max = 60) List<@IntRange(max = 4095) Integer> steps) {
        DaxEntries entries = DaxEntries.EMPTY;
        NavigableMap<Long, Long> model = new TreeMap<>();
        for (int step : steps) {
            long offset = step % 16;
            boolean huge = (step & 16) != 0;
            int order = huge ? entries.orderAt(offset, 2, 0) : 0;
            long start = offset & -(1L << order);
            if ((step & 32) == 0) {
                DaxEntries.Insertion inserted = entries.insert(DaxEntry.of(start, order, PFN + start));
                entries = inserted.entries();
                for (long page = start; page < inserted.entry().end(); page++) {
                    model.put(page, PFN + page);
                }
            } else {
                DaxEntries.Deletion gone = entries.delete(offset, 1 + step % 3);
                entries = gone.entries();
                gone.deleted()
                        .forEach(entry ->
                                model.subMap(entry.offset(), entry.end()).clear());
            }
            assertSame(entries, model);
        }
    }

    private static void assertSame(DaxEntries entries, NavigableMap<Long, Long> model) {
        for (long page = 0; page < 20; page++) {
            DaxEntry entry = entries.covering(page);
            assertEquals(model.get(page), entry == null ? null : Long.valueOf(entry.pfn() + page - entry.offset()));
        }
        List<DaxEntry> all = entries.all();
        for (int i = 1; i < all.size(); i++) {
            assertTrue(all.get(i - 1).end() <= all.get(i).offset(), () -> "entries overlap: " + all);
        }
    }
}
