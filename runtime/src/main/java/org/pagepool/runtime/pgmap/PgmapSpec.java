package org.pagepool.runtime.pgmap;

import java.util.List;
import java.util.Locale;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One device page map as it is given to the pool: everything about it that never changes.
 *
 * @param id its name, unique in a pool while it is mapped: {@code pmem0}
 * @param type memory type
 * @param ranges its pfns; at least one range, in ascending order, not overlapping, each starting and ending on a head
 * @param geometry base pages per head
 * @param basePage size of a base page
 * @param protocol the rules its pages follow
 */
public record PgmapSpec(
        String id, MemoryType type, List<PfnRange> ranges, Geometry geometry, BasePage basePage, Protocol protocol) {

    /** The most ranges a pgmap may have. */
    public static final int RANGES_MAX = 1024;

    /**
     * Checks what {@code memremap_pages} checks of a single pgmap (B9, R22), and that its rules make sense.
     *
     * @throws IllegalArgumentException naming the range and what would be right
     */
    public PgmapSpec {
        ranges = List.copyOf(ranges);
        protocol = protocol.checked();
        if (id.isBlank()) {
            throw new IllegalArgumentException("a pgmap needs a name");
        }
        if (ranges.isEmpty() || ranges.size() > RANGES_MAX) {
            throw new IllegalArgumentException(
                    "pgmap " + id + " needs 1 to " + RANGES_MAX + " ranges: ranges=" + ranges.size());
        }
        long before = 0;
        for (PfnRange range : ranges) {
            if (range.first() < before) {
                throw new IllegalArgumentException(
                        "pgmap " + id + " has ranges that overlap or are out of order: range=" + range);
            }
            if (!geometry.isHead(range.first()) || !geometry.isHead(range.pages())) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "pgmap %s has a range that is no multiple of its geometry: range=%s pages=%d geometry=%d",
                        id,
                        range,
                        range.pages(),
                        geometry.pages()));
            }
            before = range.end();
        }
        if (before >> basePage.sectionOrder() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("pgmap " + id + " has pfns beyond the last section: range="
                    + ranges.get(ranges.size() - 1) + ", want pfns below 0x"
                    + Long.toHexString(basePage.sectionFirstPfn(Integer.MAX_VALUE)));
        }
    }

    /** Base pages in all ranges. */
    public long pages() {
        long sum = 0;
        for (PfnRange range : ranges) {
            sum += range.pages();
        }
        return sum;
    }

    /** Heads in all ranges; what B8 counts as {@code pfn_len >> order}. */
    public long heads() {
        return pages() >> geometry.order();
    }

    /** What all its heads have in common. */
    public HeadRules headRules() {
        return HeadRules.of(protocol, type, geometry);
    }

    /** True when one of its ranges holds {@code pfn}. */
    public boolean owns(long pfn) {
        return rangeOf(pfn) >= 0;
    }

    /** True when it owns every page of {@code wanted}; ranges that touch are as good as one. */
    public boolean owns(PfnRange wanted) {
        int i = rangeOf(wanted.first());
        while (i >= 0 && ranges.get(i).end() < wanted.end()) {
            long next = ranges.get(i).end();
            i = i + 1 < ranges.size() && ranges.get(i + 1).first() == next ? i + 1 : -1;
        }
        return i >= 0;
    }

    /** The pfn of the page at {@code offset} base pages into the device, counted across its ranges (B37). */
    public long pfnAt(long offset) {
        long left = offset;
        for (PfnRange range : ranges) {
            if (left < range.pages() && left >= 0) {
                return range.first() + left;
            }
            left -= range.pages();
        }
        throw new IllegalArgumentException("offset outside pgmap " + id + ": offset=" + offset + " pages=" + pages());
    }

    /** The section that hosts the head of {@code pfn}: the one its first page lies in. */
    public int sectionOf(long pfn) {
        return basePage.sectionOf(geometry.headOf(pfn));
    }

    /** Heads of this pgmap that live in {@code section}. */
    public int headsIn(int section) {
        long first = basePage.sectionFirstPfn(section);
        long end = first + basePage.sectionPages();
        long sum = 0;
        for (PfnRange range : ranges) {
            long lo = roundUp(Math.max(first, range.first()));
            long hi = roundUp(Math.min(end, range.end()));
            sum += Math.max(0, hi - lo) >> geometry.order();
        }
        return Math.toIntExact(sum);
    }

    private long roundUp(long pfn) {
        return (pfn + geometry.pages() - 1) & -geometry.pages();
    }

    private int rangeOf(long pfn) {
        int lo = 0;
        int hi = ranges.size() - 1;
        while (lo <= hi) {
            int mid = (lo + hi) >>> 1;
            PfnRange range = ranges.get(mid);
            if (pfn < range.first()) {
                hi = mid - 1;
            } else if (pfn >= range.end()) {
                lo = mid + 1;
            } else {
                return mid;
            }
        }
        return -1;
    }
}
