package org.pagepool.runtime.devdax;

import org.jspecify.annotations.Nullable;

/**
 * Which faults a device-dax area serves (B42). Its driver maps entries of one size, to which the device is aligned: a fault
 * for less is an error, a fault for more falls back to a smaller one. Sizes in base pages.
 */
public enum DaxFault {
    /** An entry of that size is put in. */
    INSTALL,
    /** Too large: try the next smaller entry. */
    FALLBACK,
    /** The task that touched the page gets a signal. */
    SIGBUS;

    /**
     * What a fault comes to.
     *
     * @param dead whether the device is dead
     * @param faultPages size of the entry asked for
     * @param alignPages size of the device's faults
     * @param inArea whether the whole entry lies in the area
     */
    public static DaxFault of(boolean dead, long faultPages, long alignPages, boolean inArea) {
        if (dead || faultPages < alignPages) {
            return SIGBUS;
        }
        if (faultPages > alignPages) {
            return FALLBACK;
        }
        return inArea ? INSTALL : SIGBUS;
    }

    /** Why a device cannot be mapped so, in one clause, or null: it must be shared, in whole faults (EINVAL at mmap). */
    public static @Nullable String refusesMapping(boolean shared, long vpn, long pages, long pfn, long alignPages) {
        if (!shared) {
            return "EINVAL: a device cannot be mapped privately, want a shared mapping";
        }
        return ((vpn | pages | pfn) & (alignPages - 1)) == 0
                ? null
                : "EINVAL: area is not aligned to the device: vpn=0x" + Long.toHexString(vpn) + " pages=" + pages
                        + " pfn=0x" + Long.toHexString(pfn) + " alignPages=" + alignPages;
    }

    /** Whether an area may be cut in two at that page: only where a fault ends. */
    public static boolean maySplit(long vpn, long alignPages) {
        return (vpn & (alignPages - 1)) == 0;
    }
}
