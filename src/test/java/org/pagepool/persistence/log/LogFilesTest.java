package org.pagepool.persistence.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What was written is read again; what was not is said to be so, and where. */
class LogFilesTest {
    @TempDir
    private Path dir;

    private static List<String> lines(List<LogRow> rows) {
        List<String> lines = new ArrayList<>(rows.stream().map(LogRowsOf::line).toList());
        lines.add("end");
        return lines;
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadWhatWasWritten(LogForm form) {
        long seed = System.nanoTime();
        Path file = dir.resolve("log");
        List<LogRow> rows = LogRowsOf.random(seed, 100);
        LogRowsOf.write(file, form, rows);

        assertEquals(lines(rows), LogRowsOf.read(file), () -> "seed " + seed);
        try (LogSource source = LogSources.open(file.toString())) {
            assertEquals(LogRowsOf.HEADER, source.header());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadOnFromAnyPosition(LogForm form) {
        Path file = dir.resolve("log");
        List<LogRow> rows = LogRowsOf.random(11, 20);
        LogRowsOf.write(file, form, rows);
        try (LogSource source = LogSources.open(file.toString());
                LogRows all = source.rows()) {
            for (int i = 0; i < rows.size(); i++) {
                all.next();
                List<String> rest = new ArrayList<>();
                try (LogRows from = source.rows(all.position())) {
                    for (LogRow row = from.next(); row != null; row = from.next()) {
                        rest.add(LogRowsOf.line(row));
                    }
                }
                assertEquals(
                        rows.subList(i + 1, rows.size()).stream()
                                .map(LogRowsOf::line)
                                .toList(),
                        rest);
            }
        }
    }

    /** Cut off anywhere: the rows before are there, and the last line says that it is damaged, or no log at all. */
    @ParameterizedTest
    @EnumSource
    void shouldSayThatALogIsCutOff(LogForm form) throws IOException {
        Path file = dir.resolve("log");
        List<LogRow> rows = LogRowsOf.small(3);
        LogRowsOf.writeShort(file, form, rows);
        List<String> whole = lines(rows);
        byte[] bytes = Files.readAllBytes(file);
        Path cut = dir.resolve("cut");
        for (int length = 0; length < bytes.length; length++) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            List<String> read = LogRowsOf.read(cut);
            int last = read.size() - 1;
            assertEquals(whole.subList(0, last), read.subList(0, last));
            String said = read.get(last);
            assertTrue(said.startsWith("DAMAGED " + cut) || said.startsWith("UNUSABLE " + cut), said);
        }
    }

    @Test
    void shouldNoticeEveryFlippedBitOfACompactLog() throws IOException {
        Path file = dir.resolve("log");
        List<LogRow> rows = LogRowsOf.small(3);
        LogRowsOf.writeShort(file, LogForm.COMPACT, rows);
        List<String> whole = lines(rows);
        byte[] bytes = Files.readAllBytes(file);
        Path flipped = dir.resolve("flipped");
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] other = bytes.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(flipped, other);
            List<String> read = LogRowsOf.read(flipped);
            int last = read.size() - 1;
            assertEquals(whole.subList(0, last), read.subList(0, last));
            assertTrue(read.get(last).matches("(?s)(DAMAGED|UNUSABLE) .*"), read.get(last));
        }
    }

    @Test
    void shouldTakeEveryFlippedBitOfAJsonLogForARowOrSayWhereItIs() throws IOException {
        Path file = dir.resolve("log");
        LogRowsOf.writeShort(file, LogForm.JSON, LogRowsOf.small(2));
        byte[] bytes = Files.readAllBytes(file);
        int rows = new String(bytes, StandardCharsets.UTF_8).indexOf('\n') + 1;
        Path flipped = dir.resolve("flipped");
        for (int bit = (rows - 20) * 8; bit < bytes.length * 8; bit += 3) {
            byte[] other = bytes.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(flipped, other);
            List<String> read = LogRowsOf.read(flipped);
            String said = read.get(read.size() - 1);
            assertTrue(said.equals("end") || said.matches("(?s)(DAMAGED|UNUSABLE) .*flipped: .*"), said);
        }
    }

    @Test
    void shouldGoOnBehindADamagedRow() throws IOException {
        Path file = dir.resolve("log");
        LogRowsOf.write(file, LogForm.COMPACT, LogRowsOf.random(15, 5));
        byte[] bytes = Files.readAllBytes(file);
        long second;
        try (LogSource source = LogSources.open(file.toString());
                LogRows rows = source.rows()) {
            rows.next();
            second = rows.position().offset();
        }
        bytes[(int) second + Frames.HEAD + 3] ^= 1;
        Files.write(file, bytes);
        List<Long> read = new ArrayList<>();
        try (LogSource source = LogSources.open(file.toString());
                LogRows rows = source.rows()) {
            read.add(rows.next().ordinal());
            LogException damaged = assertThrows(LogException.class, rows::next);
            assertTrue(damaged.goesOn());
            assertEquals(file + ": byte " + second + ": the checksum of a frame is wrong", damaged.getMessage());
            for (LogRow row = rows.next(); row != null; row = rows.next()) {
                read.add(row.ordinal());
            }
        }
        assertEquals(List.of(1L, 3L, 4L, 5L), read);
    }

    /** A frame that says it has four thousand million bytes: refused before room is made. */
    @ParameterizedTest
    @CsvSource({"-1, 4294967295", "2147483647, 2147483647", "-2147483648, 2147483648", "0, 0"})
    void shouldNotBelieveALength(int length, String shown) throws IOException {
        Path file = dir.resolve("log");
        LogRowsOf.write(file, LogForm.COMPACT, List.of());
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length - Frames.HEAD - 2;
        ByteBuffer.wrap(bytes).putInt(end, length);
        Files.write(file, bytes);
        String said = LogRowsOf.read(file).get(0);
        assertTrue(said.startsWith("DAMAGED " + file + ": byte " + end + ": "), said);
        assertTrue(said.contains("the length of a frame is wrong: " + shown + " bytes"), said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                                    | UNUSABLE %s: is empty; want a log
                    PK..                                  | UNUSABLE %s: is no log: it begins neither like
                    {                                     | UNUSABLE %s: is no log: its first line is no JSON:
                    {}                                    | UNUSABLE %s: is no log: its first line has no "format"
                    {"format":"pagepool/run/1"}           | UNUSABLE %s: is no log: its first line has no "format"
                    {"format":"pagepool/log/2"}           | UNUSABLE %s: is of format pagepool/log/2, which a newer program
                    {"format":"pagepool/log/1","created":"x"} | DAMAGED %s: line 1: header: Text 'x' could not be parsed
                    {"format":"pagepool/log/1"}           | DAMAGED %s: line 2: the log is cut off behind 0 rows: it has no end
                    """)
    void shouldRefuseWhatIsNoLog(String text, String said) throws IOException {
        Path file = Files.writeString(dir.resolve("log"), text.isEmpty() ? "" : text + "\n");
        String first = LogRowsOf.read(file).get(0);
        assertTrue(first.startsWith(String.format(said.strip(), file)), first);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"row":1}                                       | line 2: sequence is missing or no whole number
                    {"row":1.5}                                     | line 2: no value that is stored: 1.5
                    [1]                                             | line 2: no JSON object
                    {"end":{"rows":3}}                              | line 2: the log has 0 rows, and its end says 3
                    {"row":1,"sequence":1,"written":1,"owner":"o","receipts":[]} | line 2: batch:1: events is missing
                    {"row":1,"sequence":1,"written":1,"owner":"o","events":[],"receipts":[],"x":1} | line 2: batch:1: unknown field: x
                    {"row":1,"sequence":1,"written":1,"owner":"o","events":[{"at":1,"event":{"is":"java.lang.Runtime"}}],"receipts":[]} | line 2: batch:1: unknown manifest: java.lang.Runtime:1
                    {"row":1,"sequence":1,"written":1,"owner":"o","events":[{"at":1,"event":{"is":"drained","v":9,"pgmap":"p"}}],"receipts":[]} | line 2: batch:1: unknown manifest: drained:9; this program knows drained up to version 1
                    {"row":1,"sequence":1,"written":1,"owner":"o","events":[{"at":1,"event":{"is":"gate","state":"open","share":0}}],"receipts":[]} | line 2: batch:1: a gate where a Event belongs
                    {"row":1,"row":1}                               | line 2: a field comes twice: row
                    """)
    void shouldSayWhichLineIsWrong(String line, String said) throws IOException {
        Path file = Files.writeString(dir.resolve("log"), "{\"format\":\"pagepool/log/1\"}\n" + line.strip() + "\n");
        assertEquals(
                "DAMAGED " + file + ": " + said.strip(), LogRowsOf.read(file).get(0));
    }

    @Test
    void shouldRefuseANewerCompactForm() throws IOException {
        Path file = dir.resolve("log");
        LogRowsOf.write(file, LogForm.COMPACT, List.of());
        byte[] bytes = Files.readAllBytes(file);
        bytes[Frames.MAGIC.length] = 2;
        Files.write(file, bytes);
        assertEquals(
                "UNUSABLE " + file
                        + ": is of version 2 of the compact form, which a newer program wrote; this one reads"
                        + " version 1",
                LogRowsOf.read(file).get(0));
    }

    @Test
    void shouldSayWhenThereIsNothingOrSomethingElse() throws IOException {
        assertEquals(
                "UNUSABLE " + dir.resolve("none") + ": no such file or directory",
                LogRowsOf.read(dir.resolve("none")).get(0));
        String said = LogRowsOf.read(dir).get(0);
        assertTrue(said.startsWith("UNUSABLE " + dir + ": journal "), said);
        Files.writeString(dir.resolve("letter.txt"), "x");
        said = LogRowsOf.read(dir).get(0);
        assertTrue(said.contains("holds something else (letter.txt)"), said);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNeverReplaceUnlessAsked(LogForm form) throws IOException {
        Path file = Files.writeString(dir.resolve("log"), "mine");
        LogException refused =
                assertThrows(LogException.class, () -> LogWriter.create(file, form, LogRowsOf.HEADER, false));
        assertEquals(file + ": exists; want another name, or --force to replace it", refused.getMessage());
        assertEquals("mine", Files.readString(file));
        try (LogWriter writer = LogWriter.create(file, form, LogRowsOf.HEADER, true)) {
            writer.finish();
        }
        assertEquals(List.of("end"), LogRowsOf.read(file));
        assertEquals(1, filesHere());
    }

    /** Also if it came after the writer had begun. */
    @Test
    void shouldNotReplaceWhatCameMeanwhile() throws IOException {
        Path file = dir.resolve("log");
        try (LogWriter writer = LogWriter.create(file, LogForm.JSON, LogRowsOf.HEADER, false)) {
            Files.writeString(file, "mine");
            assertThrows(LogException.class, writer::finish);
        }
        assertEquals("mine", Files.readString(file));
        assertEquals(1, filesHere());
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveNothingBehindThatIsNotFinished(LogForm form) throws IOException {
        try (LogWriter writer = LogWriter.create(dir.resolve("log"), form, LogRowsOf.HEADER, false)) {
            writer.append(LogRowsOf.random(1, 1).get(0));
            assertFalse(Files.exists(dir.resolve("log")));
        }
        assertEquals(0, filesHere());
    }

    private long filesHere() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.count();
        }
    }

    /** Files of every version that was ever written are read. */
    @ParameterizedTest
    @CsvSource({"golden-1.jsonl, JSON", "golden-1.pplog, COMPACT"})
    void shouldReadTheFilesOfOldVersions(String name, LogForm form) throws IOException {
        Path golden = dir.resolve("golden");
        try (var in = LogFilesTest.class.getResourceAsStream(name)) {
            if (in == null) {
                LogRowsOf.write(source(name), form, LogRowsOf.samples());
                throw new AssertionError("new, look at it and commit it: " + source(name));
            }
            Files.write(golden, in.readAllBytes());
        }
        assertEquals(lines(LogRowsOf.samples()), LogRowsOf.read(golden));
        Path now = dir.resolve("now");
        LogRowsOf.write(now, form, LogRowsOf.samples());
        assertArrayEquals(Files.readAllBytes(golden), Files.readAllBytes(now), "other bytes need another version");
    }

    private static Path source(String name) throws IOException {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("LICENSE"))) {
            at = at.getParent();
        }
        Path resources = at.resolve("src/test/resources/org/pagepool/persistence/log");
        return Files.createDirectories(resources).resolve(name);
    }
}
