package org.pagepool.persistence.journal;

/** A write was refused at once, because as many as may wait are waiting. Nothing of it was stored. */
public final class JournalBusyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** So many writes and bytes wait already. */
    public JournalBusyException(int writes, long bytes) {
        super("the journal has no room for another write: " + writes + " of " + bytes + " bytes wait already");
    }
}
