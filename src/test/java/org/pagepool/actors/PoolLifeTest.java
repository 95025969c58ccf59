package org.pagepool.actors;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.refused;

import akka.actor.ActorCell;
import akka.actor.ActorIdentity;
import akka.actor.ActorRefWithCell;
import akka.actor.Identify;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;

/** Devices come, are closed, and come again under the same name; no size of page or head is special. */
class PoolLifeTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final long PAGES_OF_ALL = 1L << 18;

    private static <T> T get(CompletionStage<T> stage) {
        return PoolHarness.await(stage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pm em", "a/b", "a#b", "~"})
    void aNameNoActorCanHaveShouldBeRefusedAndThePoolGoOn(String id) {
        try (PoolHarness h = new PoolHarness()) {
            assertTrue(refused(h.pool.map(DeviceSpec.of(id, GIB))).getMessage().contains("name"));

            h.map(DeviceSpec.of("pmem0", GIB));
        }
    }

    @Test
    void aPfnBeyondTheLastSectionShouldBeRefused() {
        try (PoolHarness h = new PoolHarness()) {
            refused(h.pool.map(DeviceSpec.of("pmem0", 0).at(new PfnRange(1L << 46, 1 << 15))));
        }
    }

    @Test
    void aNameShouldBeTakenUntilCleanupHasRun() throws InterruptedException {
        CountDownLatch cleaning = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        EventSink slow = event -> {
            if (event instanceof Event.CleanedUp) {
                cleaning.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (Pool pool = Pool.builder()
                .events(slow)
                .config(ConfigFactory.parseString("pagepool.dispatcher.fork-join-executor.parallelism-min = 4")
                        .withFallback(ConfigFactory.load()))
                .start()) {
            Device device = get(pool.map(DeviceSpec.of("pmem0", GIB)));
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeIfIdle();
            cleaning.await();

            try {
                assertTrue(refused(pool.map(DeviceSpec.of("pmem0", GIB)))
                        .getMessage()
                        .contains("already"));
            } finally {
                goOn.countDown();
            }
            assertInstanceOf(Pgmap.Closed.class, get(closed));
            get(pool.map(DeviceSpec.of("pmem0", GIB)));
        }
    }

    @Test
    void aPoolInsideAnotherSystemShouldRunOnThreadsOfItsOwn() {
        Queue<String> threads = new ConcurrentLinkedQueue<>();
        EventSink where = event -> threads.add(Thread.currentThread().getName());
        ActorTestKit host = ActorTestKit.create();
        try (Pool pool = Pool.builder()
                .events(where)
                .config(ConfigFactory.parseString("pagepool.heads.hosting = actor")
                        .withFallback(ConfigFactory.load()))
                .attach(host.system())) {
            Device device = get(pool.map(DeviceSpec.of("pmem0", GIB)));
            Space space = get(pool.openSpace("s"));
            get(space.map(device));
            Walker walker = get(pool.openWalker("w", space));
            Pin pin = requireNonNull(get(walker.pin(0, PAGES_OF_ALL)).pin());
            threads.addAll(dispatchersOf("/system/pagepool/pgmap-*/section-*/*", host.system()));
            get(walker.unpin(pin));
            get(device.closeWhenIdle(SOON));
        } finally {
            host.shutdownTestKit();
        }

        assertTrue(threads.size() > 512, "heads and sections, too: " + threads);
        assertEquals(
                List.of(),
                threads.stream()
                        .filter(name -> !name.contains("pagepool.dispatcher"))
                        .toList());
    }

    /** Heads say nothing that is heard outside; of those that have answered to their path Akka says where they run. */
    private static List<String> dispatchersOf(String path, ActorSystem<?> system) {
        TestProbe<ActorIdentity> answers = TestProbe.create(system);
        Adapter.toClassic(system).actorSelection(path).tell(new Identify(path), Adapter.toClassic(answers.getRef()));
        return answers.receiveSeveralMessages(512).stream()
                .map(found -> (ActorRefWithCell) found.getActorRef().orElseThrow())
                .map(ref -> ((ActorCell) ref.underlying()).dispatcher().id())
                .toList();
    }

    @Test
    void everyEventOfADeviceShouldComeAfterItWasMapped() {
        try (PoolHarness h = new PoolHarness()) {
            for (int i = 0; i < 50; i++) {
                String id = "pmem" + i;
                h.map(DeviceSpec.of(id, MIB * 2));
                assertEquals(
                        1,
                        h.events(Event.Mapped.class, e -> e.pgmap().equals(id)).size(),
                        "recorded before anybody was told");
            }
        }
    }

    @Test
    void aDeviceThatIsGoneShouldStillSaySo() {
        try (PoolHarness h = new PoolHarness(Link.direct(), "pagepool.teardown.grace = 1ms")) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            TestProbe<Object> watcher = TestProbe.create(h.pool.system());
            assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));
            watcher.expectTerminated(device.ref());

            assertEquals(Pgmap.Life.RELEASED, get(device.status()).life());
            assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            assertInstanceOf(Pgmap.Closed.class, get(device.revoke("again")));
            assertFalse(get(device.awaitIdle(device.spec().pfnAt(0), SOON)));
        }
    }

    @Test
    void everyCloserShouldBeAnsweredByItsDeadline() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked = get(w.pin(0, PAGES_OF_ALL));
            TestProbe<Pgmap.CloseAnswer> one = TestProbe.create(h.pool.system());
            TestProbe<Pgmap.CloseAnswer> two = TestProbe.create(h.pool.system());
            Duration deadline = Duration.ofMillis(300);

            device.ref().tell(new Pgmap.Close(CloseVerb.IF_IDLE, deadline, "idle?", one.getRef()));
            device.ref().tell(new Pgmap.Close(CloseVerb.WHEN_IDLE, deadline, "enough", two.getRef()));

            one.receiveMessage();
            assertInstanceOf(Pgmap.StillHeld.class, two.receiveMessage());
            get(w.unpin(walked.pin()));
        }
    }

    @Test
    void aDeadlineFartherAwayThanAnyTimerShouldHarmNobody() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked = get(w.pin(0, 1));
            Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);

            CompletionStage<Boolean> idle = device.awaitIdle(device.spec().pfnAt(0), forEver);
            Awaitility.await()
                    .until(() -> !h.events(Event.WaiterAdded.class, e -> true).isEmpty());
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(forEver);
            get(w.unpin(walked.pin()));

            assertTrue(get(idle));
            assertInstanceOf(Pgmap.Closed.class, get(closed));
        }
    }

    @Test
    void theReasonOfACloseShouldBeRecorded() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = h.space("vm1", device);
            get(vm.zap(0, PAGES_OF_ALL));
            Awaitility.await().untilAsserted(() -> assertEquals(List.of(), get(device.holders())));

            get(device.close(CloseVerb.IF_IDLE, SOON, "maintenance"));

            assertEquals(
                    "maintenance",
                    h.events(Event.Killed.class, e -> true).get(0).reason());
        }
    }

    @Test
    void rangesThatTouchShouldWalkAsOne() {
        try (PoolHarness h = new PoolHarness()) {
            long first = 17L << 15;
            Device device = h.map(DeviceSpec.of("pmem0", 0)
                    .at(new PfnRange(first, 512), new PfnRange(first + 512, 512), new PfnRange(first + 2048, 512)));
            Space vm = get(h.pool.openSpace("vm1"));
            assertEquals(1024, get(vm.map(device, 0, 0, 1024, Level.PMD, true, true)));
            assertEquals(512, get(vm.map(device, 1024, 1024, 512, Level.PMD, true, true)));
            Walker w = h.walker("w7", vm);

            GupWalker.Walked walked = get(w.pin(100, 1400));

            assertNull(walked.stop());
            assertEquals(1400, walked.pages());
            get(w.unpin(walked.pin()));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            assertTrue(h.verdict(true).clean());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "KIB_4, 1073741824, PUD",
        "KIB_4, 1073741824, PTE",
        "KIB_4, 2097152, PUD",
        "KIB_16, 16384, PMD",
        "KIB_16, 33554432, PMD",
        "KIB_64, 65536, PTE",
        "KIB_64, 536870912, PMD",
        "KIB_64, 2097152, PMD"
    })
    void noSizeOfPageOrHeadShouldBeSpecial(BasePage basePage, long headBytes, Level level) {
        try (PoolHarness h = new PoolHarness()) {
            long bytes = Math.max(level.pages(basePage) * basePage.bytes(), Math.max(headBytes, 128 * MIB)) * 2;
            for (Protocol protocol : List.of(Protocol.PAGEPOOL, Protocol.V5_5.with("gup.batch", "per-head-loop"))) {
                Device device = h.map(DeviceSpec.of("pmem0", bytes)
                        .basePage(basePage)
                        .headBytes(headBytes)
                        .protocol(protocol));
                long pages = device.spec().pages();
                Space vm = get(h.pool.openSpace("vm-" + protocol.batch(), basePage));
                assertEquals(pages, get(vm.map(device, 0, 0, pages, level, true, true)));
                Walker w = h.walker("w-" + protocol.batch(), vm);

                GupWalker.Walked walked = get(w.pin(3, pages - 5));
                assertNull(walked.stop());
                assertEquals(1, get(w.unpin(walked.pin(), 7, 1)));
                get(vm.zap(pages / 2, 1));
                assertEquals(7, get(w.unpin(walked.pin(), 0, 7)));
                assertEquals(pages - 13, get(w.unpin(walked.pin(), 8, pages - 13)));
                get(w.pin(pages / 2 - 1, 2));
                w.close();

                assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
                assertEquals(0, get(vm.mappedPages()));
            }
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }
}
