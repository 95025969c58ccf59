package org.pagepool.runtime.protocol;

/** Who is told that a page is free or idle (dispute D6). */
public enum FreeNotice {
    /** The driver of driver-allocated and peer-to-peer pages is called back; of file pages the waiters are woken. What was merged with seed 000. */
    BY_TYPE,
    /** Every type goes through a callback; that of file pages only wakes the waiters. The state before seed 000. */
    CALLBACK,
    /** Nobody is called back; waiters are woken. What was first proposed, and leaves a driver without its pages. */
    WAKE,
    /** The driver is called back and waiters are woken, whatever the type. */
    BOTH
}
