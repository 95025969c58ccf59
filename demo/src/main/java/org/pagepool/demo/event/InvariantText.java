package org.pagepool.demo.event;

import org.pagepool.runtime.audit.Invariant;

/** Invariants in a few words. */
public final class InvariantText {
    private InvariantText() {}

    /** {@code pins are counted exactly}. */
    public static String inShort(Invariant rule) {
        return switch (rule) {
            case I1 -> "each head counts what its holders hold";
            case I2 -> "pins are counted exactly";
            case I3 -> "free notices: none early, none forgotten";
            case I4 -> "no grant on a free page, a drained pgmap, near overflow";
            case I5 -> "the pgmap counts what its pages and walks hold";
            case I6 -> "cleanup once, after drained, with nothing held";
            case I7 -> "each reference is given back exactly once";
            case I8 -> "each waiter is told once, none early";
            case I9 -> "only heads carry counts";
            case I12 -> "teardown ends once the last reference is gone";
        };
    }
}
