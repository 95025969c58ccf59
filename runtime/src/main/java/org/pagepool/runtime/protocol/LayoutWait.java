package org.pagepool.runtime.protocol;

/** How truncation waits for a page in use (dispute D9, B33, B34). */
public enum LayoutWait {
    /** With its locks held. A holder that needs one of them to let go waits for the waiter (R15). */
    HOLD_LOCKS,
    /** With the lock that blocks faults dropped; once woken it takes the lock again and searches from the start. */
    DROP_RETRY,
    /** Not at all: it is refused at once, with the range already unmapped. */
    NON_BLOCKING,
    /** For the whole file, without dropping locks and without being interrupted: eviction. */
    FINAL
}
