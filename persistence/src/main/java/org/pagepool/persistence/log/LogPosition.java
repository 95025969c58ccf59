package org.pagepool.persistence.log;

/**
 * A place between two rows of a log.
 *
 * @param afterOrdinal ordinal of the row before it, 0 at the start
 * @param offset bytes of a file before it; 0 at the start, and in a journal
 * @param line lines of a file before it
 * @param rows rows before it
 */
public record LogPosition(long afterOrdinal, long offset, long line, long rows) {
    /** Before the first row. */
    public static final LogPosition START = new LogPosition(0, 0, 0, 0);
}
