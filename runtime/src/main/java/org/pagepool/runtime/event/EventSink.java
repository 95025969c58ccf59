package org.pagepool.runtime.event;

/**
 * Where actors put what happened, before they answer anybody about it. May be called by many threads at once; the order
 * of calls that happen after one another is kept.
 */
@FunctionalInterface
public interface EventSink {
    /** Takes one event. Must not block on anything but its own bookkeeping. */
    void accept(Event event);

    /** Forgets everything; for benchmarks that measure the actors alone. */
    EventSink NONE = event -> {};
}
