package org.pagepool.demo.conform;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.demo.CommandLineRun.at;
import static org.pagepool.demo.CommandLineRun.number;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.demo.cli.Ink;
import org.pagepool.demo.conform.Outcome.Result;
import org.pagepool.runtime.protocol.Protocol;

/** {@code pagepool conform}: TAP and JSON as documented, which rows are meant, and that nothing that fails is hidden. */
class ConformCommandTest {
    private static CommandLineRun conform(String args) {
        return CommandLineRun.of(("conform " + args).strip().split(" +"));
    }

    private static Outcome run(Row row) {
        try (Conformance conformance = new Conformance()) {
            return Conformance.plan(List.of(row), List.of(Protocol.PAGEPOOL))
                    .get(0)
                    .run(conformance);
        }
    }

    @Test
    void shouldPrintTapWithAPlanAndOneLineForEachCheckAndPreset() {
        CommandLineRun run = conform("--row B7 --protocol v5.5 --protocol v6.15");
        List<String> lines = run.out().lines().toList();

        assertAll(
                () -> assertEquals(0, run.status(), run.out() + run.err()),
                () -> assertEquals("TAP version 14", lines.get(0)),
                () -> assertEquals("1..6", lines.get(1)),
                () -> assertEquals(
                        List.of(1, 2, 3, 4, 5, 6),
                        lines.stream()
                                .filter(l -> l.startsWith("ok "))
                                .map(l -> Integer.valueOf(l.substring(3, l.indexOf(" - "))))
                                .toList()),
                () -> assertTrue(run.out().contains("# protocol v6.15, different from the one above in"), run.out()),
                () -> assertTrue(
                        run.out().contains("\nok 4 - B7 dying pgmap: after the kill")
                                && run.out().contains(" [v6.15]"),
                        run.out()),
                () -> assertTrue(
                        lines.get(lines.size() - 1).startsWith("# 1 row, 6 checks: 6 ok, 0 skipped, 0 not ok, in "),
                        run.out()),
                () -> assertEquals("", run.err()));
    }

    @Test
    void shouldSayWhyARowIsSkipped() {
        CommandLineRun run = conform("--row B12 --protocol pagepool");

        assertEquals(0, run.status());
        assertTrue(
                run.out()
                        .contains(
                                "ok 1 - B12 memunmap, pgmap only [pagepool] # SKIP teardown waits for every pin (B11)"),
                run.out());
    }

    @Test
    void shouldFailABehaviourThatHasNoCheck() {
        Outcome outcome = run(Row.of("B99", "nothing"));

        assertEquals(Result.FAILED, outcome.result());
        assertEquals("no check", outcome.text());
    }

    @Test
    void shouldFailWhatThrows() {
        Outcome outcome = run(Row.of("B99", "broken").check("throws", scene -> {
            throw new IllegalStateException("boom");
        }));

        assertEquals(Result.FAILED, outcome.result());
        assertTrue(String.valueOf(outcome.text()).contains("boom"), outcome.text());
    }

    @Test
    void shouldFailAPoolCheckThatLeavesAnInvariantBrokenUnmentioned() {
        Outcome outcome = run(Row.of("B99", "hazard")
                .check("pinned past removal", scene -> RaceChecks.deviceGoes(scene, Protocol.V6_15)));

        assertEquals(Result.FAILED, outcome.result());
        assertEquals("invariants broken", outcome.text());
    }

    @Test
    void shouldPrintExpectedAndActualAsYaml() {
        Outcome outcome =
                run(Row.of("B99", "off by # one").check("counts", scene -> scene.expect("a \"quoted\" count", 2, 3L)));
        StringWriter text = new StringWriter();
        new ConformText(new PrintWriter(text), Ink.NONE).show(outcome);

        assertEquals(
                List.of(
                        "not ok 1 - B99 off by \\# one: counts [pagepool]",
                        "  ---",
                        "  message: \"a \\\"quoted\\\" count\"",
                        "  expected: \"2\"",
                        "  actual: \"3\"",
                        "  ..."),
                text.toString().lines().toList());
    }

    @Test
    void shouldRunEachRowOnceInTheOrderOfTheTable() {
        CommandLineRun run = conform("--list --row r1-R3 --row B7 --row B6-7 --row b6");

        assertEquals(
                List.of("row", "B6", "B7", "R1", "R2", "R3"),
                run.out().lines().map(l -> l.substring(0, l.indexOf(" "))).toList());
    }

    @Test
    void shouldListAllRowsWithoutRunningOne() {
        CommandLineRun run = conform("--list");

        assertEquals(0, run.status());
        assertEquals(1 + 53 + 33 + 16 + 12, run.out().lines().count());
    }

    @Test
    void shouldPrintOnlyTheConclusionWhenQuiet() {
        List<String> lines = conform("--row B7 -q").out().lines().toList();

        assertEquals(1, lines.size());
        assertTrue(lines.get(0).startsWith("# 1 row, 26 checks: 26 ok"), lines.get(0));
    }

    @Test
    void shouldPrintOneJsonDocument() {
        CommandLineRun run = conform("--row B12 --protocol v6.15 --protocol v5.5 --json");
        Object json = run.json();

        assertAll(
                () -> assertEquals(0, run.status()),
                () -> assertEquals("pagepool/conform/1", at(json, "format")),
                () -> assertEquals(0, number(json, "exitStatus")),
                () -> assertEquals(1, number(json, "rows")),
                () -> assertEquals(2, number(json, "checks")),
                () -> assertEquals(2, number(json, "ok")),
                () -> assertEquals(1, number(json, "skipped")),
                () -> assertEquals(0, number(json, "failed")),
                () -> assertEquals("v6.15", at(json, "protocols", 0, "name")),
                () -> assertEquals("pgmap-refs-only", at(json, "protocols", 0, "switches", "teardown.waits-for")),
                () -> assertEquals("B12", at(json, "table", 0, "row")),
                () -> assertEquals("ok", at(json, "table", 0, "results", 0, "result")),
                () -> assertEquals("skipped", at(json, "table", 0, "results", 2, "result")),
                () -> assertEquals("v5.5", at(json, "table", 0, "results", 2, "protocol")));
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(delimiter = '|', textBlock = """
                    --row B54                | --row B54: there is no row B54; want B1 to B53
                    --row B50-60             | --row B50-60: there is no row B60; want B1 to B53
                    --row B0                 | there is no row B0
                    --row X1                 | there is no row X1; want B1 to B53, R1 to R33, D1 to D16, I1 to I12
                    --row B1-R3              | --row B1-R3: a range has rows of one kind; want B1-B3
                    --row B5-B1              | --row B5-B1: ends before it begins; want B1-B5
                    --row put_devmap_managed_pag | did you mean B1?
                    --row everything         | no such row; want B1 to B53, R1 to R33, D1 to D16, I1 to I12
                    --protocol v6.16         | --protocol v6.16: no such protocol; did you mean v6.1
                    --protocol linus         | --protocol linus: no such protocol; want pagepool or v5.5
                    --doc --json             | --doc with --json: the document is Markdown
                    --lis                    | unknown option: --lis; did you mean --list?
                    B4                       | unexpected argument: B4
                    """)
    void shouldNameTheMistakeInOneLine(String args, String words) {
        CommandLineRun run = conform(args);

        assertAll(
                () -> assertEquals(2, run.status()),
                () -> assertEquals("", run.out()),
                () -> assertEquals(1, run.err().lines().count(), run.err()),
                () -> assertTrue(run.err().contains(words.strip()), run.err()),
                () -> assertFalse(run.err().contains("Exception"), run.err()));
    }
}
