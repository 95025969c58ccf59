package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Props;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;

/** Requests and answers between holders and sections may be lost or repeated; references are counted once all the same. */
class LossyLinkTest {
    private static final String IMPATIENT = "pagepool.limits.retry-after = 20ms";

    /** Loses one message in ten and repeats another; decided by the seed and the order of the messages. */
    private static final class Lossy implements Link {
        private final SplittableRandom random;

        Lossy(long seed) {
            this.random = new SplittableRandom(seed);
        }

        @Override
        public <T> void send(ActorRef<T> to, T message) {
            int dice;
            synchronized (random) {
                dice = random.nextInt(10);
            }
            if (dice > 0) {
                to.tell(message);
            }
            if (dice == 1) {
                to.tell(message);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldGrantAndReleaseOnceWhateverIsLostOrRepeated(long seed) {
        try (PoolHarness h = new PoolHarness(new Lossy(seed), IMPATIENT)) {
            Device device = h.map(DeviceSpec.of("pmem0", 1L << 29));
            Space vm = h.space("vm1", device);
            TestProbe<LoadDriver.Ended> ended = TestProbe.create(h.pool.system());
            for (int i = 0; i < 8; i++) {
                Walker walker = h.walker("w" + i, vm);
                h.pool.system()
                        .systemActorOf(
                                LoadDriver.create(
                                        walker.name(),
                                        walker.ref(),
                                        1L << 17,
                                        40,
                                        seed * 100 + i,
                                        i == 0,
                                        ended.getRef()),
                                "driver-" + i,
                                Props.empty());
            }
            for (int i = 0; i < 8; i++) {
                ended.expectMessageClass(LoadDriver.Ended.class, SOON);
            }
            assertInstanceOf(Pgmap.Closed.class, PoolHarness.await(device.closeWhenIdle(SOON)));
            assertFalse(h.events(Event.Repeated.class, e -> true).isEmpty(), "something was repeated");
            assertTrue(
                    h.verdict(true).clean(),
                    () -> "seed " + seed + ": " + h.verdict(true).violations());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void aLoopShouldGetAllOfItWhateverIsLostOrRepeated(long seed) {
        try (PoolHarness h = new PoolHarness(new Lossy(seed), IMPATIENT)) {
            Device device = h.map(DeviceSpec.of("pmem0", 1L << 30));
            Walker w = h.walker("w7", h.space("vm1", device));

            for (int i = 0; i < 5; i++) {
                GupWalker.LoopWalked walked = PoolHarness.await(w.walkLoop(0, 1L << 18, 512, GupWalker.Flags.PIN));
                assertEquals(512, walked.calls());
                assertEquals(1L << 18, walked.pages());
                List<CompletionStage<Long>> unpins =
                        walked.pins().stream().map(w::unpin).toList();
                unpins.forEach(unpin -> assertEquals(512, PoolHarness.await(unpin)));
            }
            assertInstanceOf(Pgmap.Closed.class, PoolHarness.await(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(),
                    () -> "seed " + seed + ": " + h.verdict(true).violations());
        }
    }

    /** Swallows every answer to a grab until it is told not to. */
    private static final class Swallowing implements Link {
        private volatile boolean swallow = true;

        @Override
        public <T> void send(ActorRef<T> to, T message) {
            if (!(swallow && (message instanceof Section.GrabAnswer || message instanceof Section.GrabAnswers))) {
                to.tell(message);
            }
        }
    }

    @Test
    void shouldTimeOutAndGiveBackWhatWasGrantedLate() {
        Swallowing link = new Swallowing();
        try (PoolHarness h = new PoolHarness(link, IMPATIENT + ", pagepool.limits.walk-timeout = 100ms")) {
            link.swallow = false;
            Device device = h.map(DeviceSpec.of("pmem0", 1L << 27));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            link.swallow = true;

            GupWalker.Walked walked = PoolHarness.await(w.pin(0, 512));

            assertEquals(org.pagepool.runtime.head.Refusal.TIMEOUT, walked.stop());
            assertEquals(0, walked.pages());
            link.swallow = false;
            org.awaitility.Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(() -> assertTrue(PoolHarness.await(device.holders()).stream()
                            .noneMatch(holder -> holder.holder().equals("w7"))));
            assertEquals(512, PoolHarness.await(w.pin(0, 512)).pages(), "the walker goes on");
        }
    }
}
