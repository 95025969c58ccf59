package org.pagepool.demo.gup;

/**
 * Where one walker goes in a lap: call after call over some pages, from the first again where there are more turns than one.
 *
 * @param firstPage where it begins, in base pages from the begin of the range
 * @param pages base pages of a turn, at least one
 * @param turns how often it goes over them in a lap
 * @param pagesPerCall base pages each call asks for; the last of a turn asks for what is left
 */
record GupRoute(long firstPage, long pages, int turns, long pagesPerCall) {
    /** Calls of a turn. */
    long callsPerTurn() {
        return (pages + pagesPerCall - 1) / pagesPerCall;
    }

    /** Calls of a lap. */
    long calls() {
        return turns * callsPerTurn();
    }

    /** Base pages of a lap. */
    long pagesPerLap() {
        return turns * pages;
    }

    /** The page that call begins at. */
    long first(long call) {
        return firstPage + call % callsPerTurn() * pagesPerCall;
    }

    /** The page behind that call. */
    long end(long call) {
        return Math.min(first(call) + pagesPerCall, firstPage + pages);
    }
}
