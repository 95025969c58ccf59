package org.pagepool.runtime.event;

/**
 * An event in its place in a history.
 *
 * @param ordinal its number in the one total order, from 1, without gaps
 * @param atNanos when, on the clock of the run
 * @param event what
 */
public record Recorded(long ordinal, long atNanos, Event event) {}
