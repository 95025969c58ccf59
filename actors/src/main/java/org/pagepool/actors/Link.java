package org.pagepool.actors;

import akka.actor.typed.ActorRef;

/**
 * The way from holders (walkers, address spaces) to sections and back: the messages that cross nodes in a cluster. May
 * lose, delay or repeat them; requests carry sequences and are sent again until they are answered, so nothing but time is
 * lost. Injected, so that tests can do exactly that.
 */
@FunctionalInterface
public interface Link {
    /** Sends {@code message} on its way. */
    <T> void send(ActorRef<T> to, T message);

    /** Delivers every message once, at once. */
    static Link direct() {
        return ActorRef::tell;
    }
}
