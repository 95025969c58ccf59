package org.pagepool.runtime.dax;

import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What a protocol says of the entries of a file, in one place.
 *
 * @param holdsRef whether an entry holds a reference on each of its heads from insertion to removal (B31, seed 002)
 * @param dropsRefWhenZapped whether it gives that reference back when truncation unmaps it, and keeps its place without
 *     (D10)
 * @param mapHoldsRef whether page-table entries hold references
 * @param idle when truncation may take a page away (D8)
 * @param atDeletion what the count of a page must be when its entry is taken out: one reference, its own or the entry's,
 *     which goes with it, or none (B35)
 */
public record EntryRules(
        boolean holdsRef, boolean dropsRefWhenZapped, boolean mapHoldsRef, LayoutIdle idle, LayoutIdle atDeletion) {
    /** The rules of {@code protocol}. */
    public static EntryRules of(Protocol protocol) {
        boolean one = protocol.base(MemoryType.FS_DAX) == 1 || (protocol.entriesHoldRefs() && !protocol.zapFlag());
        return new EntryRules(
                protocol.entriesHoldRefs(),
                protocol.zapFlag(),
                protocol.mapHoldsRefs(MemoryType.FS_DAX),
                protocol.idleRule(),
                one ? LayoutIdle.COUNT_EQ_1 : LayoutIdle.COUNT_EQ_0);
    }

    /** How many references a page has that is in its file and nothing else. */
    public int restingCount() {
        return atDeletion == LayoutIdle.COUNT_EQ_1 ? 1 : 0;
    }
}
