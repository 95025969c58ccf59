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
    /** What a section may ask of a head. Every command but {@link Be} is answered by one {@link Section.HeadAnswered}. */
    sealed interface Command {
        /** The request it belongs to. */
        Section.Op op();
    }

    /**
     * Be a head. The first that it is told, for until then all heads of a section are the same: Akka keeps what it starts an actor
     * from for as long as it lives, and this way keeps it once for all of them.
     *
     * @param op whose first question made it an actor
     * @param index its place in its section
     * @param state its counts
     * @param basePut whether its base is gone already
     */
    record Be(Section.Op op, int index, HeadState state, boolean basePut) implements Command {}

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

    /** What all heads of a section begin as, and what they share. */
    private static final class Unborn extends ExtensibleBehavior<Command> {
        final ActorRef<Section.Command> section;
        final Alike alike;

        Unborn(ActorRef<Section.Command> section, Alike alike) {
            this.section = section;
            this.alike = alike;
        }

        @Override
        public Behavior<Command> receive(TypedActorContext<Command> context, Command message) {
            if (message instanceof Be be) {
                return new Head(this, be.index, be.state, be.basePut);
            }
            throw new IllegalStateException("a head that was not told which one it is: message=" + message);
        }

        @Override
        public Behavior<Command> receiveSignal(TypedActorContext<Command> context, Signal signal) {
            return this;
        }
    }

    private final Unborn shared;
    private final int index;
    private HeadState state;
    private boolean basePut;
    private List<Section.Waiter> waiters = List.of();

    private Head(Unborn shared, int index, HeadState state, boolean basePut) {
        this.shared = shared;
        this.index = index;
        this.state = state;
        this.basePut = basePut;
    }

    /** What to start heads of one section from; each wants to be told {@link Be} before anything else. */
    static Behavior<Command> of(ActorRef<Section.Command> section, Alike alike) {
        return new Unborn(section, alike);
    }

    @Override
    public Behavior<Command> receive(TypedActorContext<Command> context, Command message) {
        basePut |= message instanceof PutBase;
        HeadStep step = shared.alike.on(message, state, waiters, basePut);
        state = step.after();
        waiters = step.waiting();
        shared.section.tell(new Section.HeadAnswered(message.op(), index, step));
        return this;
    }

    @Override
    public Behavior<Command> receiveSignal(TypedActorContext<Command> context, Signal signal) {
        return this;
    }
}
