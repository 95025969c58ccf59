package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** docs/cli.md cannot fall behind: every command, option and exit status is in it, and every field of the documents. */
class CliDocTest {
    private static final String COMMON = "Options of every command";

    @TempDir
    private Path temp;

    private static String doc() throws IOException {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("LICENSE"))) {
            at = at.getParent();
        }
        return Files.readString((at == null ? Path.of("") : at).resolve("docs/cli.md"));
    }

    /** What stands under that heading. */
    private static String section(String title) throws IOException {
        String from = "\n## " + title + "\n";
        String doc = doc();
        int begin = doc.indexOf(from);
        assertTrue(begin >= 0, () -> "no section " + title);
        int end = doc.indexOf("\n## ", begin + from.length());
        return doc.substring(begin, end < 0 ? doc.length() : end);
    }

    private static Map<String, CommandLine> commands() {
        return Main.commandLine(Console.ofProcess()).getSubcommands();
    }

    @Test
    void shouldHaveASectionAndALineForEveryCommand() throws IOException {
        for (String name : commands().keySet()) {
            section(name);
            assertTrue(doc().contains("| [`" + name + "`](#" + name + ") |"), name);
        }
    }

    @Test
    void shouldDescribeEveryOption() throws IOException {
        String common = section(COMMON);
        for (Map.Entry<String, CommandLine> command : commands().entrySet()) {
            String own = section(command.getKey());
            List<OptionSpec> options =
                    new ArrayList<>(command.getValue().getCommandSpec().options());
            command.getValue().getSubcommands().forEach((name, part) -> {
                assertTrue(own.contains("| `" + command.getKey() + " " + name + " "), name);
                options.addAll(part.getCommandSpec().options());
            });
            options.removeIf(OptionSpec::hidden);
            for (OptionSpec option : options) {
                Pattern named = Pattern.compile("(?m)^\\|.*`" + Pattern.quote(option.longestName()) + "[` ]");
                assertTrue(
                        named.matcher(own).find() || named.matcher(common).find(),
                        () -> command.getKey() + " " + option.longestName() + " is in no table");
            }
        }
    }

    @Test
    void shouldListEveryExitStatus() throws IOException {
        String section = section("Exit status");
        for (ExitStatus status : ExitStatus.values()) {
            assertTrue(section.contains("\n| " + status.code() + " |"), status::name);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gup-test, -m 4 -n -1 --warmup 0 --floor --journal rocks",
        "vmemmap, --size 2GiB",
        "conform, --row B12 --protocol v5.5 --protocol v6.15",
        "log ls, TEMP/log.pplog",
        "log fsck, TEMP/log.pplog",
        "log export, TEMP/log.pplog TEMP/log.jsonl",
        "log import, TEMP/log.pplog TEMP/journal",
        "replay, TEMP/log.pplog --protocol v6.15",
        "replay, TEMP/log.pplog --state --checkpoints TEMP/states",
        "replay, --diff TEMP/log.pplog TEMP/log.pplog"
    })
    void shouldDescribeEveryField(String command, String args) throws IOException {
        String log = temp.resolve("log.pplog").toString();
        CommandLineRun.of("log", "generate", log, "--events", "100", "--seed", "7");
        String words = command + " --json " + args.replace("TEMP", temp.toString());
        CommandLineRun run = CommandLineRun.of(words.split(" ", -1));
        assertEquals(0, run.status(), run.err());
        String section = section(command.split(" ", -1)[0]);
        Set<String> fields = new TreeSet<>();
        collect(run.json(), fields);
        for (String field : fields) {
            assertTrue(
                    Pattern.compile("`" + field + "(\\[\\])?`").matcher(section).find(),
                    () -> command + ": no field " + field);
        }
    }

    /** Names of fields at every level; the switches of a protocol and the kinds of events are named elsewhere. */
    private static void collect(Object value, Set<String> fields) {
        if (value instanceof Map<?, ?> object) {
            object.forEach((key, inner) -> {
                fields.add(String.valueOf(key));
                if (!Set.of("switches", "byKind").contains(String.valueOf(key))) {
                    collect(inner, fields);
                }
            });
        } else if (value instanceof List<?> array) {
            array.forEach(element -> collect(element, fields));
        }
    }
}
