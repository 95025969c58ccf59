package org.pagepool.persistence.journal;

import org.jspecify.annotations.Nullable;

/** A journal cannot be opened, read or written. The message is one line: which one, what is wrong, and what to do about it. */
public final class JournalUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    public enum Reason {
        /** There is nothing to read. */
        MISSING,
        /** Another process, or another pool of this one, has it open. */
        IN_USE,
        /** What is there is something else. */
        NOT_A_JOURNAL,
        /** A newer pagepool wrote it. */
        NEWER_FORMAT,
        /** Its bytes contradict themselves. */
        DAMAGED,
        /** Its tables are not those that are written to. */
        WRONG_SCHEMA,
        /** The disk, its permissions, its space, or the way to the database. */
        NOT_WORKING,
        /** It was closed. */
        CLOSED
    }

    private final Reason reason;

    /** One line for people, and the reason for programs. */
    public JournalUnavailableException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** One line for people, and the reason for programs. */
    public JournalUnavailableException(Reason reason, String message) {
        this(reason, message, null);
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }
}
