package org.pagepool.demo.gup;

/**
 * What a floor took for as much as one walker's lap: for its grabs, or for what a journal has to write for them.
 *
 * @param takeNanos for what belongs to taking references
 * @param giveNanos for what belongs to giving them back
 * @param failed whether a writer of the journal gave up; then the times say nothing
 */
record FloorLap(long takeNanos, long giveNanos, boolean failed) {
    /** One that went well. */
    FloorLap(long takeNanos, long giveNanos) {
        this(takeNanos, giveNanos, false);
    }
}
