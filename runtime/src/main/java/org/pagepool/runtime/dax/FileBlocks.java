package org.pagepool.runtime.dax;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.PfnRange;
import org.pcollections.TreePMap;

/**
 * Which blocks a file has where: its extents, by page offset. What lies between them are holes. Immutable.
 *
 * @param extents by first page of the file
 */
public record FileBlocks(TreePMap<Long, Extent> extents) {
    /** No block at all. */
    public static final FileBlocks NONE = new FileBlocks(TreePMap.empty());

    /**
     * Neighbouring pages of a file that are neighbours on the device too.
     *
     * @param offset first page of the file
     * @param pfn where it lies
     * @param pages how many
     * @param shared whether other files have these blocks too; a write needs blocks of its own (B36)
     */
    public record Extent(long offset, long pfn, long pages, boolean shared) {
        /** First page of the file behind it. */
        public long end() {
            return offset + pages;
        }

        /** Its pages on the device. */
        public PfnRange range() {
            return new PfnRange(pfn, pages);
        }

        private Extent part(long from, long to) {
            return new Extent(from, pfn + (from - offset), to - from, shared);
        }
    }

    /** The extent that covers a page of the file, or null for a hole. */
    public @Nullable Extent covering(long offset) {
        Map.Entry<Long, Extent> entry = extents.floorEntry(offset);
        return entry != null && entry.getValue().end() > offset ? entry.getValue() : null;
    }

    /** The blocks of the range, cut to it, in the order of the file. */
    public List<Extent> in(long from, long pages) {
        List<Extent> found = new ArrayList<>();
        long end = from + pages;
        Extent extent = covering(from);
        if (extent == null) {
            extent = after(from);
        }
        while (extent != null && extent.offset < end) {
            found.add(extent.part(Math.max(from, extent.offset), Math.min(end, extent.end())));
            extent = after(extent.offset);
        }
        return found;
    }

    private @Nullable Extent after(long offset) {
        Map.Entry<Long, Extent> entry = extents.higherEntry(offset);
        return entry == null ? null : entry.getValue();
    }

    /** Pages of the file that have a block. */
    public long pages() {
        long sum = 0;
        for (Extent extent : extents.values()) {
            sum += extent.pages;
        }
        return sum;
    }

    /**
     * With blocks for a part of the file that had none, taken from {@code ranges} in their order.
     *
     * @throws IllegalArgumentException if a page of it has a block
     */
    public FileBlocks plus(long offset, List<PfnRange> ranges, boolean shared) {
        TreePMap<Long, Extent> next = extents;
        long at = offset;
        for (PfnRange range : ranges) {
            if (!in(at, range.pages()).isEmpty()) {
                throw new IllegalArgumentException("the file has a block there: offset=" + at);
            }
            next = next.plus(at, new Extent(at, range.first(), range.pages(), shared));
            at += range.pages();
        }
        return new FileBlocks(next);
    }

    /** Without blocks in the range: a hole. */
    public FileBlocks minus(long from, long pages) {
        TreePMap<Long, Extent> next = extents;
        long end = from + pages;
        for (Extent cut : in(from, pages)) {
            Extent whole = covering(cut.offset);
            if (whole == null) {
                continue;
            }
            next = next.minus(whole.offset);
            if (whole.offset < from) {
                next = next.plus(whole.offset, whole.part(whole.offset, from));
            }
            if (whole.end() > end) {
                next = next.plus(end, whole.part(end, whole.end()));
            }
        }
        return new FileBlocks(next);
    }

    /** With the blocks of the range marked as shared, or as the file's own. */
    public FileBlocks shared(long from, long pages, boolean shared) {
        FileBlocks next = minus(from, pages);
        for (Extent cut : in(from, pages)) {
            next = next.plus(cut.offset, List.of(cut.range()), shared);
        }
        return next;
    }
}
