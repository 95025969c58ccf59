package org.pagepool.runtime.dax;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;

/**
 * What a file knows of a part of itself: which pages of the device hold it, or that none do (B31). Covers {@code 2^order}
 * base pages of the file from {@code offset} on.
 *
 * @param offset first page of the file, a multiple of the entry's size
 * @param order log2 of its base pages: 0 for a PTE, 9 for a PMD of 4 KiB pages
 * @param pfn first pfn of its pages, or {@link #NONE} where it has none
 * @param flags what else there is to say; never changed
 */
public record DaxEntry(long offset, int order, long pfn, Set<Flag> flags) {
    /** The pfn of an entry that has no pages. */
    public static final long NONE = -1;

    /** What else there is to say of an entry. */
    public enum Flag {
        /** A fault, writeback or memory failure works on it; everybody else waits. */
        LOCKED,
        /** A hole that was read: it stands for zeroes, and has no page of the device. */
        ZERO,
        /** A place taken by whoever is about to insert the real entry. */
        EMPTY,
        /** Written through a mapping since it was inserted; invalidation leaves it alone (R17). */
        DIRTY,
        /** Its pages belong to several files; a write replaces it by an entry with pages of its own (B31, B36). */
        SHARED,
        /** Unmapped by truncation, its reference dropped, and still tied to the file (D10). */
        ZAPPED
    }

    /** Copies the flags, and refuses entries that cannot be. */
    public DaxEntry {
        flags = flags.isEmpty() ? Set.of() : Set.copyOf(flags);
        boolean none = flags.contains(Flag.ZERO) || flags.contains(Flag.EMPTY);
        if (order < 0 || order > Geometry.ORDER_MAX || offset < 0 || (offset & ((1L << order) - 1)) != 0) {
            throw new IllegalArgumentException("no such entry: offset=" + offset + " order=" + order);
        }
        if (none != (pfn == NONE) || (!none && (pfn < 0 || (pfn & ((1L << order) - 1)) != 0))) {
            throw new IllegalArgumentException("entry and pages do not fit: offset=" + offset + " order=" + order
                    + " pfn=" + pfn + " flags=" + EnumSet.copyOf(flags.isEmpty() ? EnumSet.noneOf(Flag.class) : flags));
        }
    }

    /** An entry with pages. */
    public static DaxEntry of(long offset, int order, long pfn) {
        return new DaxEntry(offset, order, pfn, Set.of());
    }

    /** An entry without pages. */
    public static DaxEntry without(long offset, int order, Flag why) {
        return new DaxEntry(offset, order, NONE, Set.of(why));
    }

    /** Base pages it covers. */
    public long pages() {
        return 1L << order;
    }

    /** First page of the file behind it. */
    public long end() {
        return offset + pages();
    }

    /** Whether it has pages of the device: neither a hole nor a place that is only taken. */
    public boolean mapped() {
        return pfn != NONE;
    }

    /** Whether that can be said of it. */
    public boolean is(Flag flag) {
        return flags.contains(flag);
    }

    /** The same with one more thing to say. */
    public DaxEntry with(Flag flag) {
        if (is(flag)) {
            return this;
        }
        EnumSet<Flag> more = EnumSet.of(flag);
        more.addAll(flags);
        return new DaxEntry(offset, order, pfn, more);
    }

    /** The same with one less. */
    public DaxEntry without(Flag flag) {
        if (!is(flag)) {
            return this;
        }
        EnumSet<Flag> fewer = EnumSet.copyOf(flags);
        fewer.remove(flag);
        return new DaxEntry(offset, order, pfn, fewer);
    }

    /** Its heads, one reference each; the entry must have pages and be no smaller than a head. */
    public List<Run> heads(Geometry geometry) {
        if (!mapped() || order < geometry.order()) {
            throw new IllegalArgumentException(
                    "entry has no whole heads: entry=" + this + " geometryOrder=" + geometry.order());
        }
        return List.of(new Run(pfn, Math.toIntExact(pages() >> geometry.order()), 1));
    }

    @Override
    public String toString() {
        EnumSet<Flag> sorted = EnumSet.noneOf(Flag.class);
        sorted.addAll(flags);
        return offset + "+" + pages() + (mapped() ? "->0x" + Long.toHexString(pfn) : "")
                + (sorted.isEmpty() ? "" : " " + sorted);
    }
}
