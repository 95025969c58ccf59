package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ExtensibleBehavior;
import akka.actor.typed.Signal;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;

/** The least that a head can be as an actor: it counts, and says that it has. */
final class FloorHead extends ExtensibleBehavior<FloorHead.Add> {
    /**
     * Count {@code refs} up, or down where it is negative. Answered by {@link Added}.
     *
     * @param replyTo who asks; one message may be sent to many heads
     */
    record Add(int refs, ActorRef<Object> replyTo) {}

    /** Counted. Says nothing more, so it is made once. */
    enum Added {
        /** The only one. */
        INSTANCE
    }

    @SuppressWarnings("UnusedVariable") // to count is the work that is measured
    private long count;

    private FloorHead() {}

    static Behavior<Add> create() {
        return Behaviors.setup(context -> new FloorHead());
    }

    @Override
    public Behavior<Add> receive(TypedActorContext<Add> context, Add add) {
        count += add.refs;
        add.replyTo.tell(Added.INSTANCE);
        return this;
    }

    @Override
    public Behavior<Add> receiveSignal(TypedActorContext<Add> context, Signal signal) {
        return this;
    }
}
