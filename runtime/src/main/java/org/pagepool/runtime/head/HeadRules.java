package org.pagepool.runtime.head;

import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.RequestCount;

/**
 * What all heads of one pgmap have in common.
 *
 * @param order log2 of the base pages of each head
 * @param base the count of a head nobody uses, 0 or 1 (D1)
 * @param resets true where the last put takes a page to zero and it is then set back to {@code base} (E2)
 * @param noticed true when reaching the idle count is announced: to the driver, to waiters (B1, B4, D6)
 * @param requestNeedsFree whether only a free page can be handed out (D11)
 * @param requestCount how hand-out counts (D11)
 */
public record HeadRules(
        int order, int base, boolean resets, boolean noticed, boolean requestNeedsFree, RequestCount requestCount) {
    /** The rules of pages that are handed out only when free. */
    public HeadRules(int order, int base, boolean resets, boolean noticed) {
        this(order, base, resets, noticed, true, RequestCount.INC_RETURN);
    }

    /** The rules for one memory type and geometry under {@code protocol}. */
    public static HeadRules of(Protocol protocol, MemoryType type, Geometry geometry) {
        return new HeadRules(
                geometry.order(),
                protocol.base(type),
                protocol.resets(type),
                protocol.noticesFree(type),
                protocol.requestNeedsFree(),
                protocol.requestCount());
    }

    /** The count at which a page nobody holds is announced: zero where pages go to zero, else the base. */
    public int freeCount() {
        return resets ? 0 : base;
    }

    /** The state of a head when its device is mapped. */
    public HeadState parked() {
        return base == 0 ? HeadState.AT_ZERO : HeadState.AT_ONE;
    }
}
