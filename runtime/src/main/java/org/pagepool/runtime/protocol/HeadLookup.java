package org.pagepool.runtime.protocol;

/** When a walk finds out which head a page belongs to (dispute D3). */
public enum HeadLookup {
    /** Before the grab, and never again: a compound that is split in between gets a reference meant for another (R4). */
    BEFORE_NO_RECHECK,
    /** Before the grab and once more after it; if the head is another one by then, the grab is undone and repeated (B22). */
    BEFORE_RECHECK,
    /** Not at all: the page the entry points at is taken for the head. */
    ENTRY_HEAD
}
