package org.pagepool.persistence.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.PagedIterator;
import org.pagepool.persistence.journal.StoredId;
import org.pagepool.persistence.journal.StoredRow;

/**
 * Reads what Akka's JDBC journal has written, over one connection that cannot write.
 *
 * <p>The ordinal is the number PostgreSQL gives to a row when it is inserted. A failed insert leaves a gap, and of two that are
 * under way the later number may be committed first: read the order of all writers when nobody writes.
 */
public final class PostgresStore implements JournalReader {
    private static final int PAGE_ROWS = 1024;
    private static final int PAGE_BYTES = 1 << 20;

    /** Rows that come over the wire at a time: a page may end early. */
    private static final int FETCH = 32;

    private static final String COLUMNS = "select ordering, persistence_id, sequence_number, event_ser_id,"
            + " event_ser_manifest, event_payload, write_timestamp from event_journal where not deleted";

    private final PostgresAddress address;
    private final Connection connection;

    private PostgresStore(PostgresAddress address, Connection connection) {
        this.address = address;
        this.connection = connection;
    }

    /** Connects, and checks the tables. */
    public static PostgresStore openReadOnly(PostgresAddress address) {
        PostgresSchema.check(address);
        PostgresStore store = new PostgresStore(address, address.connect());
        try {
            store.connection.setReadOnly(true);
            // Else a statement fetches all its rows at once.
            store.connection.setAutoCommit(false);
        } catch (SQLException e) {
            store.close();
            throw address.failed(e);
        }
        return store;
    }

    @Override
    public Iterator<StoredRow> rows(long fromOrdinal) {
        return new PagedIterator<>(last -> page(
                COLUMNS + " and ordering >= ? order by ordering limit " + PAGE_ROWS,
                PostgresStore::row,
                last == null ? fromOrdinal : last.ordinal() + 1));
    }

    @Override
    public Iterator<StoredRow> rowsOf(String persistenceId, long from, long to) {
        return new PagedIterator<>(last -> page(
                COLUMNS + " and persistence_id = ? and sequence_number >= ? and sequence_number <= ?"
                        + " order by sequence_number limit " + PAGE_ROWS,
                PostgresStore::row,
                persistenceId,
                last == null ? from : last.sequence() + 1,
                to));
    }

    @Override
    public Iterator<StoredId> persistenceIds() {
        return new PagedIterator<>(last -> page(
                "select persistence_id, max(sequence_number) from event_journal"
                        + " where persistence_id collate \"C\" > ? group by persistence_id"
                        + " order by persistence_id collate \"C\" limit " + PAGE_ROWS,
                found -> new StoredId(found.getString(1), found.getLong(2)),
                last == null ? "" : last.persistenceId()));
    }

    private interface View<T> {
        T of(ResultSet found) throws SQLException;
    }

    private synchronized <T> List<T> page(String sql, View<T> view, Object... parameters) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(FETCH);
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<T> page = new ArrayList<>();
            long bytes = 0;
            try (ResultSet found = statement.executeQuery()) {
                while (bytes < PAGE_BYTES && found.next()) {
                    T one = view.of(found);
                    page.add(one);
                    bytes += one instanceof StoredRow row ? row.payload().length : 0;
                }
            }
            // The next page is to see what was written meanwhile.
            connection.rollback();
            return page;
        } catch (SQLException e) {
            throw address.failed(e);
        }
    }

    private static StoredRow row(ResultSet found) throws SQLException {
        return new StoredRow(
                found.getLong(1),
                found.getString(2),
                found.getLong(3),
                found.getInt(4),
                found.getString(5),
                found.getBytes(6),
                found.getLong(7));
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw address.failed(e);
        }
    }
}
