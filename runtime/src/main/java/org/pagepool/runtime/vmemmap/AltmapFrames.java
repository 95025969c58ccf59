package org.pagepool.runtime.vmemmap;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.pgmap.Altmap;

/**
 * The storage of an altmap as it is handed out: page after page, in pieces that are aligned to their own size. What is
 * skipped for the sake of alignment never comes back; what was handed out must (B51). Immutable.
 *
 * @param spec how much there is
 * @param basePfn first pfn of the device
 * @param align pages skipped
 * @param alloc pages handed out and not given back
 */
public record AltmapFrames(Altmap spec, long basePfn, long align, long alloc) {
    /** Nothing handed out yet. */
    public static AltmapFrames of(Altmap spec, long basePfn) {
        return new AltmapFrames(spec, basePfn, 0, 0);
    }

    /** Pages that can still be handed out. */
    public long left() {
        return Math.max(0, spec.free() - alloc - align);
    }

    /** How many pieces of {@code pages} pages, a power of two, can be handed out one after the other. */
    public long pieces(long pages) {
        return Math.max(0, left() - skip(pages)) / pages;
    }

    /**
     * Hands out {@code count} pieces of {@code pages} pages.
     *
     * @throws IllegalStateException if there are not so many left; ask {@link #pieces} before
     */
    public AltmapFrames take(long count, long pages) {
        if (count > pieces(pages)) {
            throw new IllegalStateException("altmap has no room: pieces=" + count + " pages=" + pages + " left="
                    + left() + " skipped for alignment=" + skip(pages));
        }
        return count == 0 ? this : new AltmapFrames(spec, basePfn, align + skip(pages), alloc + count * pages);
    }

    /**
     * Takes {@code pages} pages back.
     *
     * @throws IllegalStateException if fewer were handed out
     */
    public AltmapFrames giveBack(long pages) {
        if (pages > alloc) {
            throw new IllegalStateException("altmap gets back more than it gave: pages=" + pages + " alloc=" + alloc);
        }
        return new AltmapFrames(spec, basePfn, align, alloc - pages);
    }

    /** What a pgmap that goes away complains about, or null if everything came back. */
    public @Nullable String warning() {
        return alloc == 0 ? null : "failed to free all reserved pages: alloc=" + alloc + " of free=" + spec.free();
    }

    /** Pages between the next one and the next that is aligned. */
    private long skip(long pages) {
        long next = basePfn + spec.reserve() + alloc + align;
        return -next & (pages - 1);
    }
}
