package org.pagepool.persistence.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as JSON and back. Thread-safe. */
public final class JsonRecords {
    private static final int DEPTH_MAX = 32;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxStringLength(KryoOut.TEXT_MAX)
                    .build())
            .build();

    private JsonRecords() {}

    /** Writes the fields of that record into the object that is begun. */
    public static void writeFields(JsonGenerator to, Object record) {
        new JsonOut(Codecs.ALL, to).fields(record);
    }

    /** Writes an object that says which record it is. */
    public static void write(JsonGenerator to, Object record) {
        new JsonOut(Codecs.ALL, to).record(record);
    }

    /**
     * The record of that manifest with those fields.
     *
     * @throws MalformedException if that cannot be said
     */
    public static Object readFields(String manifest, Map<String, ? extends @Nullable Object> fields) {
        return refusing(
                manifest,
                () -> new JsonIn(Codecs.ALL, fields).all(Codecs.ALL.of(manifest).part()));
    }

    /** The record that such an object says it is. */
    public static <T> T read(Map<String, ? extends @Nullable Object> object, Class<T> type) {
        return refusing(type.getSimpleName(), () -> new JsonIn(Codecs.ALL, object).record(type));
    }

    private static <T> T refusing(String what, java.util.function.Supplier<T> read) {
        try {
            return read.get();
        } catch (MalformedException said) {
            throw new MalformedException(what + ": " + said.getMessage(), said);
        } catch (IllegalArgumentException | IllegalStateException | ArithmeticException refused) {
            throw new MalformedException(what + ": " + refused.getMessage(), refused);
        }
    }

    /**
     * One JSON object, and nothing behind it, as maps, lists, texts, whole numbers and truth values.
     *
     * @throws MalformedException if it is none
     */
    public static Map<String, @Nullable Object> parse(byte[] json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedException("no JSON object");
            }
            Map<String, @Nullable Object> object = object(parser);
            if (parser.nextToken() != null) {
                throw new MalformedException("something behind the JSON object");
            }
            return object;
        } catch (IOException broken) {
            String said =
                    String.valueOf(broken.getMessage()).lines().findFirst().orElse("");
            throw new MalformedException("no JSON: " + said, broken);
        }
    }

    private static Map<String, @Nullable Object> object(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (fields.containsKey(name)) {
                throw new MalformedException("a field comes twice: " + name);
            }
            parser.nextToken();
            fields.put(name, value(parser));
        }
        return fields;
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<@Nullable Object> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(parser));
                }
                yield values;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new MalformedException("no value that is stored: " + parser.getText());
        };
    }

    /** A generator that writes one object after another to {@code to}, without a line end between them. */
    public static JsonGenerator generator(java.io.OutputStream to) {
        try {
            JsonGenerator generator = FACTORY.createGenerator(to);
            generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            generator.setRootValueSeparator(null);
            return generator;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
