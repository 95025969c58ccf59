package org.pagepool.runtime.protocol;

/** Which page metadata of compound pages is shared (dispute D12, B45, B47). */
public enum VmemmapDedup {
    /** None: every metadata page is allocated. */
    NONE,
    /** The metadata pages of tails: all entries but the first two map one block. */
    PTE,
    /** Those, and the table pages that map nothing but tails. Never merged. */
    PTE_PMD
}
