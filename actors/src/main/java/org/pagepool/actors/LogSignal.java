package org.pagepool.actors;

/** What a log sends to the actor it belongs to. Nothing but its {@link EventLog} looks inside. */
public interface LogSignal {
    /** A message of an actor that carries one. */
    interface Carrier {
        /** It. */
        LogSignal signal();
    }
}
