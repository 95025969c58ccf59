package org.pagepool.runtime.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Every rule is checked against counting head by head in a map. */
class RunsTest {
    private static final Geometry ORDER_9 = new Geometry(9);

    @Test
    @DisplayName("B20: partial first head, whole heads, partial last head")
    void shouldCountOneReferencePerPageOnItsHead() {
        assertEquals(
                List.of(new Run(0x200, 1, 12), new Run(0x400, 2, 512), new Run(0x800, 1, 1)),
                Runs.ofPages(0x3f4, 12 + 2 * 512 + 1, ORDER_9));
    }

    @Test
    @DisplayName("B20: a range inside one head")
    void shouldLoadOneHeadWhenTheRangeLiesInside() {
        assertEquals(List.of(new Run(0x200, 1, 3)), Runs.ofPages(0x210, 3, ORDER_9));
    }

    @Test
    @DisplayName("B20: base pages are heads of their own, and still one run")
    void shouldKeepBasePagesInOneRun() {
        assertEquals(List.of(new Run(0x210, 512, 1)), Runs.ofPages(0x210, 512, Geometry.BASE));
    }

    @Test
    void shouldMakeNoRunsOfNoPages() {
        assertEquals(List.of(), Runs.ofPages(0x210, 0, ORDER_9));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldCoverExactlyThePagesOfARange(
            @ForAll("geometries") Geometry geometry,
            @ForAll @LongRange(max = 3000) long first,
            @ForAll @LongRange(max = 5000) long pages) {
        Map<Long, Long> expected = new TreeMap<>();
        for (long pfn = first; pfn < first + pages; pfn++) {
            expected.merge(geometry.headOf(pfn), 1L, Long::sum);
        }
        List<Run> runs = Runs.ofPages(first, pages, geometry);
        assertEquals(expected, perHead(runs, geometry));
        assertEquals(pages, Runs.totalRefs(runs));
        assertEquals(expected.size(), Runs.heads(runs));
        assertTrue(runs.size() <= 3);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldCountOneReferencePerEntryAndHead(
            @ForAll("geometries") Geometry geometry,
            @ForAll @IntRange(max = 11) int entryOrder,
            @ForAll @LongRange(max = 20) long firstEntry,
            @ForAll @LongRange(min = 1, max = 20) long entries) {
        long size = 1L << entryOrder;
        Map<Long, Long> expected = new TreeMap<>();
        for (long entry = firstEntry * size; entry < (firstEntry + entries) * size; entry += size) {
            for (long head = geometry.headOf(entry); head < entry + size; head += geometry.pages()) {
                expected.merge(head, 1L, Long::sum);
            }
        }
        assertEquals(expected, perHead(Runs.ofEntries(firstEntry * size, entries * size, size, geometry), geometry));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldSplitRunsAtAnyHead(
            @ForAll("geometries") Geometry geometry,
            @ForAll("sorted") List<Run> unscaled,
            @ForAll @LongRange(max = 80) long at) {
        List<Run> runs = scale(unscaled, geometry);
        int heads = (int) Math.min(at, Runs.heads(runs));
        List<Run> first = Runs.firstHeads(runs, heads, geometry);
        List<Run> rest = Runs.afterHeads(runs, heads, geometry);
        assertEquals(heads, Runs.heads(first));
        List<Run> both = new ArrayList<>(first);
        both.addAll(rest);
        assertEquals(perHead(runs, geometry), perHead(both, geometry));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldTakeAwayExactlyWhatIsGivenOrRefuse(
            @ForAll("geometries") Geometry geometry,
            @ForAll("sorted") List<Run> unscaledHeld,
            @ForAll("sorted") List<Run> unscaledGiven) {
        List<Run> held = scale(unscaledHeld, geometry);
        List<Run> given = scale(unscaledGiven, geometry);
        assertTakesAway(held, given, geometry);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldTakeAwayPartOfWhatIsHeld(
            @ForAll("geometries") Geometry geometry,
            @ForAll("sorted") List<Run> unscaled,
            @ForAll @LongRange(max = 40) long from,
            @ForAll @LongRange(max = 40) long heads) {
        List<Run> held = scale(unscaled, geometry);
        List<Run> given = Runs.firstHeads(Runs.afterHeads(held, (int) from, geometry), (int) heads, geometry);
        assertTakesAway(held, given, geometry);
        List<Run> one = new ArrayList<>();
        given.forEach(r -> one.add(new Run(r.firstHead(), r.heads(), 1)));
        assertTakesAway(held, one, geometry);
    }

    private static void assertTakesAway(List<Run> held, List<Run> given, Geometry geometry) {
        Map<Long, Long> expected = perHead(held, geometry);
        boolean enough = true;
        for (Map.Entry<Long, Long> e : perHead(given, geometry).entrySet()) {
            long left = expected.getOrDefault(e.getKey(), 0L) - e.getValue();
            enough &= left >= 0;
            if (left == 0) {
                expected.remove(e.getKey());
            } else {
                expected.put(e.getKey(), left);
            }
        }
        List<Run> left = Runs.minus(held, given, geometry);
        if (enough) {
            assertEquals(expected, perHead(left, geometry));
            assertSorted(left, geometry);
        } else {
            assertNull(left);
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldSortAddUpAndJoinWhenNormalising(
            @ForAll("geometries") Geometry geometry, @ForAll("unsorted") List<Run> unscaled) {
        List<Run> runs = scale(unscaled, geometry);
        List<Run> normal = Runs.normalise(runs, geometry);
        assertEquals(perHead(runs, geometry), perHead(normal, geometry));
        assertSorted(normal, geometry);
        for (int i = 1; i < normal.size(); i++) {
            boolean neighbours =
                    normal.get(i - 1).end(geometry) == normal.get(i).firstHead();
            assertTrue(!neighbours || normal.get(i - 1).refs() != normal.get(i).refs(), () -> "not joined: " + normal);
        }
        assertEquals(normal, Runs.normalise(normal, geometry));
    }

    @Test
    void shouldRefuseToTakeFromAHeadMoreThanIsHeldThere() {
        List<Run> held = List.of(new Run(0x200, 4, 2));
        assertNull(Runs.minus(held, List.of(new Run(0x400, 1, 3)), ORDER_9));
        assertNull(Runs.minus(held, List.of(new Run(0, 1, 1)), ORDER_9));
        assertNull(Runs.minus(held, List.of(new Run(0xa00, 1, 1)), ORDER_9));
        assertNull(Runs.minus(List.of(), List.of(new Run(0, 1, 1)), ORDER_9));
    }

    private static void assertSorted(List<Run> runs, Geometry geometry) {
        for (int i = 1; i < runs.size(); i++) {
            assertTrue(runs.get(i - 1).end(geometry) <= runs.get(i).firstHead(), () -> "out of order: " + runs);
        }
    }

    private static Map<Long, Long> perHead(List<Run> runs, Geometry geometry) {
        Map<Long, Long> refs = new TreeMap<>();
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                refs.merge(run.firstHead() + i * geometry.pages(), (long) run.refs(), Long::sum);
            }
        }
        return refs;
    }

    /** The generated runs number their heads 0, 1, 2; this makes pfns of them. */
    private static List<Run> scale(List<Run> runs, Geometry geometry) {
        return runs.stream()
                .map(r -> new Run(r.firstHead() * geometry.pages(), r.heads(), r.refs()))
                .toList();
    }

    @Provide
    Arbitrary<Geometry> geometries() {
        return Arbitraries.of(Geometry.BASE, new Geometry(2), new Geometry(7), ORDER_9);
    }

    @Provide
    Arbitrary<List<Run>> unsorted() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 30),
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.integers().between(1, 3))
                .as(Run::new)
                .list()
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<Run>> sorted() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.integers().between(1, 3))
                .as((gap, heads, refs) -> new Run(gap, heads, refs))
                .list()
                .ofMaxSize(8)
                .map(RunsTest::behindOneAnother);
    }

    /** Reads each run's first head as its distance from the run before. */
    private static List<Run> behindOneAnother(List<Run> gaps) {
        List<Run> out = new ArrayList<>();
        long at = 0;
        for (Run gap : gaps) {
            out.add(new Run(at + gap.firstHead(), gap.heads(), gap.refs()));
            at += gap.firstHead() + gap.heads();
        }
        return out;
    }
}
