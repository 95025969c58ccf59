package org.pagepool.actors;

import org.pagepool.runtime.event.EventSink;

/**
 * What every actor of a pool is given at birth: where events go, and everything that is not decided by messages.
 *
 * @param events takes what happened, before anybody is answered
 * @param journals where actors write down what happened; hands it to {@code events} once it is safe
 * @param time the clock
 * @param link the way between holders and sections
 * @param limits the bounds
 * @param hosting where heads count
 */
public record Wiring(
        EventSink events, Journals journals, TimeSource time, Link link, Limits limits, HeadHosting hosting) {
    /** For actors of which nothing outlives the process. */
    public Wiring(EventSink events, TimeSource time, Link link, Limits limits, HeadHosting hosting) {
        this(events, Journals.volatileTo(events), time, link, limits, hosting);
    }
}
