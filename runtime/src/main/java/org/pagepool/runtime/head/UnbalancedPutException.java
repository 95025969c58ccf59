package org.pagepool.runtime.head;

/**
 * A put that takes more than the head has: a broken caller, not a race. The head is unchanged. Sections check puts
 * against what they granted, so this surfaces only when that bookkeeping itself is wrong.
 */
public final class UnbalancedPutException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** Says which counts refused which put. */
    public UnbalancedPutException(HeadState state, GrabKind kind, int refs) {
        super("put exceeds count: kind=" + kind + " puts=" + refs + " refcount=" + state.refcount() + " pincount="
                + state.pincount() + " mapcount=" + state.mapcount());
    }
}
