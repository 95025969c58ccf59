package org.pagepool.demo.cli;

import java.util.Locale;

/** How progress is shown on standard error. */
public enum ProgressMode {
    /** By what standard error is: a terminal gets one line that changes, a dumb one or CI plain lines, a pipe nothing. */
    AUTO,
    /** One line that is written over, at most five times a second. */
    TTY,
    /** A line every ten seconds. */
    PLAIN,
    /** Not at all. */
    NONE;

    /** As users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
