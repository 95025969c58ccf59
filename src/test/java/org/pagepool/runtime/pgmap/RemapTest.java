package org.pagepool.runtime.pgmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;

/** Mapping range by range: what stops it, and that nothing stays behind (B9). */
class RemapTest {
    private static final RamMap RAM = RamMap.parse(List.of("00000000-3fffffff"));
    private static final long FIRST = 0x40000; // the first page above RAM

    /** Keeps the ranges it has records for; refuses the one that begins at {@code refuses}. */
    private static final class Ledger implements Remap.Records {
        final List<PfnRange> kept = new ArrayList<>();
        final long refuses;

        Ledger(long refuses) {
            this.refuses = refuses;
        }

        @Override
        public @Nullable String populate(PgmapSpec spec, PfnRange range) {
            return range.first() == refuses ? "no room" : keep(range);
        }

        private @Nullable String keep(PfnRange range) {
            kept.add(range);
            return null;
        }

        @Override
        public void depopulate(PgmapSpec spec, PfnRange range) {
            assertEquals(kept.size() - 1, kept.indexOf(range), "the last range first");
            kept.remove(range);
        }
    }

    private final Ledger records = new Ledger(-1);

    private static PgmapSpec spec(String id, PfnRange... ranges) {
        return new PgmapSpec(id, MemoryType.GENERIC, List.of(ranges), Geometry.BASE, BasePage.KIB_4, Protocol.PAGEPOOL);
    }

    private static PgmapSpec threeRanges() {
        return spec("a", new PfnRange(FIRST, 512), new PfnRange(FIRST + 1024, 512), new PfnRange(FIRST + 4096, 1024));
    }

    private MapRefusedException refused(PgmapTable table, PgmapSpec spec, Ledger ledger) {
        return assertThrows(MapRefusedException.class, () -> Remap.map(table, spec, RAM, ledger));
    }

    @Test
    void shouldMapEveryRange() {
        PgmapTable table = Remap.map(PgmapTable.EMPTY, threeRanges(), RAM, records);
        assertEquals(threeRanges().ranges(), records.kept);
        assertEquals(Optional.of(threeRanges()), table.find(FIRST + 4096));
    }

    @ParameterizedTest
    @CsvSource({"0, CONFLICT", "1, CONFLICT", "2, CONFLICT"})
    @DisplayName("B9: a range that belongs to another device stops it, and the ranges before are unmapped again")
    void shouldUnmapTheRangesDoneSoFarWhenOneBelongsToSomebodyElse(int range, MapRefusal reason) {
        PgmapSpec other = spec("b", threeRanges().ranges().get(range));
        PgmapTable before = Remap.map(PgmapTable.EMPTY, other, RAM, Remap.NO_RECORDS);

        MapRefusedException refused = refused(before, threeRanges(), records);

        assertEquals(reason, refused.reason());
        assertEquals("ENOMEM", refused.reason().errno());
        assertEquals(range, refused.rangesUndone());
        assertTrue(String.valueOf(refused.getMessage()).startsWith("conflicting mapping in same section: pfns"));
        assertEquals(List.of(), records.kept);
        assertEquals(Optional.of(other), before.find(other.ranges().get(0).first()));
        assertEquals(Optional.empty(), before.byId("a"));
        Remap.map(before.without("b"), threeRanges(), RAM, records);
        assertEquals(threeRanges().ranges(), records.kept, "the same description can be tried again");
    }

    @Test
    @DisplayName("B9: without room for page records in the middle nothing stays behind")
    void shouldUnmapTheRangesDoneSoFarWhenThereIsNoRoomForRecords() {
        Ledger full = new Ledger(FIRST + 4096);
        MapRefusedException refused = refused(PgmapTable.EMPTY, threeRanges(), full);
        assertEquals(MapRefusal.NO_MEMORY, refused.reason());
        assertEquals(2, refused.rangesUndone());
        assertEquals(List.of(), full.kept);
    }

    @Test
    @DisplayName("B9: ENXIO over RAM, to the page")
    void shouldRefuseRam() {
        MapRefusedException refused = refused(PgmapTable.EMPTY, spec("a", new PfnRange(FIRST - 512, 512)), records);
        assertEquals(MapRefusal.RAM, refused.reason());
        assertEquals("ENXIO", refused.reason().errno());
        assertTrue(String.valueOf(refused.getMessage()).contains("00000000-3fffffff"));
        PgmapSpec above = spec("a", new PfnRange(FIRST, 512));
        assertEquals(
                Optional.of(above),
                Remap.map(PgmapTable.EMPTY, above, RAM, records).find(FIRST));
        RamMap behind = RamMap.parse(List.of("0x40200000-0x4fffffff"));
        Remap.map(PgmapTable.EMPTY, above, behind, records);
    }

    @Test
    @DisplayName("B9: ranges begin and end on a subsection of 2 MiB, whatever the base page")
    void shouldRefuseRangesThatCutASubsection() {
        MapRefusedException refused = refused(PgmapTable.EMPTY, spec("a", new PfnRange(FIRST + 1, 512)), records);
        assertEquals(MapRefusal.INVALID, refused.reason());
        assertTrue(String.valueOf(refused.getMessage()).endsWith("as first=0x40000 pages=1024"));
        refused(PgmapTable.EMPTY, spec("a", new PfnRange(FIRST, 511)), records);
        assertEquals(512, Remap.subsectionPages(BasePage.KIB_4));
        assertEquals(128, Remap.subsectionPages(BasePage.KIB_16));
        assertEquals(32, Remap.subsectionPages(BasePage.KIB_64));
    }

    @Test
    void shouldRefuseANameThatIsTaken() {
        PgmapTable table = Remap.map(PgmapTable.EMPTY, spec("a", new PfnRange(FIRST, 512)), RAM, records);
        assertEquals(
                MapRefusal.CONFLICT,
                refused(table, spec("a", new PfnRange(FIRST + 512, 512)), records)
                        .reason());
    }
}
