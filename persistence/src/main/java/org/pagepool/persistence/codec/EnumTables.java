package org.pagepool.persistence.codec;

import java.util.List;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.Gate;
import org.pagepool.runtime.pgmap.PgmapOp;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.record.PageFlag;

/** Every constant that is stored, and its number. Lines are added, never changed. */
final class EnumTables {
    static final EnumCodes<GrabKind> GRAB_KIND = EnumCodes.of(GrabKind.class)
            .is(1, GrabKind.GET)
            .is(2, GrabKind.PIN)
            .is(3, GrabKind.MAP)
            .is(4, GrabKind.REQUEST);

    static final EnumCodes<Refusal> REFUSAL = EnumCodes.of(Refusal.class)
            .is(1, Refusal.FREE)
            .is(2, Refusal.NOT_FREE)
            .is(3, Refusal.EMPTY)
            .is(4, Refusal.WRONG_ORDER)
            .is(5, Refusal.OVERFLOW)
            .is(6, Refusal.DYING)
            .is(7, Refusal.DEAD)
            .is(8, Refusal.NOT_MAPPED)
            .is(9, Refusal.CHANGED)
            .is(10, Refusal.LONGTERM)
            .is(11, Refusal.MIGRATED)
            .is(12, Refusal.PEER_TO_PEER)
            .is(13, Refusal.PERMISSION)
            .is(14, Refusal.ALREADY_RELEASED)
            .is(15, Refusal.REVOKED)
            .is(16, Refusal.UNKNOWN_PIN)
            .is(17, Refusal.FOREIGN)
            .is(18, Refusal.KIND_MISMATCH)
            .is(19, Refusal.UNBALANCED)
            .is(20, Refusal.STALE)
            .is(21, Refusal.LIMIT)
            .is(22, Refusal.OUT_OF_RANGE)
            .is(23, Refusal.INVALID)
            .is(24, Refusal.POISONED)
            .is(25, Refusal.TIMEOUT)
            .is(26, Refusal.BUSY)
            .is(27, Refusal.INTERRUPTED)
            .is(28, Refusal.NO_SPACE)
            .is(29, Refusal.CLOSED)
            .is(30, Refusal.JOURNAL);

    static final EnumCodes<ReleaseCause> RELEASE_CAUSE = EnumCodes.of(ReleaseCause.class)
            .is(1, ReleaseCause.PUT)
            .is(2, ReleaseCause.UNWIND)
            .is(3, ReleaseCause.UNMAP)
            .is(4, ReleaseCause.RECLAIM)
            .is(5, ReleaseCause.REVOKE);

    static final EnumCodes<CloseVerb> CLOSE_VERB = EnumCodes.of(CloseVerb.class)
            .is(1, CloseVerb.IF_IDLE)
            .is(2, CloseVerb.WHEN_IDLE)
            .is(3, CloseVerb.REVOKE);

    static final EnumCodes<FailureOutcome> FAILURE_OUTCOME = EnumCodes.of(FailureOutcome.class)
            .is(1, FailureOutcome.RECOVERED)
            .is(2, FailureOutcome.DRIVER_HANDLED)
            .is(3, FailureOutcome.DRIVER_FAILED)
            .is(4, FailureOutcome.NO_DEVICE)
            .is(5, FailureOutcome.ALTMAP)
            .is(6, FailureOutcome.DRIVER_MEMORY)
            .is(7, FailureOutcome.BUSY);

    static final EnumCodes<LayoutIdle> LAYOUT_IDLE = EnumCodes.of(LayoutIdle.class)
            .is(1, LayoutIdle.NOT_PINNED)
            .is(2, LayoutIdle.COUNT_EQ_1)
            .is(3, LayoutIdle.COUNT_EQ_0)
            .is(4, LayoutIdle.COUNT_MINUS_MAPCOUNT);

    static final EnumCodes<MemoryType> MEMORY_TYPE = EnumCodes.of(MemoryType.class)
            .is(1, MemoryType.PRIVATE)
            .is(2, MemoryType.COHERENT)
            .is(3, MemoryType.FS_DAX)
            .is(4, MemoryType.GENERIC)
            .is(5, MemoryType.PCI_P2PDMA);

    static final EnumCodes<BasePage> BASE_PAGE = EnumCodes.of(BasePage.class)
            .is(1, BasePage.KIB_4)
            .is(2, BasePage.KIB_16)
            .is(3, BasePage.KIB_64);

    static final EnumCodes<PgmapOp> PGMAP_OP = EnumCodes.of(PgmapOp.class)
            .is(1, PgmapOp.PAGE_FREE)
            .is(2, PgmapOp.KILL)
            .is(3, PgmapOp.CLEANUP)
            .is(4, PgmapOp.MIGRATE_TO_RAM)
            .is(5, PgmapOp.MEMORY_FAILURE);

    static final EnumCodes<PageFlag> PAGE_FLAG = EnumCodes.of(PageFlag.class)
            .is(1, PageFlag.ACTIVE)
            .is(2, PageFlag.WAITERS)
            .is(3, PageFlag.ANON_EXCLUSIVE)
            .is(4, PageFlag.DIRTY)
            .is(5, PageFlag.HWPOISON);

    static final EnumCodes<Gate.State> GATE_STATE = EnumCodes.of(Gate.State.class)
            .is(1, Gate.State.OPEN)
            .is(2, Gate.State.FROZEN)
            .is(3, Gate.State.CLOSED);

    static final List<EnumCodes<?>> ALL = List.of(
            GRAB_KIND,
            REFUSAL,
            RELEASE_CAUSE,
            CLOSE_VERB,
            FAILURE_OUTCOME,
            LAYOUT_IDLE,
            MEMORY_TYPE,
            BASE_PAGE,
            PGMAP_OP,
            PAGE_FLAG,
            GATE_STATE);

    private EnumTables() {}
}
