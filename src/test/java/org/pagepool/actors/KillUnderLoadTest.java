package org.pagepool.actors;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.Props;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * A pgmap is killed while 64 walkers pin and unpin, some of them dying with everything held: the auditor finds nothing,
 * the teardown ends, no actor is left behind. Every choice follows from the seed, which each round prints on failure; the
 * interleaving is the scheduler's.
 */
class KillUnderLoadTest {
    private static final int WALKERS = 64;
    private static final long PAGES = 1L << 15 << 2;

    @Test
    void shouldSurviveAKillUnderLoad() {
        rounds(1, 6);
    }

    @Test
    @Tag("soak")
    void shouldSurvive200KillsUnderLoad() {
        rounds(1000, 200);
    }

    /** Every rule under which teardown waits for pins. */
    private static final List<Protocol> PROTOCOLS = List.of(
            Protocol.PAGEPOOL,
            Protocol.V5_5.with("gup.batch", "per-range"),
            Protocol.V5_18.with("teardown.waits-for", "page-pins").with("gup.batch", "per-range"),
            Protocol.V6_15.with("teardown.waits-for", "page-pins").with("gup.batch", "per-range"),
            Protocol.V6_17.with("teardown.waits-for", "page-pins"),
            Protocol.PAGEPOOL.with("gup.slow-batch", "per-page"),
            Protocol.PAGEPOOL.with("gup.pgmap-ref", "none"));

    private static void rounds(long firstSeed, int count) {
        try (PoolHarness h = new PoolHarness(Link.direct(), "")) {
            LongStream.range(firstSeed, firstSeed + count).forEach(seed -> {
                try {
                    round(h, seed);
                } catch (Throwable failed) {
                    throw new AssertionError("seed " + seed, failed);
                }
            });
            await().atMost(SOON).untilAsserted(() -> assertEquals(0, actorsLeft(h), h.pool.system()::printTree));
        }
    }

    private static void round(PoolHarness h, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Protocol protocol = PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
        // A file's page that idles at 1 is called free by the teardown of its device while it is in use (R32).
        boolean filesAtOne = protocol.base(MemoryType.FS_DAX) == 1;
        MemoryType type = random.nextBoolean() || filesAtOne
                ? MemoryType.GENERIC
                : random.nextBoolean() ? MemoryType.FS_DAX : MemoryType.COHERENT;
        Device device = h.map(DeviceSpec.of("dev-" + seed, PAGES << 12)
                .protocol(protocol)
                .type(type)
                .headBytes(random.nextBoolean() ? 2L << 20 : 256L << 10));
        Space vm = h.space("vm-" + seed, device);
        TestProbe<LoadDriver.Ended> ended = TestProbe.create(h.pool.system());
        List<Walker> walkers = new ArrayList<>();
        for (int i = 0; i < WALKERS; i++) {
            Walker walker = h.walker("w" + seed + "-" + i, vm);
            walkers.add(walker);
            h.pool.system()
                    .systemActorOf(
                            LoadDriver.create(
                                    walker.name(),
                                    walker.ref(),
                                    PAGES,
                                    Long.MAX_VALUE,
                                    random.nextLong(),
                                    random.nextInt(8) == 0,
                                    ended.getRef()),
                            "driver-" + walker.name(),
                            Props.empty());
        }
        long after = h.eventsSoFar() + random.nextInt(1, 2000);
        await().atMost(SOON).pollInterval(Duration.ofMillis(1)).until(() -> h.eventsSoFar() > after);

        CloseVerb verb = random.nextInt(3) == 0 ? CloseVerb.REVOKE : CloseVerb.WHEN_IDLE;
        CompletionStage<Pgmap.CloseAnswer> first = random.nextBoolean() ? device.closeIfIdle() : null;
        CompletionStage<Pgmap.CloseAnswer> closed = device.close(verb, SOON, "seed " + seed);

        assertInstanceOf(Pgmap.Closed.class, PoolHarness.await(closed));
        if (first != null) {
            PoolHarness.await(first);
        }
        for (int i = 0; i < WALKERS; i++) {
            ended.expectMessageClass(LoadDriver.Ended.class, SOON);
        }
        ended.stop();
        walkers.forEach(Walker::close);
        vm.close();
        Verdict verdict = h.verdict(true);
        assertTrue(verdict.clean(), () -> verdict.violations().toString());
        h.forget();
    }

    /** Actors below the guardian of the pool. */
    private static long actorsLeft(PoolHarness h) {
        return h.pool.system()
                .printTree()
                .lines()
                .filter(line -> line.matches(".*(pgmap-|space-|walker-|section-|driver-|teardown|0x).*"))
                .count();
    }
}
