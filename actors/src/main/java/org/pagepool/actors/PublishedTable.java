package org.pagepool.actors;

import org.pagepool.runtime.gup.PageTable;

/**
 * The page table of one address space as walkers in the same process see it: the space is the only one that changes it, and a walk
 * on the fast path reads it without asking, as a CPU does (B17). What is read may be gone a moment later; that is what the recheck
 * is for (R5, R8, B52). Walkers elsewhere ask the space.
 */
final class PublishedTable {
    private volatile PageTable table;

    PublishedTable(PageTable table) {
        this.table = table;
    }

    /** The table now. Any thread. */
    PageTable now() {
        return table;
    }

    /** The space has changed it. Only the space. */
    void publish(PageTable next) {
        table = next;
    }
}
