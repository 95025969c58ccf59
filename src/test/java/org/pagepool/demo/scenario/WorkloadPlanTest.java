package org.pagepool.demo.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorkloadPlanTest {
    private static final String GROUPS = """
            devices { p { size = 4GiB } }
            address-spaces { vm { map { a { size = 1GiB }, b { offset = 1GiB, size = 2GiB, at = 8GiB } } } }
            walkers {
              w {
                count = 3, pattern = %s, size { distribution = log-uniform, min = 4KiB, max = 64MiB }
                hold { distribution = exponential, mean = 1ms, max = 5ms }, think = 1us
              }
            }
            limits { operations = 1000 }
            """;

    @TempDir
    Path directory;

    private Scenario scenario(AccessPattern pattern) {
        return new ScenarioText(directory).run(GROUPS.formatted(pattern.label()));
    }

    private static List<Op> ops(WorkloadPlan plan, int walker, int count) {
        WalkerScript script = plan.script(plan.walkers().get(walker));
        return IntStream.range(0, count).mapToObj(i -> script.next()).toList();
    }

    @ParameterizedTest
    @EnumSource(AccessPattern.class)
    void shouldStayInsideOneMapping(AccessPattern pattern) {
        WorkloadPlan plan = new WorkloadPlan(scenario(pattern), 7);
        for (int walker = 0; walker < 3; walker++) {
            for (Op op : ops(plan, walker, 2000)) {
                long end = op.vpn() + op.pages();
                assertTrue(
                        (op.vpn() >= 0 && end <= 1 << 18) || (op.vpn() >= 1 << 21 && end <= (1 << 21) + (1 << 19)),
                        op::toString);
                assertTrue(op.pages() >= 1 && op.pages() <= 16384, op::toString);
                assertTrue(op.holdNanos() >= 0 && op.holdNanos() <= 5_000_000, op::toString);
                assertEquals(1000, op.thinkNanos());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(AccessPattern.class)
    void shouldFollowFromTheSeedAlone(AccessPattern pattern) {
        Scenario scenario = scenario(pattern);
        assertEquals(ops(new WorkloadPlan(scenario, 7), 1, 500), ops(new WorkloadPlan(scenario, 7), 1, 500));
        assertEquals(new WorkloadPlan(scenario, 7).digest(100), new WorkloadPlan(scenario, 7).digest(100));
        assertNotEquals(new WorkloadPlan(scenario, 7).digest(100), new WorkloadPlan(scenario, 8).digest(100));
        assertNotEquals(ops(new WorkloadPlan(scenario, 7), 1, 500), ops(new WorkloadPlan(scenario, 7), 2, 500));
    }

    /** The same numbers on every JVM and machine; a change here changes every seed in every bug report. */
    @Test
    void shouldNeverChangeTheWorkloadOfASeed() {
        List<String> digests = Arrays.stream(AccessPattern.values())
                .map(pattern -> new WorkloadPlan(scenario(pattern), 42).digest(1000))
                .toList();
        assertEquals(
                List.of(
                        "72ab6208941d9295",
                        "13ababa9007f74e2",
                        "5b574b7e63127334",
                        "20084b59d5ee87f2",
                        "c8d1892133b688e5"),
                digests);
    }

    @Test
    void shouldWalkTheSamePagesInEveryVariant() {
        String text =
                GROUPS.formatted("random") + "variants { x { devices.p.geometry = 4KiB }, y { protocol = v5.5 } }";
        List<Scenario> runs = new ScenarioText(directory)
                .write("demo.conf", text)
                .load("demo.conf", Map.of())
                .runs();
        assertEquals(new WorkloadPlan(runs.get(0), 1).digest(50), new WorkloadPlan(runs.get(1), 1).digest(50));
    }

    @Test
    void shouldKeepAWalkersWorkWhenOthersJoin() {
        ScenarioText files = new ScenarioText(directory).write("demo.conf", GROUPS.formatted("random"));
        Scenario three = files.load("demo.conf", Map.of()).runs().get(0);
        Scenario four =
                files.load("demo.conf", Map.of("walkers.w.count", "4")).runs().get(0);
        assertEquals(ops(new WorkloadPlan(three, 1), 2, 50), ops(new WorkloadPlan(four, 1), 2, 50));
    }

    @Test
    void shouldContinueWhereTheLastRangeEnded() {
        List<Op> ops = ops(new WorkloadPlan(scenario(AccessPattern.SEQUENTIAL), 1), 0, 20);
        assertEquals(0, ops.get(0).vpn());
        assertEquals(ops.get(0).vpn() + ops.get(0).pages(), ops.get(1).vpn());
    }

    @Test
    void shouldStepByTheStride() {
        List<Op> ops = ops(new WorkloadPlan(scenario(AccessPattern.STRIDE), 1), 0, 3);
        assertEquals(List.of(0L, 32768L, 65536L), ops.stream().map(Op::vpn).toList());
    }

    @Test
    void shouldGoToTheHotTenthNineTimesOfTen() {
        long hot = ops(new WorkloadPlan(scenario(AccessPattern.HOT), 1), 0, 10_000).stream()
                .filter(op ->
                        op.vpn() < (1 << 18) / 10 || (op.vpn() >= 1 << 21 && op.vpn() < (1 << 21) + (1 << 19) / 10))
                .count();
        assertTrue(hot > 8900 && hot < 9300, () -> "hot=" + hot);
    }

    @Test
    void shouldPreferFewPlacesUnderZipf() {
        Draws draws = new Draws(1);
        int[] hits = new int[1024];
        for (int i = 0; i < 100_000; i++) {
            hits[(int) (Zipf.place(draws, 1 << 20) >> 10)]++;
        }
        assertEquals(
                0,
                IntStream.range(0, 1024)
                        .boxed()
                        .max((a, b) -> hits[a] - hits[b])
                        .orElse(-1));
        assertTrue(hits[0] > 12_000 && hits[0] < 14_000, () -> "first=" + hits[0]);
        for (int starts = 1; starts < 50; starts++) {
            long place = Zipf.place(draws, starts);
            assertTrue(place >= 0 && place < starts);
        }
    }

    @Test
    void shouldSpreadSizesOverTheDoublings() {
        SizeDistribution sizes = new SizeDistribution(SizeDistribution.Shape.LOG_UNIFORM, 1, 1023);
        Draws draws = new Draws(3);
        int[] perDoubling = new int[10];
        for (int i = 0; i < 100_000; i++) {
            perDoubling[63 - Long.numberOfLeadingZeros(sizes.draw(draws))]++;
        }
        for (int count : perDoubling) {
            assertTrue(count > 9_500 && count < 10_500, () -> "count=" + count);
        }
    }

    @Test
    void shouldHoldForeverWhereItSaysSo() {
        Scenario run =
                new ScenarioText(directory).run(ScenarioText.smallWithLine(3, "walkers { hog { hold = forever } }"));
        assertTrue(ops(new WorkloadPlan(run, 1), 0, 1).get(0).heldForever());
    }
}
