package org.pagepool.runtime.protocol;

/** Whether a walk holds a reference on the pgmap while it grabs (dispute D2). */
public enum PgmapRef {
    /** None: a granted page implies a live pgmap (v6.17). */
    NONE,
    /** One live reference for each run of pages of the same pgmap, given back when the run ends (B6, B17). */
    PER_ENTRY_CACHED,
    /** One for every base page of the walk. */
    PER_PAGE
}
