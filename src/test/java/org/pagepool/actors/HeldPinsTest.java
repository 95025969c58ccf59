package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.ActorBench.PFN;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.gup.PageList;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.gup.UnpinList;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** Which pages of which pins a list gives back, and in how many decrements (B26). */
class HeldPinsTest {
    private static final PgmapSpec SPEC = ActorBench.spec(Protocol.PAGEPOOL);

    private final HeldPins pins = new HeldPins();

    private static Pin pin(long id, GrabKind kind, long firstPage, long pages) {
        return new Pin(
                "w7",
                id,
                kind,
                firstPage,
                pages,
                List.of(new Pin.Piece(SPEC, 17, 100 + id, 1, 0, PFN + firstPage, pages)));
    }

    private HeldPins.Taken take(long... pages) {
        long[] pfns = new long[pages.length];
        for (int i = 0; i < pages.length; i++) {
            pfns[i] = pages[i] < 0 ? -1 : PFN + pages[i];
        }
        return pins.take(PageList.of(pfns), GrabKind.PIN);
    }

    @Test
    @DisplayName("B26: A A B A hole A B is five decrements; ascending ones share a message")
    void shouldGroupNeighboursOfOneHead() {
        pins.add(pin(1, GrabKind.PIN, 0, 1024));

        HeldPins.Taken taken = take(0, 1, 512, 2, -1, 3, 513);

        assertEquals(5, taken.atomics());
        assertEquals(6, taken.pages());
        assertEquals(
                List.of(
                        List.of(new Run(PFN, 1, 2), new Run(PFN + 512, 1, 1)),
                        List.of(new Run(PFN, 1, 1)),
                        List.of(new Run(PFN, 2, 1))),
                taken.giveBacks().stream().map(HeldPins.GiveBack::runs).toList());
    }

    @Test
    @DisplayName("B26: pages that follow each other are one message, however many heads they have")
    void shouldJoinPagesThatFollowEachOther() {
        pins.add(pin(1, GrabKind.PIN, 0, 4096));
        long[] list = new long[3000];
        for (int i = 0; i < list.length; i++) {
            list[i] = 100L + i;
        }

        HeldPins.Taken taken = take(list);

        assertEquals(1, taken.giveBacks().size());
        assertEquals(
                List.of(new Run(PFN, 1, 412), new Run(PFN + 512, 5, 512), new Run(PFN + 6 * 512, 1, 28)),
                taken.giveBacks().get(0).runs());
        assertFalse(pins.holds(1, 100, 1));
        assertTrue(pins.holds(1, 0, 100));
        assertTrue(pins.holds(1, 3100, 996));
    }

    @Test
    @DisplayName("B26, I7: a page pinned twice can be in the list twice, and not three times")
    void shouldFindAPageInEachPinOnce() {
        pins.add(pin(1, GrabKind.PIN, 0, 10));
        pins.add(pin(2, GrabKind.PIN, 5, 10));

        HeldPins.Taken three = take(1, 7, 7, 7);
        assertEquals(Refusal.ALREADY_RELEASED, three.refusal());
        assertEquals(PFN + 7, three.pfn());
        assertTrue(pins.holds(1, 0, 10), "nothing of a refused list is taken");
        assertTrue(pins.holds(2, 0, 10));

        HeldPins.Taken two = take(7, 7);
        assertNull(two.refusal());
        assertEquals(
                2,
                two.giveBacks().stream()
                        .map(b -> b.grant().sequence())
                        .distinct()
                        .count());
        assertFalse(pins.holds(1, 7, 1));
        assertFalse(pins.holds(2, 2, 1));
    }

    @Test
    @DisplayName("R30, I7: a get is not unpinned, nor a page that is not held")
    void shouldSayWhyAPageCannotBeTaken() {
        pins.add(pin(1, GrabKind.GET, 0, 10));
        pins.add(pin(2, GrabKind.PIN, 20, 1));
        assertEquals(Refusal.KIND_MISMATCH, take(20, 3).refusal());
        assertEquals(Refusal.UNKNOWN_PIN, take(11).refusal());
        assertNull(take(20).refusal());
        assertNull(pins.pin(2), "a pin of which nothing is left is forgotten");
        assertEquals(Refusal.UNKNOWN_PIN, take(20).refusal());
        assertNotNull(pins.pin(1));
    }

    @Test
    void shouldFindThePinByItsGrant() {
        pins.add(pin(1, GrabKind.PIN, 0, 10));
        assertEquals(1, pins.grantedUnder(101).id());
        assertNull(pins.grantedUnder(102));
        pins.remove(1);
        assertNull(pins.grantedUnder(101));
    }

    /** Whatever is taken in whatever order is taken once, and in as many decrements as reading the list page by page. */
    @Property(tries = 200)
    void shouldTakeEachPageOnce(@ForAll Random random) {
        HeldPins held = new HeldPins();
        held.add(pin(1, GrabKind.PIN, 0, 2000));
        List<Long> left = new ArrayList<>();
        for (long i = 0; i < 2000; i++) {
            left.add(i);
        }
        while (!left.isEmpty()) {
            int n = 1 + random.nextInt(left.size());
            int from = random.nextInt(left.size() - n + 1);
            List<Long> some = new ArrayList<>(left.subList(from, from + n));
            left.subList(from, from + n).clear();
            if (random.nextInt(3) == 0) {
                some.add(random.nextInt(some.size()), -PFN - 1);
            }
            long[] pfns = some.stream().mapToLong(page -> PFN + page).toArray();

            HeldPins.Taken taken = held.take(PageList.of(pfns), GrabKind.PIN);

            assertNull(taken.refusal());
            Geometry geometry = SPEC.geometry();
            UnpinList expected = UnpinList.group(pfns, geometry);
            assertEquals(expected.atomics(), taken.atomics());
            Map<Long, Long> wanted = new TreeMap<>();
            Map<Long, Long> got = new TreeMap<>();
            expected.groups().forEach(run -> add(wanted, run, geometry));
            taken.giveBacks().forEach(back -> back.runs().forEach(run -> add(got, run, geometry)));
            assertEquals(wanted, got);
        }
        assertNull(held.pin(1));
    }

    private static void add(Map<Long, Long> refs, Run run, Geometry geometry) {
        for (int i = 0; i < run.heads(); i++) {
            refs.merge(run.firstHead() + i * geometry.pages(), (long) run.refs(), Long::sum);
        }
    }
}
