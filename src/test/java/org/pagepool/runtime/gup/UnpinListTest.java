package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;

class UnpinListTest {
    private static final Geometry ORDER_9 = new Geometry(9);
    private static final long A = 0x8800;
    private static final long B = 0x8a00;

    @Test
    @DisplayName("B26: A A B A is (A,2) (B,1) (A,1)")
    void shouldGroupOnlyNeighboursInTheList() {
        UnpinList list = UnpinList.group(new long[] {A, A + 7, B + 1, A + 9}, ORDER_9);
        assertEquals(List.of(new Run(A, 1, 2), new Run(B, 1, 1), new Run(A, 1, 1)), list.groups());
        assertEquals(3, list.atomics());
        assertEquals(4, list.refs());
    }

    @Test
    @DisplayName("B26: holes are skipped, and end a group")
    void shouldSkipHoles() {
        UnpinList list = UnpinList.group(new long[] {-1, A, A + 1, -1, A + 2, -1}, ORDER_9);
        assertEquals(List.of(new Run(A, 1, 2), new Run(A, 1, 1)), list.groups());
        assertEquals(0, UnpinList.group(new long[] {-1, -1}, ORDER_9).atomics());
        assertEquals(0, UnpinList.group(new long[0], ORDER_9).atomics());
    }

    @Test
    @DisplayName("B26, section 3.4: 512 pages are 1 decrement on a compound head and 512 on base pages")
    void shouldKeepOneRunForManyEqualGroups() {
        long[] pfns = new long[512];
        for (int i = 0; i < pfns.length; i++) {
            pfns[i] = A + i;
        }
        assertEquals(1, UnpinList.group(pfns, ORDER_9).atomics());
        UnpinList base = UnpinList.group(pfns, Geometry.BASE);
        assertEquals(List.of(new Run(A, 512, 1)), base.groups());
        assertEquals(512, base.atomics());
    }

    @Property
    void shouldGroupLikeReadingTheListPageByPage(
            @ForAll("lists") long[] pfns, @ForAll("geometries") Geometry geometry) {
        List<Run> expected = new ArrayList<>();
        long open = -1;
        for (long pfn : pfns) {
            long head = pfn < 0 ? -1 : geometry.headOf(pfn);
            if (head >= 0 && head == open) {
                Run last = expected.remove(expected.size() - 1);
                expected.add(new Run(head, 1, last.refs() + 1));
            } else if (head >= 0) {
                expected.add(new Run(head, 1, 1));
            }
            open = head;
        }
        UnpinList list = UnpinList.group(pfns, geometry);
        List<Run> flat = new ArrayList<>();
        for (Run run : list.groups()) {
            for (int i = 0; i < run.heads(); i++) {
                flat.add(new Run(run.firstHead() + i * geometry.pages(), 1, run.refs()));
            }
        }
        assertEquals(expected, flat);
        assertEquals(expected.size(), list.atomics());
    }

    @Provide
    Arbitrary<long[]> lists() {
        return Arbitraries.longs().between(-1, 20).array(long[].class).ofMaxSize(60);
    }

    @Provide
    Arbitrary<Geometry> geometries() {
        return Arbitraries.of(Geometry.BASE, new Geometry(2), new Geometry(3));
    }
}
