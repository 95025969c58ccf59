package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.demo.CommandLineRun.at;
import static org.pagepool.demo.CommandLineRun.number;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.demo.cli.Interrupts;

/** {@code pagepool run}, from the command line to the verdict. */
class RunCommandTest {
    /** A device that is killed in use, and a holder that lets go only when it dies. */
    private static final String SURPRISE = """
            name = surprise
            devices { pmem0 { size = 256MiB } }
            address-spaces { vm1 { map { all { device = pmem0 } } } }
            walkers {
              load { count = 4, size = 2MiB, hold = 1ms, think = 1ms, pins-in-flight = 2 }
              hog { mode = longterm, size = 64MiB, hold = forever, pins-in-flight = 1 }
            }
            timeline = [
              { at = 50%, do = kill, verb = when-idle, deadline = 60s, reason = "gone" }
              { at = 80%, do = kill-walker, walker = hog }
            ]
            limits { operations = 600 }
            settle = 60s
            """;

    private static final String TWO_VARIANTS = """
            name = two
            devices { pmem0 { size = 64MiB } }
            address-spaces { vm1 { map { all { device = pmem0 } } } }
            walkers { load { count = 2, mode = get, size = 64KiB, hold = 0ms } }
            limits { operations = 100 }
            variants { small { devices.pmem0.geometry = 64KiB }, large { devices.pmem0.geometry = 2MiB } }
            """;

    @TempDir
    private Path directory;

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    @Test
    void shouldSayForWhomTeardownWaitedAndCleanUpLast() throws IOException {
        CommandLineRun run = CommandLineRun.of("run", file("s.conf", SURPRISE), "--json", "--seed", "7");
        Object variant = at(run.json(), "variants", 0);
        Object teardown = at(variant, "teardowns", 0);

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals("", run.err()),
                () -> assertEquals("pagepool/run/1", at(run.json(), "format")),
                () -> assertEquals("clean", at(variant, "outcome")),
                () -> assertEquals("closed", at(teardown, "requests", 0, "answer")),
                () -> assertEquals("hog", at(teardown, "waitedFor", 0, "holder")),
                () -> assertEquals(16384, number(teardown, "waitedFor", 0, "refs")),
                () -> assertEquals("reclaim", at(teardown, "waitedFor", 0, "givenBackBy")),
                () -> assertEquals("hog", at(teardown, "asked", "holders", 0, "holder")),
                () -> assertEquals("hog", at(teardown, "order", "lastReleaseBy")),
                () -> assertEquals(true, at(teardown, "order", "cleanedUpLast")),
                () -> assertTrue(number(teardown, "order", "lastRelease") < number(teardown, "order", "drained")),
                () -> assertTrue(number(teardown, "order", "drained") < number(teardown, "order", "cleanedUp")),
                () -> assertEquals(16384, number(variant, "counters", "released_by_reclaim")),
                () -> assertEquals(
                        number(variant, "counters", "nr_foll_pin_acquired"),
                        number(variant, "counters", "nr_foll_pin_released")),
                () -> assertEquals(
                        Map.of("devices", 0L, "sections", 0L, "heads", 0L, "holders", 0L, "requests", 0L),
                        at(variant, "left")),
                () -> assertEquals(true, at(variant, "verdict", "clean")),
                () -> assertTrue(number(variant, "load", "refusedByReason", "DYING") > 0));
    }

    @Test
    void shouldPrintTheWholeTeardownForPeople() throws IOException {
        CommandLineRun run = CommandLineRun.of("run", file("s.conf", SURPRISE), "--seed", "7");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertTrue(run.out().contains("teardown.waits-for=page-pins"), run.out()),
                () -> assertTrue(run.out().contains("seed      7\n"), run.out()),
                () -> assertTrue(run.out().contains("DROP_BASE"), run.out()),
                () -> assertTrue(run.out().contains("reclaim (the holder died)"), run.out()),
                () -> assertTrue(run.out().contains("nr_foll_pin_acquired"), run.out()),
                () -> assertFalse(run.out().contains("\u001b"), "no colours in a pipe"),
                () -> assertTrue(run.out().lines().allMatch(line -> line.length() <= 120), run.out()),
                () -> assertTrue(lastLine(run).startsWith("PASS  surprise  seed 7, protocol pagepool"), run.out()));
    }

    /** R28: the protocol of v6.15 does not wait for pins, which the mails call a hazard; the run says so, with the event. */
    @Test
    void shouldReportAProtocolThatIsKnownToBreakARule() throws IOException {
        String scenario = file("s.conf", SURPRISE);

        CommandLineRun text = CommandLineRun.of("run", scenario, "-D", "protocol=v6.15");
        CommandLineRun json = CommandLineRun.of("run", scenario, "-D", "protocol=v6.15", "--json");
        Object variant = at(json.json(), "variants", 0);

        assertAll(
                () -> assertEquals(1, text.status(), text.out()),
                () -> assertTrue(text.out().contains("FAIL  I6"), text.out()),
                () -> assertTrue(text.out().contains("hazard R28"), text.out()),
                () -> assertTrue(
                        text.out().contains("waited for nobody: the protocol does not wait for those who hold it"),
                        text.out()),
                () -> assertTrue(text.out().contains("<-- here"), text.out()),
                () -> assertTrue(
                        text.out().contains("again: pagepool run " + scenario + " -D protocol=v6.15 --seed "),
                        text.out()),
                () -> assertEquals(1, json.status()),
                () -> assertEquals("broken", at(variant, "outcome")),
                () -> assertEquals("I6", at(variant, "verdict", "violations", 0, "invariant")),
                () -> assertEquals("hog", at(variant, "teardowns", 0, "heldAtCleanup", 0, "holder")),
                () -> assertEquals(1, ((List<?>) at(variant, "verdict", "knownHazards")).size()));
    }

    /** A scenario that says beforehand what breaks is good when that breaks, and nothing else. */
    @Test
    void shouldBeGoodWhenWhatWasExpectedBroke() throws IOException {
        String scenario = file("s.conf", SURPRISE + "expect = [I6], shows = [R28, D15]\n");

        CommandLineRun text = CommandLineRun.of("run", scenario, "-D", "protocol=v6.15");
        Object variant = at(
                CommandLineRun.of("run", scenario, "-D", "protocol=v6.15", "--json")
                        .json(),
                "variants",
                0);

        assertAll(
                () -> assertEquals(0, text.status(), text.out()),
                () -> assertTrue(text.out().contains("  shows     R28 "), text.out()),
                () -> assertTrue(
                        lastLine(text).matches("PASS .*; expected: I6 broke at event #[0-9]+"), lastLine(text)),
                () -> assertEquals("as-expected", at(variant, "outcome")),
                () -> assertEquals(0L, at(variant, "exitStatus")),
                () -> assertEquals("D15", at(variant, "shows", 1, "row")),
                () -> assertEquals(true, at(variant, "verdict", "expected", 0, "broke")),
                () -> assertEquals(
                        at(variant, "verdict", "violations", 0, "event"),
                        at(variant, "verdict", "expected", 0, "event")));
    }

    @Test
    void shouldFailWhenWhatWasExpectedDidNotBreak() throws IOException {
        String scenario = file("s.conf", SURPRISE + "expect = [I6]\n");

        CommandLineRun text = CommandLineRun.of("run", scenario);
        Object variant = at(CommandLineRun.of("run", scenario, "--json").json(), "variants", 0);

        assertAll(
                () -> assertEquals(1, text.status(), text.out()),
                () -> assertTrue(lastLine(text).endsWith("; expected: I6 to break, and it did not"), lastLine(text)),
                () -> assertEquals("unbroken", at(variant, "outcome")),
                () -> assertEquals(false, at(variant, "verdict", "expected", 0, "broke")));
    }

    @Test
    void shouldFailWhenAnotherInvariantBrokeThanWasExpected() throws IOException {
        String scenario = file("s.conf", SURPRISE + "expect = [I7]\n");

        CommandLineRun text = CommandLineRun.of("run", scenario, "-D", "protocol=v6.15");

        assertAll(
                () -> assertEquals(1, text.status(), text.out()),
                () -> assertTrue(text.out().contains("FAIL  I6"), text.out()),
                () -> assertTrue(
                        lastLine(text).endsWith("; broken: [I6]; expected: I7 to break, and it did not"),
                        lastLine(text)));
    }

    @Test
    void shouldGiveTheSameWorkloadForTheSameSeed() throws IOException {
        String scenario = file("two.conf", TWO_VARIANTS);

        Object first =
                CommandLineRun.of("run", scenario, "--json", "--seed", "5").json();
        Object again =
                CommandLineRun.of("run", scenario, "--json", "--seed", "5").json();
        Object other =
                CommandLineRun.of("run", scenario, "--json", "--seed", "6").json();

        Object digest = at(first, "variants", 0, "workload", "digest");
        assertEquals(digest, at(again, "variants", 0, "workload", "digest"));
        assertEquals(digest, at(first, "variants", 1, "workload", "digest"), "geometry is not part of the workload");
        assertNotEquals(digest, at(other, "variants", 0, "workload", "digest"));
    }

    @Test
    void shouldPickASeedForAllVariantsAndPrintIt() throws IOException {
        Object picked = CommandLineRun.of("run", file("two.conf", TWO_VARIANTS), "--json")
                .json();

        assertEquals(at(picked, "variants", 0, "seed"), at(picked, "variants", 1, "seed"));
        assertEquals("small", at(picked, "variants", 0, "variant"));
        assertTrue(
                at(picked, "variants", 0, "again").toString().endsWith("--seed " + at(picked, "variants", 0, "seed")));
    }

    @Test
    void shouldShowVariantsSideBySide() throws IOException {
        CommandLineRun run = CommandLineRun.of("run", file("two.conf", TWO_VARIANTS));

        assertEquals(0, run.status(), run.out());
        assertTrue(run.out().contains("Side by side"), run.out());
        assertTrue(run.out().lines().anyMatch(line -> line.matches("    verdict +clean +clean")), run.out());
    }

    @Test
    void shouldRunSeveralScenariosAndPrintOnlyVerdictsWhenQuiet() throws IOException {
        CommandLineRun run = CommandLineRun.of(
                "run", file("two.conf", TWO_VARIANTS), file("s.conf", SURPRISE), "-q", "--progress", "plain");

        assertEquals(0, run.status(), run.out());
        assertEquals("", run.err());
        assertEquals(
                3, run.out().lines().filter(line -> line.startsWith("PASS")).count());
        assertEquals(3, run.out().lines().count(), run.out());
    }

    @Test
    void shouldCallARunInconclusiveInWhichNobodyWalked() throws IOException {
        String nobody =
                TWO_VARIANTS.replace("operations = 100", "duration = 50ms").replace("count = 2", "count = 0");

        CommandLineRun run = CommandLineRun.of("run", file("none.conf", nobody), "-q");

        assertEquals(4, run.status(), run.out());
        assertTrue(run.out().startsWith("INCONCLUSIVE"), run.out());
    }

    /** Ctrl-C while the load runs: status 130, and what there is to report is reported. */
    @Test
    void shouldWriteThePartialResultWhenInterrupted() throws IOException {
        String endless = SURPRISE.replace("operations = 600", "duration = 1h");
        Interrupts interrupts = new Interrupts();
        StringWriter err = new StringWriter() {
            @Override
            public void write(String text, int from, int length) {
                super.write(text, from, length);
                if (text.contains("walks/s")) {
                    interrupts.interrupt();
                }
            }
        };

        CommandLineRun run = CommandLineRun.of(
                Map.of(), true, err, interrupts, "run", file("s.conf", endless), "--json", "--progress", "tty");
        Object variant = at(run.json(), "variants", 0);

        assertAll(
                () -> assertEquals(130, run.status(), run.out()),
                () -> assertEquals("interrupted", at(variant, "outcome")),
                () -> assertEquals("Ctrl-C", at(variant, "load", "endedBy")),
                () -> assertEquals(false, at(variant, "timeline", 0, "done")),
                () -> assertTrue(number(variant, "events", "total") > 0),
                () -> assertEquals(true, at(variant, "verdict", "clean")));
    }

    @Test
    void shouldTakeReferencesAwayAndSaySo() throws IOException {
        String revoked = SURPRISE.replace("verb = when-idle, deadline = 60s", "verb = revoke");

        Object variant =
                at(CommandLineRun.of("run", file("r.conf", revoked), "--json").json(), "variants", 0);

        assertAll(
                () -> assertEquals("clean", at(variant, "outcome")),
                () -> assertEquals("revoke", at(variant, "teardowns", 0, "requests", 0, "verb")),
                () -> assertTrue(number(variant, "counters", "released_by_revoke") >= 16384),
                () -> assertTrue(number(variant, "load", "grantsRevoked") >= 1));
    }

    @Test
    void shouldListTheHoldersThatKeepAnIdleCloseFromHappening() throws IOException {
        String busy = SURPRISE.replace("verb = when-idle, deadline = 60s", "verb = if-idle");

        Object variant =
                at(CommandLineRun.of("run", file("b.conf", busy), "--json").json(), "variants", 0);

        assertAll(
                () -> assertEquals("clean", at(variant, "outcome")),
                () -> assertEquals("busy", at(variant, "teardowns", 0, "requests", 0, "answer")),
                () -> assertTrue(at(variant, "teardowns", 0, "requests", 0, "holders")
                        .toString()
                        .contains("holder=hog")),
                () -> assertEquals("closed", at(variant, "teardowns", 0, "requests", 1, "answer")),
                () -> assertEquals(false, at(variant, "teardowns", 0, "requests", 1, "byTimeline")));
    }

    /** Heads are actors while somebody uses them, and only then. */
    @Test
    void shouldSayWhatADeviceCostsBeforeAndAfterTheLoad() throws IOException {
        String idle = TWO_VARIANTS
                .replaceAll("variants.*", "heads { idle-timeout = 20ms }")
                .replace("devices {", "protocol = v5.18\ndevices {")
                .replace("operations = 100", "duration = 600ms");

        CommandLineRun run = CommandLineRun.of("run", file("idle.conf", idle), "--json");
        Object footprint = at(run.json(), "variants", 0, "footprint");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertTrue(((Number) at(footprint, "mapMicros", "pmem0")).doubleValue() > 0),
                () -> assertTrue(number(footprint, "headActorsMax") > 0, run.out()),
                () -> assertEquals(0, number(footprint, "headActorsAtRest")),
                () -> assertTrue(number(footprint, "idleHeapBytes") < 64L << 20));
    }

    @Test
    void shouldReadAllFilesBeforeItRunsTheFirst() throws IOException {
        CommandLineRun run = CommandLineRun.of(
                "run",
                file("s.conf", SURPRISE),
                directory.resolve("missing.conf").toString());

        assertEquals(2, run.status());
        assertEquals("", run.out());
    }

    @Test
    void shouldNameFileAndLineOfAMistake() throws IOException {
        String scenario = file("bad.conf", SURPRISE.replace("count = 4", "cuont = 4"));

        CommandLineRun run = CommandLineRun.of("run", scenario);

        assertEquals(2, run.status());
        assertTrue(run.err().startsWith("pagepool: " + scenario + ":5: "), run.err());
        assertTrue(run.err().contains("count"), run.err());
    }

    private static String lastLine(CommandLineRun run) {
        List<String> lines = run.out().lines().toList();
        return lines.get(lines.size() - 1);
    }
}
