package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.ActorContext;

/**
 * How actors of a pool start others: on the dispatcher that they run on themselves. Akka would take the system's default one, which in
 * another system is not the pool's. For the pool's own actors, and its journals'; a rule of the build keeps them from starting any otherwise.
 */
public final class Children {
    private Children() {}

    /** Starts a child of that name. */
    public static <T> ActorRef<T> spawn(ActorContext<?> parent, Behavior<T> child, String name) {
        return parent.spawn(child, name, here(parent));
    }

    /** Starts a child that nobody looks for by name. */
    public static <T> ActorRef<T> spawnAnonymous(ActorContext<?> parent, Behavior<T> child) {
        return parent.spawnAnonymous(child, here(parent));
    }

    /** Where that is the system's default it goes without saying, which saves memory for each child. */
    private static Props here(ActorContext<?> parent) {
        boolean byDefault =
                parent.getExecutionContext().equals(parent.getSystem().executionContext());
        return byDefault ? Props.empty() : DispatcherSelector.sameAsParent();
    }
}
