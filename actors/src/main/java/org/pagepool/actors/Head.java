package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.head.UnbalancedPutException;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.RequestCount;

/**
 * A compound head: owns its refcount, pincount and mapcount and those who wait for it to become idle. Child of its
 * section, which is the only one that talks to it; it exists from the first request for its page until it has been idle
 * for a while. What a message means is decided by {@link HeadState}; one message is one grab or put for any number of
 * references (B20).
 */
public final class Head extends AbstractBehavior<Head.Command> {
    /** What a section may ask of a head. Every command is answered by one {@link Section.HeadAnswered}. */
    sealed interface Command {}

    /**
     * Grab {@code refs} references, or none.
     *
     * @param last false if more messages for this head follow in the same request
     */
    record Grab(Section.Op op, GrabKind kind, int refs, boolean last) implements Command {}

    /** Give {@code refs} references back. */
    record Put(Section.Op op, GrabKind kind, int refs, boolean last) implements Command {}

    /** Give the reference back that the page has had since its device was mapped (B11). */
    record PutBase(Section.Op op) implements Command {}

    /** Say what the counts are. */
    record Report(Section.Op op) implements Command {}

    /** Tell {@code waiter} once the head is idle by its rule; at once if it is. */
    record Await(Section.Op op, Section.Waiter waiter) implements Command {}

    /** Stop waiting: one waiter, or {@link #EVERYBODY}. */
    record CancelAwait(Section.Op op, String waiter) implements Command {
        /** Instead of a waiter's name: all of them. */
        static final String EVERYBODY = "*";

        boolean concerns(Section.Waiter candidate) {
            return waiter.equals(EVERYBODY) || candidate.id().equals(waiter);
        }
    }

    private final ActorRef<Section.Command> section;
    private final HeadRules rules;
    private final int index;
    private final int waitersMax;
    private HeadState state;
    private int idleCount;
    private boolean basePut;
    private List<Section.Waiter> waiters = List.of();

    static Behavior<Command> create(
            ActorRef<Section.Command> section,
            HeadRules rules,
            HeadState state,
            int idleCount,
            int index,
            int waitersMax) {
        return Behaviors.setup(context -> new Head(context, section, rules, state, idleCount, index, waitersMax));
    }

    private Head(
            ActorContext<Command> context,
            ActorRef<Section.Command> section,
            HeadRules rules,
            HeadState state,
            int idleCount,
            int index,
            int waitersMax) {
        super(context);
        this.section = section;
        this.rules = rules;
        this.state = state;
        this.idleCount = idleCount;
        this.basePut = idleCount != rules.base();
        this.index = index;
        this.waitersMax = waitersMax;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Grab.class, this::onGrab)
                .onMessage(Put.class, this::onPut)
                .onMessage(PutBase.class, this::onPutBase)
                .onMessage(Report.class, this::onReport)
                .onMessage(Await.class, this::onAwait)
                .onMessage(CancelAwait.class, this::onCancelAwait)
                .build();
    }

    private Behavior<Command> onGrab(Grab grab) {
        HeadState before = state;
        Refusal refusal = before.refuses(grab.kind, grab.refs, rules);
        if (refusal == null) {
            state = before.grab(grab.kind, grab.refs, rules);
            return answer(grab.op, before, null, grab.refs, grab.last, List.of());
        }
        return answer(grab.op, before, refusal, grab.refs, grab.last, List.of());
    }

    private Behavior<Command> onPut(Put put) {
        HeadState before = state;
        try {
            state = before.put(put.kind, put.refs, rules);
        } catch (UnbalancedPutException broken) {
            if (rules.requestCount()
                    != RequestCount.SET_ONE) { // there hand-out may have overwritten it, as the section says
                getContext().getLog().error("head index={} refused a put: {}", index, broken.getMessage());
            }
            return answer(put.op, before, Refusal.UNBALANCED, put.refs, put.last, List.of());
        }
        return countedDown(put.op, before, put.refs, put.last);
    }

    /** Everything that brings a count down ends here: the page may be free now, and somebody may be waiting (R9). */
    private Behavior<Command> countedDown(Section.Op op, HeadState before, int refs, boolean last) {
        boolean freed = state.announces(rules);
        if (state.free(rules)) {
            state = state.freed(rules, basePut);
        }
        section.tell(new Section.HeadAnswered(op, index, before, state, null, refs, last, freed, takeWaiters()));
        return this;
    }

    /** A page that was handed out at the one it was parked with has no base to put any more (E2). */
    private Behavior<Command> onPutBase(PutBase put) {
        HeadState before = state;
        basePut = true;
        idleCount = 0;
        if (rules.resets() && before.active()) {
            return answer(put.op, before, null, 0, true, List.of());
        }
        try {
            state = before.putBase();
        } catch (UnbalancedPutException broken) {
            getContext().getLog().error("head index={} had no base to put: {}", index, broken.getMessage());
            return answer(put.op, before, Refusal.UNBALANCED, 1, true, List.of());
        }
        return countedDown(put.op, before, 1, true);
    }

    private Behavior<Command> onReport(Report report) {
        return answer(report.op, state, null, 0, true, List.of());
    }

    private Behavior<Command> onAwait(Await await) {
        if (idleFor(await.waiter)) {
            return answer(await.op, state, null, 0, true, List.of(await.waiter));
        }
        if (waiters.size() >= waitersMax) {
            return answer(await.op, state, Refusal.LIMIT, 0, true, List.of());
        }
        List<Section.Waiter> more = new ArrayList<>(waiters);
        more.add(await.waiter);
        waiters = List.copyOf(more);
        return answer(await.op, state, null, 0, true, List.of());
    }

    private Behavior<Command> onCancelAwait(CancelAwait cancel) {
        List<Section.Waiter> found = waiters.stream().filter(cancel::concerns).toList();
        waiters = waiters.stream().filter(w -> !cancel.concerns(w)).toList();
        return answer(cancel.op, state, null, 0, true, found);
    }

    /** Idle is the count it was started at, when nobody held it: its base, or zero once the base was dropped; or by D8. */
    private boolean idleFor(Section.Waiter waiter) {
        LayoutIdle rule = waiter.rule();
        if (rule != null) {
            return state.idle(rule, rules);
        }
        boolean outAtOne = rules.resets() && state.active();
        return state.refcount() == idleCount && !outAtOne;
    }

    private List<Section.Waiter> takeWaiters() {
        if (waiters.isEmpty()) {
            return waiters;
        }
        List<Section.Waiter> told = waiters.stream().filter(this::idleFor).toList();
        waiters = waiters.stream().filter(w -> !idleFor(w)).toList();
        return told;
    }

    private Behavior<Command> answer(
            Section.Op op,
            HeadState before,
            @Nullable Refusal refusal,
            int refs,
            boolean last,
            List<Section.Waiter> told) {
        section.tell(new Section.HeadAnswered(op, index, before, state, refusal, refs, last, false, told));
        return this;
    }
}
