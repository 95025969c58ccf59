package org.pagepool.persistence.log;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.JsonRecords;
import org.pagepool.persistence.codec.MalformedException;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What a log says of itself. A journal says nothing: then program and all are unknown, unless it lies in the directory of a run,
 * whose manifest says what was run.
 *
 * @param program what wrote the events, and its version
 * @param created when the log was begun
 * @param seed where all randomness of the run came from, or null
 * @param scenario what was run, or null
 * @param protocols the rules of its devices
 */
public record LogHeader(
        @Nullable String program,
        @Nullable Instant created,
        @Nullable Long seed,
        @Nullable String scenario,
        List<Protocol> protocols) {
    /** Nothing is known. */
    public static final LogHeader UNKNOWN = new LogHeader(null, null, null, null, List.of());

    private static final String FORMAT = "pagepool/log/";
    private static final int VERSION = 1;

    /** Copies the list. */
    public LogHeader {
        protocols = List.copyOf(protocols);
    }

    void write(JsonGenerator to) throws IOException {
        to.writeStartObject();
        to.writeStringField("format", FORMAT + VERSION);
        to.writeStringField("program", program);
        to.writeStringField("created", created == null ? null : created.toString());
        if (seed == null) {
            to.writeNullField("seed");
        } else {
            to.writeNumberField("seed", seed);
        }
        to.writeStringField("scenario", scenario);
        to.writeArrayFieldStart("protocols");
        for (Protocol protocol : protocols) {
            JsonRecords.write(to, protocol);
        }
        to.writeEndArray();
        to.writeEndObject();
    }

    /** The header that such an object is; one of a newer format is {@link LogException.Kind#UNUSABLE}. */
    static LogHeader read(String name, String place, Map<String, @Nullable Object> object) {
        if (!(object.get("format") instanceof String format) || !format.startsWith(FORMAT)) {
            throw LogException.unusable(name, "is no log: its first line has no \"format\": \"" + FORMAT + "N\"");
        }
        if (!format.equals(FORMAT + VERSION)) {
            throw LogException.unusable(
                    name,
                    "is of format " + format + ", which a newer program wrote; this one reads " + FORMAT + VERSION);
        }
        try {
            List<Protocol> protocols = new ArrayList<>();
            for (Map<?, ?> protocol : objects(object.get("protocols"))) {
                protocols.add(JsonRecords.read(texts(protocol), Protocol.class));
            }
            Object created = object.get("created");
            return new LogHeader(
                    text(object, "program"),
                    created == null ? null : Instant.parse(String.valueOf(created)),
                    object.get("seed") instanceof Long seed ? seed : null,
                    text(object, "scenario"),
                    protocols);
        } catch (MalformedException | DateTimeException wrong) {
            throw LogException.damaged(name, place, "header: " + wrong.getMessage());
        }
    }

    private static @Nullable String text(Map<String, @Nullable Object> object, String field) {
        return object.get(field) instanceof String text ? text : null;
    }

    private static List<Map<?, ?>> objects(@Nullable Object list) {
        List<Map<?, ?>> found = new ArrayList<>();
        if (list instanceof List<?> values) {
            for (Object value : values) {
                if (value instanceof Map<?, ?> object) {
                    found.add(object);
                } else {
                    throw new MalformedException("protocols has something that is no protocol");
                }
            }
        }
        return found;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> texts(Map<?, ?> object) {
        return (Map<String, @Nullable Object>) object;
    }
}
