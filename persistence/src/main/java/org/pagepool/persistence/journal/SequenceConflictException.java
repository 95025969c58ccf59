package org.pagepool.persistence.journal;

/** A write was refused, because its number is not the next one: somebody else has written under that name. Nothing of it was stored. */
public final class SequenceConflictException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String persistenceId;
    private final long expected;
    private final long actual;

    /** The number {@code expected} was free, but {@code actual} came. */
    public SequenceConflictException(String persistenceId, long expected, long actual) {
        super("event " + actual + " of " + persistenceId + " refused: the next number is " + expected
                + (actual < expected ? ", somebody else has written meanwhile" : ""));
        this.persistenceId = persistenceId;
        this.expected = expected;
        this.actual = actual;
    }

    /** Under which name. */
    public String persistenceId() {
        return persistenceId;
    }

    /** The number that would have been accepted. */
    public long expected() {
        return expected;
    }

    /** The number that came. */
    public long actual() {
        return actual;
    }
}
