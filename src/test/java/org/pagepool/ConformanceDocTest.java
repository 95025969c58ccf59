package org.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.runtime.protocol.Protocol;

/** docs/conformance.md cannot drift: every row is there once, has a state, and names only code and tests that exist. */
class ConformanceDocTest {
    private static final Path ROOT = root();
    private static final Pattern ROW = Pattern.compile("\\| ([BRDI]\\d+) \\|.*");
    private static final Pattern STATE = Pattern.compile("holds|(holds|partly|later|out): .+");
    private static final Pattern MEMBER = Pattern.compile("`([A-Z][A-Za-z0-9]*(?:\\.[A-Z][A-Za-z0-9]*)*)#(\\w+)`");

    /**
     * A row of a table.
     *
     * @param table heading above it
     * @param cells the columns by their title
     */
    private record Row(String id, String table, Map<String, String> cells) {
        String cell(String title) {
            String text = cells.get(title);
            assertTrue(text != null, () -> id + " has no column " + title);
            return text;
        }
    }

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("LICENSE"))) {
            at = at.getParent();
        }
        return at == null ? Path.of("") : at;
    }

    private static List<String> lines() throws IOException {
        return Files.readAllLines(ROOT.resolve("docs/conformance.md"));
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        String table = "";
        List<String> titles = List.of();
        for (String line : lines()) {
            Matcher row = ROW.matcher(line);
            if (line.startsWith("## ")) {
                table = line.substring(3);
            } else if (line.startsWith("| row |")) {
                titles = cells(line);
            } else if (row.matches()) {
                List<String> cells = cells(line);
                assertEquals(titles.size(), cells.size(), () -> "columns of " + line);
                Map<String, String> byTitle = new LinkedHashMap<>();
                for (int i = 0; i < cells.size(); i++) {
                    byTitle.put(titles.get(i), cells.get(i));
                }
                rows.add(new Row(row.group(1), table, byTitle));
            }
        }
        return rows;
    }

    private static List<String> cells(String line) {
        return Arrays.stream(line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
                .map(String::strip)
                .toList();
    }

    /** {@code ./pagepool conform --doc > docs/conformance.md} prints it again. */
    @Test
    void shouldBeWhatTheTablePrints() throws IOException {
        CommandLineRun printed = CommandLineRun.of("conform", "--doc");
        assertEquals(0, printed.status(), printed.err());
        assertEquals(
                printed.out().lines().toList(),
                lines(),
                "docs/conformance.md is not what the table prints; print it again: ./pagepool conform --doc > docs/conformance.md");
    }

    @ParameterizedTest
    @CsvSource({"Behaviours, B, 53", "Races, R, 33", "Disputes, D, 16", "Invariants, I, 12"})
    void shouldHaveEveryRowOnceAndInOrder(String table, String letter, int count) throws IOException {
        List<String> expected =
                IntStream.rangeClosed(1, count).mapToObj(i -> letter + i).toList();
        List<String> found = rows().stream()
                .filter(row -> row.table().equals(table))
                .map(Row::id)
                .toList();
        assertEquals(expected, found);
    }

    @Test
    void shouldGiveEveryRowAStateAndAReasonForAllButHolds() throws IOException {
        for (Row row : rows()) {
            assertTrue(STATE.matcher(row.cell("state")).matches(), () -> row.id() + ": " + row.cell("state"));
        }
    }

    @Test
    void shouldNameCodeAndATestForEverythingThatIsThere() throws IOException {
        for (Row row : rows()) {
            String state = row.cell("state");
            if ((state.startsWith("holds") || state.startsWith("partly"))
                    && !row.table().equals("Disputes")) {
                assertTrue(MEMBER.matcher(row.cell("where")).find(), () -> row.id() + " names no code");
                assertTrue(MEMBER.matcher(row.cell("test")).find(), () -> row.id() + " names no test");
            }
        }
    }

    @Test
    void shouldNameOnlyMethodsThatExist() throws IOException {
        Map<String, List<String>> classes = classes();
        int named = 0;
        for (String line : lines()) {
            Matcher member = MEMBER.matcher(line);
            while (member.find()) {
                String what = member.group();
                assertTrue(exists(classes, member.group(1), member.group(2)), () -> what + " does not exist");
                named++;
            }
        }
        assertTrue(named > 100, "the pattern still finds what it is meant to find");
    }

    @Test
    void shouldNameTestsInTheColumnOfTests() throws IOException {
        Map<String, List<String>> classes = classes();
        for (Row row : rows()) {
            Matcher member = MEMBER.matcher(row.cells().getOrDefault("test", ""));
            while (member.find()) {
                String what = row.id() + " " + member.group();
                assertTrue(isTest(classes, member.group(1), member.group(2)), () -> what + " is no test");
            }
        }
    }

    @Test
    void shouldListEverySwitchWithItsValuesInTheRowOfItsDispute() throws IOException {
        Map<String, String> disputes = new TreeMap<>();
        rows().stream()
                .filter(row -> row.table().equals("Disputes"))
                .forEach(row -> disputes.put(row.id(), row.cell("switch")));
        for (Protocol.Switch s : Protocol.SWITCHES) {
            if (!s.dispute().startsWith("D")) {
                continue; // a rule of a behaviour, with no dispute about it
            }
            String text = disputes.get(s.dispute());
            for (String word :
                    Stream.concat(Stream.of(s.key()), s.values().stream()).toList()) {
                assertTrue(text.contains("`" + word + "`"), () -> s.dispute() + " does not list " + word);
            }
        }
        for (String text : disputes.values()) {
            Matcher key = Pattern.compile("`([a-z]+\\.[a-z0-9.-]+)`").matcher(text);
            while (key.find()) {
                String listed = key.group(1);
                assertTrue(
                        Protocol.SWITCHES.stream().anyMatch(s -> s.key().equals(listed)),
                        () -> listed + " is no switch");
            }
        }
    }

    /** Full names of all classes by their simple name, from the source tree. */
    private static Map<String, List<String>> classes() throws IOException {
        Map<String, List<String>> byName = new TreeMap<>();
        for (String sources : List.of(
                "runtime/src/main/java",
                "actors/src/main/java",
                "persistence/src/main/java",
                "demo/src/main/java",
                "src/test/java")) {
            Path base = ROOT.resolve(sources);
            try (Stream<Path> files = Files.walk(base)) {
                files.map(base::relativize)
                        .map(Path::toString)
                        .filter(name -> name.endsWith(".java"))
                        .map(name -> name.substring(0, name.length() - ".java".length())
                                .replace('\\', '.')
                                .replace('/', '.'))
                        .forEach(name -> byName.computeIfAbsent(
                                        name.substring(name.lastIndexOf('.') + 1), n -> new ArrayList<>())
                                .add(name));
            }
        }
        assertFalse(byName.isEmpty());
        return byName;
    }

    private static List<Class<?>> find(Map<String, List<String>> classes, String name) {
        String[] nested = name.split("\\.");
        List<Class<?>> found = new ArrayList<>();
        for (String full : classes.getOrDefault(nested[0], List.of())) {
            List<String> parts = Stream.concat(
                            Stream.of(full), Arrays.stream(nested).skip(1))
                    .toList();
            load(String.join("$", parts)).ifPresent(found::add);
        }
        return found;
    }

    private static Optional<Class<?>> load(String name) {
        try {
            return Optional.of(Class.forName(name, false, ConformanceDocTest.class.getClassLoader()));
        } catch (ClassNotFoundException | NoClassDefFoundError missing) {
            return Optional.empty();
        }
    }

    /** Whether one of the classes of that name declares such a method, or, for its own name, a constructor. */
    private static boolean exists(Map<String, List<String>> classes, String name, String method) {
        return find(classes, name).stream()
                .anyMatch(c -> c.getSimpleName().equals(method)
                        || Arrays.stream(c.getDeclaredMethods())
                                .anyMatch(m -> m.getName().equals(method)));
    }

    private static boolean isTest(Map<String, List<String>> classes, String name, String method) {
        return find(classes, name).stream()
                .flatMap(c -> Arrays.stream(c.getDeclaredMethods()))
                .filter(m -> m.getName().equals(method))
                .anyMatch(ConformanceDocTest::isTest);
    }

    private static boolean isTest(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(a -> a.annotationType().getSimpleName())
                .anyMatch(List.of("Test", "ParameterizedTest", "Property")::contains);
    }
}
