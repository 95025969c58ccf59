package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the loops of several walkers wait for each other, so that none does what is not timed while another one is timed: whoever says
 * that it is here is told to go on once all are.
 */
final class Muster extends AbstractBehavior<Muster.Here> {
    /** One is here. Answered by {@link Together}, when all are. */
    record Here(ActorRef<? super Together> replyTo) {}

    /** All are here. */
    enum Together {
        /** The one there is. */
        INSTANCE
    }

    private final int all;
    private final List<ActorRef<? super Together>> here = new ArrayList<>();

    /** For that many, again and again. */
    static Behavior<Here> of(int all) {
        return Behaviors.setup(context -> new Muster(context, all));
    }

    private Muster(ActorContext<Here> context, int all) {
        super(context);
        this.all = all;
    }

    @Override
    public Receive<Here> createReceive() {
        return newReceiveBuilder().onMessage(Here.class, this::onHere).build();
    }

    private Behavior<Here> onHere(Here one) {
        here.add(one.replyTo);
        if (here.size() == all) {
            here.forEach(each -> each.tell(Together.INSTANCE));
            here.clear();
        }
        return this;
    }
}
