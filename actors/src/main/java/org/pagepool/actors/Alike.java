package org.pagepool.actors;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadState;

/**
 * The heads of a section are mostly asked the same, one after the other, and count the same: what one has done, the next does, and its
 * counts and what it says of them are the same object, which is at hand where its own would have to be fetched. Decides nothing that
 * {@link HeadMachine} has not decided for just these counts.
 *
 * <p>Shared by heads on any threads, without a lock: what it keeps is immutable, each head may see what another one has left here or
 * not, and either is right.
 */
final class Alike {
    /**
     * How many it remembers of grabs, of puts, and of puts of bases: a power of two, for several holders ask the same heads in
     * turn.
     */
    private static final int PLACES = 8;

    /** A base is one reference of no kind; they are kept apart from all others. */
    private static final GrabKind BASE = GrabKind.GET;

    /** What one message did to one head for which nobody waited. */
    private record Done(GrabKind kind, int refs, boolean basePut, HeadStep step) {
        boolean is(GrabKind asked, int askedRefs, boolean last, HeadState state, boolean base) {
            return step.before().equals(state)
                    && kind == asked
                    && refs == askedRefs
                    && step.last() == last
                    && basePut == base;
        }
    }

    private final HeadMachine machine;
    private final @Nullable Done[] grabs = new Done[PLACES];
    private final @Nullable Done[] puts = new Done[PLACES];
    private final @Nullable Done[] bases = new Done[PLACES];

    Alike(HeadMachine machine) {
        this.machine = machine;
    }

    /** As {@link HeadMachine#on}. */
    HeadStep on(Head.Command message, HeadState state, List<Section.Waiter> waiting, boolean basePut) {
        if (waiting.isEmpty()) {
            if (message instanceof Head.Grab grab) {
                return step(grabs, grab, grab.kind(), grab.refs(), grab.last(), state, basePut);
            }
            if (message instanceof Head.Put put) {
                return step(puts, put, put.kind(), put.refs(), put.last(), state, basePut);
            }
            if (message instanceof Head.PutBase base) {
                return step(bases, base, BASE, 1, true, state, basePut);
            }
        }
        return machine.on(message, state, waiting, basePut);
    }

    private HeadStep step(
            @Nullable Done[] places,
            Head.Command message,
            GrabKind kind,
            int refs,
            boolean last,
            HeadState state,
            boolean basePut) {
        int place = place(state);
        Done done = places[place];
        if (done == null || !done.is(kind, refs, last, state, basePut)) {
            done = new Done(kind, refs, basePut, machine.on(message, state, List.of(), basePut));
            places[place] = done;
        }
        return done.step;
    }

    /** By the upper bits of a product, for counts go up and down by powers of two. */
    private static int place(HeadState state) {
        return ((state.refcount() + state.pincount()) * 0x9E3779B9)
                >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PLACES));
    }
}
