package org.pagepool.demo.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A directory with scenario files written by a test. */
final class ScenarioText {
    /** The least that is a scenario with a walker; one part on each line. */
    static final String SMALL = """
            devices { pmem0 { size = 1GiB } }
            address-spaces { vm1 { map { a {} } } }
            walkers { w {} }
            limits { duration = 10s }
            """;

    private final Path directory;

    ScenarioText(Path directory) {
        this.directory = directory;
    }

    /** {@link #SMALL} with one line replaced, counted from 1. */
    static String smallWithLine(int line, String text) {
        String[] lines = SMALL.split("\n", -1);
        lines[line - 1] = text;
        return String.join("\n", lines);
    }

    ScenarioText write(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    ScenarioFile load(String name, Map<String, String> overrides) {
        return new ScenarioLoader(directory).load(directory.resolve(name), overrides);
    }

    /** The only run of a file with that text. */
    Scenario run(String text) {
        return write("demo.conf", text).load("demo.conf", Map.of()).runs().get(0);
    }

    /** What loading says, with the directory taken out. */
    String refusal(String name, Map<String, String> overrides) {
        try {
            load(name, overrides);
        } catch (ScenarioException e) {
            return String.valueOf(e.getMessage()).replace(directory + "/", "");
        }
        return "accepted";
    }
}
