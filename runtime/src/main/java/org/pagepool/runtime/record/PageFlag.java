package org.pagepool.runtime.record;

/** Marks of a page that its life cycle sets and clears (B3, B4, B39). */
public enum PageFlag {
    /** It was handed out and is in use. */
    ACTIVE,
    /** Somebody waits for it. */
    WAITERS,
    /** It is anonymous memory of one process only. */
    ANON_EXCLUSIVE,
    /** Someone wrote to it through a pin and said so (B26). */
    DIRTY,
    /** Its memory has an error that cannot be corrected. Never cleared by the life cycle. */
    HWPOISON
}
