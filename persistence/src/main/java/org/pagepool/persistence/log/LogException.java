package org.pagepool.persistence.log;

/** A log cannot be read, or not on from here. One line for people: which log, where in it, what is wrong. */
public final class LogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with it. */
    public enum Kind {
        /** It is no log, cannot be reached, or was written by a newer program: bad input. */
        UNUSABLE,
        /** It is a log and part of it is not what was written. */
        DAMAGED
    }

    private final Kind kind;
    private final boolean goesOn;

    private LogException(Kind kind, boolean goesOn, String message) {
        super(message);
        this.kind = kind;
        this.goesOn = goesOn;
    }

    /** Bad input. */
    public static LogException unusable(String name, String why) {
        return new LogException(Kind.UNUSABLE, false, name + ": " + why);
    }

    /** Damage; nothing behind it can be read. */
    public static LogException damaged(String name, String place, String what) {
        return new LogException(Kind.DAMAGED, false, name + ": " + place + ": " + what);
    }

    /** Damage of one row: the next one can be asked for. */
    public static LogException damagedRow(String name, String place, String what) {
        return new LogException(Kind.DAMAGED, true, name + ": " + place + ": " + what);
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** Whether rows behind it can be read. */
    public boolean goesOn() {
        return goesOn;
    }
}
