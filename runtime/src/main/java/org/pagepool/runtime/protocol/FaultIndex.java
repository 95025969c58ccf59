package org.pagepool.runtime.protocol;

/** Where in its file a compound is said to begin when a fault ties it (B41, R19). */
public enum FaultIndex {
    /** At or before the faulting address. */
    ALIGN_DOWN,
    /** At the next boundary: wrong for an address inside the compound. Merged, and mended in v6.12. */
    ALIGN_UP
}
