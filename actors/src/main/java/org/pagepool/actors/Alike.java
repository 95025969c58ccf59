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
 * <p>Shared by heads on any threads. Each of them may see what another one has left here or not; either is right.
 */
final class Alike {
    /** What one message did to one head for which nobody waited. */
    private record Done(GrabKind kind, boolean basePut, HeadStep step) {
        @SuppressWarnings("ReferenceEquality") // counts that are equal but not the same are worked out again
        boolean is(GrabKind asked, int refs, boolean last, HeadState state, boolean base) {
            return step.before() == state
                    && kind == asked
                    && step.refs() == refs
                    && step.last() == last
                    && basePut == base;
        }
    }

    private final HeadMachine machine;
    private @Nullable Done grabbed;
    private @Nullable Done put;

    Alike(HeadMachine machine) {
        this.machine = machine;
    }

    /** As {@link HeadMachine#on}. */
    HeadStep on(Head.Command message, HeadState state, List<Section.Waiter> waiting, boolean basePut) {
        if (waiting.isEmpty()) {
            if (message instanceof Head.Grab grab) {
                return grab(grab, state, basePut);
            }
            if (message instanceof Head.Put back) {
                return put(back, state, basePut);
            }
        }
        return machine.on(message, state, waiting, basePut);
    }

    private HeadStep grab(Head.Grab grab, HeadState state, boolean basePut) {
        Done done = grabbed;
        if (done == null || !done.is(grab.kind(), grab.refs(), grab.last(), state, basePut)) {
            done = new Done(grab.kind(), basePut, machine.on(grab, state, List.of(), basePut));
            grabbed = done;
        }
        return done.step;
    }

    private HeadStep put(Head.Put back, HeadState state, boolean basePut) {
        Done done = put;
        if (done == null || !done.is(back.kind(), back.refs(), back.last(), state, basePut)) {
            done = new Done(back.kind(), basePut, machine.on(back, state, List.of(), basePut));
            put = done;
        }
        return done.step;
    }
}
