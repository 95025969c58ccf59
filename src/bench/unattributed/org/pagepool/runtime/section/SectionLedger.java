package org.pagepool.runtime.section;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pcollections.TreePMap;

/**
 * In place of the real one, for {@code AttributionTime} alone: nobody is written down, everybody is believed, no answer is remembered.
 * A pool with this ledger only counts. It is on no class path but that benchmark's.
 */
public record SectionLedger(Geometry geometry, TreePMap<String, HolderLedger> holders) {
    /** As in the real one. */
    public static final int ANSWERS_MAX = 4096;

    /** A ledger in which nobody holds anything. */
    public static SectionLedger empty(Geometry geometry) {
        return new SectionLedger(geometry, TreePMap.empty());
    }

    /** Nobody's account. */
    public HolderLedger of(String holder) {
        return HolderLedger.EMPTY;
    }

    /** Nothing was. */
    public @Nullable Answer alreadyAnswered(String holder, long sequence) {
        return null;
    }

    /** None. */
    public int unseenAnswers(String holder, long floor) {
        return 0;
    }

    /** Nobody is refused. */
    public @Nullable Refusal refusesRelease(String holder, String owner, long sequence, GrabKind kind, List<Run> runs) {
        return null;
    }

    /** The same. */
    public SectionLedger answered(String holder, long sequence, long floor, Answer answer) {
        return this;
    }

    /** The same. */
    public SectionLedger apply(Event event, long atNanos) {
        return this;
    }

    /** The same. */
    public SectionLedger forget(String holder) {
        return this;
    }

    /** Nobody. */
    public List<Holding> holdings() {
        return List.of();
    }

    /** Nobody. */
    public List<String> holdersOf(long head) {
        return List.of();
    }

    /** Always. */
    public boolean idle() {
        return true;
    }
}
