package org.pagepool.runtime.protocol;

/** How much the slow path takes with one grab (dispute D16, B28). */
public enum SlowBatch {
    /** One base page at a time, huge entries too. */
    PER_PAGE,
    /** What is left of a huge entry at once; base entries one by one. */
    PER_ENTRY,
    /** All pages of one folio that neighbouring entries map, base entries too. */
    PER_FOLIO
}
