package org.pagepool.persistence.rocks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Logger;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;

/**
 * An open RocksDB and its four tables. Keys only grow in {@code rows}, so RocksDB never has to rewrite an event.
 *
 * <ul>
 *   <li>{@code rows}: ordinal to event
 *   <li>{@code index}: name and number to ordinal
 *   <li>{@code ids}: name to the number up to which its events were deleted, 0 at first
 *   <li>{@code default}: the last ordinal, once events were deleted
 * </ul>
 *
 * Closing it while somebody reads crashes the process: {@link RocksStore} holds the lock.
 */
final class RocksFiles implements AutoCloseable {
    /** The last ordinal, if the rows cannot tell. */
    private static final byte[] ORDINAL = "ordinal".getBytes(US_ASCII);

    private static final long MIB = 1 << 20;

    /** How often a directory in use is opened again, because its files changed in that moment. */
    private static final int TRIES = 50;

    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final RocksDB db;
    private final List<ColumnFamilyHandle> tables = new ArrayList<>();

    private RocksFiles(RocksDirectory directory, boolean readOnly) throws RocksDBException {
        try {
            DBOptions options = own(new DBOptions());
            options.setCreateIfMissing(true)
                    .setCreateMissingColumnFamilies(true)
                    // A write that a crash cut short is dropped; anything else that does not add up is damage, and said
                    // so.
                    .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                    .setMaxTotalWalSize(64 * MIB)
                    .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                    .setKeepLogFileNum(2);
            if (readOnly) {
                // Else a log file would be begun in the directory.
                options.setLogger(own(new Silence()));
            }
            List<ColumnFamilyDescriptor> descriptors =
                    List.of(table("default", 1), table("rows", 16), table("index", 4), table("ids", 1));
            String path = directory.path().toString();
            db = own(
                    readOnly
                            ? RocksDB.openReadOnly(options, path, descriptors, tables)
                            : RocksDB.open(options, path, descriptors, tables));
            tables.forEach(this::own);
        } catch (RocksDBException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Opens for writing; makes what is missing. */
    static RocksFiles open(RocksDirectory directory) {
        load(directory);
        directory.prepare();
        try {
            return new RocksFiles(directory, false);
        } catch (RocksDBException e) {
            throw directory.explain(e);
        }
    }

    /** Opens what is there at this moment for reading; nothing in the directory is changed. */
    static RocksFiles openReadOnly(RocksDirectory directory) {
        load(directory);
        directory.checkReadable();
        for (int i = 0; i < TRIES; i++) {
            String before = directory.manifest();
            try {
                RocksFiles files = new RocksFiles(directory, true);
                if (directory.manifest().equals(before)) {
                    return files;
                }
                files.close();
            } catch (RocksDBException e) {
                if (directory.manifest().equals(before)) {
                    throw directory.explain(e);
                }
            }
        }
        throw directory.unavailable(Reason.NOT_WORKING, "changes too fast to be read; read it when it is quiet", null);
    }

    /** The library is a file that has to be unpacked and run. */
    private static void load(RocksDirectory directory) {
        try {
            RocksLibrary.load();
        } catch (RuntimeException | LinkageError e) {
            throw directory.unavailable(
                    Reason.NOT_WORKING,
                    "cannot be opened: RocksDB's native library does not load here (" + e.getMessage()
                            + "); let java.io.tmpdir name a directory that may hold programs",
                    e);
        }
    }

    RocksDB db() {
        return db;
    }

    ColumnFamilyHandle meta() {
        return tables.get(0);
    }

    ColumnFamilyHandle rows() {
        return tables.get(1);
    }

    ColumnFamilyHandle index() {
        return tables.get(2);
    }

    ColumnFamilyHandle ids() {
        return tables.get(3);
    }

    /** The key of the last ordinal in {@link #meta}. */
    static byte[] ordinalKey() {
        return ORDINAL.clone();
    }

    /** The last ordinal ever given. */
    long lastOrdinal() throws RocksDBException {
        byte[] noted = db.get(meta(), ORDINAL);
        try (RocksIterator rows = db.newIterator(rows())) {
            rows.seekToLast();
            long last = rows.isValid() ? Keys.number(rows.key()) : 0;
            rows.status();
            return Math.max(last, noted == null ? 0 : Keys.number(noted));
        }
    }

    /** Up to which number this writer's events are deleted; -1 if it has never written. */
    long deletedTo(String persistenceId) throws RocksDBException {
        byte[] deleted = db.get(ids(), Keys.name(persistenceId));
        return deleted == null ? -1 : Keys.number(deleted);
    }

    /** The highest number this writer has ever used; 0 if none. */
    long highest(String persistenceId) throws RocksDBException {
        long deleted = deletedTo(persistenceId);
        if (deleted < 0) {
            return 0;
        }
        byte[] end = Keys.event(persistenceId, Long.MAX_VALUE);
        try (RocksIterator index = db.newIterator(index())) {
            index.seekForPrev(end);
            long last = index.isValid() ? Keys.sequence(index.key(), end) : 0;
            index.status();
            return Math.max(last, deleted);
        }
    }

    @Override
    public void close() {
        while (!toClose.isEmpty()) {
            try {
                toClose.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        toClose.push(resource);
        return resource;
    }

    private ColumnFamilyDescriptor table(String name, long bufferMib) {
        ColumnFamilyOptions options = own(new ColumnFamilyOptions());
        return new ColumnFamilyDescriptor(name.getBytes(US_ASCII), options.setWriteBufferSize(bufferMib * MIB));
    }

    private static final class Silence extends Logger {
        Silence() {
            super(InfoLogLevel.HEADER_LEVEL);
        }

        @Override
        protected void log(InfoLogLevel level, String message) {}
    }
}
