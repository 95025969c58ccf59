package org.pagepool.runtime.vmemmap;

/**
 * Frames of one kind with consecutive numbers and the same count.
 *
 * @param first number of the first
 * @param count how many, at least one
 * @param refs references on each, at least one
 */
public record FrameRun(long first, long count, long refs) {
    /** Refuses what holds nothing. */
    public FrameRun {
        if (first < 0 || count <= 0 || refs <= 0) {
            throw new IllegalArgumentException("no such frames: first=" + first + " count=" + count + " refs=" + refs);
        }
    }

    /** The number behind the last. */
    public long end() {
        return first + count;
    }
}
