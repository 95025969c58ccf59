package org.pagepool.runtime.driver;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePSet;

/**
 * A driver's account of its device, immutable: which folios it may hand out, which it has asked for and which are out. The
 * pgmap does not keep it; whoever uses {@code pgmap_request_folio} does (B37, seed 003). Folios are named by their offset in
 * base pages into the device, counted across its ranges, as in a request; nobody here knows a pfn.
 *
 * <pre>
 *   FREE  --ask-->  ASKED  --granted-->  OUT  --freed-->  FREE
 *                     '------refused------------------------'
 * </pre>
 *
 * What is handed out next is the free folio of the lowest offset. Memory grows with what is not free and with what came back,
 * not with the device.
 *
 * <p>A folio is free again when the pgmap says so, not when the driver has given its reference back: somebody else may hold
 * it still. A notice for a folio that is not out is a page freed twice (R8); one for a folio whose grants are all alive is a
 * page freed under its users (R32). Neither changes the list, which is what keeps a page from having two owners.
 *
 * @param spec the device
 * @param next offset from which on nothing was ever chosen; what is taken there was asked for by offset
 * @param back offsets below {@code next} of folios that are free again
 * @param taken folios that are not free, by offset
 * @param freedTwice notices for folios that were free
 * @param freedEarly notices for folios of which a grant was alive
 */
public record FreeList(
        PgmapSpec spec, long next, PSortedSet<Long> back, PMap<Long, Folio> taken, long freedTwice, long freedEarly) {

    /**
     * A folio that is not free.
     *
     * @param asked requests for it that are not answered
     * @param grants grants of it that the driver has not given back
     * @param given grants of it that the driver has given back since it was last free
     */
    public record Folio(int asked, int grants, int given) {
        /** Nothing of it is known that would keep it from being free. */
        boolean untouched() {
            return asked == 0 && grants == 0 && given == 0;
        }
    }

    /**
     * A folio to ask for.
     *
     * @param offset of its first base page
     * @param list the list in which it is asked for
     */
    public record Choice(long offset, FreeList list) {}

    private static final Folio FREE = new Folio(0, 0, 0);

    /** All of a device is free. */
    public static FreeList of(PgmapSpec spec) {
        return new FreeList(spec, 0, TreePSet.<Long>empty(), HashTreePMap.empty(), 0, 0);
    }

    /** Chooses a folio that is free; null if there is none. */
    public @Nullable Choice choose() {
        if (!back.isEmpty()) {
            return new Choice(back.first(), asked(back.first()));
        }
        long at = next;
        while (at < spec.pages() && !isFree(at)) {
            at += step();
        }
        if (at >= spec.pages()) {
            return null;
        }
        FreeList moved = new FreeList(spec, at + step(), back, taken, freedTwice, freedEarly);
        return new Choice(at, moved.asked(at));
    }

    /** That folio is asked for, whether it is free or not: whether it can be had is the pgmap's to say. */
    public FreeList asked(long offset) {
        Folio was = folio(offset);
        return put(offset, new Folio(was.asked + 1, was.grants, was.given));
    }

    /** A request for it was granted. */
    public FreeList granted(long offset) {
        Folio was = asked(offset, "granted");
        return put(offset, new Folio(was.asked - 1, was.grants + 1, was.given));
    }

    /** A request for it was refused. It is free again if nothing else is known of it. */
    public FreeList refused(long offset) {
        Folio was = asked(offset, "refused");
        return put(offset, new Folio(was.asked - 1, was.grants, was.given));
    }

    /** The driver gives a grant of it back. It is not free before {@link #freed}, which may come before the answer to that. */
    public FreeList givenBack(long offset) {
        Folio was = folio(offset);
        if (was.grants == 0) {
            throw new IllegalStateException("given back what is not out: device=" + spec.id() + " offset=" + offset);
        }
        return put(offset, new Folio(was.asked, was.grants - 1, was.given + 1));
    }

    /** The pgmap says that it is free. */
    public FreeList freed(long offset) {
        Folio was = folio(offset);
        if (was.given == 0 && was.grants == 0) {
            return new FreeList(spec, next, back, taken, freedTwice + 1, freedEarly);
        }
        if (was.grants > 0) {
            return new FreeList(spec, next, back, taken, freedTwice, freedEarly + 1);
        }
        return put(offset, new Folio(was.asked, 0, 0));
    }

    private FreeList put(long offset, Folio folio) {
        if (!folio.untouched()) {
            return new FreeList(spec, next, back.minus(offset), taken.plus(offset, folio), freedTwice, freedEarly);
        }
        PSortedSet<Long> again = offset < next ? back.plus(offset) : back;
        return new FreeList(spec, next, again, taken.minus(offset), freedTwice, freedEarly);
    }

    private Folio asked(long offset, String what) {
        Folio was = folio(offset);
        if (was.asked == 0) {
            throw new IllegalStateException(
                    what + " what was not asked for: device=" + spec.id() + " offset=" + offset);
        }
        return was;
    }

    private Folio folio(long offset) {
        Folio known = taken.get(offset);
        return known == null ? FREE : known;
    }

    /** Whether it may be handed out. */
    public boolean isFree(long offset) {
        return !taken.containsKey(offset);
    }

    /** Whether the driver has a grant of it. */
    public boolean isOut(long offset) {
        return folio(offset).grants > 0;
    }

    /** Folios that may be handed out. */
    public long free() {
        return spec.heads() - taken.size();
    }

    /** Folios of which the driver has a grant. */
    public long out() {
        return taken.values().stream().filter(folio -> folio.grants > 0).count();
    }

    /** Folios that the driver has given back and that others hold still. */
    public long lingering() {
        return taken.values().stream()
                .filter(folio -> folio.grants == 0 && folio.given > 0)
                .count();
    }

    private long step() {
        return spec.geometry().pages();
    }
}
