package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;

class PageTableTest {
    private static final long PMD = 512;
    private static final long PUD = 262144;
    private static final PageTable EMPTY = PageTable.empty(BasePage.KIB_4);

    private static Mapping ptes(long vpn, long pfn, long pages) {
        return new Mapping(vpn, pfn, pages, Level.PTE, true);
    }

    private static Mapping pmds(long vpn, long pfn, long entries) {
        return new Mapping(vpn, pfn, entries * PMD, Level.PMD, true);
    }

    @ParameterizedTest
    @EnumSource
    void shouldMapADeviceOf16GiBInOneExtentWhateverTheLevel(Level level) {
        long pages = 4194304;
        PageTable table = EMPTY;
        long step = Math.max(level.pages(BasePage.KIB_4), 1024);
        for (long at = 0; at < pages; at += step) {
            table = table.insert(new Mapping(PUD + at, 4 * PUD + at, step, level, true));
        }
        assertEquals(List.of(new Mapping(PUD, 4 * PUD, pages, level, true)), table.extents());
        assertEquals(pages, table.mappedPages());
    }

    @Test
    void shouldJoinWithBothNeighboursWhenAGapIsFilled() {
        PageTable table = EMPTY.insert(ptes(0, 100, 10)).insert(ptes(20, 120, 10));
        assertEquals(List.of(ptes(0, 100, 30)), table.insert(ptes(10, 110, 10)).extents());
        assertEquals(3, table.insert(ptes(10, 111, 10)).extents().size());
        assertEquals(
                3,
                table.insert(new Mapping(10, 110, 10, Level.PTE, false))
                        .extents()
                        .size());
    }

    @Test
    void shouldNotJoinEntriesOfDifferentLevels() {
        PageTable table = EMPTY.insert(pmds(0, 0, 1)).insert(ptes(PMD, PMD, 512));
        assertEquals(2, table.extents().size());
    }

    @Test
    void shouldNameTheFirstPageThatIsMappedAlready() {
        PageTable table = EMPTY.insert(pmds(PMD, 0, 1));
        Exception refused = assertThrows(IllegalArgumentException.class, () -> table.insert(ptes(0, 0, 513)));
        assertTrue(refused.getMessage().startsWith("already mapped: vpn=0x200 "), refused::getMessage);
        Exception inside = assertThrows(IllegalArgumentException.class, () -> table.insert(ptes(PMD + 5, 0, 1)));
        assertTrue(inside.getMessage().startsWith("already mapped: vpn=0x205 "), inside::getMessage);
    }

    @Test
    void shouldRefuseMappingsThatAreNoMultipleOfTheirEntrySize() {
        assertThrows(IllegalArgumentException.class, () -> EMPTY.insert(new Mapping(256, 0, PMD, Level.PMD, true)));
        assertThrows(IllegalArgumentException.class, () -> EMPTY.insert(new Mapping(0, 256, PMD, Level.PMD, true)));
        assertThrows(IllegalArgumentException.class, () -> EMPTY.insert(new Mapping(0, 0, 256, Level.PMD, true)));
        assertThrows(IllegalArgumentException.class, () -> EMPTY.insert(new Mapping(0, 0, PMD, Level.PUD, true)));
        PageTable big = PageTable.empty(BasePage.KIB_64);
        assertThrows(IllegalArgumentException.class, () -> big.insert(pmds(0, 0, 1)));
        assertEquals(8192, big.insert(new Mapping(0, 0, 8192, Level.PMD, true)).mappedPages());
    }

    @Test
    @DisplayName("a zap inside a huge entry removes the entry; DAX faults the rest in again")
    void shouldRemoveAHugeEntryWholeWhenOnePageOfItIsZapped() {
        PageTable table = EMPTY.insert(pmds(0, 4096, 4));
        PageTable.Zapped zapped = table.zap(PMD + 100, 1);
        assertEquals(List.of(pmds(PMD, 4096 + PMD, 1)), zapped.removed());
        assertEquals(PMD, zapped.pages());
        assertEquals(
                List.of(pmds(0, 4096, 1), pmds(2 * PMD, 4096 + 2 * PMD, 2)),
                zapped.table().extents());
        assertEquals(3 * PMD, zapped.table().mappedPages());
        assertEquals(table, zapped.table().insert(pmds(PMD, 4096 + PMD, 1)));
    }

    @Test
    void shouldZapExactPagesWherePtesMapThem() {
        PageTable.Zapped zapped = EMPTY.insert(ptes(0, 100, 30)).zap(10, 5);
        assertEquals(List.of(ptes(10, 110, 5)), zapped.removed());
        assertEquals(
                List.of(ptes(0, 100, 10), ptes(15, 115, 15)), zapped.table().extents());
    }

    @Test
    void shouldStayTheSameTableWhenNothingIsThereToZap() {
        PageTable table = EMPTY.insert(ptes(10, 0, 5));
        PageTable.Zapped zapped = table.zap(0, 10);
        assertSame(table, zapped.table());
        assertEquals(List.of(), zapped.removed());
        assertEquals(EMPTY, table.zap(0, Long.MAX_VALUE).table());
    }

    @Test
    void shouldFindTheNextPageThatIsMapped() {
        PageTable table = EMPTY.insert(ptes(10, 0, 5)).insert(pmds(PMD, 4096, 1));
        assertEquals(10, table.nextMapped(0));
        assertEquals(14, table.nextMapped(14));
        assertEquals(PMD, table.nextMapped(15));
        assertEquals(Long.MAX_VALUE, table.nextMapped(2 * PMD));
    }

    @Test
    void shouldSeePagesInsideAHugeEntry() {
        PageTable table = EMPTY.insert(pmds(0, 4096, 4));
        Lookup lookup = table.lookup(100, 600, true);
        assertEquals(List.of(new Seen(pmds(0, 4096, 4), 100, 600)), lookup.seen());
        assertEquals(4196, lookup.seen().get(0).pfn());
        assertEquals(600, lookup.pages());
        assertNull(lookup.stop());
    }

    @Test
    void shouldStopAtTheFirstHole() {
        PageTable table = EMPTY.insert(ptes(0, 100, 10)).insert(ptes(10, 50, 5)).insert(ptes(16, 0, 5));
        Lookup lookup = table.lookup(5, 100, true);
        assertEquals(List.of(new Seen(ptes(0, 100, 10), 5, 5), new Seen(ptes(10, 50, 5), 10, 5)), lookup.seen());
        assertEquals(10, lookup.pages());
        assertEquals(Refusal.NOT_MAPPED, lookup.stop());
        assertEquals(new Lookup(List.of(), 0, Refusal.NOT_MAPPED), table.lookup(15, 1, false));
    }

    @Test
    void shouldStopAWriteButNotAReadAtAReadOnlyEntry() {
        PageTable table = EMPTY.insert(ptes(0, 100, 10)).insert(new Mapping(10, 110, 10, Level.PTE, false));
        assertEquals(10, table.lookup(0, 20, true).pages());
        assertEquals(Refusal.PERMISSION, table.lookup(0, 20, true).stop());
        assertEquals(new Lookup(List.of(), 0, Refusal.PERMISSION), table.lookup(10, 1, true));
        assertEquals(20, table.lookup(0, 20, false).pages());
        assertNull(table.lookup(0, 20, false).stop());
    }

    @Test
    @DisplayName("B18: a changed huge entry counts from the first page the walk has of it")
    void shouldFindAChangedHugeEntryFromItsFirstPageInTheWalk() {
        PageTable table = EMPTY.insert(pmds(0, 4096, 4));
        List<Seen> walk = table.lookup(100, 3 * PMD, true).seen();
        assertEquals(3 * PMD, table.recheck(walk));
        assertEquals(0, table.zap(500, 1).table().recheck(walk));
        assertEquals(PMD - 100, table.zap(1000, 1).table().recheck(walk));
        assertEquals(3 * PMD - 100, table.zap(3 * PMD, 1).table().recheck(walk));
    }

    @Test
    @DisplayName("B17: a changed PTE counts from its own page")
    void shouldFindAChangedPteAtItsPage() {
        PageTable table = EMPTY.insert(ptes(0, 100, 30));
        List<Seen> walk = table.lookup(5, 20, true).seen();
        assertEquals(7, table.zap(12, 1).table().recheck(walk));
        assertEquals(20, table.zap(0, 5).table().zap(25, 5).table().recheck(walk));
    }

    @Test
    void shouldNotCountPagesBehindAChangedOne() {
        PageTable table = EMPTY.insert(ptes(0, 100, 10)).insert(ptes(10, 50, 10));
        List<Seen> walk = table.lookup(0, 20, true).seen();
        assertEquals(2, walk.size());
        assertEquals(4, table.zap(4, 1).table().recheck(walk));
        assertEquals(0, table.zap(0, 10).table().recheck(walk));
        assertEquals(13, table.zap(13, 1).table().recheck(walk));
    }

    @Test
    @DisplayName("B52: another pfn, level or permission is a change; more of the same around it is none")
    void shouldCompareTheWholeTranslation() {
        PageTable table = EMPTY.insert(pmds(PMD, 4096, 1));
        List<Seen> walk = table.lookup(PMD, PMD, true).seen();
        PageTable zapped = table.zap(PMD, 1).table();
        assertEquals(0, zapped.recheck(walk));
        assertEquals(0, zapped.insert(pmds(PMD, 8192, 1)).recheck(walk));
        assertEquals(0, zapped.insert(ptes(PMD, 4096, PMD)).recheck(walk));
        assertEquals(
                0, zapped.insert(new Mapping(PMD, 4096, PMD, Level.PMD, false)).recheck(walk));
        assertEquals(PMD, zapped.insert(pmds(PMD, 4096, 1)).recheck(walk));
        assertEquals(PMD, table.insert(pmds(2 * PMD, 4096 + PMD, 1)).recheck(walk));
    }

    @Test
    @DisplayName("R5, R8: an entry that was zapped and points elsewhere does not pass for the one that was seen")
    void shouldNoticeThatThePageNowBelongsToAnotherFile() {
        PageTable before = EMPTY.insert(ptes(0, 100, 4));
        List<Seen> walk = before.lookup(0, 4, true).seen();
        PageTable after = before.zap(2, 1).table().insert(ptes(2, 777, 1));
        assertEquals(2, after.recheck(walk));
    }

    @Test
    void shouldRefuseRangesThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> EMPTY.lookup(0, 0, false));
        assertThrows(IllegalArgumentException.class, () -> EMPTY.lookup(-1, 1, false));
        assertThrows(IllegalArgumentException.class, () -> EMPTY.zap(Long.MAX_VALUE, 1));
        assertThrows(IllegalArgumentException.class, () -> ptes(0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> ptes(Long.MAX_VALUE, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Seen(ptes(0, 0, 4), 2, 3));
    }

    /** One step of a history: insert {@code entries} entries, or zap {@code pages} pages. */
    private record Step(boolean insert, Level level, long at, long entries, long pages, long shift, boolean writable) {}

    /** The model: every entry by its first page, one by one. */
    private static final class Model {
        private final TreeMap<Long, Mapping> entries = new TreeMap<>();

        boolean free(Mapping mapping) {
            return overlapping(mapping.vpn(), mapping.endVpn()).isEmpty();
        }

        void insert(Mapping mapping) {
            long size = mapping.level().pages(BasePage.KIB_4);
            for (long at = mapping.vpn(); at < mapping.endVpn(); at += size) {
                entries.put(at, new Mapping(at, mapping.pfnAt(at), size, mapping.level(), mapping.writable()));
            }
        }

        List<Mapping> overlapping(long vpn, long end) {
            List<Mapping> hit = new ArrayList<>();
            Map.Entry<Long, Mapping> first = entries.floorEntry(vpn);
            if (first != null && first.getKey() < vpn && first.getValue().endVpn() > vpn) {
                hit.add(first.getValue());
            }
            hit.addAll(entries.subMap(vpn, end).values());
            return hit;
        }

        Mapping entryOf(long vpn) {
            List<Mapping> hit = overlapping(vpn, vpn + 1);
            return hit.isEmpty() ? null : hit.get(0);
        }

        PageTable asTable() {
            PageTable table = EMPTY;
            for (Mapping entry : entries.descendingMap().values()) {
                table = table.insert(entry);
            }
            return table;
        }
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void shouldBehaveLikeATableThatKeepsEveryEntryByItself(@ForAll("histories") List<Step> steps) {
        Model model = new Model();
        PageTable table = EMPTY;
        for (Step step : steps) {
            if (step.insert()) {
                Mapping mapping = mapping(step);
                if (model.free(mapping)) {
                    table = table.insert(mapping);
                    model.insert(mapping);
                } else {
                    PageTable full = table;
                    assertThrows(IllegalArgumentException.class, () -> full.insert(mapping));
                }
            } else {
                List<Mapping> expected = model.overlapping(step.at(), step.at() + step.pages());
                expected.forEach(e -> model.entries.remove(e.vpn()));
                PageTable.Zapped zapped = table.zap(step.at(), step.pages());
                assertEquals(expected.stream().mapToLong(Mapping::pages).sum(), zapped.pages());
                assertTrue(expected.stream().allMatch(e -> covers(zapped.removed(), e)));
                table = zapped.table();
            }
            assertEquals(
                    model.entries.values().stream().mapToLong(Mapping::pages).sum(), table.mappedPages());
        }
        assertEquals(model.asTable(), table);
        assertEquals(model.asTable().hashCode(), table.hashCode());
        assertLongest(table.extents());
    }

    private static boolean covers(List<Mapping> removed, Mapping entry) {
        return removed.stream()
                .anyMatch(m -> m.covers(entry.vpn()) && m.endVpn() >= entry.endVpn() && m.translatesLike(entry));
    }

    private static void assertLongest(List<Mapping> extents) {
        for (int i = 1; i < extents.size(); i++) {
            Mapping before = extents.get(i - 1);
            Mapping after = extents.get(i);
            assertTrue(before.endVpn() <= after.vpn());
            assertFalse(before.endVpn() == after.vpn() && before.translatesLike(after));
        }
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void shouldLookUpAndRecheckLikeATableThatKeepsEveryEntryByItself(
            @ForAll("histories") List<Step> before,
            @ForAll("histories") List<Step> after,
            @ForAll("walks") long[] walk) {
        Model old = new Model();
        PageTable table = run(before, chequered(old), old);
        long at = walk[0];
        Refusal stop = null;
        boolean write = walk[2] == 1;
        for (; at < walk[0] + walk[1] && stop == null; at++) {
            Mapping entry = old.entryOf(at);
            stop = entry == null ? Refusal.NOT_MAPPED : write && !entry.writable() ? Refusal.PERMISSION : null;
        }
        long pages = at - walk[0] - (stop == null ? 0 : 1);
        Lookup lookup = table.lookup(walk[0], walk[1], write);
        assertEquals(pages, lookup.pages());
        assertEquals(stop, lookup.stop());
        long seen = walk[0];
        for (Seen slice : lookup.seen()) {
            assertEquals(seen, slice.vpn());
            assertEquals(old.entryOf(seen).pfnAt(seen), slice.pfn());
            seen = slice.endVpn();
        }
        assertEquals(walk[0] + pages, seen);

        Model now = new Model();
        now.entries.putAll(old.entries);
        PageTable next = run(after, table, now);
        long same = 0;
        while (same < pages && old.entryOf(walk[0] + same).equals(now.entryOf(walk[0] + same))) {
            same++;
        }
        assertEquals(same, next.recheck(lookup.seen()));
        assertEquals(same, next.recheck(table, lookup));
        assertEquals(pages, table.recheck(table, lookup));
    }

    /** 4096 pages without a hole, of which none of the extents is longer than 512. */
    private static PageTable chequered(Model model) {
        PageTable table = EMPTY;
        for (int i = 0; i < 8; i++) {
            long vpn = PUD - 2048 + i * PMD;
            Mapping mapping =
                    new Mapping(vpn, vpn + (1 + i % 2) * PUD, PMD, i % 3 == 0 ? Level.PTE : Level.PMD, i != 6);
            table = table.insert(mapping);
            model.insert(mapping);
        }
        return table;
    }

    private static PageTable run(List<Step> steps, PageTable from, Model model) {
        PageTable table = from;
        for (Step step : steps) {
            Mapping mapping = mapping(step);
            if (!step.insert()) {
                table = table.zap(step.at(), step.pages()).table();
                model.overlapping(step.at(), step.at() + step.pages()).forEach(e -> model.entries.remove(e.vpn()));
            } else if (model.free(mapping)) {
                table = table.insert(mapping);
                model.insert(mapping);
            }
        }
        return table;
    }

    private static Mapping mapping(Step step) {
        long size = step.level().pages(BasePage.KIB_4);
        long vpn = step.at() & -size;
        return new Mapping(vpn, vpn + step.shift() * PUD, step.entries() * size, step.level(), step.writable());
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        return Combinators.combine(
                        Arbitraries.of(true, true, false),
                        Arbitraries.of(Level.PTE, Level.PTE, Level.PMD, Level.PMD, Level.PMD, Level.PUD),
                        uniform(PUD - 1500, PUD + 1500),
                        Arbitraries.longs().between(1, 3),
                        uniform(1, 1200),
                        Arbitraries.longs().between(1, 2),
                        Arbitraries.of(true, true, true, false))
                .as((insert, level, at, entries, pages, shift, writable) ->
                        new Step(insert, level, at, level == Level.PTE ? pages : entries, pages, shift, writable))
                .list()
                .ofMaxSize(15);
    }

    @Provide
    Arbitrary<long[]> walks() {
        return Combinators.combine(
                        uniform(PUD - 1500, PUD + 1500),
                        uniform(1, 2500),
                        Arbitraries.longs().between(0, 1))
                .as((vpn, pages, write) -> new long[] {vpn, pages, write});
    }

    private static Arbitrary<Long> uniform(long min, long max) {
        return Arbitraries.longs().between(min, max).withDistribution(RandomDistribution.uniform());
    }

    @Test
    @DisplayName("B17: an entry without a page behind it stops a walk, and is no neighbour of an ordinary one")
    void shouldStopAtSpecialEntries() {
        PageTable table = PageTable.empty(BasePage.KIB_4)
                .insert(new Mapping(0, 100, 10, Level.PTE, true))
                .insert(new Mapping(10, 110, 10, Level.PTE, true, true));
        assertEquals(2, table.extents().size());
        Lookup lookup = table.lookup(0, 20, false);
        assertEquals(10, lookup.pages());
        assertEquals(Refusal.PERMISSION, lookup.stop());
        assertEquals(Refusal.PERMISSION, table.lookup(15, 1, false).stop());
        PageTable marked = PageTable.empty(BasePage.KIB_4).insert(new Mapping(0, 100, 10, Level.PTE, true, true));
        assertEquals(0, marked.recheck(lookup.seen()), "an entry that was marked meanwhile has changed");
    }
}
