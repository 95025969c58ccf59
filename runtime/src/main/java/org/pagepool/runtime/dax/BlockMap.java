package org.pagepool.runtime.dax;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.PfnRange;
import org.pcollections.TreePMap;

/**
 * Which pages of a device are blocks of files, and of how many: the allocator of a file system in one immutable value. The
 * lowest free pages are given out first, so that what was given back is soon somebody else's: that is what makes a block
 * freed too early dangerous (R14).
 *
 * @param free free pages, by first pfn: one behind the last; neighbours are joined
 * @param owned pages that belong to files, by first pfn
 */
public record BlockMap(TreePMap<Long, Long> free, TreePMap<Long, Owned> owned) {
    /**
     * Pages that belong to the same number of files.
     *
     * @param end one behind the last pfn
     * @param files how many files, at least one (B36)
     */
    public record Owned(long end, int files) {}

    /**
     * What an allocation brought.
     *
     * @param blocks the allocator after it
     * @param ranges the pages, each range a multiple of the unit it was asked for in
     */
    public record Allocation(BlockMap blocks, List<PfnRange> ranges) {
        /** Copies the list. */
        public Allocation {
            ranges = List.copyOf(ranges);
        }
    }

    /**
     * What giving back did.
     *
     * @param blocks the allocator after it
     * @param freed pages that belong to nobody any more
     */
    public record Return(BlockMap blocks, List<PfnRange> freed) {
        /** Copies the list. */
        public Return {
            freed = List.copyOf(freed);
        }
    }

    /** All of it free. */
    public static BlockMap of(List<PfnRange> ranges) {
        BlockMap map = new BlockMap(TreePMap.empty(), TreePMap.empty());
        for (PfnRange range : ranges) {
            map = new BlockMap(join(map.free, range.first(), range.end()), map.owned);
        }
        return map;
    }

    /** Free pages. */
    public long freePages() {
        long sum = 0;
        for (Map.Entry<Long, Long> entry : free.entrySet()) {
            sum += entry.getValue() - entry.getKey();
        }
        return sum;
    }

    /** How many files the page belongs to. */
    public int files(long pfn) {
        Map.Entry<Long, Owned> entry = owned.floorEntry(pfn);
        return entry != null && entry.getValue().end > pfn ? entry.getValue().files : 0;
    }

    /**
     * Takes {@code pages} pages, if possible in one piece that begins at a multiple of {@code align}, otherwise in pieces of
     * whole {@code unit}s; null if there are too few. The lowest pfns go first.
     *
     * @param unit pages of a block, a power of two; {@code pages} is a multiple of it
     * @param align a power of two, no less than {@code unit}
     */
    public @Nullable Allocation allocate(long pages, long unit, long align) {
        for (Map.Entry<Long, Long> entry : free.entrySet()) {
            long first = (entry.getKey() + align - 1) & -align;
            if (entry.getValue() - first >= pages) {
                return new Allocation(take(first, first + pages), List.of(new PfnRange(first, pages)));
            }
        }
        BlockMap left = this;
        List<PfnRange> ranges = new ArrayList<>();
        long wanted = pages;
        for (Map.Entry<Long, Long> entry : free.entrySet()) {
            long first = (entry.getKey() + unit - 1) & -unit;
            long n = Math.min(wanted, (entry.getValue() - first) & -unit);
            if (n > 0) {
                left = left.take(first, first + n);
                ranges.add(new PfnRange(first, n));
                wanted -= n;
            }
            if (wanted == 0) {
                return new Allocation(left, ranges);
            }
        }
        return null;
    }

    /**
     * Takes exactly these pages for one file.
     *
     * @throws IllegalStateException if one of them is not free
     */
    public BlockMap claim(PfnRange range) {
        return take(range.first(), range.end());
    }

    private BlockMap take(long first, long end) {
        Map.Entry<Long, Long> entry = free.floorEntry(first);
        if (entry == null || entry.getValue() < end) {
            throw new IllegalStateException("pages are not free: first=0x" + Long.toHexString(first));
        }
        TreePMap<Long, Long> left = free.minus(entry.getKey());
        if (entry.getKey() < first) {
            left = left.plus(entry.getKey(), first);
        }
        if (end < entry.getValue()) {
            left = left.plus(end, entry.getValue());
        }
        return new BlockMap(left, owned.plus(first, new Owned(end, 1)));
    }

    /**
     * One more file has these pages (B36).
     *
     * @throws IllegalArgumentException if one of them belongs to no file
     */
    public BlockMap share(PfnRange range) {
        return changed(range, 1).blocks;
    }

    /**
     * One file less has these pages; those that nobody has any more are free.
     *
     * @throws IllegalArgumentException if one of them belongs to no file: it was given back twice
     */
    public Return giveBack(PfnRange range) {
        return changed(range, -1);
    }

    private Return changed(PfnRange range, int by) {
        BlockMap map = this;
        List<PfnRange> freed = new ArrayList<>();
        long at = range.first();
        while (at < range.end()) {
            Map.Entry<Long, Owned> entry = map.owned.floorEntry(at);
            if (entry == null || entry.getValue().end <= at) {
                throw new IllegalArgumentException("block belongs to no file: pfn=0x" + Long.toHexString(at));
            }
            long end = Math.min(range.end(), entry.getValue().end);
            map = map.split(entry.getKey(), entry.getValue(), at, end, by, freed);
            at = end;
        }
        return new Return(map, freed);
    }

    private BlockMap split(long first, Owned old, long from, long to, int by, List<PfnRange> freed) {
        TreePMap<Long, Owned> next = owned.minus(first);
        if (first < from) {
            next = next.plus(first, new Owned(from, old.files));
        }
        if (to < old.end) {
            next = next.plus(to, new Owned(old.end, old.files));
        }
        int files = old.files + by;
        if (files > 0) {
            return new BlockMap(free, next.plus(from, new Owned(to, files)));
        }
        freed.add(new PfnRange(from, to - from));
        return new BlockMap(join(free, from, to), next);
    }

    private static TreePMap<Long, Long> join(TreePMap<Long, Long> free, long first, long end) {
        long from = first;
        long to = end;
        TreePMap<Long, Long> next = free;
        Map.Entry<Long, Long> before = free.floorEntry(first);
        if (before != null && before.getValue() == first) {
            from = before.getKey();
        }
        Long behind = free.get(end);
        if (behind != null) {
            to = behind;
            next = next.minus(end);
        }
        return next.plus(from, to);
    }
}
