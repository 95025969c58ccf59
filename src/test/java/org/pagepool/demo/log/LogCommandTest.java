package org.pagepool.demo.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.demo.Main;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.persistence.codec.Records;
import org.pagepool.persistence.rocks.NewRow;
import org.pagepool.persistence.rocks.RocksStore;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.journal.Batch;

class LogCommandTest {
    @TempDir
    private Path dir;

    private Path compact;

    @BeforeEach
    void generate() {
        compact = dir.resolve("log.pplog");
        CommandLineRun run = CommandLineRun.of("log", "generate", compact.toString(), "--events", "500", "--seed", "7");
        assertEquals(0, run.status(), run.err());
    }

    private static CommandLineRun log(Object... args) {
        String[] words = new String[args.length + 1];
        words[0] = "log";
        for (int i = 0; i < args.length; i++) {
            words[i + 1] = String.valueOf(args[i]);
        }
        return CommandLineRun.of(words);
    }

    private static CommandLineRun good(Object... args) {
        CommandLineRun run = log(args);
        assertEquals(0, run.status(), () -> Arrays.toString(args) + run.err() + run.out());
        return run;
    }

    @Test
    void shouldMakeUpTheSameLogFromTheSameSeed() {
        good("generate", dir.resolve("b.jsonl"), "--events", 500, "--seed", 7);
        assertEquals(
                good("cat", compact).out(), good("cat", dir.resolve("b.jsonl")).out());
    }

    @Test
    void shouldListOwners() {
        Map<String, Object> json = good("ls", compact, "--json").json();
        assertEquals("pagepool/log-ls/1", json.get("format"));
        assertEquals(9, ((List<?>) json.get("owners")).size());
        assertEquals(
                CommandLineRun.number(json, "rows"),
                ((List<?>) json.get("owners"))
                        .stream()
                                .mapToLong(o -> CommandLineRun.number(o, "rows"))
                                .sum());
        String text = good("ls", compact).out();
        assertTrue(text.contains("scenario  generated, seed 7"), text);
        assertTrue(text.contains("section-pmem0-272"), text);
    }

    @ParameterizedTest
    @CsvSource({
        "--from #490, 12",
        "--until 3, 3",
        "--from 4 --until 6, 3",
        "--owner pgmap-pmem0, 5",
        "--pgmap pmem1, 0",
        "--until 0s, 1",
        "--until 2025-11-21T16:00:00.000015Z, 1",
        "--from 2026-11-21T16:00:00Z, 0",
    })
    void shouldShowWhatIsChosen(String options, int lines) {
        Object[] args = ("cat " + compact + " " + options).split(" ");
        long shown = good(args).out().lines().count();
        if (options.startsWith("--from #")) {
            assertTrue(shown > 0, () -> String.valueOf(shown));
        } else {
            assertEquals(lines, shown);
        }
    }

    @Test
    void shouldShowOnePageAndOneHolder() {
        assertTrue(good("cat", compact, "--holder", "w3").out().lines().allMatch(line -> line.contains(" w3#")));
        List<String> page =
                good("cat", compact, "--head", "0x880001").out().lines().toList();
        assertTrue(page.get(0).contains("Mapped"), page.get(0));
        assertTrue(page.size() > 2);
        assertTrue(page.stream().skip(1).allMatch(line -> line.contains("0x880000")));
    }

    @Test
    void shouldShowJsonLines() {
        CommandLineRun run = good("cat", compact, "--json", "--until", "1");
        assertEquals("mapped", CommandLineRun.at(run.json(), "what", "is"));
        assertEquals(1, CommandLineRun.number(run.json(), "row"));
    }

    @Test
    void shouldCarryALogThroughEveryForm() throws IOException {
        Path json = dir.resolve("log.jsonl");
        Path journal = dir.resolve("journal");
        Path back = dir.resolve("back.pplog");
        good("export", compact, json);
        good("import", json, journal);
        good("export", journal, back, "--json");
        assertEquals(good("cat", compact).out(), good("cat", back).out());
        good("export", dir, dir.resolve("of-run.jsonl"));
        for (Path any : List.of(compact, json, journal, back, dir)) {
            assertTrue(good("fsck", any).out().startsWith("whole"), any.toString());
        }
        assertTrue(Files.size(json) > 3 * Files.size(compact));
    }

    @Test
    @DisplayName("a journal in the directory of a run says what was run, and so does what is exported from there")
    void shouldSayWhatRunAJournalIsOf() throws IOException {
        Path run = Files.createDirectory(dir.resolve("run"));
        good("import", compact, run.resolve("journal"));
        Files.writeString(run.resolve("manifest.json"), """
                {"format": "pagepool/run-data/1", "scenario": "hog", "file": "hog.conf", "seed": 4711, "protocol": "v5.5",
                 "started": "2026-11-21T15:00:00Z", "program": "pagepool 9", "jvm": "17"}
                """);
        for (String name : List.of("of-run.pplog", "of-run.jsonl")) {
            Path exported = dir.resolve(name);
            good("export", run, exported);
            for (Path log : List.of(run, exported)) {
                Map<String, Object> json = good("ls", log, "--json").json();
                assertEquals("hog", json.get("scenario"), name);
                assertEquals(4711L, json.get("seed"), name);
                assertEquals("2026-11-21T15:00:00Z", json.get("created"), name);
                assertEquals("pagepool 9", json.get("program"), name);
                assertEquals(log == run ? List.of() : List.of("pagepool"), json.get("protocols"), name);
                assertTrue(good("ls", log).out().contains("hog, seed 4711"), name);
                CommandLineRun replay = CommandLineRun.of("replay", log.toString());
                assertTrue(replay.out().contains("hog, seed 4711"), replay.out() + replay.err());
                Map<String, Object> document =
                        CommandLineRun.of("replay", "--json", log.toString()).json();
                assertEquals("hog", document.get("scenario"), name);
                assertEquals(4711L, document.get("seed"), name);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "{\"format\": \"pagepool/run-data/2\", \"scenario\": \"hog\", \"seed\": 4711}",
                "{\"seed\": 4711"
            })
    @DisplayName("a manifest that cannot be read says nothing, and the journal beside it is read all the same")
    void shouldReadAJournalWhateverLiesBesideIt(String manifest) throws IOException {
        Path run = Files.createDirectory(dir.resolve("run"));
        good("import", compact, run.resolve("journal"));
        Files.writeString(run.resolve("manifest.json"), manifest);
        Map<String, Object> json = good("ls", run, "--json").json();
        assertEquals(null, json.get("scenario"));
        assertEquals(null, json.get("seed"));
        assertTrue(CommandLineRun.number(json, "events") > 400);
    }

    @Test
    void shouldNotWriteOverAnything() {
        CommandLineRun run = log("export", compact, compact);
        assertEquals(2, run.status());
        assertEquals(
                "pagepool: " + compact + ": exists; want another name, or --force to replace it",
                run.err().strip());
        good("import", compact, dir.resolve("journal"));
        run = log("import", compact, dir.resolve("journal"));
        assertEquals(2, run.status());
        assertTrue(run.err().contains("has rows already"), run.err());
    }

    @Test
    void shouldFindDamageAndSayWhere() throws IOException {
        byte[] bytes = Files.readAllBytes(compact);
        bytes[bytes.length / 2] ^= 4;
        Path damaged = Files.write(dir.resolve("damaged"), bytes);
        CommandLineRun run = log("fsck", damaged, "--json");
        assertEquals(7, run.status());
        assertEquals(true, run.json().get("damaged"));
        String finding = String.valueOf(CommandLineRun.at(run.json(), "findings", 0));
        assertTrue(finding.matches(".*damaged: byte \\d+: the checksum of a frame is wrong"), finding);
        run = log("cat", damaged);
        assertEquals(7, run.status());
        assertEquals("pagepool: " + finding, run.err().strip());
        run = log("export", damaged, dir.resolve("none"));
        assertEquals(7, run.status());
        assertTrue(Files.notExists(dir.resolve("none")));
    }

    /** Lines that come twice, are missing, or are swapped. */
    @ParameterizedTest
    @CsvSource({
        "twice, 'line 21: row 20 comes twice'",
        "missing, 'row'",
        "swapped, 'row 20 comes behind row 21'",
    })
    void shouldFindRowsOutOfPlace(String what, String said) throws IOException {
        Path json = dir.resolve("log.jsonl");
        good("export", compact, json);
        List<String> lines = new java.util.ArrayList<>(Files.readAllLines(json));
        String row = lines.get(20);
        switch (what) {
            case "twice" -> lines.add(20, row);
            case "missing" -> lines.remove(20);
            default -> {
                lines.set(20, lines.get(21));
                lines.set(21, row);
            }
        }
        Files.write(json, lines);
        CommandLineRun run = log("fsck", json);
        assertEquals(7, run.status(), run.out());
        assertTrue(run.out().contains(said.replace("line 21", "line 22")), run.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    log                          | log: which command? want ls or cat or export
                    log lss                      | unknown command: log lss; did you mean ls?
                    log cat                      | LOG: is missing; see pagepool log cat --help
                    log cat nowhere              | nowhere: no such file or directory
                    log cat pom.xml --head x     | --head x: is no page; want a pfn such as 0x880000
                    log cat pom.xml --until x    | --until x: is no place in a log; want the number of an event
                    log fsck pom.xml             | pom.xml: is no log
                    log export pom.xml a --form xml | --form xml: no such value; want json or compact
                    log generate a --events 3    | --events 3: is too few; want 64 or more
                    log follow pom.xml           | pom.xml: is no log
                    log import pom.xml a         | pom.xml: is no log
                    """)
    void shouldNameTheMistakeInOneLine(String args, String words) {
        CommandLineRun run = CommandLineRun.of(args.strip().split(" "));
        assertEquals(2, run.status());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("pagepool: " + words.strip()), run.err());
    }

    @Test
    void shouldRefuseToFollowAFile() {
        CommandLineRun run = log("follow", compact);
        assertEquals(2, run.status());
        assertTrue(run.err().contains("grows no more"), run.err());
    }

    @Test
    void shouldFollowAJournalAsItGrows() throws Exception {
        Path journal = dir.resolve("journal");
        try (RocksStore store = RocksStore.open(journal)) {
            write(store, 1);
            StringWriter out = new StringWriter();
            Interrupts interrupts = new Interrupts();
            Console console = new Console(
                    new PrintWriter(out, true),
                    new PrintWriter(new StringWriter()),
                    false,
                    false,
                    Map.of(),
                    interrupts);
            CompletableFuture<Integer> following = CompletableFuture.supplyAsync(
                    () -> Main.run(new String[] {"log", "follow", "--all", journal.toString()}, console));
            Awaitility.await().until(() -> out.toString().contains("#1 "));
            write(store, 2);
            Awaitility.await().until(() -> out.toString().contains("#2 "));
            interrupts.interrupt();
            assertEquals(130, following.get(20, TimeUnit.SECONDS));
            assertEquals(2, out.toString().lines().count());
        }
    }

    private static void write(RocksStore store, long sequence) {
        Batch batch = new Batch(List.of(new Batch.Entry(sequence, new Event.Drained("pmem0"))), List.of());
        store.append(List.of(List.of(new NewRow(
                "pgmap-pmem0",
                sequence,
                PoolSerializer.IDENTIFIER,
                "batch:1",
                Records.write(batch),
                sequence,
                "",
                ""))));
    }
}
