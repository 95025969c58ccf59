package org.pagepool.runtime.vmemmap;

/**
 * Where a head keeps what does not fit into its own record, and so when it can be written: once the tails that hold it have
 * been initialised, for that clears them (B14).
 */
public enum HeadRecord {
    /** Order and mapcount in the first tail, pincount in the second; written after the second (seed 004). */
    IN_TWO_TAILS(2),
    /** All of it in the first tail, and written after it; newer kernels. */
    IN_FIRST_TAIL(1);

    private final int pincountIn;

    HeadRecord(int pincountIn) {
        this.pincountIn = pincountIn;
    }

    /** The tail after which the head's record is written: the last one it needs. A compound without it never gets one. */
    public int lastTail() {
        return pincountIn;
    }
}
