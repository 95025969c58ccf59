package org.pagepool.demo.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.demo.log.LogGenerator;
import org.pagepool.persistence.log.LogForm;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.persistence.log.LogWriter;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.section.Answer;

class ReplayCommandTest {
    private static final Event STARTED = new Event.SectionStarted("pmem0", 272, 1);
    private static final Event GRABBED =
            new Event.Grabbed("pmem0", 272, 1, "hog", 1, GrabKind.PIN, List.of(new Run(0x880000, 2, 3)), 8, 6);
    private static final Event RELEASED = new Event.Released(
            "pmem0", 272, "hog", 1, GrabKind.PIN, List.of(new Run(0x880000, 2, 3)), ReleaseCause.PUT, 2, 0);
    private static final Event KILLED = new Event.Killed("pmem0", CloseVerb.WHEN_IDLE, "test");

    @TempDir
    private Path dir;

    private Path log(String name, Event... events) {
        return log(name, List.of(), events);
    }

    private Path log(String name, List<Receipt> afterwards, Event... events) {
        Path file = dir.resolve(name);
        LogHeader header = new LogHeader("test", null, 7L, "by hand", List.of());
        try (LogWriter writer = LogWriter.create(file, LogForm.COMPACT, header, true)) {
            long n = 1;
            List<Event> all = new ArrayList<>(List.of(new Event.Mapped(LogGenerator.SPEC)));
            all.addAll(List.of(events));
            for (Event event : all) {
                Batch batch = new Batch(List.of(new Batch.Entry(n * 1_000_000, event)), List.of());
                writer.append(LogRow.of(n, "owner", n, 0, batch));
                n++;
            }
            if (!afterwards.isEmpty()) {
                writer.append(LogRow.of(n, "owner", n, 0, new Batch(List.of(), afterwards)));
            }
            writer.finish();
        }
        return file;
    }

    private Path generated(int events, int seed) {
        Path file = dir.resolve("g" + events + "-" + seed + ".pplog");
        CommandLineRun run = CommandLineRun.of(
                "log", "generate", file.toString(), "--events", "" + events, "--seed", "" + seed, "--force");
        assertEquals(0, run.status(), run.err());
        return file;
    }

    private static CommandLineRun replay(Object... args) {
        String[] words = new String[args.length + 1];
        words[0] = "replay";
        for (int i = 0; i < args.length; i++) {
            words[i + 1] = String.valueOf(args[i]);
        }
        return CommandLineRun.of(words);
    }

    @Test
    void shouldSayWhoHeldWhatAndWhyATeardownWaited() {
        CommandLineRun run = replay(log("log", STARTED, GRABBED, KILLED, RELEASED), "--json");
        assertEquals(0, run.status(), run.out());
        Map<String, Object> json = run.json();
        assertEquals("pagepool/replay/1", json.get("format"));
        assertEquals("dying", CommandLineRun.at(json, "devices", 0, "phase"));
        assertEquals("hog", CommandLineRun.at(json, "teardowns", 0, "waitedFor", 0, "holder"));
        assertEquals(6, CommandLineRun.number(json, "teardowns", 0, "waitedFor", 0, "pins"));
        assertEquals(5, CommandLineRun.number(json, "teardowns", 0, "waitedFor", 0, "lastLetGo", "event"));
        assertEquals("put", CommandLineRun.at(json, "teardowns", 0, "waitedFor", 0, "givenBackBy"));
        String text = replay(dir.resolve("log"), "--until", "4").out();
        assertTrue(text.contains("hog            6        never"), text);
        assertTrue(text.contains("hog        0     6     0         0  t=0.002000s"), text);
        assertTrue(text.contains("to #4 at t=0.003000s, as far as was asked"), text);
    }

    @Test
    void shouldSayThatNothingIsAboutANameNobodyHas() {
        Path log = log("log", STARTED, GRABBED, RELEASED);

        assertTrue(replay(log, "--holder", "hgo").out().contains("none is about holder hgo"));
        String both = replay(log, "--holder", "hgo", "--head", "0x880000").out();
        assertTrue(both.contains("none is about page 0x880000 and holder hgo"), both);
        assertFalse(replay(log, "--holder", "hog").out().contains("none is about"));
    }

    @Test
    void shouldCountTheLastRowsToo() {
        Receipt receipt = new Receipt("hog", 2, 2, new Answer(6, null));
        Path log = log("log", List.of(receipt), STARTED, GRABBED, RELEASED);

        assertEquals(5, CommandLineRun.number(replay(log, "--json").json(), "rows"));
        assertEquals(
                2, CommandLineRun.number(replay(log, "--until", "2", "--json").json(), "rows"));
    }

    @Test
    void shouldJudge() {
        CommandLineRun run = replay(log("log", STARTED, GRABBED, GRABBED), "-q");
        assertEquals(1, run.status(), run.out());
        assertTrue(run.out().contains("broken: [I2, I7]"), run.out());
    }

    /** What was given back was never granted: the rules cannot follow. */
    @Test
    void shouldSayThatALogDiverges() {
        CommandLineRun run = replay(log("log", STARTED, RELEASED));
        assertEquals(6, run.status(), run.out());
        assertTrue(run.out().contains("DIVERGED  #3: release exceeds what is held: holder=hog"), run.out());
        assertTrue(run.out().contains("FAIL  I7"), run.out());
    }

    @Test
    void shouldTakeAnUnfinishedTeardownForWrongOnlyInACompleteLog() {
        Path log = log("log", STARTED, KILLED);
        assertEquals(0, replay(log).status());
        CommandLineRun run = replay(log, "--complete", "-q");
        assertEquals(1, run.status());
        assertTrue(run.out().contains("broken: [I12]"), run.out());
    }

    @Test
    void shouldJudgeUpToTheDamage() throws IOException {
        Path log = generated(300, 7);
        byte[] bytes = Files.readAllBytes(log);
        bytes[bytes.length - 500] ^= 1;
        Files.write(log, bytes);
        CommandLineRun run = replay(log);
        assertEquals(7, run.status());
        assertTrue(run.out().contains("DAMAGED"), run.out());
        assertTrue(run.out().contains("judged up to the damage"), run.out());
        assertTrue(
                run.err().matches("(?s)pagepool: " + log + ": byte \\d+: the checksum of a frame is wrong\\s+"),
                run.err());
    }

    @Test
    void shouldTellTheStoryOfAPage() {
        String out = replay(log("log", STARTED, GRABBED, KILLED, RELEASED), "--head", "0x880201")
                .out();
        List<String> lines =
                out.lines().takeWhile(line -> !line.startsWith("Replay")).toList();
        assertEquals(4, lines.size(), out);
        assertTrue(lines.get(2).endsWith("-> held by hog"), lines.get(2));
        assertTrue(lines.get(3).endsWith("-> held by nobody"), lines.get(3));
    }

    @Test
    void shouldCompareLogsAndPoints() {
        Path one = generated(300, 7);
        Path other = generated(300, 8);
        CommandLineRun same = replay("--diff", one, one);
        assertEquals(0, same.status(), same.out());
        assertTrue(same.out().startsWith("SAME"), same.out());
        CommandLineRun different = replay("--diff", one, other, "--json");
        assertEquals(6, different.status());
        long equal = CommandLineRun.number(different.json(), "equalEvents");
        assertEquals(equal + 1, CommandLineRun.number(different.json(), "here", "event"));
        CommandLineRun points = replay("--diff", one + "@100", one + "@110");
        assertEquals(6, points.status());
        assertTrue(points.out().contains("< has ended"), points.out());
        assertTrue(points.out().contains("100 equal of 100 and 110 events"), points.out());
        assertTrue(points.out().contains(" holds nothing | "), points.out());
    }

    @Test
    void shouldSayWhatOtherRulesMakeOfIt() {
        CommandLineRun run = replay(
                log("log", STARTED, GRABBED, KILLED, new Event.KillConfirmed("pmem0", 512), RELEASED),
                "--protocol",
                "v6.15",
                "--json");
        assertEquals("v6.15", CommandLineRun.at(run.json(), "rejudged", "rules", "name"));
        assertEquals(5, CommandLineRun.number(run.json(), "rejudged", "drains", 0, "endsAt"));
        assertEquals(6, CommandLineRun.number(run.json(), "rejudged", "drains", 0, "heldThen"));
        assertFalse(((List<?>) CommandLineRun.at(run.json(), "rejudged", "limits")).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"'\n\n\n\n\n', 5, 0", "'\n3\nq\n', 3, 130", "'', 1, 0"})
    void shouldStep(String keys, int shown, int status) {
        Path log = log("log", STARTED, GRABBED, KILLED, RELEASED);
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8)));
            CommandLineRun run = replay(log, "--step");
            assertEquals(status, run.status(), run.out());
            List<String> lines = run.out()
                    .lines()
                    .takeWhile(line -> !line.startsWith("Replay"))
                    .toList();
            assertEquals(shown * 2, lines.size(), run.out());
        } finally {
            System.setIn(before);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    replay                          | LOG: is missing; see pagepool replay --help
                    replay nowhere                  | nowhere: no such file or directory
                    replay pom.xml                  | pom.xml: is no log
                    replay a b                      | unexpected argument: b; want one LOG, or --diff A B
                    replay --diff a                 | --diff: wants two logs
                    replay --diff a b --until 3     | --diff: compares whole histories
                    replay a --protocol v6.16       | --protocol v6.16: no such protocol; did you mean
                    replay a -D gup.recheck=false   | -D gup.recheck=false: sets a switch of no protocol
                    replay a --step --json          | --step: shows text; want it without --json
                    replay a --until never          | --until never: is no place in a log
                    """)
    void shouldNameTheMistakeInOneLine(String args, String words) {
        CommandLineRun run = CommandLineRun.of(args.strip().split(" "));
        assertEquals(2, run.status());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("pagepool: " + words.strip()), run.err());
    }
}
