package org.pagepool.persistence.log;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.JsonRecords;
import org.pagepool.persistence.codec.MalformedException;
import org.pagepool.runtime.journal.Batch;

/** A log as JSON Lines. */
final class JsonLog extends FileLog {
    private static final int LINE_MAX = 64 << 20;
    private static final int HEADER_MAX = 1 << 20;

    private final LogHeader header;
    private final long firstRow;

    JsonLog(String name, Path file) {
        super(name, file);
        try (FileBytes bytes = new FileBytes(name, file, 0)) {
            FileBytes.Line line = bytes.line(HEADER_MAX);
            Map<String, @Nullable Object> first;
            try {
                first = JsonRecords.parse(line == null ? new byte[0] : line.text());
            } catch (MalformedException wrong) {
                throw LogException.unusable(name, "is no log: its first line is " + wrong.getMessage());
            }
            header = LogHeader.read(name, "line 1", first);
            firstRow = bytes.offset();
        }
    }

    @Override
    public String kind() {
        return "JSON log";
    }

    @Override
    public LogHeader header() {
        return header;
    }

    @Override
    public LogRows rows(LogPosition from) {
        boolean start = from.offset() == 0;
        return new Rows(
                name(),
                new FileBytes(name(), file(), start ? firstRow : from.offset()),
                start ? new LogPosition(0, firstRow, 1, 0) : from);
    }

    private static final class Rows implements LogRows {
        private final String name;
        private final FileBytes bytes;
        private long line;
        private long rows;
        private long last;
        private boolean ended;

        Rows(String name, FileBytes bytes, LogPosition from) {
            this.name = name;
            this.bytes = bytes;
            this.line = from.line();
            this.rows = from.rows();
            this.last = from.afterOrdinal();
        }

        @Override
        public @Nullable LogRow next() {
            if (ended) {
                return null;
            }
            FileBytes.Line text = bytes.line(LINE_MAX);
            line++;
            if (text == null) {
                ended = true;
                throw LogException.damaged(name, place(), "the log is cut off behind " + rows + " rows: it has no end");
            }
            if (!text.ended()) {
                ended = true;
                String why =
                        text.text().length > LINE_MAX ? "the line is too long" : "the log is cut off within a line";
                throw LogException.damaged(name, place(), why);
            }
            Map<String, @Nullable Object> object;
            try {
                object = JsonRecords.parse(text.text());
                if (object.containsKey("end")) {
                    end(object);
                    return null;
                }
                rows++;
                return row(object);
            } catch (MalformedException broken) {
                throw LogException.damagedRow(name, place(), String.valueOf(broken.getMessage()));
            }
        }

        private LogRow row(Map<String, @Nullable Object> object) {
            long ordinal = number(object, "row");
            long sequence = number(object, "sequence");
            long written = number(object, "written");
            if (!(object.remove("owner") instanceof String owner)) {
                throw new MalformedException("owner is missing or no text");
            }
            Batch batch = (Batch) JsonRecords.readFields("batch:1", object);
            last = ordinal;
            return LogRow.of(ordinal, owner, sequence, written, batch);
        }

        private static long number(Map<String, @Nullable Object> object, String field) {
            if (!(object.remove(field) instanceof Long number)) {
                throw new MalformedException(field + " is missing or no whole number");
            }
            return number;
        }

        private void end(Map<String, @Nullable Object> object) {
            ended = true;
            long want =
                    object.get("end") instanceof Map<?, ?> end && end.get("rows") instanceof Long number ? number : -1;
            if (want != rows) {
                throw LogException.damaged(name, place(), "the log has " + rows + " rows, and its end says " + want);
            }
            if (bytes.left() > 0) {
                throw LogException.damaged(
                        name, "line " + (line + 1), bytes.left() + " bytes behind the end of the log");
            }
        }

        @Override
        public String place() {
            return "line " + line;
        }

        @Override
        public LogPosition position() {
            return new LogPosition(last, bytes.offset(), line, rows);
        }

        @Override
        public double progress() {
            return bytes.progress();
        }

        @Override
        public void close() {
            bytes.close();
        }
    }
}
