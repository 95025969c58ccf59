package org.pagepool.runtime.head;

import org.jspecify.annotations.Nullable;

/**
 * The counts of one compound head, immutable. {@link #grab} is the one place in the project where a count goes up and
 * {@link #put} (with its two special cases for the base reference) the one place where it comes down; the head actor,
 * a section that hosts its heads itself, recovery and replay all come here.
 *
 * <p>A grab answers like the kernel's try_grab: it adds unless the count is zero or would overflow, checked before the
 * addition, so that a refused command leaves the state as it was. Tails have no state of their own (I9).
 *
 * @param refcount references of every kind, weighted by {@link GrabKind#refcountWeight}; includes the base
 * @param pincount exact number of pins on a compound head, always 0 on an order-0 head
 * @param mapcount page-table mappings that hold a reference
 */
public record HeadState(int refcount, int pincount, int mapcount) {
    /** Parked where the idle count is 0. */
    public static final HeadState AT_ZERO = new HeadState(0, 0, 0);

    /** Parked where the idle count is 1. */
    public static final HeadState AT_ONE = new HeadState(1, 0, 0);

    /** Refuses counts no history can reach. */
    public HeadState {
        if (refcount < 0 || pincount < 0 || mapcount < 0) {
            throw new IllegalStateException(
                    "negative count: refcount=" + refcount + " pincount=" + pincount + " mapcount=" + mapcount);
        }
    }

    /**
     * Whether a grab would be granted: null, or why not. A mapping may bring a parked page at count 0 into use, which is
     * how 0-based DAX pages are handed out; gets and pins never may (I4, R25).
     */
    public @Nullable Refusal refuses(GrabKind kind, int refs, HeadRules rules) {
        if (refcount == 0 && kind != GrabKind.MAP) {
            return Refusal.FREE;
        }
        if (refcount + kind.refcountWeight(refs, rules.order()) > Integer.MAX_VALUE) {
            return Refusal.OVERFLOW;
        }
        return null;
    }

    /** Counts up. Call only after {@link #refuses} said null. */
    public HeadState grab(GrabKind kind, int refs, HeadRules rules) {
        return new HeadState(
                Math.toIntExact(refcount + kind.refcountWeight(refs, rules.order())),
                pincount + kind.pincountWeight(refs, rules.order()),
                mapcount + kind.mapcountWeight(refs));
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
        return new HeadState((int) left, pins, maps);
    }

    /** Teardown takes the reference the page has had since it was mapped (B11). Only where the base is 1. */
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
        return rules.noticed() && refcount == rules.freeCount();
    }

    /**
     * May DMA be going on (B30, B53)? Exact on compound heads; on order-0 heads true from a count of 1024 on, which many
     * gets can reach without a pin, while no pin is ever missed.
     */
    public boolean maybeDmaPinned(HeadRules rules) {
        return rules.order() > 0 ? pincount > 0 : refcount >= GrabKind.PIN_COUNTING_BIAS;
    }
}
