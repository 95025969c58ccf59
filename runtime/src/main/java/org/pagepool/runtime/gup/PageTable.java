package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pcollections.TreePMap;

/**
 * The page table of one address space: extents by virtual page, none overlapping, each as long as it can be. Immutable;
 * {@link #insert} and {@link #zap} return the next table. Memory grows with the number of extents, not of pages: a device
 * mapped in one piece is one extent, by PTEs as well as by PUDs. Every operation costs O(log extents) per extent it
 * touches.
 *
 * <p>A walk uses it twice, before and after it grabs: {@link #lookup}, then {@link #recheck} on the table as it is by
 * then. The two must stay separate steps, or the races R5 and R8 could not occur.
 */
public final class PageTable {
    private final BasePage basePage;
    private final TreePMap<Long, Mapping> extents;
    private final long mappedPages;

    /**
     * What was found last, for calls that go through an extent page by page ask for it again and again. Nobody can tell: it is one of
     * {@link #extents}, and whoever does not see it yet, on whatever thread, finds the same there.
     */
    private @Nullable Mapping recent;

    private PageTable(BasePage basePage, TreePMap<Long, Mapping> extents, long mappedPages) {
        this.basePage = basePage;
        this.extents = extents;
        this.mappedPages = mappedPages;
    }

    /** A table that maps nothing; {@code basePage} decides the size of its huge entries. */
    public static PageTable empty(BasePage basePage) {
        return new PageTable(basePage, TreePMap.empty(), 0);
    }

    /** The size of its base pages. */
    public BasePage basePage() {
        return basePage;
    }

    /** Base pages mapped. */
    public long mappedPages() {
        return mappedPages;
    }

    /** The extents, by ascending virtual page; neighbours that could be one are one. */
    public List<Mapping> extents() {
        return List.copyOf(extents.values());
    }

    /** The first virtual page from {@code vpn} on that is mapped, or {@link Long#MAX_VALUE}. */
    public long nextMapped(long vpn) {
        if (covering(vpn) != null) {
            return vpn;
        }
        Mapping next = extentAfter(vpn);
        return next == null ? Long.MAX_VALUE : next.vpn();
    }

    /** The extent that maps {@code vpn}, or null. */
    public @Nullable Mapping covering(long vpn) {
        Mapping last = recent;
        if (last != null && last.covers(vpn)) {
            return last;
        }
        Map.Entry<Long, Mapping> entry = extents.floorEntry(vpn);
        Mapping found = entry != null && entry.getValue().covers(vpn) ? entry.getValue() : null;
        if (found != null) {
            recent = found;
        }
        return found;
    }

    /**
     * The table with {@code mapping} in it, joined to the neighbours it continues.
     *
     * @throws IllegalArgumentException if it is no multiple of its entry size, or if one of its pages is mapped already;
     *     the text names the first such page
     */
    public PageTable insert(Mapping mapping) {
        requireWholeEntries(mapping);
        requireUnmapped(mapping);
        TreePMap<Long, Mapping> next = extents;
        Mapping joined = mapping;
        Mapping before = mapping.vpn() == 0 ? null : covering(mapping.vpn() - 1);
        if (before != null && before.translatesLike(mapping)) {
            joined = before.joined(joined);
        }
        Mapping after = extents.get(mapping.endVpn());
        if (after != null && after.translatesLike(mapping)) {
            joined = joined.joined(after);
            next = next.minus(after.vpn());
        }
        return new PageTable(basePage, next.plus(joined.vpn(), joined), mappedPages + mapping.pages());
    }

    private void requireWholeEntries(Mapping mapping) {
        long size = mapping.level().pages(basePage);
        if (((mapping.vpn() | mapping.pfn() | mapping.pages()) & (size - 1)) != 0) {
            throw new IllegalArgumentException(
                    "mapping is no multiple of its entry size: mapping=" + mapping + " entryPages=" + size);
        }
    }

    private void requireUnmapped(Mapping mapping) {
        Mapping taken = covering(mapping.vpn());
        long vpn = mapping.vpn();
        if (taken == null) {
            Map.Entry<Long, Mapping> next = extents.higherEntry(vpn);
            if (next == null || next.getKey() >= mapping.endVpn()) {
                return;
            }
            taken = next.getValue();
            vpn = taken.vpn();
        }
        throw new IllegalArgumentException(
                "already mapped: vpn=0x" + Long.toHexString(vpn) + " by=" + taken + " mapping=" + mapping);
    }

    /**
     * What a zap did.
     *
     * @param table the table without the entries
     * @param removed the entries that went, by ascending virtual page
     */
    public record Zapped(PageTable table, List<Mapping> removed) {
        /** Copies the list. */
        public Zapped {
            removed = List.copyOf(removed);
        }

        /** Base pages that are no longer mapped. */
        public long pages() {
            long sum = 0;
            for (int i = 0; i < removed.size(); i++) {
                sum += removed.get(i).pages();
            }
            return sum;
        }
    }

    /**
     * Removes every entry that maps at least one page of the range. A huge entry goes whole, even if only part of it was
     * meant: nothing splits it, and what was not meant faults in again. Waiting for the walks that saw the entries is the
     * caller's part (B52).
     *
     * @param pages base pages, at least one
     */
    public Zapped zap(long vpn, long pages) {
        long end = endOf(vpn, pages);
        TreePMap<Long, Mapping> left = extents;
        List<Mapping> removed = new ArrayList<>();
        long gone = 0;
        Mapping extent = covering(vpn);
        if (extent == null) {
            extent = extentAfter(vpn);
        }
        while (extent != null && extent.vpn() < end) {
            Mapping hit = entriesIn(extent, vpn, end);
            left = left.minus(extent.vpn());
            if (extent.vpn() < hit.vpn()) {
                left = left.plus(extent.vpn(), extent.part(extent.vpn(), hit.vpn()));
            }
            if (hit.endVpn() < extent.endVpn()) {
                left = left.plus(hit.endVpn(), extent.part(hit.endVpn(), extent.endVpn()));
            }
            removed.add(hit);
            gone += hit.pages();
            extent = extentAfter(extent.vpn());
        }
        return removed.isEmpty()
                ? new Zapped(this, List.of())
                : new Zapped(new PageTable(basePage, left, mappedPages - gone), removed);
    }

    private @Nullable Mapping extentAfter(long vpn) {
        Map.Entry<Long, Mapping> entry = extents.higherEntry(vpn);
        return entry == null ? null : entry.getValue();
    }

    /** The entries of {@code extent} that map a page from {@code vpn} up to {@code end}, each whole. */
    private Mapping entriesIn(Mapping extent, long vpn, long end) {
        long size = extent.level().pages(basePage);
        long lo = Math.max(extent.vpn(), vpn & -size);
        long hi = end >= extent.endVpn() ? extent.endVpn() : (end + size - 1) & -size;
        return extent.part(lo, hi);
    }

    /**
     * What maps {@code pages} base pages from {@code vpn} on, up to the first page that is not mapped, has no page behind its
     * entry or, for a write, is not writable (B17).
     */
    public Lookup lookup(long vpn, long pages, boolean write) {
        long end = endOf(vpn, pages);
        Mapping extent = covering(vpn);
        Refusal refusal = refuses(extent, write);
        if (extent == null || refusal != null) {
            return new Lookup(List.of(), 0, refusal);
        }
        if (extent.endVpn() >= end) {
            return new Lookup(List.of(new Seen(extent, vpn, pages)), pages, null);
        }
        return lookup(extent, vpn, end, write);
    }

    private Lookup lookup(Mapping first, long vpn, long end, boolean write) {
        List<Seen> seen = new ArrayList<>();
        Mapping extent = first;
        long at = vpn;
        Refusal stop = null;
        while (extent != null && stop == null) {
            long until = Math.min(end, extent.endVpn());
            seen.add(new Seen(extent, at, until - at));
            at = until;
            if (at == end) {
                break;
            }
            extent = extents.get(at);
            stop = refuses(extent, write);
        }
        return new Lookup(seen, at - vpn, stop);
    }

    private static @Nullable Refusal refuses(@Nullable Mapping extent, boolean write) {
        if (extent == null) {
            return Refusal.NOT_MAPPED;
        }
        return extent.special() || (write && !extent.writable()) ? Refusal.PERMISSION : null;
    }

    /**
     * How many leading pages of a walk are still mapped by the entries it saw: same pfn, same level, same permission (B17,
     * B18, B52). A huge entry that has changed counts from the first page the walk has of it. An entry that was removed
     * and put back as it was is not noticed, as in the kernel.
     *
     * @param seen what {@link #lookup} saw on an earlier table of this address space
     * @return base pages, 0 up to all of {@code seen}
     */
    public long recheck(List<Seen> seen) {
        long same = 0;
        for (int i = 0; i < seen.size(); i++) {
            Seen slice = seen.get(i);
            long at = unchangedUntil(slice);
            same += at - slice.vpn();
            if (at < slice.endVpn()) {
                break;
            }
        }
        return same;
    }

    /**
     * The same for all that was seen in {@code then}: while the table is the one it was, nothing has changed.
     *
     * @param then the table that {@code lookup} was made in
     */
    @SuppressWarnings("ReferenceEquality") // equal tables are looked into
    public long recheck(PageTable then, Lookup lookup) {
        return this == then ? lookup.pages() : recheck(lookup.seen());
    }

    /** Always the start of an entry, as far as the walk has seen it: extents of one level begin and end on its entries. */
    private long unchangedUntil(Seen slice) {
        long at = slice.vpn();
        Mapping now = covering(at);
        while (now != null && now.translatesLike(slice.extent())) {
            at = Math.min(now.endVpn(), slice.endVpn());
            if (at == slice.endVpn()) {
                return at;
            }
            now = extents.get(at);
        }
        return at;
    }

    private static long endOf(long vpn, long pages) {
        if (vpn < 0 || pages <= 0 || vpn + pages < 0) {
            throw new IllegalArgumentException(
                    "no such range of virtual pages: vpn=0x" + Long.toHexString(vpn) + " pages=" + pages);
        }
        return vpn + pages;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PageTable that && basePage == that.basePage && extents.equals(that.extents);
    }

    @Override
    public int hashCode() {
        return extents.hashCode();
    }

    @Override
    public String toString() {
        return extents.values().toString();
    }
}
