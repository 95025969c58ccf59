package org.pagepool.runtime.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.runtime.audit.Mutations.audit;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.protocol.Protocol;

/** Blocks of files (I3): held by nobody when they are given back, given out once and given back once. */
class BlockAuditTest {
    private static TinyPool pool() {
        TinyPool pool = TinyPool.of(Protocol.V5_13, MemoryType.FS_DAX);
        pool.record(new Event.BlockAllocated(pool.spec.id(), "f1", List.of(blocks(pool))));
        return pool;
    }

    private static Run blocks(TinyPool pool) {
        return new Run(pool.head(0), 4, 1);
    }

    private static void giveBack(TinyPool pool) {
        pool.record(new Event.BlockFreed(pool.spec.id(), "f1", List.of(blocks(pool))));
    }

    @Test
    void aBlockThatNobodyHoldsMayBeGivenBack() {
        TinyPool pool = pool();
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 4, 1));
        pool.release("w1", 1);
        giveBack(pool);
        assertTrue(audit(pool.history).clean());
    }

    @Test
    @DisplayName("R14: one who keeps the page until later was robbed, and the event that did it is named")
    void aBlockThatSomebodyKeepsShouldBreakI3WhereItWasGivenBack() {
        TinyPool pool = pool();
        pool.grab("w1", 1, GrabKind.GET, pool.run(1, 1, 1));
        giveBack(pool);
        int freed = pool.history.size();
        assertTrue(audit(pool.history, false).clean(), "it may be a walk that has not looked again yet");
        pool.release("w1", 1);

        Verdict verdict = audit(pool.history);

        assertEquals(Set.of(Invariant.I3), verdict.broken());
        assertEquals(freed, verdict.violations().get(0).ordinal());
        assertTrue(verdict.violations().get(0).what().contains("holder=w1"));
    }

    @Test
    @DisplayName("R5: a walk that looks again and drops the page unseen did nothing wrong")
    void aWalkThatGivesBackUnseenShouldBeLetOff() {
        TinyPool pool = pool();
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 4, 1));
        giveBack(pool);
        pool.release("w1", 1, ReleaseCause.UNWIND, pool.run(0, 4, 1));
        assertTrue(audit(pool.history).clean());
    }

    @Test
    void oneWhoKeepsAPartShouldNotBeLetOff() {
        TinyPool pool = pool();
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 4, 1));
        giveBack(pool);
        pool.release("w1", 1, ReleaseCause.UNWIND, pool.run(2, 2, 1));
        pool.release("w1", 1);
        assertEquals(Set.of(Invariant.I3), audit(pool.history).broken());
    }

    @Test
    void aMappingShouldBeGoneByThen() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.FS_DAX);
        pool.record(new Event.BlockAllocated(pool.spec.id(), "f1", List.of(blocks(pool))));
        pool.grab("vm1", 1, GrabKind.MAP, pool.run(0, 1, 1));
        giveBack(pool);
        assertEquals(Set.of(Invariant.I3), audit(pool.history).broken());
    }

    @Test
    void aBlockShouldBeGivenOutAndBackInTurns() {
        TinyPool twice = pool();
        twice.record(new Event.BlockAllocated(twice.spec.id(), "f2", List.of(new Run(twice.head(3), 2, 1))));
        assertEquals(Set.of(Invariant.I3), audit(twice.history).broken());

        TinyPool back = pool();
        giveBack(back);
        giveBack(back);
        assertEquals(Set.of(Invariant.I3), audit(back.history).broken());
    }
}
