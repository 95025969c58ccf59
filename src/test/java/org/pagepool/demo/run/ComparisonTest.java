package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.demo.CommandLineRun.at;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.demo.CommandLineRun;

/** Variants side by side: what is said of them is what was counted. */
class ComparisonTest {
    @TempDir
    private Path directory;

    /** The pages of "late" are out of use when it asks for them; whether it gets them is the rule of the protocol. */
    private static final String LATE = """
            name = late
            devices { pmem0 { type = fs-dax, size = 16MiB } }
            address-spaces { vm1 { map { all {} } } }
            walkers {
              late { count = 3, walks = 1, mode = get, pattern = sequential, size = 4KiB, hold = 0ms
                     late = true, fast-only = true }
              keep { walks = 1, size = 2MiB, hold = forever, start-at = 400ms }
            }
            timeline = [ { at = 300ms, do = zap }, { at = 600ms, do = kill-walker, walker = keep } ]
            limits { duration = 5s }
            """;

    private CommandLineRun run(String text, String... more) throws IOException {
        String file = Files.writeString(directory.resolve("late.conf"), text).toString();
        String[] args = new String[more.length + 2];
        args[0] = "run";
        args[1] = file;
        System.arraycopy(more, 0, args, 2, more.length);
        return CommandLineRun.of(args);
    }

    private static List<String> differences(CommandLineRun run) {
        return ((List<?>) at(run.json(), "comparison", 0, "differences"))
                .stream().map(each -> String.valueOf(at(each, "text"))).toList();
    }

    @Test
    void shouldSayInWordsWhatOneProtocolGrantsAndTheOtherRefuses() throws IOException {
        CommandLineRun run = run(LATE + "variants { a { protocol = v5.5 }, b { protocol = v6.15 } }", "--json");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals(List.of("a", "b"), at(run.json(), "comparison", 0, "variants")),
                () -> assertTrue(
                        differences(run)
                                .contains("a granted 3 late gets on pages out of use and took them back; b refused 3"
                                        + " (FREE)"),
                        run.out()),
                () -> assertTrue(
                        differences(run)
                                .contains(
                                        "a announced 3 pages as idle once more when a late grab was given back; b none"),
                        run.out()));
    }

    /** The same sentences the other way round: nothing of them is written beforehand. */
    @Test
    void shouldNameWhicheverVariantDoesIt() throws IOException {
        CommandLineRun run = run(
                LATE + "variants { a { protocol = v6.15 }, b { protocol = v5.5 }, c { protocol = v5.13 } }", "--json");

        assertTrue(
                differences(run)
                        .contains("b and c granted 3 late gets on pages out of use and took them back; a refused 3"
                                + " (FREE)"),
                run.out());
    }

    @Test
    void shouldFindNoDifferenceBetweenRunsUnderOneProtocol() throws IOException {
        CommandLineRun run = run(LATE + "protocol = v5.5, variants { a {}, b {} }", "--json");

        assertEquals(List.of(), differences(run));
    }

    /** The shipped one: every sentence, with its numbers. */
    @Test
    void shouldTellFreeAtOneFromFreeAtZero() {
        CommandLineRun run = CommandLineRun.of("run", shipped("one-or-zero"), "--json");
        List<String> said = differences(run).stream()
                .map(text -> text.replaceAll("#[0-9]+", "#N"))
                .toList();

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals(
                        List.of(
                                "v5.5 granted 12 late gets on pages out of use and took them back; v6.15 refused 12"
                                        + " (FREE)",
                                "v5.5 announced 12 pages as idle once more when a late grab was given back; v6.15 none",
                                "v5.5 announced 8 pages as idle while they were held; v6.15 none",
                                "v6.15 announced 84 pages as idle when their entries went; v5.5 none",
                                "v5.5 told 8 waiters when the last user let go; v6.15 told 8 waiters when the entries had"
                                        + " gone too",
                                "v5.5 waited for 8 references; v6.15 cleaned up while 8 references were held",
                                "v6.15 refused 8 puts (DEAD); v5.5 none",
                                "v5.5 broke I3 at event #N; v6.15 broke I6 at event #N"),
                        said),
                () -> assertEquals(
                        Map.of("late", 12L, "walks", 12L),
                        Map.of(
                                "late", cell(run, "late grabs granted", 0),
                                "walks", cell(run, "walks, FREE", 1))));
    }

    @Test
    @DisplayName(
            "B39, R18, R19: the head of a bad tail is asked; where its place was rounded up, everybody is told a wrong address")
    void shouldTellWhoMapsABadTailWhereItIs() {
        CommandLineRun run = CommandLineRun.of("run", shipped("hwpoison-tail"), "--json");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals(
                        0x880041L, ((Number) at(run.json(), "variants", 0, "poisonings", 0, "pfn")).longValue()),
                () -> assertEquals(
                        0x880000L, ((Number) at(run.json(), "variants", 0, "poisonings", 0, "head")).longValue()),
                () -> assertEquals(
                        0x41000L,
                        ((Number) at(run.json(), "variants", 0, "poisonings", 0, "told", 0, "address")).longValue()),
                () -> assertEquals(
                        0x41000L,
                        ((Number) at(run.json(), "variants", 0, "poisonings", 0, "told", 1, "address")).longValue()),
                () -> assertEquals(
                        0x241000L,
                        ((Number) at(run.json(), "variants", 1, "poisonings", 0, "told", 0, "address")).longValue()),
                () -> assertEquals("busy", at(run.json(), "variants", 0, "poisonings", 1, "outcome")));
    }

    /** Twice: what is said must not depend on who was faster. */
    @RepeatedTest(2)
    @DisplayName(
            "D8, R14: waiting for anything but pins gives no block back in use; waiting for pins does, to everybody who reads")
    void shouldSayWhoGaveBlocksBackInUse() {
        CommandLineRun run = CommandLineRun.of("run", shipped("dax-truncate"), "--json");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals(
                        "v5.13 not-pinned, dax-gup-fix not-pinned and v6.15 not-pinned gave blocks back while 4 holders had"
                                + " them; v5.13, dax-gup-fix, request-folio, v6.15 and v6.15 faulting waited until nobody had"
                                + " them",
                        differences(run).stream()
                                .filter(text -> text.contains("gave blocks back"))
                                .findFirst()
                                .orElse("nothing")),
                () -> {
                    for (int variant = 0; variant < 8; variant++) {
                        assertEquals("done", at(run.json(), "variants", variant, "cuts", 0, "result"));
                        assertEquals(8L, cell(run, "blocks freed", variant));
                    }
                });
    }

    /** Hand-out in four eras: the counts, the references behind them, and who is granted a page on the free list. */
    @Test
    void shouldTellHandOutByEra() {
        CommandLineRun run = CommandLineRun.of("run", shipped("device-private"), "--json");
        List<String> said = differences(run);

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertTrue(
                        said.contains(
                                "v5.5 counted 1 -> 2 -> 1 (parked, handed out, given back); v5.18 counted 1 -> 1 -> 1"
                                        + " (parked, handed out, given back); v6.1 and v6.15 counted 0 -> 1 -> 0 (parked, handed"
                                        + " out, given back)"),
                        said.toString()),
                () -> assertTrue(
                        said.contains(
                                "v5.5 and v5.18 granted 4 gets of pages on their driver's free list; v6.1 and v6.15"
                                        + " refused 4 (FREE)"),
                        said.toString()),
                () -> assertTrue(
                        said.contains(
                                "v5.5 and v5.18 had 32 pgmap references at the kill; v6.1 had 3 pgmap references at"
                                        + " the kill; v6.15 had 1,536 pgmap references at the kill"),
                        said.toString()));
    }

    @Test
    void shouldTellRequestsAsProposedFromThoseThatLanded() {
        CommandLineRun run = CommandLineRun.of("run", shipped("request-folio"), "--json");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertTrue(
                        differences(run).contains("landed and pagepool refused 1 request (NOT_FREE); proposed none"),
                        run.out()),
                () -> assertEquals(1L, cell(run, "requests refused, OUT_OF_RANGE", 0)),
                () -> assertEquals(1L, cell(run, "requests refused, WRONG_ORDER", 1)),
                () -> assertEquals(1L, cell(run, "requests refused, DYING", 2)));
    }

    private static Object cell(CommandLineRun run, String row, int column) {
        return ((List<?>) at(run.json(), "comparison", 0, "rows"))
                .stream()
                        .filter(each -> row.equals(at(each, "name")))
                        .map(each -> at(each, "values", column))
                        .findFirst()
                        .orElseThrow();
    }

    private static String shipped(String name) {
        Path own = Path.of("demo", "scenarios", name + ".conf");
        Path top = Path.of("").toAbsolutePath();
        while (!Files.exists(top.resolve(own))) {
            top = top.getParent();
        }
        return top.resolve(own).toString();
    }
}
