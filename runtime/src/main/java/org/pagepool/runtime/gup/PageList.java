package org.pagepool.runtime.gup;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An array of pages, as callers of the kernel keep one: in any order, some of them more than once, with holes. Immutable;
 * eight bytes per page.
 */
public final class PageList {
    private final long[] pfns;

    private PageList(long[] pfns) {
        this.pfns = pfns;
    }

    /** The pages of those numbers; negative numbers are holes. Copies the array. */
    public static PageList of(long... pfns) {
        return new PageList(pfns.clone());
    }

    /** Entries, holes among them. */
    public int size() {
        return pfns.length;
    }

    /** The pfn of entry {@code i}, negative for a hole. */
    public long pfn(int i) {
        return pfns[i];
    }

    /** A copy of all entries. */
    public long[] pfns() {
        return pfns.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PageList that && Arrays.equals(pfns, that.pfns);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pfns);
    }

    @Override
    public String toString() {
        return pfns.length + " pages" + (pfns.length == 0 ? "" : " from 0x" + Long.toHexString(pfns[0]));
    }
}
