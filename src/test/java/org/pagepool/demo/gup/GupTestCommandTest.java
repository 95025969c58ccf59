package org.pagepool.demo.gup;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.demo.CommandLineRun.at;
import static org.pagepool.demo.CommandLineRun.number;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.actors.HeadHosting;
import org.pagepool.demo.CommandLineRun;

/** {@code pagepool gup-test}: the kernel's letters, the shape of its numbers (section 3.4), and what it refuses. */
class GupTestCommandTest {
    private static CommandLineRun gup(String args) {
        return CommandLineRun.of(("gup-test --warmup 1 " + args).strip().split(" +"));
    }

    /** Figures of the digest: 512 pages per call take one grab each at 2 MiB, one page per call one grab per page. */
    @ParameterizedTest
    @CsvSource({
        "-a -m 64 -n -1,                    16384,     1,    32",
        "-a -m 64 -n 512,                   16384,    32,    32",
        "-a -m 64 -n 123,                   16384,   134,   165",
        "-a -m 8 -n 1,                       2048,  2048,  2048",
        "-u -m 8 -n 512 --geometry 4KiB,     2048,     4,  2048",
        "-a -m 8 -n 512 --batching per-page, 2048,     4,  2048",
        "-L -m16 -n-1,                       4096,     1,     8",
        "-a -m 512 -n -1 --base-page 64KiB --geometry 512MiB, 8192, 1, 1"
    })
    void shouldCountPagesCallsAndHeadGrabs(String args, long pages, long calls, long headGrabs) {
        CommandLineRun run = gup(args + " -r 2 --json");
        Object json = run.json();

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals("", run.err()),
                () -> assertEquals("pagepool/gup-test/1", at(json, "format")),
                () -> assertEquals(pages, number(json, "pages")),
                () -> assertEquals(calls, number(json, "calls")),
                () -> assertEquals(headGrabs, number(json, "headGrabs")),
                () -> assertEquals(pages, number(json, "pagesGranted")),
                () -> assertEquals(2, number(json, "repeats")));
    }

    @Test
    void shouldGiveTimesInOrder() {
        Object json = gup("-a -m 16 -n 512 -r 5 --seed 9 --json").json();

        for (String times : List.of("pinMicros", "unpinMicros")) {
            double min = time(json, times, "min");
            double p50 = time(json, times, "p50");
            double p99 = time(json, times, "p99");
            assertTrue(0 < min && min <= p50 && p50 <= p99 && p99 <= time(json, times, "max"), times);
        }
        assertEquals(9, number(json, "seed"));
        assertEquals("pagepool", at(json, "protocol", "name"));
        assertEquals("page-pins", at(json, "protocol", "switches", "teardown.waits-for"));
    }

    private static double time(Object json, String times, String which) {
        return ((Number) at(json, times, which)).doubleValue();
    }

    /** What each walker goes over, by whom it shares it with; always over as many heads in all as make its part. */
    @ParameterizedTest
    @CsvSource({
        "-a -m 64 -n -1 -j 4 --overlap shared,     16384,   1,   32",
        "-a -m 64 -n -1 -j 4 --overlap disjoint,    4096,   1,    8",
        "-a -m 64 -n 512 -j 4 --overlap disjoint,   4096,   8,    8",
        "-a -m 64 -n 123 -j 2 --overlap disjoint,   8192,  67,   82",
        "-a -m 64 -n -1 -j 4 --overlap one-head,   16384,  32,   32",
        "-a -m 64 -n 100 -j 2 --overlap one-head,  16384, 192,  192",
        "-u -m 4 -n 1 -j 2 --overlap one-head,      1024, 1024, 1024"
    })
    void shouldLetWalkersShareHeadsOrNot(String args, long pagesPerLap, long calls, long headGrabs) {
        Object json = gup(args + " -r 2 --json").json();

        assertAll(
                () -> assertEquals(0, number(json, "exitStatus")),
                () -> assertEquals(pagesPerLap, number(json, "pagesPerLap")),
                () -> assertEquals(pagesPerLap, number(json, "pagesGranted")),
                () -> assertEquals(calls, number(json, "calls")),
                () -> assertEquals(headGrabs, number(json, "headGrabs")),
                () -> assertEquals(0, number(json, "notPinned")),
                () -> assertTrue(number(json, "pagesPerSecond") > 0));
    }

    @Test
    void shouldSpeakTap() {
        CommandLineRun run = gup("-a -m 16 -n -1 -r 3 -j 2");
        List<String> lines = run.out().lines().toList();

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals("TAP version 13", lines.get(0)),
                () -> assertEquals("1..2", lines.get(1)),
                () -> assertTrue(
                        lines.stream().anyMatch(l -> l.matches("# PIN_FAST_BENCHMARK: Time: pin:\\d+ unpin:\\d+ us")),
                        run.out()),
                () -> assertEquals(
                        1, lines.stream().filter(l -> l.startsWith("ok 1 ")).count()),
                () -> assertEquals(
                        1, lines.stream().filter(l -> l.startsWith("ok 2 ")).count()),
                () -> assertTrue(lines.stream().allMatch(l -> l.matches("(TAP|1\\.\\.|#|ok|not ok).*")), run.out()));
    }

    @Test
    void shouldPrintOnlyResultsWhenQuiet() {
        CommandLineRun run = gup("-m 4 -q");

        assertEquals(List.of("ok 1 gup-1 get fast, 1 repeat"), run.out().lines().toList());
    }

    /** B29: long-term pins are for device-dax only; elsewhere the walk says which rule refused it. */
    @ParameterizedTest
    @CsvSource({"fs-dax, LONGTERM", "coherent, MIGRATED", "pci-p2pdma, LONGTERM"})
    void shouldShowTheRefusalOfALongtermPin(String type, String refusal) {
        CommandLineRun run = gup("-L -m 4 -n -1 --type " + type);

        assertEquals(1, run.status());
        assertTrue(run.out().contains("not ok 1 gup-1 pin longterm: " + refusal + ": "), run.out());
        assertEquals(refusal, at(gup("-L -m 4 -n -1 --json --type " + type).json(), "refusal"));
    }

    /**
     * The matrix of the kernel's own runs (section 3.4): every kind of call, reading and writing, by sizes of which one splits
     * huge pages in the middle, on base and huge pages, in the eras whose walks differ most.
     */
    @ParameterizedTest
    @CsvSource({
        "v5.5,     4KiB",
        "v5.5,     2MiB",
        "v6.15,    2MiB",
        "v6.17,    4KiB",
        "v6.17,    2MiB",
        "pagepool, 4KiB",
        "pagepool, 2MiB"
    })
    @DisplayName("B53, section 3.4: every kind of call, size and access gets all pages, which then look pinned")
    void shouldGetEveryPageInTheKernelsMatrix(String protocol, String geometry) {
        for (String mode : List.of("-u", "-U", "-a", "-b", "-L")) {
            for (String size : List.of("1", "512", "123")) {
                String access = size.equals("512") ? "-W" : "-w";
                String args = mode + " -m 2 -n " + size + " " + access + " --geometry " + geometry;

                Object json =
                        gup(args + " --warmup 0 --json --protocol " + protocol).json();

                assertEquals(0, number(json, "exitStatus"), args);
                assertEquals(512, number(json, "pagesGranted"), args);
                assertEquals(mode.equalsIgnoreCase("-u") ? 0 : 512, number(json, "verified"), args);
                assertEquals(0, number(json, "notPinned"), args);
            }
        }
    }

    @Test
    @DisplayName("B53, B19, R3: pages of the heads that the posted batching passed over do not look pinned")
    void shouldSeeThatPagesAreNotPinned() {
        String args = "-a -m 4 -n -1 --geometry 512KiB --level pmd --protocol compound-devmaps-v4";

        CommandLineRun run = gup(args + " -q");
        Object json = gup(args + " --json").json();

        assertEquals(1, run.status());
        assertTrue(
                run.out().contains("not ok 1 gup-1 pin fast: 768 pages of 1,024 do not look pinned: head=0x"),
                run.out());
        assertTrue(run.out().contains("unpin refused: more was given back than is held"), run.out());
        assertEquals(768, number(json, "notPinned"));
        assertEquals("UNBALANCED", at(json, "refusal"));
        assertEquals("pmd", at(json, "device", "entries"));
        assertEquals(0, gup(args + " -q -D gup.batch=per-head-loop").status(), "the general loop balances");
    }

    @Test
    void shouldSayOfUntimedTestsThatTheyAreDone() {
        CommandLineRun run = gup("-b -m 4 -n 512");
        assertTrue(run.out().lines().anyMatch("# PIN_BASIC_TEST: done"::equals), run.out());
        assertTrue(run.out().contains("# verified: 1,024 pages after pin, 0 not what they should be"), run.out());
    }

    /** A floor makes as many grabs as the walk, whatever calls, batching, path and walkers there are. */
    @ParameterizedTest
    @CsvSource({
        "-a -m 64 -n -1,                               32",
        "-a -m 64 -n 123,                             165",
        "-u -m 4 -n 1,                               1024",
        "-a -m 4 -n -1 --batching per-page,          1024",
        "-b -m 4 -n -1 --protocol v5.5,              1024",
        "-a -m 64 -n -1 --geometry 16MiB,               4",
        "-a -m 64 -n -1 --geometry 16MiB --batching per-head-loop, 32",
        "-a -m 64 -n -1 -j 2 --overlap disjoint,       16",
        "-a -m 64 -n -1 -j 2 --overlap one-head,       32"
    })
    void shouldMeasureFloorsOfAsManyGrabs(String args, long grabs) {
        Object json = gup(args + " -r 3 --floor --json").json();

        assertEquals(grabs, number(json, "headGrabs"));
        assertEquals(grabs, number(json, "floor", "grabs"));
        for (String floor : List.of("Counters", "Actors")) {
            String name = floor.toLowerCase(Locale.ROOT);
            assertTrue(time(json, "floor", name + "Micros") > 0, name);
            assertTrue(time(json, "floor", name + "UnpinMicros") > 0, name);
            assertEquals(
                    time(json, "pinMicros", "p50") / time(json, "floor", name + "Micros"),
                    time(json, "ratio", "to" + floor),
                    0.001);
            assertEquals(
                    time(json, "unpinMicros", "p50") / time(json, "floor", name + "UnpinMicros"),
                    time(json, "ratio", "unpinTo" + floor),
                    0.001);
        }
        assertEquals(null, at(json, "journal"));
    }

    @Test
    void shouldShowFloorsBesideTheWalk() {
        List<String> lines = gup("-a -m 64 -n -1 -r 3 --floor").out().lines().toList();

        for (String floor : List.of("counters pin", "actors pin", "counters unpin", "actors unpin")) {
            String row = "# floor " + floor + " .* \\d+\\.\\d\\d";
            assertTrue(lines.stream().anyMatch(line -> line.matches(row)), () -> row + " in " + lines);
        }
        assertTrue(lines.stream().anyMatch(line -> line.matches("# us .* ns/page +ratio")), lines::toString);
    }

    @Test
    void shouldHaveNoFloorUnlessAsked() {
        Object json = gup("-a -m 4 -n -1 --json").json();

        assertEquals(null, at(json, "floor"));
        assertEquals(null, at(json, "ratio"));
    }

    /** A walk that is refused is the end of everything, the floors too. */
    @Test
    void shouldEndWhereTheWalkIsRefused() {
        Object json = gup("-L -m 4 -n -1 --type fs-dax -r 5 --floor --json").json();

        assertEquals("LONGTERM", at(json, "refusal"));
        assertEquals(0, time(json, "ratio", "toActors"));
    }

    /** 256 MiB are two sections: each writes one row when it is pinned and one when it is unpinned. */
    @Test
    void shouldCountWhatADurableWalkWrites() {
        CommandLineRun run = gup("-a -m 256 -n -1 -r 2 -j 2 --journal rocks --floor --json");
        Object journal = at(run.json(), "journal");

        assertAll(
                () -> assertEquals(0, run.status(), run.out()),
                () -> assertEquals("", run.err()),
                () -> assertEquals("rocks in a temporary directory", at(journal, "where")),
                () -> assertEquals(2, perWalk(journal, "pin", "events")),
                () -> assertTrue(perWalk(journal, "pin", "bytes") >= 32),
                () -> assertTrue(perWalk(journal, "unpin", "events") >= 2),
                () -> assertEquals(2, number(journal, "floor", "events")),
                () -> assertTrue(time(journal, "floor", "unpinRatio") > 0));
    }

    @Test
    void shouldKeepAJournalInADirectoryThatWasNamed(@TempDir Path directory) {
        String where = "rocks:" + directory.resolve("kept");

        CommandLineRun first = gup("-a -m 128 -n -1 -r 1 --journal " + where);
        CommandLineRun second = gup("-a -m 128 -n -1 --journal " + where);

        assertEquals(0, first.status(), first.out());
        assertTrue(
                first.out().lines().anyMatch(line -> line.matches("# journal per pin: 1.0 rows, 1.0 events, .* bytes")),
                first.out());
        assertEquals(2, second.status());
        assertTrue(second.err().contains(where + ": is not empty"), second.err());
    }

    @Test
    void shouldRemoveATemporaryJournal() {
        Path directory;
        try (GupJournal journal = GupJournal.open("rocks", GupRun.config(HeadHosting.ACTOR))) {
            directory = Path.of(journal.settings().getString("pagepool.journal.rocks.dir"));
            assertTrue(Files.isDirectory(directory.getParent()));
        }
        assertFalse(Files.exists(directory.getParent()));
    }

    private static double perWalk(Object journal, String what, String of) {
        return time(journal, what, of + "PerWalk");
    }

    @Test
    void shouldPinPeerToPeerMemoryOnlyForThoseWhoSaySo() {
        assertEquals(1, gup("-a -m 4 -q --type pci-p2pdma").status());
        assertEquals(0, gup("-a -m 4 -q --type pci-p2pdma --pci-p2pdma").status());
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(delimiter = '|', textBlock = """
                    -u -L                    | more than one kind of call: -u -L; want one of -u, -U, -a, -b, -L
                    -n 0                     | -n 0: no page per call; want 1 or more, or -1 for all in one call
                    -r 0                     | -r 0: out of range; want 1 to
                    -j 0                     | -j 0: out of range; want 1 to
                    -m 0                     | -m 0: out of range; want 1 to
                    -m -4                    | -m -4: out of range
                    -m 3                     | -m 3: is no multiple of --geometry 2MiB; want -m 2 or 4
                    -m 99999999999           | 64TiB
                    -m 16384 --geometry 4KiB | 4,194,304 heads; want at most 1,048,576 (pagepool.limits.walk-heads), such as --geometry 16KiB
                    -m 16384 -n 1            | 4,194,304 grants held at once; want at most 1,048,576, such as -n 4
                    -m 67108864 --geometry 1GiB -n -1 | pages per call; want at most 1,073,741,824
                    --geometry 3MiB          | --geometry 3MiB: is no power of two; want 2MiB or 4MiB
                    --geometry 8KiB          | --geometry 8KiB: no head is that size; want 4KiB, or 16KiB
                    --geometry 2MB           | did you mean 2MiB?
                    --level huge             | --level huge: no such entries; want pte, pmd or pud
                    --level pud -m 4         | --level pud with -m 4: is no multiple of its entries; want -m 1024
                    --base-page 8KiB         | want 4KiB, 16KiB or 64KiB
                    --type ramdisk           | want coherent, fs-dax, generic or pci-p2pdma
                    --type private           | nothing can be pinned there
                    --protocol v6.16         | --protocol v6.16: no such protocol; did you mean v6.1?
                    --protocol linus         | --protocol linus: no such protocol; want pagepool or v5.5 or
                    -D gup.batch=all         | want per-page or per-entry-assume-one or
                    -D gup.bacth=per-page    | -D gup.bacth=per-page: no such switch; did you mean gup.batch?
                    -D gup.btch              | -D gup.btch: no such switch; did you mean gup.batch?
                    -D gup.batch             | -D gup.batch: sets no value; want -D gup.batch=per-page or
                    -D gup.batch=per-rang    | -D gup.batch=per-rang: no such value; did you mean per-range?
                    -D gup.everything=1      | no such switch; want gup.pgmap-ref or gup.head-lookup or
                    --batching per-page -D gup.batch=per-range | --batching per-page with -D gup.batch=per-range: both set gup.batch; want one of them
                    --batching all           | --batching all
                    -w -W                    | want one of them
                    -H --geometry 4KiB       | want --geometry 2MiB or more, or no -H
                    -r many                  | -r many: is no whole number in range
                    -m                       | -m: has no value; want -m MIB
                    --overlap both           | --overlap both: no such way; want shared, disjoint or one-head
                    -m 64 -j 3 --overlap disjoint | -j 3 with --overlap disjoint: 32 heads cannot be shared out evenly; want -j 2 or 4
                    -m 4 -j 3 --overlap disjoint  | -j 3 with --overlap disjoint: 2 heads cannot be shared out evenly; want -j 2
                    --journal disk           | --journal disk: no such journal; want rocks, rocks:DIR or postgresql://HOST[:PORT]/NAME
                    --journal rocks:         | --journal rocks:: names no directory; want rocks or rocks:DIR
                    --journal rocks:/proc    | --journal rocks:/proc: is not empty; want a new or empty directory
                    --journal rocks:/dev/null | --journal rocks:/dev/null: is no directory, and none can be made there
                    --journal postgresql://u:secret@/x | --journal postgresql: the database has no host or no name
                    --journal postgresql://u:secret@127.0.0.1:1/x | --journal postgresql://127.0.0.1:1/x: cannot be opened
                    """)
    void shouldRefuseWhatCannotBe(String args, String words) {
        CommandLineRun run = gup(args);

        assertAll(
                () -> assertEquals(2, run.status()),
                () -> assertEquals("", run.out()),
                () -> assertEquals(1, run.err().lines().count(), run.err()),
                () -> assertTrue(run.err().contains(words.strip()), run.err()));
    }
}
