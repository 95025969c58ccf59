package org.pagepool.persistence.log;

import com.esotericsoftware.kryo.io.Output;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.pagepool.persistence.codec.JsonRecords;

/** Writes a log as checked frames of bytes. */
final class CompactLogWriter extends LogWriter {
    private final Output frame = new Output(1024, Frames.LENGTH_MAX);

    CompactLogWriter(Path target, LogHeader header, boolean force) {
        super(target, force);
        try {
            out().write(Frames.MAGIC);
            out().write(Frames.VERSION);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            try (JsonGenerator json = JsonRecords.generator(text)) {
                header.write(json);
            }
            write(Frames.HEADER, text.toByteArray(), text.size());
        } catch (IOException failed) {
            throw refused(failed);
        }
    }

    @Override
    void write(LogRow row) throws IOException {
        frame.reset();
        frame.writeVarLong(row.ordinal(), true);
        frame.writeVarLong(row.sequence(), true);
        frame.writeVarLong(row.writtenMillis(), false);
        text(row.owner());
        text(row.manifest());
        frame.writeBytes(row.payload());
        write(Frames.ROW, frame.getBuffer(), frame.position());
    }

    @Override
    void writeEnd(long rowsWritten, long eventsWritten) throws IOException {
        frame.reset();
        frame.writeVarLong(rowsWritten, true);
        frame.writeVarLong(eventsWritten, true);
        write(Frames.END, frame.getBuffer(), frame.position());
    }

    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        frame.writeVarInt(utf8.length, true);
        frame.writeBytes(utf8);
    }

    private void write(byte type, byte[] content, int count) throws IOException {
        out().write(Frames.head(type, content, count));
        out().write(content, 0, count);
    }
}
