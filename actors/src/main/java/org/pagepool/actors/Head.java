package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ExtensibleBehavior;
import akka.actor.typed.Signal;
import akka.actor.typed.TypedActorContext;
import java.util.List;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadState;

/**
 * A compound head: owns its refcount, pincount and mapcount and those who wait for it to become idle. Child of its
 * section, which is the only one that talks to it; it exists from the first request for its page until it has been idle
 * for a while. What a message means is decided by {@link HeadMachine}; one message is one grab or put for any number of
 * references (B20). There are as many of these as heads in use, so it has nothing but its state: no setup of its own, no
 * context, no table of handlers.
 */
public final class Head extends ExtensibleBehavior<Head.Command> {
    /** What a section may ask of a head. Every command is answered by one {@link Section.HeadAnswered}. */
    sealed interface Command {
        /** The request it belongs to. */
        Section.Op op();
    }

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
    private final Alike alike;
    private final int index;
    private HeadState state;
    private boolean basePut;
    private List<Section.Waiter> waiters = List.of();

    /**
     * A head.
     *
     * @param state its counts
     * @param basePut whether its base is gone already
     * @param index its place in its section
     */
    Head(ActorRef<Section.Command> section, Alike alike, HeadState state, boolean basePut, int index) {
        this.section = section;
        this.alike = alike;
        this.state = state;
        this.basePut = basePut;
        this.index = index;
    }

    @Override
    public Behavior<Command> receive(TypedActorContext<Command> context, Command message) {
        basePut |= message instanceof PutBase;
        HeadStep step = alike.on(message, state, waiters, basePut);
        state = step.after();
        waiters = step.waiting();
        section.tell(new Section.HeadAnswered(message.op(), index, step));
        return this;
    }

    @Override
    public Behavior<Command> receiveSignal(TypedActorContext<Command> context, Signal signal) {
        return this;
    }
}
