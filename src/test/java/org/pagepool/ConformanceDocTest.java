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
import org.pagepool.demo.conform.Check;
import org.pagepool.demo.conform.ConformTable;
import org.pagepool.demo.conform.Row;
import org.pagepool.demo.conform.State;
import org.pagepool.runtime.protocol.Protocol;

/**
 * docs/conformance.md cannot drift: it is what the table prints, every row is there once, and names only code and tests that
 * exist.
 */
class ConformanceDocTest {
    private static final Path ROOT = root();
    private static final Pattern MEMBER = Pattern.compile("`([A-Z][A-Za-z0-9]*(?:\\.[A-Z][A-Za-z0-9]*)*)#(\\w+)`");

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

    /** {@code ./pagepool conform --doc > docs/conformance.md} prints it again. */
    @Test
    void shouldBeWhatTheTablePrints() throws IOException {
        CommandLineRun printed = CommandLineRun.of("conform", "--doc");
        assertEquals(0, printed.status(), printed.err());
        List<String> wanted = printed.out().lines().toList();
        List<String> there = lines();
        for (int i = 0; i < Math.max(wanted.size(), there.size()); i++) {
            assertEquals(
                    i < wanted.size() ? wanted.get(i) : null,
                    i < there.size() ? there.get(i) : null,
                    "docs/conformance.md, line " + (i + 1)
                            + ": print it again: ./pagepool conform --doc > docs/conformance.md");
        }
    }

    @ParameterizedTest
    @CsvSource({"B, 53", "R, 33", "D, 16", "I, 12"})
    void shouldHaveEveryRowOnceAndInOrder(char kind, int count) {
        assertEquals(
                IntStream.rangeClosed(1, count).mapToObj(i -> "" + kind + i).toList(),
                ConformTable.rows(kind).stream().map(Row::id).toList());
    }

    @Test
    void shouldGiveEveryRowANameARuleAndAReasonForAllStatesButHolds() {
        for (Row row : ConformTable.rows()) {
            assertFalse(row.name().isBlank() || row.rule().isBlank(), row::id);
            assertTrue(row.state() == State.HOLDS || !row.remark().isBlank(), () -> row.id() + ": why " + row.state());
        }
    }

    /** A cell is one line, and a bar would end it. */
    @Test
    void shouldKeepEveryTextInItsCell() {
        for (Row row : ConformTable.rows()) {
            Stream.of(row.name(), row.rule(), row.eras(), row.remark())
                    .forEach(text ->
                            assertFalse(text.contains("|") || text.contains("\n"), () -> row.id() + ": " + text));
            row.checks()
                    .forEach(c -> assertFalse(c.name().contains("|") || c.name().contains("\n"), c::name));
        }
    }

    @Test
    void shouldNameEachCheckOnce() {
        for (Row row : ConformTable.rows()) {
            List<String> names = row.checks().stream().map(Check::name).toList();
            assertEquals(names.stream().distinct().toList(), names, row::id);
        }
    }

    /** A race may be shown by a test alone, a behaviour that holds has checks. */
    @Test
    void shouldNameCodeAndProofForEverythingThatIsThere() {
        for (Row row : ConformTable.rows()) {
            if (row.state() == State.HOLDS || row.state() == State.PARTLY) {
                assertFalse(row.kind() != 'D' && row.where().isEmpty(), () -> row.id() + " names no code");
                assertFalse(
                        row.kind() != 'D'
                                && row.tests().isEmpty()
                                && row.checks().isEmpty(),
                        () -> row.id() + " names no test and has no check");
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
    void shouldNameTestsWhereTestsAreNamedAndCodeWhereCodeIs() throws IOException {
        Map<String, List<String>> classes = classes();
        for (Row row : ConformTable.rows()) {
            for (String test : row.tests()) {
                Matcher member = MEMBER.matcher("`" + test + "`");
                assertTrue(
                        member.matches() && isTest(classes, member.group(1), member.group(2)),
                        () -> row.id() + ": " + test + " is no test");
            }
            for (String code : row.where()) {
                Matcher member = MEMBER.matcher("`" + code + "`");
                assertTrue(
                        member.matches() && exists(classes, member.group(1), member.group(2)),
                        () -> row.id() + ": " + code + " does not exist");
            }
        }
    }

    @Test
    void shouldHaveARowForEveryDisputeThatCanBeSwitched() {
        List<String> ids = ConformTable.rows().stream().map(Row::id).toList();
        for (Protocol.Switch s : Protocol.SWITCHES) {
            assertTrue(ids.contains(s.dispute()), () -> s.key() + " belongs to no row: " + s.dispute());
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

    /** Whether one of the classes of that name declares such a method or field, or, for its own name, a constructor. */
    private static boolean exists(Map<String, List<String>> classes, String name, String method) {
        return find(classes, name).stream()
                .anyMatch(c -> c.getSimpleName().equals(method)
                        || Arrays.stream(c.getDeclaredFields())
                                .anyMatch(f -> f.getName().equals(method))
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
                .anyMatch(List.of("Test", "ParameterizedTest", "Property", "TestFactory")::contains);
    }
}
