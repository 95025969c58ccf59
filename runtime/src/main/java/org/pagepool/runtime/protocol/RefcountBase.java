package org.pagepool.runtime.protocol;

/** The count of a page nobody uses (dispute D1). */
public enum RefcountBase {
    /** A parked page has count 0; nobody can get it until it is handed out. */
    ZERO,
    /** A parked page has count 1, given at map time and taken back by teardown. */
    ONE,
    /** A parked page has count 1, which is what it is handed out with; the last put takes it to 0, and then it is set back to 1 (E2, R25). */
    RESET_TO_ONE
}
