package org.pagepool.runtime.event;

/** Why references were given back. */
public enum ReleaseCause {
    /** The holder put or unpinned them. */
    PUT,
    /** A walk gave back what it had grabbed, because a later head refused or an entry had changed (B24, B17). */
    UNWIND,
    /** Page-table entries went away (zap, unmap). */
    UNMAP,
    /** The holder died. */
    RECLAIM,
    /** Teardown took them away from a living holder. */
    REVOKE
}
