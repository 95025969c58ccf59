package org.pagepool.runtime.pgmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class GateTest {
    @Test
    @DisplayName("B7: tryget_live fails once killed")
    void shouldRefuseLiveReferencesAfterKill() {
        assertTrue(Gate.open(0).live());
        assertFalse(Gate.open(0).kill().live());
        assertFalse(Gate.open(3).kill().get(1).live());
    }

    @Test
    @DisplayName("B7: plain references work until zero, dying or not")
    void shouldCountOnAfterKill() {
        Gate dying = Gate.open(3).kill();
        assertEquals(5, dying.get(2).share());
        assertEquals(1, dying.put(2).share());
    }

    @Test
    void shouldBeDrainedOnlyWhenClosedAndAtZero() {
        assertFalse(Gate.open(0).drained());
        assertFalse(Gate.open(1).kill().drained());
        assertFalse(Gate.open(0).freeze().drained());
        assertTrue(Gate.open(1).kill().put(1).drained());
        assertTrue(Gate.open(0).kill().drained());
    }

    @Test
    @DisplayName("I5: the share never goes below zero")
    void shouldRefuseToPutMoreThanItsShare() {
        Gate gate = Gate.open(2);
        assertThrows(IllegalStateException.class, () -> gate.put(3));
        assertEquals(2, gate.share());
    }

    @Test
    void shouldRefuseToOverflow() {
        assertThrows(ArithmeticException.class, () -> Gate.open(Long.MAX_VALUE).get(1));
    }

    @Test
    void shouldFreezeOnlyWhileOpenAndThawOnlyWhileFrozen() {
        Gate open = Gate.open(2);
        assertEquals(new Gate(Gate.State.FROZEN, 2), open.freeze());
        assertTrue(open.freeze().live());
        assertEquals(open, open.freeze().thaw());
        assertSame(open, open.thaw());
        Gate closed = open.kill();
        assertSame(closed, closed.freeze());
        assertSame(closed, closed.thaw());
        assertEquals(closed, open.freeze().kill());
    }

    @Test
    void shouldStayTheSameWhenNothingIsTakenOrGiven() {
        Gate gate = Gate.open(2);
        assertSame(gate, gate.get(0));
        assertSame(gate, gate.put(0));
    }
}
