package org.pagepool.actors;

import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.journal.Receipt;

/**
 * What one actor writes down before it tells anybody. The actor decides and goes on in memory; whatever leaves it, an answer, a
 * message, a call of a driver, goes through {@link #then} and waits until everything written down before is safe. Where nothing
 * survives, everything is safe at once. Confined to its actor.
 */
public interface EventLog {
    /** Something happened. */
    void record(Event event);

    /** A request was answered: it must get the same answer again. */
    void receipt(Receipt receipt);

    /** Does {@code tell} once everything that was written down before is safe; in the order of calls. */
    void then(Runnable tell);

    /** Takes what the log has sent to its actor, wrapped as the actor's own message. */
    void on(LogSignal signal);

    /** True while the log does not get on with writing: whoever asks for something new is better refused now than late. */
    boolean stuck();
}
