package org.pagepool.runtime.page;

/**
 * A contiguous range of pfns.
 *
 * @param first first pfn, not negative
 * @param pages number of base pages, at least one
 */
public record PfnRange(long first, long pages) {
    /** Refuses empty and negative ranges. */
    public PfnRange {
        if (first < 0 || pages <= 0 || first + pages < 0) {
            throw new IllegalArgumentException(
                    "no such range of pfns: first=0x" + Long.toHexString(first) + " pages=" + pages);
        }
    }

    /** First pfn after the range. */
    public long end() {
        return first + pages;
    }

    /** True when {@code pfn} lies inside. */
    public boolean contains(long pfn) {
        return pfn >= first && pfn < end();
    }

    /** True when all of {@code other} lies inside. */
    public boolean contains(PfnRange other) {
        return other.first >= first && other.end() <= end();
    }

    /** True when at least one pfn lies in both. */
    public boolean overlaps(PfnRange other) {
        return other.first < end() && first < other.end();
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(first) + "-0x" + Long.toHexString(end() - 1);
    }
}
