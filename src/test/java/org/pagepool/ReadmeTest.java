package org.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The README tells the truth: its example compiles, runs, and prints what it says. */
class ReadmeTest {
    private static final Path ROOT = root();

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("LICENSE"))) {
            at = at.getParent();
        }
        return at == null ? Path.of("") : at;
    }

    @Test
    void shouldPrintWhatTheReadmeSays() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ReadmeExample.run(new PrintStream(bytes, true, StandardCharsets.UTF_8));

        String printed = bytes.toString(StandardCharsets.UTF_8);
        assertEquals("""
                4194304 pages pinned with 8192 grabs
                not idle: [vm1 (8192 mappings), w7 (4194304 pins)]
                4194304 pins given back
                pmem0 cleaned up
                """, printed);
        assertTrue(
                Files.readString(ROOT.resolve("README.md")).contains(printed.strip()), "README shows another output");
    }

    @Test
    void shouldShowTheExampleThatRuns() throws IOException {
        List<String> source = Files.readAllLines(ROOT.resolve("src/test/java/org/pagepool/ReadmeExample.java"));
        int begin = indexOf(source, "// README: begin");
        int end = indexOf(source, "// README: end");
        String example = String.join("\n", source.subList(begin + 1, end)).stripIndent();

        assertTrue(
                Files.readString(ROOT.resolve("README.md")).contains(example.strip()), "README shows another example");
    }

    private static int indexOf(List<String> lines, String mark) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).strip().equals(mark)) {
                return i;
            }
        }
        throw new AssertionError("no line " + mark);
    }
}
