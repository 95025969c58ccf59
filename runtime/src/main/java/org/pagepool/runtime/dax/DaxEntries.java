package org.pagepool.runtime.dax;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.dax.DaxEntry.Flag;
import org.pcollections.TreePMap;

/**
 * The entries of one file by page offset, none overlapping. Immutable; every change returns the next value. Every operation
 * costs O(log entries) for each entry it touches.
 */
public final class DaxEntries {
    /** A file that nobody has touched yet. */
    public static final DaxEntries EMPTY = new DaxEntries(TreePMap.empty());

    private final TreePMap<Long, DaxEntry> byOffset;

    private DaxEntries(TreePMap<Long, DaxEntry> byOffset) {
        this.byOffset = byOffset;
    }

    /**
     * What an insertion did (B31).
     *
     * @param entries the entries after it
     * @param entry what is there now: the new entry, or the old one, which was kept
     * @param replaced what went for it, to be disassociated before the new one is associated; empty if nothing was there or
     *     the old entry was kept
     */
    public record Insertion(DaxEntries entries, DaxEntry entry, List<DaxEntry> replaced) {
        /** Copies the list. */
        public Insertion {
            replaced = List.copyOf(replaced);
        }
    }

    /**
     * What a deletion took out (B35).
     *
     * @param entries the entries after it
     * @param deleted what is gone, in the order of the file; to be disassociated
     */
    public record Deletion(DaxEntries entries, List<DaxEntry> deleted) {
        /** Copies the list. */
        public Deletion {
            deleted = List.copyOf(deleted);
        }
    }

    /** How many there are. */
    public int size() {
        return byOffset.size();
    }

    /** The entry that covers a page of the file, or null. */
    public @Nullable DaxEntry covering(long offset) {
        Map.Entry<Long, DaxEntry> entry = byOffset.floorEntry(offset);
        return entry != null && entry.getValue().end() > offset ? entry.getValue() : null;
    }

    /** All of them, in the order of the file. */
    public List<DaxEntry> all() {
        return List.copyOf(byOffset.values());
    }

    /** Those that cover a page from {@code from} on, whole ones, in the order of the file. */
    public List<DaxEntry> in(long from, long pages) {
        List<DaxEntry> found = new ArrayList<>();
        DaxEntry entry = covering(from);
        if (entry == null) {
            entry = after(from);
        }
        while (entry != null && entry.offset() < from + pages) {
            found.add(entry);
            entry = after(entry.offset());
        }
        return found;
    }

    private @Nullable DaxEntry after(long offset) {
        Map.Entry<Long, DaxEntry> entry = byOffset.higherEntry(offset);
        return entry == null ? null : entry.getValue();
    }

    /** The first locked entry that covers a page of the range, or null; a scan waits for it (B32). */
    public @Nullable DaxEntry locked(long from, long pages) {
        for (DaxEntry entry : in(from, pages)) {
            if (entry.is(Flag.LOCKED)) {
                return entry;
            }
        }
        return null;
    }

    /**
     * The largest order, of the two asked for, at which an entry can be put in at {@code offset}: the wanted one, unless
     * smaller entries are there already or it would not start at {@code offset} rounded down; then the smaller one.
     */
    public int orderAt(long offset, int wanted, int smallest) {
        long start = offset & -(1L << wanted);
        for (DaxEntry there : in(start, 1L << wanted)) {
            if (there.order() < wanted) {
                return Math.max(there.order(), smallest);
            }
        }
        return wanted;
    }

    /**
     * Puts {@code entry} in. What is there already is replaced if it is EMPTY, ZERO (by anything but another ZERO) or SHARED
     * (by other pages); otherwise it stays, and the new one is not needed (B31). A larger hole or empty place goes whole.
     *
     * @throws IllegalArgumentException if entries smaller than this one are in its way that hold pages; ask {@link #orderAt}
     */
    public Insertion insert(DaxEntry entry) {
        List<DaxEntry> there = in(entry.offset(), entry.pages());
        for (DaxEntry old : there) {
            if (!gives(old, entry)) {
                if (old.order() < entry.order()) {
                    throw new IllegalArgumentException(
                            "smaller entries are in the way: entry=" + entry + " there=" + old);
                }
                return new Insertion(this, old, List.of());
            }
        }
        TreePMap<Long, DaxEntry> next = byOffset;
        for (DaxEntry old : there) {
            next = next.minus(old.offset());
        }
        return new Insertion(new DaxEntries(next.plus(entry.offset(), entry)), entry, there);
    }

    private static boolean gives(DaxEntry old, DaxEntry entry) {
        if (old.is(Flag.EMPTY)) {
            return true;
        }
        if (old.is(Flag.ZERO)) {
            return !entry.is(Flag.ZERO);
        }
        return old.is(Flag.SHARED) && entry.mapped() && old.order() == entry.order() && old.pfn() != entry.pfn();
    }

    /** Takes out every entry that covers a page of the range. An entry goes whole, whatever part of it was meant. */
    public Deletion delete(long from, long pages) {
        return delete(in(from, pages));
    }

    /** Takes out the entries invalidation may: those in the range that are neither dirty nor locked (R17). */
    public Deletion deleteClean(long from, long pages) {
        return delete(in(from, pages).stream()
                .filter(entry -> !entry.is(Flag.DIRTY) && !entry.is(Flag.LOCKED))
                .toList());
    }

    private Deletion delete(List<DaxEntry> gone) {
        TreePMap<Long, DaxEntry> left = byOffset;
        for (DaxEntry entry : gone) {
            left = left.minus(entry.offset());
        }
        return new Deletion(gone.isEmpty() ? this : new DaxEntries(left), gone);
    }

    /** With every entry that covers a page of the range changed; its offset, order and pages stay. */
    public DaxEntries changed(long from, long pages, UnaryOperator<DaxEntry> change) {
        TreePMap<Long, DaxEntry> next = byOffset;
        for (DaxEntry entry : in(from, pages)) {
            DaxEntry other = change.apply(entry);
            if (other.offset() != entry.offset() || other.order() != entry.order() || other.pfn() != entry.pfn()) {
                throw new IllegalArgumentException("not the same entry: was=" + entry + " is=" + other);
            }
            if (!other.equals(entry)) {
                next = next.plus(entry.offset(), other);
            }
        }
        return new DaxEntries(next);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DaxEntries that && byOffset.equals(that.byOffset);
    }

    @Override
    public int hashCode() {
        return byOffset.hashCode();
    }

    @Override
    public String toString() {
        return byOffset.values().toString();
    }
}
