package org.pagepool.persistence.log;

import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.StoredRow;

/** The rows of a journal, which says nothing of itself; what lies beside it may. Each time they are asked for, the journal is opened for reading once more, as it is by then. */
final class JournalLog implements LogSource {
    private final String name;
    private final String kind;
    private final LogHeader header;
    private final Supplier<JournalReader> open;

    JournalLog(String name, String kind, LogHeader header, Supplier<JournalReader> open) {
        this.name = name;
        this.kind = kind;
        this.header = header;
        this.open = open;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public LogHeader header() {
        return header;
    }

    @Override
    public LogRows rows(LogPosition from) {
        try {
            return new Rows(name, open.get(), from);
        } catch (JournalUnavailableException failed) {
            throw explained(name, "the journal", failed);
        }
    }

    @Override
    public String fingerprint() {
        try (LogRows rows = rows()) {
            LogRow first = rows.next();
            return name + " "
                    + (first == null ? "empty" : first.ordinal() + " " + first.owner() + " " + first.writtenMillis());
        }
    }

    private static LogException explained(String name, String place, JournalUnavailableException failed) {
        String said = String.valueOf(failed.getMessage()).replace("journal jdbc:" + name + " ", "");
        return failed.reason() == JournalUnavailableException.Reason.DAMAGED
                ? LogException.damaged(name, place, said)
                : LogException.unusable(name, said);
    }

    private static final class Rows implements LogRows {
        private final String name;
        private final JournalReader reader;
        private final Iterator<StoredRow> rows;
        private long last;
        private long count;

        Rows(String name, JournalReader reader, LogPosition from) {
            this.name = name;
            this.reader = reader;
            this.last = from.afterOrdinal();
            this.count = from.rows();
            this.rows = reader.rows(last + 1);
        }

        @Override
        public @Nullable LogRow next() {
            StoredRow row;
            try {
                row = rows.hasNext() ? rows.next() : null;
            } catch (JournalUnavailableException failed) {
                throw explained(name, "behind row " + last, failed);
            }
            if (row == null) {
                return null;
            }
            last = row.ordinal();
            count++;
            if (row.serializerId() != PoolSerializer.IDENTIFIER) {
                throw LogException.damagedRow(
                        name,
                        place(),
                        "was written by another serializer: " + row.serializerId() + ", want "
                                + PoolSerializer.IDENTIFIER);
            }
            return LogRow.of(
                    row.ordinal(),
                    row.persistenceId(),
                    row.sequence(),
                    row.writtenMillis(),
                    row.manifest(),
                    row.payload());
        }

        @Override
        public String place() {
            return "row " + last;
        }

        @Override
        public LogPosition position() {
            return new LogPosition(last, 0, 0, count);
        }

        @Override
        public double progress() {
            return -1;
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
