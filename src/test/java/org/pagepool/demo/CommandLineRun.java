package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Interrupts;

/**
 * One command line, run in this JVM with streams that are no terminal, as in a pipe.
 *
 * @param status exit status
 * @param out standard output
 * @param err standard error
 */
public record CommandLineRun(int status, String out, String err) {
    /** Runs the program. */
    public static CommandLineRun of(String... args) {
        return of(Map.of(), false, new StringWriter(), new Interrupts(), args);
    }

    /** Runs the program in some environment; {@code err} is what standard error is written to. */
    public static CommandLineRun of(
            Map<String, String> env, boolean terminals, Writer err, Interrupts interrupts, String... args) {
        StringWriter out = new StringWriter();
        Console console =
                new Console(new PrintWriter(out), new PrintWriter(err), terminals, terminals, env, interrupts);
        int status = Main.run(args, console);
        return new CommandLineRun(status, out.toString(), err.toString());
    }

    /** What it printed, which must be one JSON document and nothing else. */
    public Map<String, Object> json() {
        try (JsonParser parser = new JsonFactory().createParser(out)) {
            parser.nextToken();
            Map<String, Object> document = object(read(parser));
            assertEquals(null, parser.nextToken(), "nothing after the document");
            return document;
        } catch (IOException broken) {
            throw new UncheckedIOException(out, broken);
        }
    }

    /** The value at a path of names and indexes. */
    public static Object at(Object document, Object... path) {
        Object at = document;
        for (Object step : path) {
            at = step instanceof Integer index
                    ? ((List<?>) at).get(index)
                    : object(at).get(step);
        }
        return at;
    }

    /** The whole number at a path. */
    public static long number(Object document, Object... path) {
        return ((Number) at(document, path)).longValue();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    private static Object read(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    assertEquals(null, fields.put(name, read(parser)), "twice in one object: " + name);
                }
                yield fields;
            }
            case START_ARRAY -> {
                List<Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(read(parser));
                }
                yield elements;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }
}
