package org.pagepool.persistence.log;

import java.util.Locale;

/** The two forms of a log as a file. */
public enum LogForm {
    /** JSON Lines, for people and other programs. */
    JSON,
    /** Checked frames of bytes, small and quick. */
    COMPACT;

    /** As users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
