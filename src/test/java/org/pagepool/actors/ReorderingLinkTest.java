package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Props;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.MemoryType;

/**
 * The link loses, repeats and overtakes, entries are faulted in and zapped, walks time out, walkers die, and then the
 * device is closed by each verb: every reference is counted once, the teardown ends, and nobody is left holding anything.
 */
class ReorderingLinkTest {
    private static final String IMPATIENT =
            "pagepool.limits.retry-after = 20ms, pagepool.limits.walk-timeout = 150ms, pagepool.heads.idle-timeout = 30ms";
    private static final long PAGES = 1L << 16;

    /** Loses one message in ten, repeats one, and lets two arrive late; decided by the seed and the order of messages. */
    private static final class Unruly implements Link {
        private final SplittableRandom random;

        Unruly(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public <T> void send(ActorRef<T> to, T message) {
            int dice;
            int delay;
            synchronized (random) {
                dice = random.nextInt(10);
                delay = random.nextInt(1, 60);
            }
            if (dice == 1 || dice == 2 || dice == 3) {
                CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS).execute(() -> to.tell(message));
            }
            if (dice > 2) {
                to.tell(message);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldCountOnceAndEndWhateverOvertakes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        try (PoolHarness h = new PoolHarness(new Unruly(seed), IMPATIENT)) {
            Device device = h.map(
                    DeviceSpec.of("pmem0", PAGES << 12).type(seed % 2 == 0 ? MemoryType.GENERIC : MemoryType.FS_DAX));
            List<Walker> walkers = new ArrayList<>();
            List<Space> spaces = new ArrayList<>();
            TestProbe<LoadDriver.Ended> ended = TestProbe.create(h.pool.system());
            for (int i = 0; i < 8; i++) {
                if (i % 4 == 0) {
                    Space vm = PoolHarness.await(h.pool.openSpace("vm" + i));
                    Level level = i == 0 ? Level.PTE : Level.PMD;
                    PoolHarness.await(vm.map(device, 0, 0, PAGES, level, true, false));
                    spaces.add(vm);
                }
                Walker walker = h.walker("w" + i, spaces.get(spaces.size() - 1));
                walkers.add(walker);
                h.pool.system()
                        .systemActorOf(
                                LoadDriver.create(
                                        walker.name(),
                                        walker.ref(),
                                        PAGES,
                                        Long.MAX_VALUE,
                                        random.nextLong(),
                                        i % 4 == 3,
                                        ended.getRef()),
                                "driver-" + i,
                                Props.empty());
            }
            for (int i = 0; i < 12; i++) {
                long before = h.eventsSoFar();
                spaces.get(i % 2).zap(random.nextLong(PAGES - 2048), 2048);
                Awaitility.await()
                        .pollInterval(Duration.ofMillis(5))
                        .atMost(SOON)
                        .until(() -> h.eventsSoFar() > before + 20);
            }
            CompletionStage<Pgmap.CloseAnswer> ifIdle = device.closeIfIdle();
            CloseVerb verb = seed % 3 == 0 ? CloseVerb.REVOKE : CloseVerb.WHEN_IDLE;
            CompletionStage<Pgmap.CloseAnswer> closed = device.close(verb, SOON, "seed " + seed);
            for (int i = 0; i < 8; i++) {
                ended.expectMessageClass(LoadDriver.Ended.class, SOON);
            }
            assertInstanceOf(
                    Pgmap.Closed.class,
                    PoolHarness.await(closed),
                    () -> "seed " + seed + ": " + PoolHarness.await(device.status()));
            PoolHarness.await(ifIdle);
            walkers.forEach(Walker::close);
            spaces.forEach(Space::close);
            Verdict verdict = h.verdict(true);
            assertTrue(verdict.clean(), () -> "seed " + seed + ": " + verdict.violations());
        }
    }
}
