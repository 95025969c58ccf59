package org.pagepool.demo.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pagepool.actors.HeadHosting;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.TeardownWait;

class ScenarioLoaderTest {
    /** The tests run in their module's directory, two below the top. */
    private static final Path TOP =
            Path.of("").toAbsolutePath().endsWith(Path.of("src", "test")) ? Path.of("..", "..") : Path.of("");

    private static final Path SHIPPED = TOP.resolve("demo").resolve("scenarios");

    @TempDir
    Path directory;

    @Test
    void shouldFillInEveryDefault() {
        Scenario run = new ScenarioText(directory).run(ScenarioText.SMALL);
        assertEquals(
                new Scenario(
                        "demo",
                        Optional.empty(),
                        "",
                        List.of(),
                        Set.of(),
                        OptionalLong.empty(),
                        BasePage.KIB_4,
                        Protocol.PAGEPOOL,
                        List.of(new PgmapSpec(
                                "pmem0",
                                MemoryType.GENERIC,
                                List.of(new PfnRange(0x880000, 262144)),
                                new Geometry(9),
                                BasePage.KIB_4,
                                Protocol.PAGEPOOL)),
                        List.of(),
                        List.of(new SpaceSpec(
                                "vm1", List.of(new MappingSpec("a", "pmem0", 0, 262144, 0, Level.PMD, true, true)))),
                        List.of(new WalkerSpec(
                                "w",
                                1,
                                "vm1",
                                Optional.empty(),
                                WalkMode.PIN,
                                true,
                                false,
                                AccessPattern.RANDOM,
                                1024,
                                new SizeDistribution(SizeDistribution.Shape.FIXED, 512, 512),
                                HoldDistribution.fixed(Duration.ofMillis(1)),
                                Duration.ZERO,
                                4,
                                Duration.ZERO,
                                false,
                                false,
                                0,
                                false)),
                        List.of(),
                        new Limits(0, Duration.ofSeconds(10)),
                        Duration.ofSeconds(5),
                        HeadHosting.ACTOR,
                        Duration.ofSeconds(1)),
                run);
    }

    @Test
    void shouldReadEveryKey() {
        Scenario run = new ScenarioText(directory).run("""
                        name = all, description = "every key", shows = [B38, D11, R25, I6], expect = [I6, I3], seed = 42, base-page = 16KiB
                        protocol { preset = v5.5, gup.batch = per-head-loop, "teardown.waits-for" = pgmap-refs-only }
                        devices {
                          b { type = fs-dax, size = 64MiB, geometry = 32MiB, first-pfn = 0x10000, protocol = v6.15 }
                          a { geometry = 16KiB, ranges = [{ first-pfn = 0, size = 32MiB }, { first-pfn = 4096, size = 32MiB }] }
                        }
                        address-spaces {
                          vm2 { map {
                            m { device = b, offset = 32MiB, size = 32MiB, at = 0x4000000, writable = no, populate = false }
                            n { device = a, entry = pmd, at = 0 }
                          } }
                          vm1 {}
                        }
                        walkers {
                          z {
                            count = 2, space = vm2, map = n, mode = longterm, write = false, pci-p2pdma = true
                            pattern = stride, stride = 1MiB, think = 2us, pins-in-flight = 9, start-at = 5ms
                            size { distribution = log-uniform, min = 16KiB, max = 1MiB }
                            hold { distribution = exponential, mean = 3ms }
                            partial-unpin = true, fast-only = true, walks = 70, late = true
                          }
                          y { space = vm2, hold = forever, size { min = 16KiB, max = 32KiB } }
                          x { space = vm2, count = 0, hold { min = 1ms, max = 2ms } }
                        }
                        timeline = [
                          { at = 50%, do = kill, device = b, verb = revoke, reason = gone }
                          { at = 1s, do = kill, device = a, verb = if-idle }
                          { at = 100ms, do = kill-walker, walker = z-2 }
                          { at = 2s, do = kill-walker, walker = z }
                          { at = 0%, do = zap, space = vm2, offset = 0x4000000, size = 32MiB }
                          { at = 0%, do = zap, space = vm2, map = n }
                          { at = 1%, do = watch, space = vm2, map = m, offset = 0x4100000, size = 16KiB }
                          { at = 2%, do = request, device = a, offset = 16KiB, order = 0, count = 3 }
                          { at = 3%, do = free, device = a, count = 2 }
                          { at = 4%, do = speculate, device = a }
                        ]
                        limits { operations = 200000, duration = 5s }
                        settle = 7s
                        heads { idle-timeout = 250ms }
                        """);
        assertEquals("all", run.label());
        assertEquals(List.of("B38", "D11", "R25", "I6"), run.shows());
        assertEquals(Set.of(Invariant.I3, Invariant.I6), run.expect());
        assertEquals(OptionalLong.of(42), run.seed());
        assertEquals(GupBatch.PER_HEAD_LOOP, run.protocol().batch());
        assertEquals(TeardownWait.PGMAP_REFS_ONLY, run.protocol().waitsFor());
        assertEquals(
                List.of("b", "a"), run.devices().stream().map(PgmapSpec::id).toList());
        assertEquals(Protocol.V6_15, run.devices().get(0).protocol());
        assertEquals(
                List.of(new PfnRange(0, 2048), new PfnRange(4096, 2048)),
                run.devices().get(1).ranges());
        assertEquals(
                List.of(
                        new MappingSpec("m", "b", 2048, 2048, 4096, Level.PMD, false, false),
                        new MappingSpec("n", "a", 0, 4096, 0, Level.PMD, true, true)),
                run.spaces().get(0).maps());
        assertEquals(List.of("z-1", "z-2"), run.walkers().get(0).names());
        assertEquals(List.of("y"), run.walkers().get(1).names());
        assertEquals(List.of(), run.walkers().get(2).names());
        assertEquals(
                List.of(
                        new TimelineEntry.Kill(
                                new Moment.Progress(50),
                                "b",
                                CloseVerb.REVOKE,
                                Optional.of(Duration.ofSeconds(7)),
                                "gone"),
                        new TimelineEntry.Kill(
                                new Moment.Elapsed(Duration.ofSeconds(1)),
                                "a",
                                CloseVerb.IF_IDLE,
                                Optional.empty(),
                                "timeline"),
                        new TimelineEntry.KillWalker(new Moment.Elapsed(Duration.ofMillis(100)), "z-2", List.of("z-2")),
                        new TimelineEntry.KillWalker(
                                new Moment.Elapsed(Duration.ofSeconds(2)), "z", List.of("z-1", "z-2")),
                        new TimelineEntry.Zap(new Moment.Progress(0), "vm2", 4096, 2048),
                        new TimelineEntry.Zap(new Moment.Progress(0), "vm2", 0, 4096),
                        new TimelineEntry.Watch(new Moment.Progress(1), "vm2", 4160, 1),
                        new TimelineEntry.Request(new Moment.Progress(2), "a", 1, 0, 3),
                        new TimelineEntry.Free(new Moment.Progress(3), "a", 2),
                        new TimelineEntry.Speculate(new Moment.Progress(4), "a", 1)),
                run.timeline());
        assertEquals(70, run.walkers().get(0).walks());
        assertTrue(run.walkers().get(0).late());
        assertEquals(Map.of("b", new TreeSet<>(Set.of(0x10800L))), run.headsBehind("vm2", 4160, 1));
        assertReadsBack(run);
    }

    @ParameterizedTest
    @CsvSource({"4KiB, PTE", "2MiB, PMD", "1GiB, PUD", "512KiB, PTE", "64MiB, PMD"})
    void shouldMapByTheLargestEntryNoLargerThanAHead(String geometry, Level entry) {
        Scenario run = new ScenarioText(directory)
                .run(ScenarioText.smallWithLine(1, "devices { p { size = 4GiB, geometry = " + geometry + " } }"));
        assertEquals(entry, run.spaces().get(0).maps().get(0).entry());
    }

    @Test
    void shouldPlaceDevicesBehindOneAnotherInFileOrder() {
        Scenario run = new ScenarioText(directory).run("""
                        devices { z { size = 2MiB }, fixed { size = 1GiB, first-pfn = 0x900000 }, a { size = 1GiB } }
                        limits { duration = 1s }
                        """);
        assertEquals(
                List.of(0x940000L, 0x900000L, 0x980000L),
                run.devices().stream()
                        .map(device -> device.ranges().get(0).first())
                        .toList());
    }

    @Test
    void shouldRunEachVariantOverTheRest() {
        ScenarioText files = new ScenarioText(directory)
                .write("demo.conf", ScenarioText.smallWithLine(3, "walkers { w { count = 1 } }") + """
                                walkers.v { count = 3, size = ${walkers.w.size} }
                                walkers.w.size = 4KiB
                                variants {
                                  small { devices.pmem0.geometry = 4KiB }
                                  big { devices.pmem0.geometry = 1GiB, walkers { w { size = 8KiB } }, protocol = v5.5 }
                                }
                                """);
        ScenarioFile file = files.load("demo.conf", Map.of("limits.duration", "3s"));
        assertEquals(
                List.of("demo/small", "demo/big"),
                file.runs().stream().map(Scenario::label).toList());
        Scenario small = file.runs().get(0);
        Scenario big = file.runs().get(1);
        assertEquals(0, small.devices().get(0).geometry().order());
        assertEquals(18, big.devices().get(0).geometry().order());
        assertEquals(1, small.walkers().get(1).size().maxPages());
        assertEquals(2, big.walkers().get(1).size().maxPages(), "a substitution sees the variant");
        assertEquals(Protocol.V5_5, big.devices().get(0).protocol());
        assertEquals(Duration.ofSeconds(3), big.limits().duration());
        assertEquals(
                List.of("w", "v"), big.walkers().stream().map(WalkerSpec::id).toList());
    }

    @Test
    void shouldKeepTheOrderOfTheFileUnderVariantsAndOverrides() {
        String text = ScenarioText.smallWithLine(3, "walkers { w {}, v {}, u {} }")
                + "variants { x { walkers { t {}, u.count = 2 } } }";
        Scenario run = new ScenarioText(directory)
                .write("demo.conf", text)
                .load("demo.conf", Map.of("walkers.w.count", "4"))
                .runs()
                .get(0);
        assertEquals(
                List.of("w", "v", "u", "t"),
                run.walkers().stream().map(WalkerSpec::id).toList());
    }

    @Test
    void shouldLayOverridesOverEverything() {
        Map<String, String> overrides = new LinkedHashMap<>();
        overrides.put("devices.pmem0.size", "2GiB");
        overrides.put("walkers.w.count", "7");
        overrides.put("description", "a: b, {c");
        overrides.put("protocol", "v5.5");
        overrides.put("protocol.\"gup.batch\"", "per-range");
        Scenario run = new ScenarioText(directory)
                .write("demo.conf", ScenarioText.SMALL)
                .load("demo.conf", overrides)
                .runs()
                .get(0);
        assertEquals("v5.5+gup.batch=per-range", run.protocol().name());
        assertEquals(2L << 18, run.devices().get(0).pages());
        assertEquals(2L << 18, run.spaces().get(0).maps().get(0).pages(), "defaults follow");
        assertEquals(7, run.walkerCount());
        assertEquals("a: b, {c", run.description());
    }

    @Test
    void shouldSetSwitchesByTheirNamesOverAPresetThatIsGivenByItsName() {
        String text = ScenarioText.SMALL + "protocol = v5.13\nvariants { old { protocol = v5.5 }, same {} }\n";

        List<String> names = new ScenarioText(directory)
                .write("demo.conf", text).load("demo.conf", Map.of("layout.idle-rule", "not-pinned")).runs().stream()
                        .map(run -> run.protocol().name())
                        .toList();

        assertEquals(List.of("v5.5+layout.idle-rule=not-pinned", "v5.13+layout.idle-rule=not-pinned"), names);
    }

    @Test
    void shouldReadNullAsNotWritten() {
        Scenario run = new ScenarioText(directory).run(ScenarioText.SMALL + "settle = null\nname = null\n");
        assertEquals("demo", run.name());
        assertEquals(Duration.ofSeconds(5), run.settle());
    }

    @Test
    void shouldIncludeFilesBesideTheScenario() {
        Scenario run = new ScenarioText(directory)
                .write("part.conf", "devices { pmem0 { size = 1GiB } }")
                .run(ScenarioText.smallWithLine(1, "include \"part.conf\""));
        assertEquals("pmem0", run.devices().get(0).id());
    }

    static List<String> shipped() {
        return new ScenarioLoader(SHIPPED).shipped();
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void shouldLoadWhatIsShipped(String name) {
        ScenarioFile file = new ScenarioLoader(SHIPPED).load(name, Map.of());
        assertEquals(name, file.name());
        assertFalse(file.description().isEmpty());
        file.runs().forEach(this::assertReadsBack);
    }

    @Test
    void shouldShipADeviceOf8192HeadsThatIsKilledInUse() {
        Scenario run =
                new ScenarioLoader(SHIPPED).load("devdax-16g", Map.of()).runs().get(0);
        assertEquals(8192, run.devices().get(0).heads());
        assertEquals(4194304, run.devices().get(0).pages());
        assertEquals(32, run.walkerCount());
    }

    @Test
    void shouldShip512HeadsUnderEachEntry() {
        Scenario run = new ScenarioLoader(SHIPPED)
                .load("base-pages-under-pmd", Map.of())
                .runs()
                .get(0);
        assertEquals(0, run.devices().get(0).geometry().order());
        assertEquals(Level.PMD, run.spaces().get(0).maps().get(0).entry());
    }

    @Test
    void shouldKeepWorkedOutDefaultsWithinTheBounds() {
        assertReadsBack(new ScenarioText(directory).run("""
                        devices { p { size = 4TiB, geometry = 1GiB } }
                        address-spaces { vm { map { a {} } } }
                        walkers { w { size = 4TiB, hold { distribution = exponential, mean = 1000h } } }
                        limits { duration = 1s }
                        """));
    }

    @Test
    void shouldDocumentEveryKey() throws Exception {
        String text = Files.readString(TOP.resolve("docs").resolve("scenarios.md"));
        List<String> rows = text.substring(text.indexOf("## Every key"), text.indexOf("## Shipped scenarios"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .toList();
        assertEquals(ScenarioKeys.all().stream().map(ScenarioKey::markdown).toList(), rows);
    }

    /** The table of shipped scenarios names all of them, and the rows each shows. */
    @Test
    void shouldDocumentWhatIsShippedWithItsRows() throws Exception {
        String text = Files.readString(TOP.resolve("docs").resolve("scenarios.md"));
        Map<String, String> documented = new TreeMap<>();
        text.substring(text.indexOf("## Shipped scenarios"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1))
                .forEach(cells -> documented.put(cells[1].strip().replace("`", ""), cells[3].strip()));
        assertEquals(List.copyOf(documented.keySet()), shipped());
        for (String name : shipped()) {
            List<Scenario> runs =
                    new ScenarioLoader(SHIPPED).load(name, Map.of()).runs();
            String rows = runs.stream()
                    .flatMap(run -> run.shows().stream())
                    .distinct()
                    .collect(Collectors.joining(", "));
            assertEquals(rows, documented.get(name), "rows of " + name);
        }
    }

    @Test
    void shouldTellWhenAMomentIsDue() {
        Limits limits = new Limits(1000, Duration.ofSeconds(10));
        Moment half = Moment.parse("50%");
        assertFalse(half.due(limits, 499, Duration.ofMillis(4999)));
        assertTrue(half.due(limits, 500, Duration.ZERO));
        assertTrue(half.due(limits, 0, Duration.ofSeconds(5)));
        assertFalse(Moment.parse("2s").due(limits, 1000, Duration.ofMillis(1999)));
        assertTrue(Moment.parse("2s").due(limits, 0, Duration.ofSeconds(2)));
        assertFalse(limits.reached(999, Duration.ofMillis(9999)));
        assertTrue(limits.reached(1000, Duration.ZERO));
        assertEquals("7.5%", Moment.parse("7.50%").label());
    }

    /** What is written of a run is a scenario that means the same. */
    private void assertReadsBack(Scenario run) {
        Scenario again = new ScenarioText(directory)
                .write("again.json", run.resolved())
                .load("again.json", Map.of())
                .runs()
                .get(0);
        assertEquals(run.resolved(), again.resolved());
        assertEquals(run.devices(), again.devices());
        assertEquals(run.walkers(), again.walkers());
        assertEquals(run.timeline(), again.timeline());
    }
}
