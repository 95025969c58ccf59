package org.pagepool.runtime.pgmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;

class PgmapSpecTest {
    private static final long PUD = 262144;

    private static PgmapSpec spec(long geometryPages, PfnRange... ranges) {
        return new PgmapSpec(
                "pmem0",
                MemoryType.FS_DAX,
                List.of(ranges),
                Geometry.ofPages(geometryPages),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
    }

    @ParameterizedTest
    @CsvSource({
        "1,    1,      262144",
        "1,    512,    512",
        "1,    262144, 1",
        "16,   512,    8192",
        "128,  512,    65536",
        "1024, 262144, 1024"
    })
    @DisplayName("B8, section 3.2: heads of a device by size and geometry")
    void shouldCountHeadsByShiftingDown(long gib, long geometryPages, long heads) {
        assertEquals(heads, spec(geometryPages, new PfnRange(PUD, gib * PUD)).heads());
    }

    @Test
    @DisplayName("R22: a range that is no multiple of the geometry is refused")
    void shouldRefuseRangesThatCutAHead() {
        assertThrows(IllegalArgumentException.class, () -> spec(512, new PfnRange(512, 513)));
        assertThrows(IllegalArgumentException.class, () -> spec(512, new PfnRange(256, 512)));
    }

    @Test
    @DisplayName("B9: overlapping or unordered ranges are refused")
    void shouldRefuseRangesThatOverlapOrAreOutOfOrder() {
        assertThrows(IllegalArgumentException.class, () -> spec(1, new PfnRange(0, 10), new PfnRange(9, 2)));
        assertThrows(IllegalArgumentException.class, () -> spec(1, new PfnRange(10, 10), new PfnRange(0, 2)));
        assertEquals(12, spec(1, new PfnRange(0, 10), new PfnRange(10, 2)).pages());
    }

    @Test
    @DisplayName("B9: no ranges, too many ranges, no name")
    void shouldRefuseWhatIsNoDevice() {
        assertThrows(IllegalArgumentException.class, () -> spec(1));
        List<PfnRange> many = new ArrayList<>();
        for (int i = 0; i <= PgmapSpec.RANGES_MAX; i++) {
            many.add(new PfnRange(2L * i, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> spec(1, many.toArray(PfnRange[]::new)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PgmapSpec(
                        " ",
                        MemoryType.GENERIC,
                        List.of(new PfnRange(0, 1)),
                        Geometry.BASE,
                        BasePage.KIB_4,
                        Protocol.PAGEPOOL));
    }

    @Test
    void shouldOwnThePagesOfItsRangesOnly() {
        PgmapSpec spec = spec(1, new PfnRange(10, 10), new PfnRange(30, 10), new PfnRange(40, 1));
        assertFalse(spec.owns(9));
        assertTrue(spec.owns(10));
        assertTrue(spec.owns(19));
        assertFalse(spec.owns(20));
        assertTrue(spec.owns(30));
        assertTrue(spec.owns(40));
        assertFalse(spec.owns(41));
        assertTrue(spec.owns(new PfnRange(12, 8)));
        assertFalse(spec.owns(new PfnRange(12, 9)));
    }

    @Test
    @DisplayName("B37: an offset counts across ranges and is checked")
    void shouldFindThePfnAtAnOffsetAcrossRanges() {
        PgmapSpec spec = spec(1, new PfnRange(10, 10), new PfnRange(30, 10));
        assertEquals(10, spec.pfnAt(0));
        assertEquals(19, spec.pfnAt(9));
        assertEquals(30, spec.pfnAt(10));
        assertEquals(39, spec.pfnAt(19));
        assertThrows(IllegalArgumentException.class, () -> spec.pfnAt(20));
        assertThrows(IllegalArgumentException.class, () -> spec.pfnAt(-1));
    }

    @Test
    @DisplayName("a head of 1 GiB spans 8 sections and lives in its first")
    void shouldHostAHeadInItsFirstSection() {
        PgmapSpec spec = spec(PUD, new PfnRange(PUD, 2 * PUD));
        assertEquals(8, spec.sectionOf(PUD));
        assertEquals(8, spec.sectionOf(2 * PUD - 1));
        assertEquals(16, spec.sectionOf(2 * PUD));
        assertEquals(1, spec.headsIn(8));
        assertEquals(0, spec.headsIn(9));
        assertEquals(0, spec.headsIn(15));
        assertEquals(1, spec.headsIn(16));
        assertEquals(0, spec.headsIn(24));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void shouldHostEveryHeadInExactlyOneSection(
            @ForAll @IntRange(max = 18) int order,
            @ForAll @IntRange(max = 70) int first,
            @ForAll @IntRange(min = 1, max = 70) int heads,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll @IntRange(min = 1, max = 70) int more) {
        Geometry geometry = new Geometry(order == 1 ? 0 : order);
        long size = geometry.pages();
        PgmapSpec spec = spec(
                size,
                new PfnRange(first * size, heads * size),
                new PfnRange((first + heads + gap) * size, more * size));
        long lastPfn = spec.ranges().get(1).end() - 1;
        int[] expected = new int[BasePage.KIB_4.sectionOf(lastPfn) + 2];
        for (PfnRange range : spec.ranges()) {
            for (long head = range.first(); head < range.end(); head += size) {
                expected[spec.sectionOf(head + size - 1)]++;
            }
        }
        long sum = 0;
        for (int section = 0; section < expected.length; section++) {
            assertEquals(expected[section], spec.headsIn(section));
            sum += expected[section];
        }
        assertEquals(spec.heads(), sum);
    }

    private static PgmapSpec withAltmap(long geometryPages, Altmap altmap, PfnRange... ranges) {
        return new PgmapSpec(
                "pmem0",
                MemoryType.FS_DAX,
                List.of(ranges),
                Geometry.ofPages(geometryPages),
                BasePage.KIB_4,
                Protocol.V5_13,
                Set.of(),
                altmap,
                null);
    }

    @Test
    @DisplayName("B8, B10, B51: pages kept for the altmap are found, but are no pages, no heads and no references")
    void shouldBeginBehindItsAltmap() {
        PgmapSpec spec = withAltmap(512, new Altmap(8, 2 * 512 - 8), new PfnRange(PUD, 8 * 512));
        assertEquals(PUD + 1024, spec.pfnFirst());
        assertEquals(6 * 512, spec.pages());
        assertEquals(6, spec.heads());
        assertEquals(6, spec.mapRefs());
        assertEquals(6, spec.headsIn(8));
        assertEquals(PUD + 1024, spec.pfnAt(0));
        assertEquals(PUD + 8 * 512 - 1, spec.pfnAt(6 * 512 - 1));
        assertThrows(IllegalArgumentException.class, () -> spec.pfnAt(6 * 512));
        assertTrue(spec.covers(PUD));
        assertFalse(spec.owns(PUD));
        assertFalse(spec.owns(PUD + 1023));
        assertTrue(spec.owns(PUD + 1024));
        assertFalse(spec.owns(new PfnRange(PUD + 1023, 2)));
        assertTrue(spec.owns(new PfnRange(PUD + 1024, 6 * 512)));
    }

    @Test
    @DisplayName("B9, R22: an altmap over several ranges, over a whole device, or off the geometry is refused")
    void shouldRefuseAnAltmapThatLeavesNoWholeHeads() {
        PfnRange range = new PfnRange(PUD, 8 * 512);
        assertThrows(
                IllegalArgumentException.class,
                () -> withAltmap(512, new Altmap(0, 512), range, new PfnRange(2 * PUD, 512)));
        assertThrows(IllegalArgumentException.class, () -> withAltmap(512, new Altmap(0, 8 * 512), range));
        assertThrows(IllegalArgumentException.class, () -> withAltmap(512, new Altmap(2, 512), range));
        assertEquals(8 * 512 - 514, withAltmap(1, new Altmap(2, 512), range).heads());
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5,     PRIVATE,    1", "v5.5,     GENERIC,    1", "v5.18,    PRIVATE, 1", "v6.1,     PRIVATE,    0",
        "v6.1,     COHERENT,   0", "v6.1,     FS_DAX,     1", "v6.15,    FS_DAX,  1", "v6.15,    PCI_P2PDMA, 1"
    })
    @DisplayName("B8, section 3.2: references by era and type; shifted down, never up")
    void shouldTakeOneReferencePerHeadWhereItsEraDoes(String preset, MemoryType type, long perHead) {
        Protocol protocol = Protocol.preset(preset);
        assertTrue(protocol != null);
        PgmapSpec spec = new PgmapSpec(
                "pmem0", type, List.of(new PfnRange(PUD, 16 * PUD)), Geometry.ofPages(512), BasePage.KIB_4, protocol);
        assertEquals(perHead * 8192, spec.mapRefs());
    }
}
