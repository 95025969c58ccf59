package org.pagepool.runtime.devdax;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;

/**
 * A device-dax region around its pgmap, as a state machine (B43, R27). Immutable: each step returns the next state, or says
 * why it cannot be taken.
 *
 * <pre>
 *   IDLE --probe--> PROBING --mapped--> READY --kill--> DYING --released--> IDLE
 *                      '---failed---> IDLE
 * </pre>
 *
 * <p>A <b>static</b> region has one range, and its pgmap is given by whoever made the region, for as long as that lives. A
 * <b>dynamic</b> one may have several, and its pgmap is made by each probe with all of them; a probe that finds one there
 * already refuses, for its ranges would be those of an earlier life. The pgmap is published, so that others can see it,
 * either before it is mapped or when nothing can fail any more. Before is race R27: a probe that then fails leaves it there,
 * and no later probe can succeed.
 *
 * @param id the name of the device and of its pgmap
 * @param kind whose the pgmap is
 * @param ranges pfns
 * @param align the size of its faults, in base pages, as an order; seeds the geometry
 * @param publishLast whether the pgmap of a dynamic region is published when nothing can fail any more
 * @param pgmap the pgmap that is published now, or null
 * @param state where it is
 */
public record DaxRegion(
        String id,
        Kind kind,
        List<PfnRange> ranges,
        Geometry align,
        boolean publishLast,
        @Nullable String pgmap,
        State state) {

    /** Whose a region's pgmap is. */
    public enum Kind {
        /** The creator's: there before the probe, and after the kill. */
        STATIC,
        /** The probe's: made by it, gone with the kill. */
        DYNAMIC
    }

    /** Where a region is in its life. */
    public enum State {
        /** Nothing is mapped. */
        IDLE,
        /** Its pages are being mapped. */
        PROBING,
        /** It can be used. */
        READY,
        /** Killed: no faults any more; its pages are being given back. */
        DYING
    }

    /**
     * A state, or why there is none.
     *
     * @param region the next state, or the same if the step was refused
     * @param refusal one clause with the number a driver would get, or null
     */
    public record Step(DaxRegion region, @Nullable String refusal) {}

    /** Copies the list. */
    public DaxRegion {
        ranges = List.copyOf(ranges);
    }

    /** A region nobody has probed. A static one has its pgmap already. */
    public static DaxRegion of(String id, Kind kind, List<PfnRange> ranges, Geometry align, boolean publishLast) {
        return new DaxRegion(id, kind, ranges, align, publishLast, kind == Kind.STATIC ? id : null, State.IDLE);
    }

    /**
     * Why a region cannot have faults of that size, or null if it can: they are the size of an entry.
     *
     * @param bytes size of its faults
     */
    public static @Nullable String refusesAlign(long bytes, BasePage basePage) {
        long pmd = basePage.pmdPages() * basePage.bytes();
        long pud = basePage.pudPages() * basePage.bytes();
        return bytes == basePage.bytes() || bytes == pmd || bytes == pud
                ? null
                : String.format(
                        Locale.ROOT,
                        "no entry has the size of such faults: align=%d, want %d, %d or %d",
                        bytes,
                        basePage.bytes(),
                        pmd,
                        pud);
    }

    /** A driver is bound: its pgmap is found or made, and about to be mapped. */
    public Step probe() {
        if (state != State.IDLE) {
            return refused("EBUSY: a driver is bound already: region=" + id + " state=" + label(state));
        }
        if (kind == Kind.STATIC && ranges.size() > 1) {
            return refused("EINVAL: static region has several ranges: region=" + id + " ranges=" + ranges.size()
                    + ", want one");
        }
        if (kind == Kind.DYNAMIC && pgmap != null) {
            return refused("EINVAL: dynamic region is pre-populated with a pgmap: region=" + id + " pgmap=" + pgmap
                    + ", want none before the probe");
        }
        return to(State.PROBING, publishLast && kind == Kind.DYNAMIC ? null : id);
    }

    /** The pages are mapped, and nothing can fail any more. */
    public Step mapped() {
        return expect(State.PROBING).to(State.READY, id);
    }

    /** The pages could not be mapped. What was published stays published: the other half of R27. */
    public Step failed() {
        return expect(State.PROBING).to(State.IDLE, pgmap);
    }

    /** The driver lets go: nobody can fault any more, and a dynamic region has no pgmap from here on. */
    public Step kill() {
        return state == State.READY
                ? to(State.DYING, kind == Kind.DYNAMIC ? null : pgmap)
                : refused("ENODEV: no driver is bound: region=" + id + " state=" + label(state));
    }

    /** Its pages are gone and its ranges free. */
    public Step released() {
        return expect(State.DYING).to(State.IDLE, pgmap);
    }

    private DaxRegion expect(State wanted) {
        if (state != wanted) {
            throw new IllegalStateException(
                    "region out of step: region=" + id + " state=" + label(state) + " want=" + label(wanted));
        }
        return this;
    }

    private Step to(State next, @Nullable String published) {
        return new Step(new DaxRegion(id, kind, ranges, align, publishLast, published, next), null);
    }

    private Step refused(String why) {
        return new Step(this, why);
    }

    private static String label(State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
