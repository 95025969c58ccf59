package org.pagepool.runtime.protocol;

/** What teardown waits for before it cleans up (dispute D15). */
public enum TeardownWait {
    /** A page in use holds a pgmap reference, so every pin is waited for (B11). */
    PAGE_PINS,
    /** All page references are put at once at kill time; a pinned page is not waited for (B12, hazard R28). */
    PGMAP_REFS_ONLY
}
