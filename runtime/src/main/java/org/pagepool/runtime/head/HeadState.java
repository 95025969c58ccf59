package org.pagepool.runtime.head;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.RequestCount;

/**
 * The counts of one compound head, immutable. {@link #grab} is the one place in the project where a count goes up and
 * {@link #put} (with its two special cases for the base reference) the one place where it comes down; the head actor,
 * a section that hosts its heads itself, recovery and replay all come here.
 *
 * <p>A grab answers like the kernel's try_grab: it adds unless the count is zero or would overflow, checked before the
 * addition, so that a refused command leaves the state as it was. Tails have no state of their own (I9).
 *
 * @param refcount references of every kind, weighted by {@link GrabKind#refcountWeight}; includes the base, unless that was
 *     handed out itself (E2)
 * @param pincount exact number of pins on a compound head, always 0 on an order-0 head
 * @param mapcount page-table mappings that hold a reference
 * @param active true from hand-out until the page is free again: a request, or a mapping that brought it into use
 */
public record HeadState(int refcount, int pincount, int mapcount, boolean active) {
    /** Parked where the idle count is 0. */
    public static final HeadState AT_ZERO = new HeadState(0, 0, 0, false);

    /** Parked where the idle count is 1. */
    public static final HeadState AT_ONE = new HeadState(1, 0, 0, false);

    /** Refuses counts no history can reach. */
    public HeadState {
        if (refcount < 0 || pincount < 0 || mapcount < 0) {
            throw new IllegalStateException(
                    "negative count: refcount=" + refcount + " pincount=" + pincount + " mapcount=" + mapcount);
        }
    }

    /** Counts of a page that is not handed out. */
    public HeadState(int refcount, int pincount, int mapcount) {
        this(refcount, pincount, mapcount, false);
    }

    /**
     * Whether a grab would be granted: null, or why not. A mapping may bring a parked page at count 0 into use, which is
     * how 0-based DAX pages are handed out, and a request is there to do so; gets and pins never may (I4, R25).
     */
    public @Nullable Refusal refuses(GrabKind kind, int refs, HeadRules rules) {
        if (kind == GrabKind.REQUEST) {
            if (rules.requestNeedsFree() && (active || refcount != rules.base())) {
                return Refusal.NOT_FREE;
            }
        } else if (refcount == 0 && kind != GrabKind.MAP) {
            return Refusal.FREE;
        }
        if (refcount + kind.refcountWeight(refs, rules.order()) > Integer.MAX_VALUE) {
            return Refusal.OVERFLOW;
        }
        return null;
    }

    /** Counts up. Call only after {@link #refuses} said null. */
    public HeadState grab(GrabKind kind, int refs, HeadRules rules) {
        if (kind == GrabKind.REQUEST) {
            return new HeadState(requested(refs, rules), pincount, mapcount, true);
        }
        return new HeadState(
                Math.toIntExact(refcount + kind.refcountWeight(refs, rules.order())),
                pincount + kind.pincountWeight(refs, rules.order()),
                mapcount + kind.mapcountWeight(refs),
                active || refcount == 0);
    }

    /**
     * The count after hand-out (B37, B38): one more, except that a page that is parked at the one it is handed out with keeps
     * it (E2), and that some eras set the count and do not look at it.
     */
    private int requested(int refs, HeadRules rules) {
        if (rules.requestCount() == RequestCount.SET_ONE && rules.freeCount() == 0) {
            return refs;
        }
        return rules.resets() && !active ? refcount : refcount + refs;
    }

    /**
     * Counts down.
     *
     * @throws UnbalancedPutException if less is held; the state is unchanged
     */
    public HeadState put(GrabKind kind, int refs, HeadRules rules) {
        long left = refcount - kind.refcountWeight(refs, rules.order());
        int pins = pincount - kind.pincountWeight(refs, rules.order());
        int maps = mapcount - kind.mapcountWeight(refs);
        if (pins < 0 || maps < 0 || left < (long) pins + maps) {
            throw new UnbalancedPutException(this, kind, refs);
        }
        return new HeadState((int) left, pins, maps, active);
    }

    /**
     * What becomes of a page that a put has just brought to its {@link HeadRules#freeCount free count}: it is no longer handed
     * out, and where pages are set back it counts its base again (E2), unless teardown has put that.
     */
    public HeadState freed(HeadRules rules, boolean basePut) {
        return new HeadState(rules.resets() && !basePut ? rules.base() : refcount, pincount, mapcount, false);
    }

    /** True when the page is at the count at which pages of its type are free. */
    public boolean free(HeadRules rules) {
        return refcount == rules.freeCount();
    }

    /**
     * Whether truncation may take the page away from its file (D8, B32). A count below what the rule wants is as good: the base
     * may have been put by teardown.
     */
    public boolean idle(LayoutIdle rule, HeadRules rules) {
        return switch (rule) {
            case NOT_PINNED -> !maybeDmaPinned(rules);
            case COUNT_EQ_1 -> refcount <= 1;
            case COUNT_EQ_0 -> refcount == 0;
            case COUNT_MINUS_MAPCOUNT -> refcount <= mapcount;
        };
    }

    /**
     * Teardown takes the reference the page has had since it was mapped (B11). Only where the base is 1 and was not handed out
     * itself.
     */
    public HeadState putBase() {
        return put(GrabKind.GET, 1, NO_WEIGHT);
    }

    private static final HeadRules NO_WEIGHT = new HeadRules(0, 0, false, false);

    /**
     * True when a put that led here is a notice of "free" or "idle": the count is back at its base (2 to 1 where the base
     * is 1, 1 to 0 where it is 0) and the memory type has such a notice. At count 1 this is said even if the base
     * reference is already gone and the 1 is a user's: the rule of the 1-based eras, and their race R32.
     */
    public boolean announces(HeadRules rules) {
        return rules.noticed() && free(rules);
    }

    /**
     * May DMA be going on (B30, B53)? Exact on compound heads; on order-0 heads true from a count of 1024 on, which many
     * gets can reach without a pin, while no pin is ever missed.
     */
    public boolean maybeDmaPinned(HeadRules rules) {
        return rules.order() > 0 ? pincount > 0 : refcount >= GrabKind.PIN_COUNTING_BIAS;
    }
}
