package org.pagepool.demo.vmemmap;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.demo.CommandLineRun.at;
import static org.pagepool.demo.CommandLineRun.number;

import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.demo.cli.Interrupts;

/** {@code pagepool vmemmap}: the figures of section 3.1, what it says where less is shared, and what it refuses. */
class VmemmapCommandTest {
    private static final int TERMINAL_COLUMNS = 80;
    private static final long MIB = 1L << 20;

    private static CommandLineRun vmemmap(String args) {
        return CommandLineRun.of(("vmemmap --no-measure " + args).strip().split(" +"));
    }

    @ParameterizedTest
    @CsvSource({
        "2MiB, none,    4194304, 16384, 0,  1.5625",
        "2MiB, pte,     1048576, 4096,  32, 0.390625",
        "1GiB, none,    4194304, 16384, 0,  1.5625",
        "1GiB, pte,     2048,    8,     32, 0.000762939453125",
        "1GiB, pte-pmd, 2048,    8,     8,  0.000762939453125",
        "4KiB, none,    4194304, 16384, 0,  1.5625"
    })
    @DisplayName("B44 to B47: what a tebibyte costs")
    void shouldCostPerTebibyteWhatTheDigestSays(
            String geometry, String dedup, long pages, long mib, long tablesMib, double percent) {
        Object json = vmemmap("--size 1TiB --geometry " + geometry + " --dedup " + dedup + " --json")
                .json();
        Object one = at(json, "cases", 0);

        assertAll(
                () -> assertEquals("pagepool/vmemmap/1", at(json, "format")),
                () -> assertEquals(1, ((List<?>) at(json, "cases")).size()),
                () -> assertEquals(dedup, at(one, "dedup")),
                () -> assertEquals(dedup, at(one, "effective")),
                () -> assertNull(at(one, "fallback")),
                () -> assertEquals(pages, number(one, "vmemmapPages")),
                () -> assertEquals(mib * MIB, number(one, "vmemmapBytes")),
                () -> assertEquals(tablesMib * MIB, number(one, "pageTableBytes")),
                () -> assertEquals((mib + tablesMib) * MIB, number(one, "totalBytes")),
                () -> assertEquals(percent, at(one, "percent")),
                () -> assertNull(at(json, "process")));
    }

    @Test
    void shouldShowAllFormsOfSharingOfTheUsualGeometries() {
        CommandLineRun run = vmemmap("--json");
        List<?> cases = (List<?>) at(run.json(), "cases");

        assertEquals(9, cases.size());
        assertEquals(
                List.of(4096L, 2 * MIB, 1024 * MIB),
                List.of(at(cases.get(0), "headBytes"), at(cases.get(3), "headBytes"), at(cases.get(6), "headBytes")));
        assertEquals(
                List.of("none", "pte", "pte-pmd"),
                cases.subList(3, 6).stream().map(c -> at(c, "dedup")).toList());
    }

    @ParameterizedTest(name = "[{index}] {0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
                    --geometry 4KiB --dedup pte                          | none | base pages
                    --geometry 512KiB --dedup pte                        | none | no more than two pages
                    --geometry 2MiB --dedup pte-pmd                      | pte  | too few sections
                    --geometry 2MiB --dedup pte --altmap 16GiB           | none | altmap
                    --geometry 1GiB --dedup pte-pmd --base-page 16KiB    | pte  | more than one section
                    --geometry 2MiB --dedup pte --base-page 64KiB        | none | no more than two pages
                    """)
    @DisplayName("B51, R24: where less is shared than asked for it says so and why")
    void shouldSayWhyLessIsShared(String args, String effective, String why) {
        Object one = at(vmemmap(args + " --json").json(), "cases", 0);
        CommandLineRun text = vmemmap(args);

        assertAll(
                () -> assertEquals(effective, at(one, "effective")),
                () -> assertTrue(String.valueOf(at(one, "fallback")).contains(why), one::toString),
                () -> assertTrue(text.out().contains("=" + effective + " (1)"), text.out()),
                () -> assertTrue(text.out().contains("(1) " + at(one, "fallback")), text.out()));
    }

    @Test
    @DisplayName("B8, B51: pages of an altmap are no pages of the device")
    void shouldLeaveThePagesOfAnAltmapOut() {
        Object json =
                vmemmap("--size 1GiB --geometry 2MiB --altmap 16MiB --json").json();

        assertEquals(4096, number(json, "device", "altmapPages"));
        assertEquals(504, number(json, "cases", 0, "pgmapRefs"));
        assertEquals(0, number(json, "cases", 0, "systemBytes"));
        assertEquals(262144 - 4096, number(json, "cases", 0, "structPagesInitialised"));
    }

    @ParameterizedTest
    @CsvSource({"generic, v6.1, 512", "private, v5.5, 512", "private, v6.1, 0", "coherent, pagepool, 0"})
    @DisplayName("B8: references by type and era")
    void shouldTakePgmapReferencesAsTheEraDoes(String type, String protocol, long refs) {
        Object json = vmemmap(
                        "--size 1GiB --geometry 2MiB --dedup pte --json --type " + type + " --protocol " + protocol)
                .json();

        assertEquals(refs, number(json, "cases", 0, "pgmapRefs"));
        assertEquals(protocol, at(json, "protocol", "name"));
    }

    @Test
    void shouldMeasureWhatTheDeviceCostsThisProcess() {
        CommandLineRun run = CommandLineRun.of("vmemmap", "--size", "1TiB", "--geometry", "2MiB", "--json");
        Object process = at(run.json(), "process", 0);

        assertEquals(0, run.status(), run.err());
        assertNull(at(process, "refused"));
        assertTrue(number(process, "heapBytes") < MIB, process::toString);
        assertEquals(0, number(process, "headActors"));
        assertTrue(((Number) at(process, "mapMicros")).doubleValue() > 0);
    }

    @Test
    void shouldSayWhichGeometriesDoNotFit() {
        CommandLineRun run = vmemmap("--size 512MiB");

        assertEquals(0, run.status());
        assertTrue(run.out().contains("left out  --geometry 1GiB: heads are larger than --size 512MiB"), run.out());
        assertEquals(6, ((List<?>) at(vmemmap("--size 512MiB --json").json(), "cases")).size());
    }

    @Test
    void shouldMarkWhatTheProtocolDoes() {
        assertTrue(vmemmap("").out().contains("pte* "));
        assertTrue(vmemmap("--protocol v5.5").out().contains("none* "));
        assertTrue(vmemmap("--protocol compound-devmaps-v4").out().contains("pte-pmd* "));
        assertFalse(vmemmap("--dedup pte").out().contains("*"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--size 16TiB",
                "--size 1024TiB",
                "--size 1048578MiB",
                "--base-page 64KiB --size 16TiB",
                "--altmap 16GiB --type pci-p2pdma"
            })
    void shouldFitATerminal(String args) {
        for (String line : vmemmap(args).out().lines().toList()) {
            assertTrue(line.length() <= TERMINAL_COLUMNS, line);
        }
    }

    @Test
    void shouldBeBriefWhenQuiet() {
        CommandLineRun run = vmemmap("-q --geometry 1GiB");

        assertEquals(
                List.of("Side by side", "  heads    none    pte*  pte-pmd", "  1GiB   16 GiB  40 MiB   16 MiB"),
                run.out().lines().toList());
    }

    @Test
    void shouldColourOnATerminalOnlyAndNeverWithNoColor() {
        String[] args = {"vmemmap", "--no-measure", "--geometry", "2MiB"};
        StringWriter err = new StringWriter();

        assertTrue(CommandLineRun.of(Map.of(), true, err, new Interrupts(), args)
                .out()
                .contains("\u001b["));
        assertFalse(CommandLineRun.of(Map.of("NO_COLOR", "1"), true, err, new Interrupts(), args)
                .out()
                .contains("\u001b["));
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(delimiter = '|', textBlock = """
                    --size 1TB                        | --size 1TB: unit TB is not binary; did you mean 1TiB?
                    --size 0                          | --size 0: out of range; want 2MiB to 1024TiB
                    --size 2000TiB                    | --size 2000TiB: out of range
                    --size 3MiB                       | --size 3MiB: is no multiple of 2MiB, in which page metadata is populated; want 2MiB or 4MiB
                    --size 3GiB --geometry 2GiB       | --size 3GiB: is no multiple of --geometry 2GiB; want 2GiB or 4GiB
                    --size 96MiB --base-page 64KiB    | is no multiple of 64MiB
                    --geometry 2TiB                   | --geometry 2TiB: heads are larger than --size 1TiB; want --size 2TiB or more, or smaller heads
                    --geometry 3MiB                   | --geometry 3MiB: is no power of two; want 2MiB or 4MiB
                    --geometry 8KiB                   | --geometry 8KiB: no head is that size; want 4KiB, or 16KiB
                    --geometry 2MB                    | --geometry 2MB: unit MB is not binary; did you mean 2MiB?
                    --dedup ptepmd                    | --dedup ptepmd: no such sharing; did you mean pte-pmd?
                    --dedup everything                | no such sharing; want none or pte or pte-pmd
                    --altmap 1TiB                     | --altmap 1TiB: leaves nothing of --size 1TiB
                    --altmap 8GiB                     | --altmap 8GiB: too small for the records of --size 1TiB; want 16GiB or more
                    --altmap 16385MiB --geometry 2MiB | is no multiple of --geometry 2MiB; want 16GiB or 16386MiB, or smaller heads
                    --altmap 1KiB                     | --altmap 1KiB: is no multiple of --base-page 4KiB; want 4KiB
                    --altmap 16GB                     | did you mean 16GiB?
                    --base-page 8KiB                  | want 4KiB, 16KiB or 64KiB
                    --type fsdax                      | --type fsdax: no such memory type; did you mean fs-dax?
                    --protocol v6.2                   | no such protocol; did you mean v6.1?
                    -D vmemap.dedup=pte               | no such switch; did you mean vmemmap.dedup?
                    -D vmemmap.dedup=all              | no such value; want none or pte or pte-pmd
                    --geometrie 2MiB                  | unknown option: --geometrie; did you mean --geometry?
                    here                              | unexpected argument: here
                    """)
    void shouldRefuseWhatCannotBe(String args, String words) {
        CommandLineRun run = vmemmap(args);

        assertAll(
                () -> assertEquals(2, run.status()),
                () -> assertEquals("", run.out()),
                () -> assertEquals(1, run.err().lines().count(), run.err()),
                () -> assertTrue(run.err().contains(words.strip()), run.err()));
    }
}
