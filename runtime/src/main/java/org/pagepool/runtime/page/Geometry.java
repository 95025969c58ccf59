package org.pagepool.runtime.page;

/**
 * How a pgmap groups its base pages: {@code 2^order} of them form one compound page (seed 004, dispute D5).
 *
 * <p>Order 0 means base pages, each its own head. Order 1 is refused: the compound record needs the second tail, which a
 * pair does not have (B15).
 *
 * @param order log2 of the base pages per compound page, 0 or 2 to 30
 */
public record Geometry(int order) {
    /** The largest order a pgmap may have. */
    public static final int ORDER_MAX = 30;

    /** Base pages, no compounds. */
    public static final Geometry BASE = new Geometry(0);

    /** Refuses orders no head can have. */
    public Geometry {
        if (order < 0 || order > ORDER_MAX) {
            throw new IllegalArgumentException(
                    "geometry order out of range: order=" + order + ", want 0 to " + ORDER_MAX);
        }
        if (order == 1) {
            throw new IllegalArgumentException(
                    "geometry of 2 base pages has no room for a compound head's record: order=1, want 0 or 2 and more");
        }
    }

    /**
     * The geometry of that many base pages.
     *
     * @throws IllegalArgumentException if {@code pages} is no power of two
     */
    public static Geometry ofPages(long pages) {
        if (pages <= 0 || Long.bitCount(pages) != 1) {
            throw new IllegalArgumentException("geometry is no power of two: pages=" + pages);
        }
        return new Geometry(Long.numberOfTrailingZeros(pages));
    }

    /** Base pages per head. */
    public long pages() {
        return 1L << order;
    }

    /** True when heads have tails, and so an exact pincount (B23). */
    public boolean compound() {
        return order > 0;
    }

    /** The head of the page {@code pfn} (B16). */
    public long headOf(long pfn) {
        return pfn & -pages();
    }

    /** True when {@code pfn} is a head rather than a tail (I9). */
    public boolean isHead(long pfn) {
        return (pfn & (pages() - 1)) == 0;
    }
}
