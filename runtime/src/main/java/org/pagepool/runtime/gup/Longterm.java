package org.pagepool.runtime.gup;

import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.LongtermPolicy;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What becomes of a long-term pin of a page (FOLL_LONGTERM, B29, D14): the one place where memory type, path and era decide
 * it.
 */
public enum Longterm {
    /** The page is pinned like any other. */
    PIN,
    /** The fast path may not decide it; it stops, and the slow path goes on from there. */
    ASK_SLOW,
    /** The fast path takes the page, looks at its entry again, finds that it belongs to a file that may be written to, and drops it; then as {@link #ASK_SLOW} (B21). */
    DROP_THEN_ASK_SLOW,
    /** Its data is moved to system memory first, and that is pinned; the device page goes back to its driver. */
    MIGRATE,
    /** Never. */
    REFUSE;

    /**
     * On the fast path.
     *
     * @param write whether the walk asks to write
     */
    public static Longterm fast(Protocol protocol, MemoryType type, boolean write) {
        if (!pinnable(protocol, type) || protocol.longterm() == LongtermPolicy.DENY_DEVMAP_FAST) {
            return ASK_SLOW;
        }
        return protocol.longterm() == LongtermPolicy.BY_TYPE_FILES_SLOW && write ? DROP_THEN_ASK_SLOW : PIN;
    }

    /** On the slow path, under the lock of the table. */
    public static Longterm slow(Protocol protocol, MemoryType type) {
        if (type == MemoryType.COHERENT) {
            return MIGRATE;
        }
        return pinnable(protocol, type) ? PIN : REFUSE;
    }

    /**
     * Whether the slow path refuses the whole area before anything is faulted in or looked at: files, as long as pages are not
     * asked themselves.
     */
    public static boolean refusesArea(Protocol protocol, MemoryType type) {
        return type == MemoryType.FS_DAX && protocol.longterm() == LongtermPolicy.DENY_DEVMAP_FAST;
    }

    /** Whether a page of that type may be pinned for long where it is. */
    public static boolean pinnable(Protocol protocol, MemoryType type) {
        return !protocol.refusesLongterm(type);
    }
}
