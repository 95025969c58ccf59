package org.pagepool.demo.scenario;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * What a mapping covers: where its pages are in the device, and where in the address space. An entry needs both aligned
 * to what it maps, as the kernel's do.
 *
 * @param basePage unit of the numbers
 * @param device what is mapped
 * @param offset first page of the device, counted across its ranges
 * @param pages how many
 * @param vpn first virtual page
 */
record Extent(BasePage basePage, PgmapSpec device, long offset, long pages, long vpn) {
    /** The largest entry that can map it. */
    Level largest() {
        Level largest = Level.PTE;
        for (Level level : Level.values()) {
            largest = obstacle(level) == null ? level : largest;
        }
        return largest;
    }

    /** The largest entry that can map it and is no larger than a head, as a device-dax fault would use (B42). */
    Level usual() {
        Level usual = Level.PTE;
        for (Level level : Level.values()) {
            boolean within = level.pages(basePage) <= device.geometry().pages();
            usual = within && obstacle(level) == null ? level : usual;
        }
        return usual;
    }

    /** Why entries of that level cannot map it, as a clause; null if they can. */
    @Nullable
    String obstacle(Level level) {
        long unit = level.pages(basePage);
        if (vpn % unit != 0) {
            return "it begins at address 0x" + Long.toHexString(vpn << basePage.shift());
        }
        if (pages % unit != 0) {
            return "its size is " + Sizes.exact(pages << basePage.shift());
        }
        long behind = 0;
        for (PfnRange range : device.ranges()) {
            long from = Math.max(offset - behind, 0);
            long to = Math.min(offset + pages - behind, range.pages());
            if (from < to && ((range.first() + from) % unit != 0 || (to - from) % unit != 0)) {
                return "it covers pfns " + new PfnRange(range.first() + from, to - from) + " of " + device.id();
            }
            behind += range.pages();
        }
        return null;
    }
}
