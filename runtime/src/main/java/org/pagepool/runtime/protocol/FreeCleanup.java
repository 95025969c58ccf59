package org.pagepool.runtime.protocol;

/** Whose record is cleaned when a page becomes free (dispute D7). */
public enum FreeCleanup {
    /** Driver-allocated pages only: flags, memory charge, mapping (B3). */
    BY_TYPE,
    /** Every managed page has its flags cleared and its charge dropped, file pages too, which have none. The state before seed 000. */
    EVERY_TYPE
}
