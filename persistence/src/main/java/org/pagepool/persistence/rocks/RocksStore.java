package org.pagepool.persistence.rocks;

import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;
import org.pagepool.persistence.journal.PagedIterator;
import org.pagepool.persistence.journal.SequenceConflictException;
import org.pagepool.persistence.journal.StoredId;
import org.pagepool.persistence.journal.StoredRow;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The events of a pool in a directory. One thread may write ({@link #append}, {@link #deleteTo}), any number may read.
 *
 * <p>For writing, the directory belongs to one store at a time. For reading, it may be open elsewhere; what is seen is what was
 * written when it was opened.
 *
 * <p>After a failed write nobody knows what of it is on the disk. The files are opened again before they are next used, and what
 * is found then counts.
 */
public final class RocksStore implements JournalReader {
    /** A page of rows ends when it has so many or they take so much. */
    private static final int PAGE_ROWS = 1024;

    private static final int PAGE_BYTES = 1 << 20;

    /** How many writers' highest numbers are kept in memory; the others' are looked up. */
    private static final int KNOWN_WRITERS = 1 << 16;

    /** Unpacks and loads RocksDB's library, which takes a few hundred milliseconds; the first store does it where nobody has. */
    public static void loadLibrary() {
        RocksLibrary.load();
    }

    private final RocksDirectory directory;
    private final boolean readOnly;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private @Nullable RocksFiles files;
    private boolean closed;

    // Of the writing thread; right for the files that are open.
    private @Nullable RocksFiles known;
    private long lastOrdinal;
    private final Map<String, Long> highest = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > KNOWN_WRITERS;
        }
    };

    private RocksStore(Path directory, boolean readOnly) {
        this.directory = new RocksDirectory(directory.toAbsolutePath().normalize());
        this.readOnly = readOnly;
    }

    /** Opens a directory for writing; makes it if it is not there. */
    public static RocksStore open(Path directory) {
        return opened(new RocksStore(directory, false));
    }

    /** Opens what is in a directory at this moment; changes nothing there, not even if a crash left it untidy. */
    public static RocksStore openReadOnly(Path directory) {
        return opened(new RocksStore(directory, true));
    }

    /** A store that is opened when it is first used, and tried again on every use until that works. */
    static RocksStore openLater(Path directory) {
        return new RocksStore(directory, false);
    }

    private static RocksStore opened(RocksStore store) {
        store.read(files -> files);
        return store;
    }

    /** Where the events are. */
    public Path directory() {
        return directory.path();
    }

    @Override
    public Iterator<StoredRow> rows(long fromOrdinal) {
        return new PagedIterator<>(last -> pageOfRows(last == null ? fromOrdinal : last.ordinal() + 1));
    }

    @Override
    public Iterator<StoredRow> rowsOf(String persistenceId, long from, long to) {
        return new PagedIterator<>(last -> pageOf(
                persistenceId, last == null ? from : last.sequence() + 1, to, (ordinal, row) -> row.at(ordinal)));
    }

    /** As {@link #rowsOf}, with what only the writer's own replay wants to know. */
    Iterator<NewRow> replay(String persistenceId, long from, long to) {
        return new PagedIterator<>(
                last -> pageOf(persistenceId, last == null ? from : last.sequence() + 1, to, (ordinal, row) -> row));
    }

    @Override
    public Iterator<StoredId> persistenceIds() {
        return new PagedIterator<>(last -> pageOfIds(last == null ? "" : last.persistenceId()));
    }

    /** The highest number this writer has ever used, also if that event was deleted since; 0 if it has never written. */
    public long highest(String persistenceId) {
        return read(files -> files.highest(persistenceId));
    }

    /** The last ordinal ever given; 0 if none. */
    public long lastOrdinal() {
        return read(RocksFiles::lastOrdinal);
    }

    /**
     * Writes several lists by one forced write. Each list is of one writer and is stored whole or not at all; a list that does not
     * begin with that writer's next number, or has a gap, is refused alone.
     *
     * @return for each list, why it was refused, or null
     * @throws JournalUnavailableException if none of them may count as stored
     */
    public List<@Nullable SequenceConflictException> append(List<List<NewRow>> writes) {
        List<@Nullable SequenceConflictException> refusals = new ArrayList<>(writes.size());
        Map<String, Long> staged = new HashMap<>();
        change((files, batch) -> {
            long ordinal = lastOrdinal;
            for (List<NewRow> write : writes) {
                SequenceConflictException refusal = conflict(files, staged, write);
                refusals.add(refusal);
                if (refusal != null) {
                    continue;
                }
                for (NewRow row : write) {
                    byte[] key = Keys.number(++ordinal);
                    batch.put(files.rows(), key, row.encode());
                    batch.put(files.index(), Keys.event(row.persistenceId(), row.sequence()), key);
                    if (row.sequence() == 1) {
                        batch.put(files.ids(), Keys.name(row.persistenceId()), Keys.number(0));
                    }
                    staged.put(row.persistenceId(), row.sequence());
                }
            }
            return ordinal;
        });
        highest.putAll(staged);
        return refusals;
    }

    /** Deletes the events of one writer up to this number. That writer's next number, and the next ordinal, stay what they are. */
    public void deleteTo(String persistenceId, long to) {
        while (deleteSome(persistenceId, to)) {}
    }

    /** A page at a time; each leaves the journal whole. Whether there is more to delete. */
    private boolean deleteSome(String persistenceId, long to) {
        boolean[] more = {false};
        change((files, batch) -> {
            byte[] end = Keys.event(persistenceId, Long.MAX_VALUE);
            long last = Math.min(to, files.highest(persistenceId));
            long deleted = files.deletedTo(persistenceId);
            try (RocksIterator index = files.db().newIterator(files.index())) {
                index.seek(Keys.event(persistenceId, 0));
                for (int n = 0; index.isValid(); index.next(), n++) {
                    long sequence = Keys.sequence(index.key(), end);
                    if (sequence < 0 || sequence > last) {
                        break;
                    }
                    if (n == PAGE_ROWS) {
                        more[0] = true;
                        break;
                    }
                    batch.delete(files.rows(), index.value());
                    batch.delete(files.index(), index.key());
                    deleted = sequence;
                }
                index.status();
            }
            if (deleted > 0) {
                batch.put(files.ids(), Keys.name(persistenceId), Keys.number(deleted));
                batch.put(files.meta(), RocksFiles.ordinalKey(), Keys.number(lastOrdinal));
            }
            return lastOrdinal;
        });
        return more[0];
    }

    /** What is read or written with open files. */
    private interface Reading<T> {
        T read(RocksFiles files) throws RocksDBException;
    }

    private interface Change {
        /** Puts into the batch what is to change; returns the last ordinal after it. */
        long stage(RocksFiles files, WriteBatch batch) throws RocksDBException;
    }

    private interface View<T> {
        T of(long ordinal, NewRow row);
    }

    private <T> List<T> pageOf(String persistenceId, long from, long to, View<T> view) {
        return read(files -> {
            List<T> page = new ArrayList<>();
            int bytes = 0;
            byte[] start = Keys.event(persistenceId, Math.max(0, from));
            try (RocksIterator index = files.db().newIterator(files.index())) {
                for (index.seek(start);
                        index.isValid() && page.size() < PAGE_ROWS && bytes < PAGE_BYTES;
                        index.next()) {
                    long sequence = Keys.sequence(index.key(), start);
                    if (sequence < 0 || sequence > to) {
                        break;
                    }
                    byte[] ordinal = index.value();
                    byte[] value = files.db().get(files.rows(), ordinal);
                    // Without a value: deleted since the iterator was made.
                    if (value != null) {
                        NewRow row = decode(value);
                        page.add(view.of(Keys.number(ordinal), row));
                        bytes += row.size();
                    }
                }
                index.status();
            }
            return page;
        });
    }

    private List<StoredRow> pageOfRows(long from) {
        return read(files -> {
            List<StoredRow> page = new ArrayList<>();
            int bytes = 0;
            try (RocksIterator rows = files.db().newIterator(files.rows())) {
                for (rows.seek(Keys.number(Math.max(0, from)));
                        rows.isValid() && page.size() < PAGE_ROWS && bytes < PAGE_BYTES;
                        rows.next()) {
                    NewRow row = decode(rows.value());
                    page.add(row.at(Keys.number(rows.key())));
                    bytes += row.size();
                }
                rows.status();
            }
            return page;
        });
    }

    private NewRow decode(byte[] value) {
        try {
            return NewRow.decode(value);
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw directory.unavailable(Reason.DAMAGED, "holds an event that cannot be read; go back to a backup", e);
        }
    }

    private List<StoredId> pageOfIds(String after) {
        return read(files -> {
            List<String> names = new ArrayList<>();
            try (RocksIterator ids = files.db().newIterator(files.ids())) {
                for (ids.seek(Keys.name(after)); ids.isValid() && names.size() < PAGE_ROWS; ids.next()) {
                    String name = Keys.name(ids.key());
                    if (!name.equals(after)) {
                        names.add(name);
                    }
                }
                ids.status();
            }
            List<StoredId> page = new ArrayList<>();
            for (String name : names) {
                page.add(new StoredId(name, files.highest(name)));
            }
            return page;
        });
    }

    private @Nullable SequenceConflictException conflict(RocksFiles files, Map<String, Long> staged, List<NewRow> write)
            throws RocksDBException {
        if (write.isEmpty()) {
            return null;
        }
        String id = write.get(0).persistenceId();
        Long before = staged.get(id);
        long next = before != null ? before : highest(files, id);
        for (NewRow row : write) {
            if (row.sequence() != ++next || !row.persistenceId().equals(id)) {
                return new SequenceConflictException(row.persistenceId(), next, row.sequence());
            }
        }
        return null;
    }

    /** As {@link #highest(String)}, for the writing thread, which will want to know it again. */
    long highestForWriting(String persistenceId) {
        return read(files -> {
            learn(files);
            return highest(files, persistenceId);
        });
    }

    private long highest(RocksFiles files, String persistenceId) throws RocksDBException {
        Long last = highest.get(persistenceId);
        if (last == null) {
            last = files.highest(persistenceId);
            highest.put(persistenceId, last);
        }
        return last;
    }

    private void change(Change change) {
        Optional<JournalUnavailableException> failure = read(files -> {
            try (WriteBatch batch = new WriteBatch();
                    WriteOptions forced = new WriteOptions().setSync(true)) {
                learn(files);
                long last = change.stage(files, batch);
                if (batch.count() > 0) {
                    files.db().write(forced, batch);
                }
                lastOrdinal = last;
                return Optional.empty();
            } catch (RocksDBException e) {
                return Optional.of(directory.explain(e));
            }
        });
        if (failure.isPresent()) {
            forget();
            throw failure.get();
        }
    }

    /** The writing thread looks up what it must know about files that were opened since it last wrote. */
    private void learn(RocksFiles files) throws RocksDBException {
        if (known != files) {
            highest.clear();
            lastOrdinal = files.lastOrdinal();
            known = files;
        }
    }

    private <T> T read(Reading<T> reading) {
        while (true) {
            lock.readLock().lock();
            try {
                if (closed) {
                    throw directory.unavailable(Reason.CLOSED, "was closed", null);
                }
                if (files != null) {
                    return reading.read(files);
                }
            } catch (RocksDBException e) {
                throw directory.explain(e);
            } finally {
                lock.readLock().unlock();
            }
            reopen();
        }
    }

    private void reopen() {
        lock.writeLock().lock();
        try {
            if (files == null && !closed) {
                files = readOnly ? RocksFiles.openReadOnly(directory) : RocksFiles.open(directory);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void forget() {
        lock.writeLock().lock();
        try {
            if (files != null) {
                files.close();
                files = null;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            closed = true;
            forget();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
