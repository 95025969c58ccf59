package org.pagepool.runtime.dax;

/**
 * The lock of a file that faults share and truncation takes alone (the kernel's invalidate lock). A truncation that waits
 * for it keeps newcomers out, or a stream of faults would starve it. Immutable.
 *
 * @param readers faults that have it
 * @param writer whether a truncation has it
 * @param wanted whether a truncation waits for it
 */
public record FaultLock(int readers, boolean writer, boolean wanted) {
    /** Nobody has it. */
    public static final FaultLock FREE = new FaultLock(0, false, false);

    /** Refuses what no history leads to. */
    public FaultLock {
        if (readers < 0 || (writer && (readers > 0 || wanted))) {
            throw new IllegalStateException(
                    "fault lock out of balance: readers=" + readers + " writer=" + writer + " wanted=" + wanted);
        }
    }

    /** Whether a fault gets it now. */
    public boolean admitsFault() {
        return !writer && !wanted;
    }

    /** A fault has it. */
    public FaultLock share() {
        if (!admitsFault()) {
            throw new IllegalStateException("fault let in past a truncation: " + this);
        }
        return new FaultLock(readers + 1, false, false);
    }

    /** A fault has let go. */
    public FaultLock unshare() {
        return new FaultLock(readers - 1, writer, wanted);
    }

    /** A truncation wants it; it has it at once if {@link #writer} is true after this. */
    public FaultLock want() {
        if (writer || wanted) {
            throw new IllegalStateException("two truncations at once: " + this);
        }
        return new FaultLock(readers, false, true).grant();
    }

    /** To be asked after every {@link #unshare}: with no fault left, the truncation that waits has it. */
    public FaultLock grant() {
        return wanted && readers == 0 ? new FaultLock(0, true, false) : this;
    }

    /** The truncation lets go, or wants it no more. */
    public FaultLock release() {
        return new FaultLock(readers, false, false);
    }
}
