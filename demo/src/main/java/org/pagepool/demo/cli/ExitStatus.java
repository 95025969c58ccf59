package org.pagepool.demo.cli;

/** What the process says when it ends. Scripts rely on it: a status never changes its meaning. */
public enum ExitStatus {
    /** Good. */
    OK(0, "good"),
    /** An invariant broke, or a check failed. */
    BROKEN(1, "an invariant broke or a check failed"),
    /** Wrong usage or bad input. */
    USAGE(2, "wrong usage or bad input"),
    /** Too little was seen to say anything. */
    INCONCLUSIVE(4, "inconclusive: too little was seen to say anything"),
    /** A log and the rules, or two logs, do not agree. */
    DIVERGED(6, "a replay diverged, or two histories differ"),
    /** Part of a log is not what was written. */
    DAMAGED(7, "a log is damaged"),
    /** The program itself is wrong. */
    INTERNAL(70, "internal error"),
    /** The result could not be written, to a disk that is full for instance. */
    LOST(74, "the result could not be written"),
    /** Stopped by Ctrl-C; what there was to report was reported. */
    INTERRUPTED(130, "interrupted; the partial result was written");

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The number. */
    public int code() {
        return code;
    }

    /** For people. */
    public String meaning() {
        return meaning;
    }
}
