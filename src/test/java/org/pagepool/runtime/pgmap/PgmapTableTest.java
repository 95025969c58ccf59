package org.pagepool.runtime.pgmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;

class PgmapTableTest {
    private static PgmapSpec spec(String id, PfnRange... ranges) {
        return new PgmapSpec(id, MemoryType.GENERIC, List.of(ranges), Geometry.BASE, BasePage.KIB_4, Protocol.PAGEPOOL);
    }

    private final PgmapSpec a = spec("a", new PfnRange(0, 10), new PfnRange(100, 10));
    private final PgmapSpec b = spec("b", new PfnRange(50, 10));
    private final PgmapTable table = PgmapTable.EMPTY.with(a).with(b);

    @Test
    @DisplayName("B6: every page of every range leads to its pgmap, and no other page to any")
    void shouldFindTheOwnerOfEveryPage() {
        for (long pfn = 0; pfn < 130; pfn++) {
            Optional<PgmapSpec> owner = a.owns(pfn) ? Optional.of(a) : b.owns(pfn) ? Optional.of(b) : Optional.empty();
            assertEquals(owner, table.find(pfn));
        }
    }

    @Test
    @DisplayName("I6: after removal no lookup finds the pgmap")
    void shouldFindNothingOfAPgmapThatIsGone() {
        PgmapTable without = table.without("a");
        for (long pfn = 0; pfn < 130; pfn++) {
            assertEquals(b.owns(pfn) ? Optional.of(b) : Optional.empty(), without.find(pfn));
        }
        assertEquals(Optional.empty(), without.byId("a"));
        assertEquals(Optional.of(a), table.byId("a"));
        assertSame(without, without.without("a"));
    }

    @Test
    @DisplayName("B9: a second owner, or a second pgmap of the name, is refused")
    void shouldSayWhyAPgmapCannotBeMapped() {
        assertEquals("a pgmap named a is mapped already", table.conflict(spec("a", new PfnRange(500, 1))));
        PgmapSpec c = spec("c", new PfnRange(20, 1), new PfnRange(59, 45));
        assertNotNull(table.conflict(c));
        assertThrows(IllegalArgumentException.class, () -> table.with(c));
        assertNull(table.conflict(spec("c", new PfnRange(10, 40), new PfnRange(60, 40))));
    }

    @Test
    void shouldTakeANameAndRangesAgainAfterTheyWereGivenBack() {
        assertEquals(Optional.of(a), table.without("a").with(a).find(105));
    }

    @Property
    void shouldNeverGiveAPageTwoOwners(@ForAll("manySpecs") List<PfnRange> ranges) {
        PgmapTable all = PgmapTable.EMPTY;
        String[] owner = new String[300];
        for (int i = 0; i < ranges.size(); i++) {
            PgmapSpec spec = spec("p" + i, ranges.get(i));
            boolean free = true;
            for (long pfn = spec.ranges().get(0).first();
                    pfn < spec.ranges().get(0).end();
                    pfn++) {
                free &= owner[(int) pfn] == null;
            }
            assertEquals(free, all.conflict(spec) == null);
            if (free) {
                all = all.with(spec);
                for (long pfn = spec.ranges().get(0).first();
                        pfn < spec.ranges().get(0).end();
                        pfn++) {
                    owner[(int) pfn] = spec.id();
                }
            }
        }
        for (int pfn = 0; pfn < owner.length; pfn++) {
            assertEquals(Optional.ofNullable(owner[pfn]), all.find(pfn).map(PgmapSpec::id));
        }
        assertTrue(all.all().size() <= ranges.size());
    }

    @Provide
    Arbitrary<List<PfnRange>> manySpecs() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 200), Arbitraries.longs().between(1, 60))
                .as(PfnRange::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }
}
