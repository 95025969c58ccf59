package org.pagepool.runtime.event;

/** The three ways to ask for a teardown. */
public enum CloseVerb {
    /** Only if nobody holds anything; otherwise nothing happens. */
    IF_IDLE,
    /** Refuse newcomers now, finish when the last holder lets go. */
    WHEN_IDLE,
    /** Refuse newcomers now and take the references away from their holders. */
    REVOKE
}
