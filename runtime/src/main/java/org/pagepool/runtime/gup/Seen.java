package org.pagepool.runtime.gup;

import org.pagepool.runtime.page.BasePage;

/**
 * What a lookup saw: pages of one extent, as it was at that moment. May begin and end inside a huge entry, so it keeps
 * the extent as well; the recheck compares with that (B17, B52).
 *
 * @param extent the extent the pages were found in, whole
 * @param vpn first virtual page seen
 * @param pages base pages seen, at least one
 */
public record Seen(Mapping extent, long vpn, long pages) {
    /** Refuses pages that the extent does not map. */
    public Seen {
        if (pages <= 0 || !extent.covers(vpn) || pages > extent.endVpn() - vpn) {
            throw new IllegalArgumentException("pages outside the extent: vpn=0x" + Long.toHexString(vpn) + " pages="
                    + pages + " extent=" + extent);
        }
    }

    /** The pfn of the first page seen. */
    public long pfn() {
        return extent.pfnAt(vpn);
    }

    /** First virtual page behind those seen. */
    public long endVpn() {
        return vpn + pages;
    }

    /**
     * Where a walk that fails at page {@code at} of these is cut: the first page it has seen of the entry that maps
     * {@code at}. For a PTE that is {@code at} itself.
     */
    public long entryStart(long at, BasePage basePage) {
        return Math.max(vpn, at & -extent.level().pages(basePage));
    }
}
