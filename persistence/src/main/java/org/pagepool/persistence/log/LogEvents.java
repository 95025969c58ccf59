package org.pagepool.persistence.log;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.MalformedException;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.journal.Batch;

/**
 * The events of a log one by one, numbered through from 1: the history that an auditor judges. A row that is damaged, or not in
 * its place, ends it with a {@link LogException}. For one thread.
 */
public final class LogEvents implements AutoCloseable {
    private final String name;
    private final LogRows rows;
    private final Consumer<LogRow> onRow;
    private final LogOrder order = new LogOrder();
    private List<Batch.Entry> entries = List.of();
    private int next;
    private long events;
    private @Nullable LogRow row;

    /**
     * The events of these rows.
     *
     * @param name of the log
     * @param rows from where it begins
     * @param eventsBefore how many events come before these rows
     * @param onRow is told of each row before its first event
     */
    public LogEvents(String name, LogRows rows, long eventsBefore, Consumer<LogRow> onRow) {
        this.name = name;
        this.rows = rows;
        this.events = eventsBefore;
        this.onRow = onRow;
    }

    /** All events of a log. */
    public static LogEvents of(LogSource source) {
        return new LogEvents(source.name(), source.rows(), 0, row -> {});
    }

    /** The next event, or null at the end. */
    public @Nullable Recorded next() {
        while (next == entries.size()) {
            LogRow read = rows.next();
            if (read == null) {
                return null;
            }
            String wrong = order.check(read);
            if (wrong != null) {
                throw LogException.damaged(name, rows.place(), wrong);
            }
            try {
                entries = read.batch().entries();
            } catch (MalformedException broken) {
                throw LogException.damaged(name, rows.place(), "row " + read.ordinal() + ": " + broken.getMessage());
            }
            next = 0;
            row = read;
            onRow.accept(read);
        }
        Batch.Entry entry = entries.get(next++);
        return new Recorded(++events, entry.atNanos(), entry.event());
    }

    /** The row of the event that came last. */
    public LogRow row() {
        LogRow last = row;
        if (last == null) {
            throw new IllegalStateException("no event has come yet");
        }
        return last;
    }

    /** Whether the event that came last was the last of its row: the log can be read on from {@link #position}. */
    public boolean rowDone() {
        return next == entries.size();
    }

    /** Behind the row of the event that came last. */
    public LogPosition position() {
        return rows.position();
    }

    /** Where the row of the event that came last lies. */
    public String place() {
        return rows.place();
    }

    /** How much of the log has been read, or a number below 0. */
    public double progress() {
        return rows.progress();
    }

    /** Rows so far, the one of the event that came last included. */
    public long rows() {
        return rows.position().rows();
    }

    /** Events so far. */
    public long events() {
        return events;
    }

    @Override
    public void close() {
        rows.close();
    }
}
