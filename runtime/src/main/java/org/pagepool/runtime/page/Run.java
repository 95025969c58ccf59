package org.pagepool.runtime.page;

/**
 * The way ranges travel between actors: equally loaded neighbouring heads, never one object per page.
 *
 * @param firstHead pfn of the first head; always a head, never a tail (I9)
 * @param heads number of consecutive heads, at least one
 * @param refs references on each of them, at least one
 */
public record Run(long firstHead, int heads, int refs) {
    /** Refuses runs that hold nothing. */
    public Run {
        if (firstHead < 0 || heads <= 0 || refs <= 0) {
            throw new IllegalArgumentException(
                    "no such run: firstHead=0x" + Long.toHexString(firstHead) + " heads=" + heads + " refs=" + refs);
        }
    }

    /** References in all: heads times refs. */
    public long totalRefs() {
        return (long) heads * refs;
    }

    /** First pfn behind the last head's pages. */
    public long end(Geometry geometry) {
        return firstHead + ((long) heads << geometry.order());
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(firstHead) + "+" + heads + "x" + refs;
    }
}
