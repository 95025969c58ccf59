package org.pagepool.persistence.log;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.JsonRecords;
import org.pagepool.persistence.codec.MalformedException;

/** A log as checked frames of bytes. */
final class CompactLog extends FileLog {
    private static final int TEXT_MAX = 1 << 16;

    private LogHeader header = LogHeader.UNKNOWN;
    private long firstRow;

    CompactLog(String name, Path file) {
        super(name, file);
        try (FileBytes bytes = new FileBytes(name, file, 0)) {
            readHeader(name, bytes);
            firstRow = bytes.offset();
        }
    }

    private void readHeader(String name, FileBytes bytes) {
        bytes.read(Frames.MAGIC.length);
        byte[] version = bytes.read(1);
        if (version.length == 0) {
            throw LogException.damaged(name, "byte " + Frames.MAGIC.length, "the log is cut off before its header");
        }
        if (version[0] != Frames.VERSION) {
            throw LogException.unusable(
                    name,
                    "is of version " + (version[0] & 0xff)
                            + " of the compact form, which a newer program wrote; this one reads version "
                            + Frames.VERSION);
        }
        Frame frame = Rows.frame(name, bytes);
        if (frame == null || frame.type != Frames.HEADER) {
            throw LogException.damaged(name, "byte " + (Frames.MAGIC.length + 1), "the log has no header");
        }
        try {
            header = LogHeader.read(name, "byte " + frame.offset, JsonRecords.parse(frame.content));
        } catch (MalformedException wrong) {
            throw LogException.damaged(name, "byte " + frame.offset, "header: " + wrong.getMessage());
        }
    }

    @Override
    public String kind() {
        return "compact log";
    }

    @Override
    public LogHeader header() {
        return header;
    }

    @Override
    public LogRows rows(LogPosition from) {
        return new Rows(name(), new FileBytes(name(), file(), from.offset() == 0 ? firstRow : from.offset()), from);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    private record Frame(long offset, byte type, byte[] content) {}

    private static final class Rows implements LogRows {
        private final String name;
        private final FileBytes bytes;
        private final Input input = new Input();
        private final LogPosition from;
        private long rows;
        private long last;
        private long offset;
        private boolean ended;

        Rows(String name, FileBytes bytes, LogPosition from) {
            this.name = name;
            this.bytes = bytes;
            this.from = from;
            this.rows = from.rows();
            this.last = from.afterOrdinal();
            this.offset = bytes.offset();
        }

        @Override
        public @Nullable LogRow next() {
            if (ended) {
                return null;
            }
            offset = bytes.offset();
            Frame frame;
            try {
                frame = frame(name, bytes);
            } catch (LogException damaged) {
                ended = !damaged.goesOn();
                rows += damaged.goesOn() ? 1 : 0;
                throw damaged;
            }
            if (frame == null) {
                ended = true;
                throw LogException.damaged(name, place(), "the log is cut off behind " + rows + " rows");
            }
            if (frame.type == Frames.END) {
                end(frame);
                return null;
            }
            rows++;
            if (frame.type != Frames.ROW) {
                throw LogException.damagedRow(name, place(), "a frame of unknown type: " + frame.type);
            }
            return row(frame);
        }

        private LogRow row(Frame frame) {
            try {
                input.setBuffer(frame.content);
                long ordinal = input.readVarLong(true);
                long sequence = input.readVarLong(true);
                long written = input.readVarLong(false);
                String owner = text();
                String manifest = text();
                byte[] payload = Arrays.copyOfRange(frame.content, input.position(), frame.content.length);
                last = ordinal;
                return LogRow.of(ordinal, owner, sequence, written, manifest, payload);
            } catch (KryoException | MalformedException broken) {
                throw LogException.damagedRow(name, place(), "the row is no row");
            }
        }

        private String text() {
            int length = input.readVarInt(true);
            if (length < 0 || length > Math.min(TEXT_MAX, input.limit() - input.position())) {
                throw new MalformedException("a text is too long");
            }
            return new String(input.readBytes(length), StandardCharsets.UTF_8);
        }

        private void end(Frame frame) {
            ended = true;
            input.setBuffer(frame.content);
            long want;
            try {
                want = input.readVarLong(true);
                input.readVarLong(true);
            } catch (KryoException broken) {
                throw LogException.damaged(name, place(), "the end is no end");
            }
            if (want != rows) {
                throw LogException.damaged(name, place(), "the log has " + rows + " rows, and its end says " + want);
            }
            if (bytes.left() > 0) {
                throw LogException.damaged(
                        name, "byte " + bytes.offset(), bytes.left() + " bytes behind the end of the log");
            }
        }

        /** The next frame, or null at the end of the file. */
        private static @Nullable Frame frame(String name, FileBytes bytes) {
            long at = bytes.offset();
            byte[] head = bytes.read(Frames.HEAD);
            if (head.length == 0) {
                return null;
            }
            if (head.length < Frames.HEAD) {
                throw LogException.damaged(name, "byte " + at, "the log is cut off within a frame");
            }
            ByteBuffer fields = ByteBuffer.wrap(head);
            int length = fields.getInt();
            int checksum = fields.getInt();
            byte type = fields.get();
            if (length < 1 || length > Frames.LENGTH_MAX || length - 1 > bytes.left()) {
                String cut = length > 0 && length <= Frames.LENGTH_MAX ? "the log is cut off within a frame, or " : "";
                throw LogException.damaged(
                        name,
                        "byte " + at,
                        cut + "the length of a frame is wrong: " + Integer.toUnsignedString(length) + " bytes, "
                                + (bytes.left() + 1) + " left");
            }
            byte[] content = bytes.read(length - 1);
            if (Frames.checksum(type, content, content.length) != checksum) {
                throw LogException.damagedRow(name, "byte " + at, "the checksum of a frame is wrong");
            }
            return new Frame(at, type, content);
        }

        @Override
        public String place() {
            return "byte " + offset;
        }

        @Override
        public LogPosition position() {
            return new LogPosition(last, bytes.offset(), from.line(), rows);
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
