package org.pagepool.demo.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one JSON document. A thin layer over the streaming generator that does not throw checked exceptions. */
public final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final JsonGenerator to;

    private Json(JsonGenerator to) {
        this.to = to;
    }

    /** Part of a document. */
    @FunctionalInterface
    public interface Part {
        /** Writes it. */
        void write(Json json);
    }

    /** Up to here every whole number is one as a double too. */
    private static final double WHOLE_MAX = 0x1p53;

    /** Writes the object whose fields {@code fields} writes, indented, and a line end. */
    public static void print(PrintWriter out, Part fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
            generator.setPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter));
            new Json(generator).object(fields);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        out.println(text);
        out.flush();
    }

    /** The Java that runs this, as documents name it. */
    public static String jvm() {
        return Runtime.version() + " " + System.getProperty("java.vm.name") + " " + System.getProperty("os.arch");
    }

    /** A text, or null. */
    public Json field(String name, @Nullable String value) {
        return write(() -> to.writeStringField(name, value));
    }

    /** A whole number. */
    public Json field(String name, long value) {
        return write(() -> to.writeNumberField(name, value));
    }

    /** A number; null where there is none. */
    public Json field(String name, double value) {
        return write(() -> {
            if (Double.isFinite(value)) {
                to.writeNumberField(name, value);
            } else {
                to.writeNullField(name);
            }
        });
    }

    /** Yes or no. */
    public Json field(String name, boolean value) {
        return write(() -> to.writeBooleanField(name, value));
    }

    /** Null. */
    public Json nothing(String name) {
        return write(() -> to.writeNullField(name));
    }

    /** An object. */
    public Json object(String name, Part fields) {
        write(() -> to.writeFieldName(name));
        return object(fields);
    }

    /** An object in an array. */
    public Json object(Part fields) {
        write(to::writeStartObject);
        fields.write(this);
        return write(to::writeEndObject);
    }

    /** An array with an element for each item. */
    public <T> Json array(String name, Iterable<T> items, Element<T> element) {
        write(() -> to.writeArrayFieldStart(name));
        for (T item : items) {
            element.write(this, item);
        }
        return write(to::writeEndArray);
    }

    /** A text in an array. */
    public Json element(String value) {
        return write(() -> to.writeString(value));
    }

    /** A number in an array; null where there is none. */
    public Json element(double value) {
        return write(() -> {
            if (value == Math.rint(value) && Math.abs(value) < WHOLE_MAX) {
                to.writeNumber((long) value);
            } else if (Double.isFinite(value)) {
                to.writeNumber(value);
            } else {
                to.writeNull();
            }
        });
    }

    /** An object of texts. */
    public Json texts(String name, Map<String, String> values) {
        return object(name, json -> values.forEach(json::field));
    }

    /** An object of whole numbers. */
    public Json counts(String name, Map<String, Long> values) {
        return object(name, json -> values.forEach((key, value) -> json.field(key, (long) value)));
    }

    /** Writes one element of an array. */
    @FunctionalInterface
    public interface Element<T> {
        /** Writes {@code item}. */
        void write(Json json, T item);
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private Json write(Step step) {
        try {
            step.run();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return this;
    }
}
