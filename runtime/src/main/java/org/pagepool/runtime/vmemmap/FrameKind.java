package org.pagepool.runtime.vmemmap;

import java.util.Locale;

/** What a page frame of a memmap is used for, and what is counted on it (B48). */
public enum FrameKind {
    /** The metadata of a whole section in one piece, mapped by one PMD entry (B44). Counts PMD entries: one. */
    HUGE,
    /** A vmemmap page that nobody shares, mapped by one PTE (B44). */
    OWN,
    /** A compound's first vmemmap page: the head's record and the first tails'. Mapped by one PTE (B45). */
    HEAD,
    /** A compound's second vmemmap page, which stands for all that follow. Counts the PTEs that map it (B45, B46). */
    TAIL,
    /** A page of PTEs that has its place in the address space to itself. Counts its entries, and goes with the last. */
    TABLE,
    /** The first table page of a compound whose table pages are shared (B47). Counts its entries. */
    HEAD_TABLE,
    /** The table page whose entries all map the tail block (B47). Counts the PMD entries that lead to it. */
    TAIL_TABLE;

    /** Whether it holds entries rather than records. */
    public boolean table() {
        return this == TABLE || this == HEAD_TABLE || this == TAIL_TABLE;
    }

    /** Whether a PMD entry leads to it, so that its count goes by what a PMD entry reaches. */
    boolean countsPmdEntries() {
        return this == HUGE || this == TAIL_TABLE;
    }

    /** Whether more than one entry may lead to it. */
    public boolean shared() {
        return this == TAIL || this == TAIL_TABLE;
    }

    /** For reports: {@code tail-table}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
