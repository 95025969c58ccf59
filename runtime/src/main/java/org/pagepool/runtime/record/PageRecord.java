package org.pagepool.runtime.record;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The record of one head besides its counts. Immutable. Kept by the section for heads whose record is not
 * {@link #BLANK}; tails have none (I9).
 *
 * <p>A page that one file has is tied to it by {@code mapping} and {@code index}; as soon as a second one ties it too, the
 * mapping is cleared and {@code share} counts the files, until the last lets go (B36).
 *
 * @param mapping the file it is tied to, {@code anon:} and a holder for anonymous memory of a driver's page, or null
 * @param index offset of its first base page in that file, in base pages; 0 where there is no mapping
 * @param share how many files share it, 0 where mapping says whose it is
 * @param charge whom its memory is charged to, or null
 * @param flags its marks
 */
public record PageRecord(
        @Nullable String mapping,
        long index,
        int share,
        @Nullable String charge,
        Set<PageFlag> flags) {
    /** Nothing is known of the page. */
    public static final PageRecord BLANK = new PageRecord(null, 0, 0, null, Set.of());

    /** Copies the flags; refuses a mapping beside a share count, and counts below zero. */
    public PageRecord {
        flags = flags.isEmpty() ? Set.of() : Set.copyOf(flags);
        if (share < 0 || index < 0 || (mapping != null && share > 0)) {
            throw new IllegalStateException(
                    "no such page record: mapping=" + mapping + " index=" + index + " share=" + share);
        }
    }

    /** True when a file has it, alone or with others. */
    public boolean tied() {
        return mapping != null || share > 0;
    }

    /** True when {@code flag} is set. */
    public boolean has(PageFlag flag) {
        return flags.contains(flag);
    }

    /** Tied to {@code file} as well: the first alone, from the second on by count (B31, B36). */
    public PageRecord tie(String file, long at) {
        if (!tied()) {
            return new PageRecord(file, at, 0, charge, flags);
        }
        return new PageRecord(null, 0, mapping != null ? 2 : share + 1, charge, flags);
    }

    /**
     * One file has let go; only with the last is the record reset (B35, B36).
     *
     * @throws IllegalStateException if no file has it
     */
    public PageRecord untie() {
        if (!tied()) {
            throw new IllegalStateException("untied a page that no file has");
        }
        return new PageRecord(null, 0, share == 0 ? 0 : share - 1, charge, flags);
    }

    /** Handed out to {@code holder}: charged to it and in use; anonymous memory of it where {@code anonymous}. */
    public PageRecord handedOut(String holder, boolean anonymous) {
        Set<PageFlag> set = with(flags, PageFlag.ACTIVE);
        return anonymous
                ? new PageRecord("anon:" + holder, 0, 0, holder, with(set, PageFlag.ANON_EXCLUSIVE))
                : new PageRecord(mapping, index, share, holder, set);
    }

    /** With {@code flag} set. */
    public PageRecord with(PageFlag flag) {
        return has(flag) ? this : new PageRecord(mapping, index, share, charge, with(flags, flag));
    }

    /** Without those flags. */
    public PageRecord without(Collection<PageFlag> gone) {
        Set<PageFlag> left = EnumSet.noneOf(PageFlag.class);
        left.addAll(flags);
        left.removeAll(gone);
        return new PageRecord(mapping, index, share, charge, left);
    }

    /** Charged to nobody. */
    public PageRecord uncharged() {
        return new PageRecord(mapping, index, share, null, flags);
    }

    /** Without mapping; a share count stays. */
    public PageRecord unmapped() {
        return new PageRecord(null, 0, share, charge, flags);
    }

    private static Set<PageFlag> with(Set<PageFlag> flags, PageFlag flag) {
        Set<PageFlag> more = EnumSet.of(flag);
        more.addAll(flags);
        return more;
    }
}
