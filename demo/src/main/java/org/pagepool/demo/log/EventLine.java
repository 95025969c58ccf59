package org.pagepool.demo.log;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.event.EventText;
import org.pagepool.persistence.codec.JsonRecords;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.runtime.event.Recorded;

/** One event as a line, for people or as JSON. */
public final class EventLine {
    private EventLine() {}

    /** {@code #17  t=0.273059s  pmem0  Grabbed  hog#1 pin: 16,384 refs on 33 heads from 0x923200, section 292 epoch 21}. */
    public static String text(Recorded event, long firstNanos) {
        return String.format(
                        Locale.ROOT,
                        "%8s  t=%ss  %-8s  %-14s  %s",
                        "#" + event.ordinal(),
                        Numbers.fixed((event.atNanos() - firstNanos) / 1e9, 6),
                        event.event().pgmap(),
                        EventText.kind(event),
                        EventText.what(event))
                .stripTrailing();
    }

    /** The same for machines, without a line end. */
    public static String json(Recorded event, LogRow row) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator to = JsonRecords.generator(text)) {
            to.writeStartObject();
            to.writeNumberField("event", event.ordinal());
            to.writeNumberField("row", row.ordinal());
            to.writeStringField("owner", row.owner());
            to.writeNumberField("sequence", row.sequence());
            to.writeNumberField("at", event.atNanos());
            to.writeFieldName("what");
            JsonRecords.write(to, event.event());
            to.writeEndObject();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
