package org.pagepool.persistence.journal;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Walks over something that is fetched a page at a time. Nothing is held open between two pages.
 *
 * @param <T> what a page lists
 */
public final class PagedIterator<T> implements Iterator<T> {
    private final Function<@Nullable T, List<T>> after;
    private Iterator<T> page = Collections.emptyIterator();
    private @Nullable T last;
    private boolean ended;

    /**
     * Starts before the first page.
     *
     * @param after the page after this element, or the first where there is none; empty at the end
     */
    public PagedIterator(Function<@Nullable T, List<T>> after) {
        this.after = after;
    }

    @Override
    public boolean hasNext() {
        if (!page.hasNext() && !ended) {
            page = after.apply(last).iterator();
            ended = !page.hasNext();
        }
        return page.hasNext();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        T next = page.next();
        last = next;
        return next;
    }
}
