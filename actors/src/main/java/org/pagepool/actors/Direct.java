package org.pagepool.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

/**
 * Takes messages by one method of the actor instead of a table of handlers that Akka would make for each actor and search for each
 * message: sections and walkers take thousands a walk.
 *
 * @param <T> what the actor understands
 */
final class Direct<T> extends Receive<T> {
    /** What the actor does with a message. */
    @FunctionalInterface
    interface Handler<T> {
        /** The behaviour for the next one. */
        Behavior<T> on(T message);
    }

    private final Handler<T> handler;
    private final Runnable stopped;

    Direct(Handler<T> handler, Runnable stopped) {
        this.handler = handler;
        this.stopped = stopped;
    }

    @Override
    public Behavior<T> receiveMessage(T message) {
        return handler.on(message);
    }

    @Override
    public Behavior<T> receiveSignal(Signal signal) {
        if (signal instanceof PostStop) {
            stopped.run();
            return Behaviors.same();
        }
        return Behaviors.unhandled();
    }
}
