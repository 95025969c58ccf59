package org.pagepool.actors;

import org.pagepool.runtime.event.EventSink;

/**
 * What every actor of a pool is given at birth: where events go, and everything that is not decided by messages.
 *
 * @param events takes what happened, before anybody is answered
 * @param time the clock
 * @param link the way between holders and sections
 * @param limits the bounds
 */
public record Wiring(EventSink events, TimeSource time, Link link, Limits limits) {}
