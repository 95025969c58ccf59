package org.pagepool.persistence.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Fields as JSON, by their names; constants by their labels, null where there is none. A record with a version of its own says
 * which it is: {@code "is": "grabbed"}, and from its second version on {@code "v": 2}.
 */
final class JsonOut implements Out {
    private final Codecs codecs;
    private final JsonGenerator to;

    JsonOut(Codecs codecs, JsonGenerator to) {
        this.codecs = codecs;
        this.to = to;
    }

    /** The fields of a record, without saying which it is. */
    void fields(Object value) {
        codecs.of(value).part().put().put(this, value);
    }

    @Override
    public void text(String name, String value) {
        write(() -> to.writeStringField(name, value));
    }

    @Override
    public void textOrNull(String name, @Nullable String value) {
        write(() -> to.writeStringField(name, value));
    }

    @Override
    public void number(String name, long value) {
        write(() -> to.writeNumberField(name, value));
    }

    @Override
    public void nanos(String name, long value) {
        number(name, value);
    }

    @Override
    public void flag(String name, boolean value) {
        write(() -> to.writeBooleanField(name, value));
    }

    @Override
    public <E extends Enum<E>> void one(String name, EnumCodes<E> codes, E value) {
        text(name, codes.label(value));
    }

    @Override
    public <E extends Enum<E>> void oneOrNull(String name, EnumCodes<E> codes, @Nullable E value) {
        textOrNull(name, value == null ? null : codes.label(value));
    }

    @Override
    public <E extends Enum<E>> void all(String name, EnumCodes<E> codes, Collection<E> values) {
        texts(name, values.stream().sorted().map(codes::label).toList());
    }

    @Override
    public void texts(String name, Collection<String> values) {
        write(() -> {
            to.writeArrayFieldStart(name);
            for (String value : values) {
                to.writeString(value);
            }
            to.writeEndArray();
        });
    }

    @Override
    public <T> void list(String name, Collection<T> values, Part<T> part) {
        write(() -> {
            to.writeArrayFieldStart(name);
            for (T value : values) {
                to.writeStartObject();
                part.put().put(this, value);
                to.writeEndObject();
            }
            to.writeEndArray();
        });
    }

    @Override
    public <T> void part(String name, T value, Part<T> part) {
        write(() -> {
            to.writeObjectFieldStart(name);
            part.put().put(this, value);
            to.writeEndObject();
        });
    }

    @Override
    public <T> void partOrNull(String name, @Nullable T value, Part<T> part) {
        if (value == null) {
            write(() -> to.writeNullField(name));
        } else {
            part(name, value, part);
        }
    }

    @Override
    public void record(String name, Object value) {
        write(() -> {
            to.writeFieldName(name);
            record(value);
        });
    }

    /** A record that says which it is. */
    void record(Object value) {
        Codec<?> codec = codecs.of(value);
        write(() -> {
            to.writeStartObject();
            to.writeStringField(JsonIn.IS, codec.code());
            if (codec.version() > 1) {
                to.writeNumberField(JsonIn.VERSION, codec.version());
            }
            fields(value);
            to.writeEndObject();
        });
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static void write(Step step) {
        try {
            step.run();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
