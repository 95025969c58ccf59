package org.pagepool.persistence.journal;

import java.util.Iterator;

/**
 * Reads a journal without an actor system and without changing it. Rows are fetched a page at a time, so the whole journal is
 * never in memory; an iterator fails with {@link JournalUnavailableException} where the journal cannot be read any more. What is
 * written meanwhile may be seen or not. Any number of threads may read, each with iterators of its own.
 */
public interface JournalReader extends AutoCloseable {
    /** Rows of all writers in the order of the whole journal, from this ordinal on. */
    Iterator<StoredRow> rows(long fromOrdinal);

    /** Rows of one writer by number, both bounds included. */
    Iterator<StoredRow> rowsOf(String persistenceId, long from, long to);

    /** Everybody who has written, by name. */
    Iterator<StoredId> persistenceIds();

    @Override
    void close();
}
