package org.pagepool.runtime.devdax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.FaultIndex;
import org.pagepool.runtime.protocol.Protocol;

/** What a fault writes into the records of the pages it maps (B40, B41, R19). */
class FaultTieTest {
    private static final long PFN = 0x40000;

    private static List<FaultTie> ties(
            Level level, long vpn, long pages, long address, Geometry geometry, FaultIndex rounding) {
        Mapping mapping = new Mapping(vpn, PFN + vpn, pages, level, true);
        return FaultTie.of(mapping, address, 0, 0, geometry, BasePage.KIB_4, rounding);
    }

    /** Index by head, as the records would say it. */
    private static Map<Long, Long> byHead(List<FaultTie> ties, Geometry geometry) {
        Map<Long, Long> all = new TreeMap<>();
        for (FaultTie tie : ties) {
            long at = tie.index();
            for (Run run : tie.runs()) {
                for (long head = run.firstHead(); head < run.end(geometry); head += geometry.pages()) {
                    assertEquals(null, all.put(head, at), "tied twice");
                    at += geometry.pages();
                }
            }
        }
        return all;
    }

    @Test
    @DisplayName("B40: every page of a fault on base pages, one behind the other")
    void shouldTieEveryBasePage() {
        Map<Long, Long> all =
                byHead(ties(Level.PMD, 512, 512, 517, Geometry.BASE, FaultIndex.ALIGN_DOWN), Geometry.BASE);
        assertEquals(512, all.size());
        all.forEach((head, index) -> assertEquals(head - PFN, index));
    }

    @Test
    @DisplayName("B41: of a compound its head only, at the start of the fault")
    void shouldTieTheHeadOnly() {
        Geometry pmd = Geometry.ofPages(512);
        assertEquals(
                List.of(new FaultTie(List.of(new Run(PFN + 512, 1, 1)), 512)),
                ties(Level.PMD, 512, 512, 517, pmd, FaultIndex.ALIGN_DOWN));
    }

    @Test
    @DisplayName("R19: rounded up, an address inside the compound gets the offset of the next one; its start does not")
    void shouldBeWrongForUnalignedAddressesWhereItRoundsUp() {
        Geometry pmd = Geometry.ofPages(512);
        assertEquals(Map.of(PFN + 512, 1024L), byHead(ties(Level.PMD, 512, 512, 517, pmd, FaultIndex.ALIGN_UP), pmd));
        assertEquals(Map.of(PFN + 512, 512L), byHead(ties(Level.PMD, 512, 512, 512, pmd, FaultIndex.ALIGN_UP), pmd));
        assertEquals(
                Map.of(PFN + 512, 1024L, PFN + 1024, 1024L, PFN + 1536, 1536L),
                byHead(ties(Level.PMD, 512, 1536, 517, pmd, FaultIndex.ALIGN_UP), pmd),
                "only the fault at that address");
        assertEquals(
                517,
                byHead(ties(Level.PTE, 517, 1, 517, Geometry.BASE, FaultIndex.ALIGN_UP), Geometry.BASE)
                        .get(PFN + 517));
    }

    @Test
    void shouldCountFromTheAreaAndItsOffset() {
        Mapping mapping = new Mapping(1024, PFN + 2048, 512, Level.PMD, true);
        Geometry pmd = Geometry.ofPages(512);
        List<FaultTie> ties = FaultTie.of(mapping, 1030, 512, 1536, pmd, BasePage.KIB_4, FaultIndex.ALIGN_DOWN);
        assertEquals(Map.of(PFN + 2048, 2048L), byHead(ties, pmd));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void shouldTieEachHeadOnceAtItsOwnOffset(
            @ForAll @IntRange(max = 12) int order,
            @ForAll @IntRange(max = 15) int entry,
            @ForAll @IntRange(min = 1, max = 16) int entries,
            @ForAll @IntRange(max = 600) int inside) {
        Geometry geometry = new Geometry(order == 1 ? 0 : order);
        long vpn = entry * 512L;
        Map<Long, Long> all =
                byHead(ties(Level.PMD, vpn, entries * 512L, vpn + inside, geometry, FaultIndex.ALIGN_DOWN), geometry);
        long first = geometry.headOf(PFN + vpn);
        long last = geometry.headOf(PFN + vpn + entries * 512L - 1);
        assertEquals(((last - first) >> geometry.order()) + 1, all.size());
        all.forEach((head, index) -> assertEquals(head - PFN, index));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void shouldFallIntoPartsOfOneSectionEach(
            @ForAll @IntRange(max = 18) int order, @ForAll @IntRange(min = 1, max = 40) int heads) {
        Geometry geometry = new Geometry(order == 1 ? 0 : order);
        long first = 32768L * 8 - (order < 15 ? 7 * geometry.pages() : 0);
        PgmapSpec spec = new PgmapSpec(
                "dax0",
                MemoryType.GENERIC,
                List.of(new PfnRange(geometry.headOf(first), 64 * geometry.pages())),
                geometry,
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        FaultTie whole = new FaultTie(List.of(new Run(spec.pfnAt(0), heads, 1)), 4096);
        List<FaultTie> parts = whole.bySection(spec);
        assertEquals(byHead(List.of(whole), geometry), byHead(parts, geometry));
        List<Integer> sections = new ArrayList<>();
        for (FaultTie part : parts) {
            int section = spec.sectionOf(part.firstHead());
            assertEquals(section, spec.sectionOf(part.runs().get(0).end(geometry) - 1));
            assertTrue(!sections.contains(section));
            sections.add(section);
        }
    }
}
