package org.pagepool.runtime.vmemmap;

/** Where the metadata of a section comes from, by its place in its compound (B46, B47). */
public enum Reuse {
    /** From itself: a compound begins here, or several lie inside. */
    FRESH,
    /** All entries of the section map the block that the last entry of the section before maps: its tail block. */
    PAGE,
    /** The section has no table page of its own: its PMD entry leads to the one of the section before. */
    TABLE
}
