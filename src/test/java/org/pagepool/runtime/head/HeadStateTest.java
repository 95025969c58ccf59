package org.pagepool.runtime.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.RequestCount;

class HeadStateTest {
    private static final HeadRules ORDER_0_AT_1 = new HeadRules(0, 1, false, true);
    private static final HeadRules ORDER_0_AT_0 = new HeadRules(0, 0, false, true);
    private static final HeadRules ORDER_9_AT_1 = new HeadRules(9, 1, false, true);
    private static final HeadRules ORDER_9_AT_0 = new HeadRules(9, 0, false, true);

    private static HeadState granted(HeadState state, GrabKind kind, int refs, HeadRules rules) {
        assertNull(state.refuses(kind, refs, rules));
        return state.grab(kind, refs, rules);
    }

    @Test
    @DisplayName("D1: the idle count is 1 or 0, by memory type and protocol")
    void shouldParkAtTheBaseOfItsRules() {
        assertEquals(
                new HeadState(1, 0, 0),
                HeadRules.of(Protocol.V5_5, MemoryType.FS_DAX, new Geometry(9)).parked());
        assertEquals(
                new HeadState(0, 0, 0),
                HeadRules.of(Protocol.V6_15, MemoryType.FS_DAX, new Geometry(9)).parked());
        assertEquals(
                new HeadState(1, 0, 0),
                HeadRules.of(Protocol.V6_15, MemoryType.GENERIC, new Geometry(9))
                        .parked());
    }

    @Test
    @DisplayName("B23: one pin of an order-0 page weighs 1024")
    void shouldCountAPinOfABasePageByBias() {
        assertEquals(new HeadState(1025, 0, 0), granted(HeadState.AT_ONE, GrabKind.PIN, 1, ORDER_0_AT_1));
        assertEquals(new HeadState(1 + 3 * 1024, 0, 0), granted(HeadState.AT_ONE, GrabKind.PIN, 3, ORDER_0_AT_1));
        assertEquals(new HeadState(2, 0, 0), granted(HeadState.AT_ONE, GrabKind.GET, 1, ORDER_0_AT_1));
    }

    @Test
    @DisplayName("B23, section 3.6: a full pin of a compound 2M page adds 512 to both counts")
    void shouldCountPinsOfACompoundPageExactly() {
        HeadState pinned = granted(HeadState.AT_ONE, GrabKind.PIN, 512, ORDER_9_AT_1);
        assertEquals(new HeadState(513, 512, 0), pinned);
        HeadState left = pinned;
        for (int i = 0; i < 512; i++) {
            left = left.put(GrabKind.PIN, 1, ORDER_9_AT_1);
        }
        assertEquals(HeadState.AT_ONE, left);
    }

    @Test
    @DisplayName("R13: the 2097152nd pin of an order-0 page at 1 would overflow")
    void shouldRefuseThePinThatWouldOverflowABasePage() {
        HeadState almost = granted(HeadState.AT_ONE, GrabKind.PIN, 2097151, ORDER_0_AT_1);
        assertEquals(2147482625, almost.refcount());
        assertEquals(Refusal.OVERFLOW, almost.refuses(GrabKind.PIN, 1, ORDER_0_AT_1));
        assertEquals(Refusal.OVERFLOW, HeadState.AT_ONE.refuses(GrabKind.PIN, 2097152, ORDER_0_AT_1));
        assertEquals(new HeadState(2147482625, 0, 0), almost);
        assertNull(almost.refuses(GrabKind.GET, 1022, ORDER_0_AT_1));
        assertEquals(Refusal.OVERFLOW, almost.refuses(GrabKind.GET, 1023, ORDER_0_AT_1));
    }

    @Test
    @DisplayName("R13: a compound page may be grabbed up to 2^31-1 and no further")
    void shouldFillTheCountToTheLastReference() {
        HeadState full = granted(HeadState.AT_ONE, GrabKind.PIN, Integer.MAX_VALUE - 1, ORDER_9_AT_1);
        assertEquals(new HeadState(Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 0), full);
        for (GrabKind kind : GrabKind.values()) {
            Refusal expected = kind == GrabKind.REQUEST ? Refusal.NOT_FREE : Refusal.OVERFLOW;
            assertEquals(expected, full.refuses(kind, 1, ORDER_9_AT_1));
        }
        assertThrows(ArithmeticException.class, () -> full.grab(GrabKind.GET, 1, ORDER_9_AT_1));
    }

    @ParameterizedTest
    @EnumSource(names = {"GET", "PIN"})
    @DisplayName("I4, R25: a count of zero is not brought back by a walk")
    void shouldRefuseToGrabAFreePage(GrabKind kind) {
        assertEquals(Refusal.FREE, HeadState.AT_ZERO.refuses(kind, 1, ORDER_0_AT_0));
        assertEquals(Refusal.FREE, HeadState.AT_ZERO.refuses(kind, 512, ORDER_9_AT_0));
    }

    @Test
    @DisplayName("section 2.1: from v6.15 on a mapping brings a parked DAX page into use")
    void shouldLetAMappingBringAParkedPageIntoUse() {
        HeadState mapped = granted(HeadState.AT_ZERO, GrabKind.MAP, 512, ORDER_9_AT_0);
        assertEquals(new HeadState(512, 0, 512, true), mapped);
        assertNull(mapped.refuses(GrabKind.PIN, 1, ORDER_9_AT_0));
        assertEquals(HeadState.AT_ZERO, putDown(mapped, GrabKind.MAP, 512, ORDER_9_AT_0));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("I7: more than was taken cannot be put, and the attempt changes nothing")
    void shouldRefuseToPutMoreThanIsHeld(GrabKind kind) {
        HeadState state = new HeadState(1 + 4 * 1024, 0, 1);
        assertThrows(UnbalancedPutException.class, () -> state.put(kind, 4098, ORDER_0_AT_1));
        assertEquals(new HeadState(1 + 4 * 1024, 0, 1), state);
        assertThrows(UnbalancedPutException.class, () -> HeadState.AT_ZERO.put(kind, 1, ORDER_9_AT_0));
    }

    @Test
    @DisplayName("R30: a compound page notices an unpin of a get, for its pincount is exact")
    void shouldRefuseToUnpinAGetOfACompoundPage() {
        HeadState got = granted(HeadState.AT_ONE, GrabKind.GET, 8, ORDER_9_AT_1);
        Exception refused = assertThrows(UnbalancedPutException.class, () -> got.put(GrabKind.PIN, 8, ORDER_9_AT_1));
        assertEquals("put exceeds count: kind=PIN puts=8 refcount=9 pincount=0 mapcount=0", refused.getMessage());
    }

    @Test
    @DisplayName("B11: teardown takes the base reference once")
    void shouldPutTheBaseReferenceOnce() {
        assertEquals(HeadState.AT_ZERO, HeadState.AT_ONE.putBase());
        assertEquals(new HeadState(1024, 0, 0), new HeadState(1025, 0, 0).putBase());
        assertThrows(UnbalancedPutException.class, HeadState.AT_ZERO::putBase);
    }

    @Test
    @DisplayName("B1, B4: the idle count is announced, where the type has such a notice")
    void shouldAnnounceOnlyTheIdleCount() {
        assertTrue(new HeadState(1, 0, 0).announces(ORDER_9_AT_1));
        assertFalse(new HeadState(2, 0, 0).announces(ORDER_9_AT_1));
        assertFalse(new HeadState(0, 0, 0).announces(ORDER_9_AT_1));
        assertTrue(new HeadState(0, 0, 0).announces(ORDER_9_AT_0));
        assertFalse(new HeadState(1, 0, 0).announces(ORDER_9_AT_0));
        assertFalse(new HeadState(1, 0, 0).announces(new HeadRules(9, 1, false, false)));
    }

    @Test
    @DisplayName("B30, section 3.6: at 1, 1023 gets make a base page look pinned, 1022 do not")
    void shouldTakeManyGetsForAPinAtOne() {
        assertFalse(HeadState.AT_ONE.grab(GrabKind.GET, 1022, ORDER_0_AT_1).maybeDmaPinned(ORDER_0_AT_1));
        assertTrue(HeadState.AT_ONE.grab(GrabKind.GET, 1023, ORDER_0_AT_1).maybeDmaPinned(ORDER_0_AT_1));
    }

    @Test
    @DisplayName("B30, section 3.6: at 0 it takes 1024 references")
    void shouldTakeManyReferencesForAPinAtZero() {
        HeadState mapped = HeadState.AT_ZERO.grab(GrabKind.MAP, 1, ORDER_0_AT_0);
        assertFalse(mapped.grab(GrabKind.GET, 1022, ORDER_0_AT_0).maybeDmaPinned(ORDER_0_AT_0));
        assertTrue(mapped.grab(GrabKind.GET, 1023, ORDER_0_AT_0).maybeDmaPinned(ORDER_0_AT_0));
    }

    @Test
    @DisplayName("B30, B53: compound pages tell exactly, however many gets there are")
    void shouldNeverTakeGetsOfACompoundPageForAPin() {
        HeadState busy = HeadState.AT_ONE.grab(GrabKind.GET, 100000, ORDER_9_AT_1);
        assertFalse(busy.maybeDmaPinned(ORDER_9_AT_1));
        assertTrue(busy.grab(GrabKind.PIN, 1, ORDER_9_AT_1).maybeDmaPinned(ORDER_9_AT_1));
    }

    @Test
    void shouldRefuseCountsThatNoHistoryReaches() {
        assertThrows(IllegalStateException.class, () -> new HeadState(-1, 0, 0));
        assertThrows(IllegalStateException.class, () -> new HeadState(0, -1, 0));
        assertThrows(IllegalStateException.class, () -> new HeadState(0, 0, -1));
    }

    private record Grab(GrabKind kind, int refs) {}

    @Property
    void shouldReturnToItsBaseWhenEverythingGrantedIsGivenBackInAnyOrder(
            @ForAll("rules") HeadRules rules, @ForAll("grabs") List<Grab> grabs, @ForAll Random random) {
        HeadState state = rules.parked();
        List<Grab> held = new ArrayList<>();
        int pins = 0;
        for (Grab grab : grabs) {
            if (state.refuses(grab.kind(), grab.refs(), rules) == null) {
                state = state.grab(grab.kind(), grab.refs(), rules);
                held.add(grab);
                pins += grab.kind() == GrabKind.PIN ? grab.refs() : 0;
            }
            assertTrue(pins == 0 || state.maybeDmaPinned(rules), "B30: no pin is ever missed");
        }
        Collections.shuffle(held, random);
        for (Grab grab : held) {
            state = putDown(state, grab.kind(), grab.refs(), rules);
        }
        assertEquals(rules.parked(), state);
    }

    /** A put and what it brings about. */
    private static HeadState putDown(HeadState state, GrabKind kind, int refs, HeadRules rules) {
        HeadState after = state.put(kind, refs, rules);
        return after.free(rules) ? after.freed(rules, false) : after;
    }

    @Test
    @DisplayName(
            "E2, R25: handed out at one, to zero when free, set back to one; a late get meets a page in use or none")
    void shouldHandOutAtOneAndSetBack() {
        HeadRules e2 = new HeadRules(9, 1, true, true, false, RequestCount.SET_ONE);
        HeadState out = granted(HeadState.AT_ONE, GrabKind.REQUEST, 1, e2);
        assertEquals(new HeadState(1, 0, 0, true), out);
        HeadState free = out.put(GrabKind.REQUEST, 1, e2);
        assertTrue(free.announces(e2));
        assertEquals(HeadState.AT_ONE, free.freed(e2, false));
        assertEquals(HeadState.AT_ZERO, free.freed(e2, true));
        HeadState taken = granted(HeadState.AT_ONE, GrabKind.GET, 1, e2);
        assertEquals(new HeadState(2, 0, 0), taken);
        assertEquals(new HeadState(1, 0, 0, true), granted(taken, GrabKind.REQUEST, 1, e2), "the get is lost");
        assertFalse(taken.put(GrabKind.GET, 1, e2).announces(e2));
    }

    @Test
    @DisplayName("B37, B38: from zero to one, only a free page, and in E1 one more than idle")
    void shouldHandOutFreePagesOnly() {
        HeadState out = granted(HeadState.AT_ZERO, GrabKind.REQUEST, 1, ORDER_9_AT_0);
        assertEquals(new HeadState(1, 0, 0, true), out);
        assertEquals(Refusal.NOT_FREE, out.refuses(GrabKind.REQUEST, 1, ORDER_9_AT_0));
        assertEquals(HeadState.AT_ZERO, putDown(out, GrabKind.REQUEST, 1, ORDER_9_AT_0));
        HeadRules again = new HeadRules(9, 0, false, true, false, RequestCount.INC_RETURN);
        assertEquals(new HeadState(2, 0, 0, true), granted(out, GrabKind.REQUEST, 1, again));
        HeadRules e1 = new HeadRules(9, 1, false, true, false, RequestCount.INC_RETURN);
        HeadState used = granted(HeadState.AT_ONE, GrabKind.REQUEST, 1, e1);
        assertEquals(new HeadState(2, 0, 0, true), used);
        assertTrue(used.put(GrabKind.REQUEST, 1, e1).announces(e1));
        assertEquals(HeadState.AT_ONE, putDown(used, GrabKind.REQUEST, 1, e1));
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_PINNED, 512, 0, 0, true", "NOT_PINNED, 513, 1, 0, false", "COUNT_EQ_1, 1, 0, 0, true",
        "COUNT_EQ_1, 2, 0, 0, false", "COUNT_EQ_0, 0, 0, 0, true", "COUNT_EQ_0, 1, 0, 1, false",
        "COUNT_MINUS_MAPCOUNT, 7, 0, 7, true", "COUNT_MINUS_MAPCOUNT, 8, 0, 7, false",
    })
    @DisplayName("D8, B32: when a page of a file is idle")
    void shouldBeIdleByTheRuleAsked(LayoutIdle rule, int count, int pins, int maps, boolean idle) {
        assertEquals(idle, new HeadState(count, pins, maps).idle(rule, ORDER_9_AT_1));
    }

    @Provide
    Arbitrary<HeadRules> rules() {
        return Arbitraries.of(ORDER_0_AT_0, ORDER_0_AT_1, ORDER_9_AT_0, ORDER_9_AT_1);
    }

    @Provide
    Arbitrary<List<Grab>> grabs() {
        Arbitrary<Integer> refs = Arbitraries.frequencyOf(
                Tuple.of(9, Arbitraries.integers().between(1, 600)),
                Tuple.of(1, Arbitraries.integers().between(1, Integer.MAX_VALUE)));
        return Combinators.combine(Arbitraries.of(GrabKind.class), refs)
                .as(Grab::new)
                .list()
                .ofMaxSize(40);
    }
}
