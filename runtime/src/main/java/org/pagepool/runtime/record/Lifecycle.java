package org.pagepool.runtime.record;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.FreeCleanup;
import org.pagepool.runtime.protocol.FreeNotice;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What happens to a page when it becomes free, by memory type and era: section 2.1 of the digest as functions.
 *
 * <pre>
 *   asked    {@link Protocol#managed}   does a put take the path of managed pages at all?      changes nothing (B2)
 *   decided  {@link #onPut}             what does the count it left mean?                      (B1)
 *   done     {@link #cleaned}           flags, charge and mapping of the record                (B3, B4, D7)
 *            {@link #callsDriver}       is the driver called back, before any reference goes?  (B4, D6)
 *            {@link #wakesWaiters}      are the waiters of the page woken?                     (B3, D6)
 * </pre>
 */
public final class Lifecycle {
    private static final Set<PageFlag> LEFT_BY_USERS = Set.of(PageFlag.ACTIVE, PageFlag.WAITERS);
    private static final Set<PageFlag> LEFT_BY_ANON =
            Set.of(PageFlag.ACTIVE, PageFlag.WAITERS, PageFlag.ANON_EXCLUSIVE);

    private Lifecycle() {}

    /** What a put means, by the count it leaves (B1). */
    public enum PutMeans {
        /** An ordinary page's put: the managed path is not taken. */
        PLAIN,
        /** Somebody still holds it. */
        NOTHING,
        /** It is free, or idle: it is cleaned, and whoever is to know is told. */
        FREE,
        /** Its last reference is gone with its device: the pgmap gets the page's reference back. */
        GONE
    }

    /**
     * What a put on a page of that type means that left {@code count} behind (B1).
     *
     * @param managedAlive whether the pool has any pgmap with managed pages: if it has none, nobody looks at the type and every
     *     put is a plain one (B2)
     */
    public static PutMeans onPut(Protocol protocol, MemoryType type, int count, boolean managedAlive) {
        if (protocol.managed(type)) {
            if (!managedAlive) {
                return PutMeans.PLAIN;
            }
            return count == 1 ? PutMeans.FREE : count == 0 ? PutMeans.GONE : PutMeans.NOTHING;
        }
        if (count > 0) {
            return protocol.base(type) == 1 && !protocol.resets(type) ? PutMeans.PLAIN : PutMeans.NOTHING;
        }
        return protocol.base(type) == 1 && !protocol.resets(type) ? PutMeans.GONE : PutMeans.FREE;
    }

    /** Whether pages of that type are handed out by a driver and go back to it. */
    public static boolean driverOwned(MemoryType type) {
        return type == MemoryType.PRIVATE || type == MemoryType.COHERENT || type == MemoryType.PCI_P2PDMA;
    }

    /** Whether the driver is called when such a page becomes free (D6); before its pgmap reference goes back (B4). */
    public static boolean callsDriver(Protocol protocol, MemoryType type) {
        return switch (protocol.onFree()) {
            case BY_TYPE -> driverOwned(type);
            case CALLBACK -> driverOwned(type) || type == MemoryType.FS_DAX;
            case WAKE -> false;
            case BOTH -> type != MemoryType.GENERIC;
        };
    }

    /**
     * Whether whoever waits for such a page is woken (D6). Waiting for a file's page always ends that way, be it from a callback
     * that does nothing else.
     */
    public static boolean wakesWaiters(Protocol protocol, MemoryType type) {
        return type == MemoryType.FS_DAX
                || protocol.onFree() == FreeNotice.WAKE
                || protocol.onFree() == FreeNotice.BOTH;
    }

    /**
     * The record of a page that has just become free.
     *
     * <p>On the 1-based path driver memory is scrubbed, and what is a file's is left alone (B3), unless every type is cleaned
     * alike, which takes a charge from file pages that never had one (D7). On the path to zero charge and marks of anonymous
     * memory go, and the mapping of all but file and device-dax pages, which keep it until they are untied (B4). Poison
     * stays.
     */
    public static PageRecord cleaned(Protocol protocol, MemoryType type, PageRecord record) {
        if (protocol.managed(type)) {
            if (type == MemoryType.FS_DAX) {
                return protocol.cleanup() == FreeCleanup.EVERY_TYPE
                        ? record.without(LEFT_BY_USERS).uncharged()
                        : record;
            }
            return record.without(LEFT_BY_ANON).uncharged().unmapped();
        }
        PageRecord clean = record.without(LEFT_BY_ANON).uncharged();
        return type == MemoryType.FS_DAX || type == MemoryType.GENERIC ? clean : clean.unmapped();
    }

    /** What is wrong with cleaning this record, or null: a charge is dropped that was never made (D7). */
    public static @Nullable String wronglyCleaned(Protocol protocol, MemoryType type, PageRecord record) {
        boolean touched =
                protocol.managed(type) && type == MemoryType.FS_DAX && protocol.cleanup() == FreeCleanup.EVERY_TYPE;
        return touched && record.charge() == null ? "a file's page was uncharged that was charged to nobody" : null;
    }
}
