package org.pagepool.actors;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.head.UnbalancedPutException;
import org.pagepool.runtime.protocol.LayoutIdle;

/**
 * What a message means to a head, wherever the head lives: {@link Head} and a section that counts for its heads both come here.
 * What counts is decided by {@link HeadState}; this adds those who wait. Pure.
 *
 * @param rules of the pgmap
 * @param waitersMax who may wait for one head
 */
record HeadMachine(HeadRules rules, int waitersMax) {
    /**
     * What {@code message} does.
     *
     * @param waiting who waits for the head
     * @param basePut the reference the page had since its device was mapped is gone, or goes with this message (B11)
     */
    HeadStep on(Head.Command message, HeadState state, List<Section.Waiter> waiting, boolean basePut) {
        if (message instanceof Head.Grab grab) {
            Refusal refusal = state.refuses(grab.kind(), grab.refs(), rules);
            HeadState after = refusal == null ? state.grab(grab.kind(), grab.refs(), rules) : state;
            return new HeadStep(state, after, refusal, grab.refs(), grab.last(), false, List.of(), waiting);
        }
        if (message instanceof Head.Put put) {
            return put(put, state, waiting, basePut);
        }
        if (message instanceof Head.PutBase) {
            return putBase(state, waiting);
        }
        if (message instanceof Head.Await await) {
            return await(await.waiter(), state, waiting, basePut);
        }
        if (message instanceof Head.CancelAwait cancel) {
            List<Section.Waiter> left =
                    waiting.stream().filter(w -> !cancel.concerns(w)).toList();
            return looked(state, null, waiting.stream().filter(cancel::concerns).toList(), left);
        }
        if (message instanceof Head.Be) {
            throw new IllegalStateException("a head is told once which one it is: message=" + message);
        }
        return looked(state, null, List.of(), waiting);
    }

    private HeadStep put(Head.Put put, HeadState state, List<Section.Waiter> waiting, boolean basePut) {
        HeadState after;
        try {
            after = state.put(put.kind(), put.refs(), rules);
        } catch (UnbalancedPutException broken) {
            return new HeadStep(state, state, Refusal.UNBALANCED, put.refs(), put.last(), false, List.of(), waiting);
        }
        return countedDown(state, after, put.refs(), put.last(), waiting, basePut);
    }

    /** Everything that brings a count down ends here: the page may be free now, and somebody may be waiting (R9). */
    private HeadStep countedDown(
            HeadState before, HeadState after, int refs, boolean last, List<Section.Waiter> waiting, boolean basePut) {
        boolean freed = after.announces(rules);
        HeadState now = after.free(rules) ? after.freed(rules, basePut) : after;
        if (waiting.isEmpty()) {
            return new HeadStep(before, now, null, refs, last, freed, List.of(), waiting);
        }
        List<Section.Waiter> told =
                waiting.stream().filter(w -> idleFor(w, now, basePut)).toList();
        List<Section.Waiter> left =
                waiting.stream().filter(w -> !idleFor(w, now, basePut)).toList();
        return new HeadStep(before, now, null, refs, last, freed, told, left);
    }

    /** A page that was handed out at the one it was parked with has no base to put any more (E2). */
    private HeadStep putBase(HeadState state, List<Section.Waiter> waiting) {
        if (rules.resets() && state.active()) {
            return looked(state, null, List.of(), waiting);
        }
        HeadState after;
        try {
            after = state.putBase();
        } catch (UnbalancedPutException broken) {
            return new HeadStep(state, state, Refusal.UNBALANCED, 1, true, false, List.of(), waiting);
        }
        return countedDown(state, after, 1, true, waiting, true);
    }

    private HeadStep await(Section.Waiter waiter, HeadState state, List<Section.Waiter> waiting, boolean basePut) {
        if (idleFor(waiter, state, basePut)) {
            return looked(state, null, List.of(waiter), waiting);
        }
        if (waiting.size() >= waitersMax) {
            return looked(state, Refusal.LIMIT, List.of(), waiting);
        }
        List<Section.Waiter> more = new ArrayList<>(waiting);
        more.add(waiter);
        return looked(state, null, List.of(), List.copyOf(more));
    }

    private static HeadStep looked(
            HeadState state, @Nullable Refusal refusal, List<Section.Waiter> told, List<Section.Waiter> waiting) {
        return new HeadStep(state, state, refusal, 0, true, false, told, waiting);
    }

    /** Idle is the count of a page nobody holds: its base, or zero once the base was put; or by D8. */
    private boolean idleFor(Section.Waiter waiter, HeadState state, boolean basePut) {
        LayoutIdle rule = waiter.rule();
        if (rule != null) {
            return state.idle(rule, rules);
        }
        boolean outAtOne = rules.resets() && state.active();
        return state.refcount() == (basePut ? 0 : rules.base()) && !outAtOne;
    }
}
