package org.pagepool.persistence.log;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import org.pagepool.persistence.codec.JsonRecords;

/** Writes a log as JSON Lines. */
final class JsonLogWriter extends LogWriter {
    private final JsonGenerator to;

    JsonLogWriter(Path target, LogHeader header, boolean force) {
        super(target, force);
        to = JsonRecords.generator(out());
        try {
            header.write(to);
            to.writeRaw('\n');
        } catch (IOException failed) {
            throw refused(failed);
        }
    }

    @Override
    void write(LogRow row) throws IOException {
        to.writeStartObject();
        to.writeNumberField("row", row.ordinal());
        to.writeStringField("owner", row.owner());
        to.writeNumberField("sequence", row.sequence());
        to.writeNumberField("written", row.writtenMillis());
        JsonRecords.writeFields(to, row.batch());
        to.writeEndObject();
        to.writeRaw('\n');
    }

    @Override
    void writeEnd(long rowsWritten, long eventsWritten) throws IOException {
        to.writeStartObject();
        to.writeObjectFieldStart("end");
        to.writeNumberField("rows", rowsWritten);
        to.writeNumberField("events", eventsWritten);
        to.writeEndObject();
        to.writeEndObject();
        to.writeRaw('\n');
        to.flush();
    }
}
