package org.pagepool.runtime.head;

import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.PgmapRef;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What a reference is for. Decides what it weighs on the head's counts; the only place where those weights are written.
 */
public enum GrabKind {
    /** FOLL_GET: one reference per page. */
    GET,
    /** FOLL_PIN: the data will be touched. Counted exactly on compound heads, by a bias of 1024 on order-0 heads (B23). */
    PIN,
    /** A page-table mapping that holds a reference (v6.15 and later for DAX pages, section 2.1). */
    MAP,
    /** A page handed out by its owner: a driver, or a file for its entry (B37, B38). One reference per head. */
    REQUEST;

    /** What one pin of an order-0 page adds to the refcount instead of having a pincount. */
    public static final int PIN_COUNTING_BIAS = 1024;

    /** The change of the refcount for {@code refs} references on a head of that order; exact, never wraps. */
    public long refcountWeight(int refs, int order) {
        return this == PIN && order == 0 ? (long) refs * PIN_COUNTING_BIAS : refs;
    }

    /** The change of the exact pincount; zero on order-0 heads, which have none. */
    public int pincountWeight(int refs, int order) {
        return this == PIN && order > 0 ? refs : 0;
    }

    /**
     * Whether a grab of this kind holds a live pgmap reference while it is under way: a mapping always, a walk and a request
     * as the protocol says (D2, D11).
     */
    public boolean holdsPgmap(Protocol protocol, MemoryType type) {
        return switch (this) {
            case MAP -> true;
            case REQUEST -> protocol.requestHoldsPgmap(type);
            case GET, PIN -> protocol.pgmapRef() != PgmapRef.NONE;
        };
    }

    /** The change of the mapcount. */
    public int mapcountWeight(int refs) {
        return this == MAP ? refs : 0;
    }
}
