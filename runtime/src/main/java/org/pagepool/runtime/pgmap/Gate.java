package org.pagepool.runtime.pgmap;

/**
 * A section's share of its pgmap's reference, the part of a {@code percpu_ref} that one CPU would keep. While the gate is
 * open nobody sums the shares; after a kill each section says what its share is, and again when it reaches zero.
 * Immutable.
 *
 * @param state whether live references are still given
 * @param share references given and not returned
 */
public record Gate(State state, long share) {
    /** Whether live references are given. */
    public enum State {
        /** Live references are given. */
        OPEN,
        /** Asked to close if idle: newcomers wait for the outcome, nobody is refused yet. */
        FROZEN,
        /** Killed: live references are refused for good (B7). */
        CLOSED
    }

    /** Refuses a share below zero (I5). */
    public Gate {
        if (share < 0) {
            throw new IllegalStateException("pgmap reference below zero: share=" + share);
        }
    }

    /** An open gate that already holds {@code share} references. */
    public static Gate open(long share) {
        return new Gate(State.OPEN, share);
    }

    /** Whether {@code tryget_live} would succeed now. */
    public boolean live() {
        return state != State.CLOSED;
    }

    /** Takes {@code n} references; the caller has asked {@link #live} or already holds one itself. */
    public Gate get(long n) {
        return n == 0 ? this : new Gate(state, Math.addExact(share, n));
    }

    /** Gives {@code n} references back. */
    public Gate put(long n) {
        return n == 0 ? this : new Gate(state, share - n);
    }

    /** Closed for good. */
    public Gate kill() {
        return new Gate(State.CLOSED, share);
    }

    /** Newcomers wait. Only an open gate freezes. */
    public Gate freeze() {
        return state == State.OPEN ? new Gate(State.FROZEN, share) : this;
    }

    /** Open again after a freeze; a closed gate stays closed. */
    public Gate thaw() {
        return state == State.FROZEN ? new Gate(State.OPEN, share) : this;
    }

    /** True when the gate is closed and every reference has come back. */
    public boolean drained() {
        return state == State.CLOSED && share == 0;
    }
}
