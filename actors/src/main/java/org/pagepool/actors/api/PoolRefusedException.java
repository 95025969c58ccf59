package org.pagepool.actors.api;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.pgmap.MapRefusal;

/**
 * The pool refused a call that no race can excuse: a range outside the device, a reference that was given back before, a
 * pin of somebody else. One line that says what was given and what would be right. Nothing has changed; but for {@link
 * Refusal#TIMEOUT}, when no answer came in time, and nobody knows.
 */
public final class PoolRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable Refusal refusal;
    private final @Nullable MapRefusal mapRefusal;

    /** With the type of refusal, where the protocol has one. */
    public PoolRefusedException(String message, @Nullable Refusal refusal) {
        this(message, refusal, null);
    }

    PoolRefusedException(String message, @Nullable Refusal refusal, @Nullable MapRefusal mapRefusal) {
        super(message);
        this.refusal = refusal;
        this.mapRefusal = mapRefusal;
    }

    /** Why, or null where only the message says. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /** Why a device was not mapped (B9), or null if it was something else that was refused. */
    public @Nullable MapRefusal mapRefusal() {
        return mapRefusal;
    }
}
