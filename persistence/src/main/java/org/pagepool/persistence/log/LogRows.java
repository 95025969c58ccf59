package org.pagepool.persistence.log;

import org.jspecify.annotations.Nullable;

/** Rows in their global order, one after the other, in bounded memory. For one thread. */
public interface LogRows extends AutoCloseable {
    /**
     * The next row, or null where there is none: the log ends here as it should, or, in a journal, has come so far by now.
     *
     * @throws LogException if what comes is damaged
     */
    @Nullable
    LogRow next();

    /** Where the row lies that came last: {@code byte 1234}, {@code line 17}, {@code row 17}. */
    String place();

    /** From where to read on behind the row that came last; see {@link LogSource#rows}. */
    LogPosition position();

    /** How much of the log has been read, from 0 to 1, or a number below 0 where that is not known. */
    double progress();

    @Override
    void close();
}
