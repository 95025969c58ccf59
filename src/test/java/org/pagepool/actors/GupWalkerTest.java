package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;

import akka.actor.testkit.typed.javadsl.TestInbox;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.gup.Seen;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** A walker: several devices in one walk, devices that come and go under it, answers that come late. */
class GupWalkerTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final long SECTION = 1L << 15;
    private static final long PAGES = 1L << 18;

    private static <T> T get(CompletionStage<T> stage) {
        return PoolHarness.await(stage);
    }

    /** Two devices of 1 GiB whose pfns follow each other, mapped so that one extent reaches over both. */
    private static Space sideBySide(PoolHarness h, Device one, Device two) {
        Space vm = get(h.pool.openSpace("vm1"));
        get(vm.map(one, 0, 0, PAGES, Level.PMD, true, true));
        get(vm.map(two, PAGES, 0, PAGES, Level.PMD, true, true));
        return vm;
    }

    @Test
    void aWalkShouldGoOnWhereOneDeviceEndsAndTheNextBegins() {
        try (PoolHarness h = new PoolHarness()) {
            Device one = h.map(DeviceSpec.of("pmem0", GIB));
            Device two = h.map(DeviceSpec.of("pmem1", GIB));
            assertEquals(one.spec().pfnAt(0) + PAGES, two.spec().pfnAt(0));
            Walker w = h.walker("w7", sideBySide(h, one, two));

            GupWalker.Walked walked = get(w.pin(PAGES - 512, 1024));

            assertNull(walked.stop());
            assertEquals(1024, walked.pages());
            assertEquals(1024, get(w.unpin(walked.pin())));
        }
    }

    @Test
    void revokingOneDeviceOfAPinShouldFreeTheOther() {
        try (PoolHarness h = new PoolHarness()) {
            Device one = h.map(DeviceSpec.of("pmem0", GIB));
            Device two = h.map(DeviceSpec.of("pmem1", GIB));
            Space vm = sideBySide(h, one, two);
            Walker w = h.walker("w7", vm);
            get(w.pin(PAGES, 1));
            get(w.pin(0, 1));
            Pin pin = get(w.pin(PAGES - 512, 1024)).pin();

            assertInstanceOf(Pgmap.Closed.class, get(one.revoke("hot unplug")));

            assertEquals(Refusal.REVOKED, PoolHarness.refused(w.unpin(pin)).refusal());
            Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(() -> assertEquals(
                            1,
                            get(two.holders()).stream()
                                    .filter(x -> x.holder().equals("w7"))
                                    .mapToLong(x -> x.pins())
                                    .sum()));
        }
    }

    @Test
    void aDeviceMappedAgainShouldBeFoundAtOnce() {
        try (PoolHarness h = new PoolHarness(Link.direct(), "pagepool.teardown.grace = 60s")) {
            Device old = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Space vm = h.space("vm1", old);
            Walker w = h.walker("w7", vm);
            Walker idle = h.walker("w8", vm);
            get(w.unpin(get(w.pin(0, 1)).pin()));
            get(idle.unpin(get(idle.pin(0, SECTION)).pin()));
            assertInstanceOf(Pgmap.Closed.class, get(old.closeWhenIdle(SOON)));

            Device now = h.map(DeviceSpec.of("pmem0", 256 * MIB));
            get(vm.map(now, SECTION, 0, 2 * SECTION, Level.PMD, true, true));

            GupWalker.Walked walked = get(w.pin(SECTION, 2 * SECTION));
            assertNull(walked.stop());
            assertEquals(2 * SECTION, walked.pages());
            assertNull(get(idle.pin(SECTION, 1)).stop());
        }
    }

    @Test
    void aDeviceThatGrewShouldBeFoundWhole() {
        try (PoolHarness h = new PoolHarness()) {
            Device old = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Space vm = h.space("vm1", old);
            Walker w = h.walker("w7", vm);
            get(w.unpin(get(w.pin(0, 1)).pin()));
            assertInstanceOf(Pgmap.Closed.class, get(old.closeWhenIdle(SOON)));
            Device now = h.map(DeviceSpec.of("pmem0", 256 * MIB));
            get(vm.map(now, SECTION, 0, 2 * SECTION, Level.PMD, true, true));
            get(w.unpin(get(w.pin(2 * SECTION, 1)).pin()));

            Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(
                            () -> assertNull(get(w.pin(SECTION, 2 * SECTION)).stop()));
        }
    }

    /** Does something in the middle of the grabs of a walk. */
    private static final class PutInTheMiddle implements Link {
        final AtomicInteger grabs = new AtomicInteger();
        volatile Runnable then = () -> {};
        volatile int at = Integer.MAX_VALUE;

        /** Makes a loop of 2,048 calls over 4 GiB, and does something when ten more than may be under way at once have begun. */
        void inTheMiddleOfALoop(Walker w, int atOnce, ActorRef<Object> caller, Runnable what) {
            get(w.unpin(get(w.pin(0, 4 * PAGES)).pin()));
            then = what;
            at = grabs.get() + atOnce + 10;
            w.ref().tell(new GupWalker.WalkLoop(0, 4 * PAGES, 512, atOnce, GupWalker.Flags.PIN, caller));
        }

        @Override
        public <T> void send(ActorRef<T> to, T message) {
            int more = message instanceof Section.Grabs together
                    ? together.grabs().size()
                    : message instanceof Section.Grab ? 1 : 0;
            int before = grabs.getAndAdd(more);
            if (before < at && before + more >= at) {
                then.run();
            }
            to.tell(message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, GupWalker.AT_ONCE_MAX})
    @DisplayName("a loop pins its range in calls, each with a pin of its own that goes back on its own")
    void aLoopShouldPinInCalls(int atOnce) {
        try (PoolHarness h = new PoolHarness()) {
            Device one = h.map(DeviceSpec.of("pmem0", GIB));
            Device two = h.map(DeviceSpec.of("pmem1", GIB));
            Walker w = h.walker("w7", sideBySide(h, one, two));

            GupWalker.LoopWalked walked = get(w.walkLoop(100, 2 * PAGES - 100, 700, atOnce, GupWalker.Flags.PIN));

            assertNull(walked.stop());
            assertEquals(2 * PAGES - 100, walked.pages());
            assertEquals((2 * PAGES - 100 + 699) / 700, walked.calls());
            assertEquals(walked.calls(), walked.pins().size());
            long vpn = 100;
            for (Pin pin : walked.pins()) {
                assertEquals(vpn, pin.vpn());
                vpn += pin.pages();
            }
            assertEquals(
                    walked.pages(),
                    walked.pins().stream().mapToLong(pin -> get(w.unpin(pin))).sum());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, GupWalker.AT_ONCE_MAX})
    @DisplayName("a loop ends with the first call that gets too little, and keeps what that call got")
    void aLoopShouldEndWhereACallIsCutShort(int atOnce) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 1024 + 512, Level.PMD, true, true));
            Walker w = h.walker("w7", vm);

            GupWalker.LoopWalked walked = get(w.walkLoop(0, PAGES, 1000, atOnce, GupWalker.Flags.FAST_PIN));

            assertEquals(Refusal.NOT_MAPPED, walked.stop());
            assertEquals(2, walked.calls());
            assertEquals(
                    List.of(1000L, 536L), walked.pins().stream().map(Pin::pages).toList());
            assertEquals(1536, walked.pages());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    get(w.walkLoop(0, 512, 0, GupWalker.Flags.PIN)).stop());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    get(w.walkLoop(0, 0, 512, GupWalker.Flags.PIN)).stop());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    get(w.walkLoop(-1, 512, 512, GupWalker.Flags.PIN)).stop());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, GupWalker.AT_ONCE_MAX})
    @DisplayName("a walk that is asked for while a loop goes on is not kept waiting until its end")
    void aLoopShouldLetOthersInBetween(int atOnce) {
        PutInTheMiddle link = new PutInTheMiddle();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", 4 * GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            TestProbe<Object> caller = TestProbe.create(h.pool.system());
            link.inTheMiddleOfALoop(
                    w,
                    atOnce,
                    caller.ref(),
                    () -> w.ref().tell(new GupWalker.Walk(0, 1, GupWalker.Flags.PIN, caller.ref())));

            assertInstanceOf(GupWalker.Walked.class, caller.receiveMessage());
            GupWalker.LoopWalked walked = (GupWalker.LoopWalked) caller.receiveMessage(SOON);
            assertEquals(2048, walked.calls());
            assertEquals(4 * PAGES, walked.pages());
        }
    }

    @ParameterizedTest
    @CsvSource({"pagepool, 1", "pagepool, 20", "pagepool, 256", "v6.1, 20", "v6.1, 256"})
    @DisplayName("a loop whose space is closed ends there, and says what its walker holds")
    void aLoopShouldSayWhatItHasWhenItsSpaceGoes(String protocol, int atOnce) {
        PutInTheMiddle link = new PutInTheMiddle();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", 4 * GIB).protocol(rules(protocol)));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            TestProbe<Object> caller = TestProbe.create(h.pool.system());
            TestProbe<Object> watcher = TestProbe.create(h.pool.system());
            link.inTheMiddleOfALoop(
                    w,
                    atOnce,
                    caller.ref(),
                    () -> FairForkJoin.far(() -> {
                        vm.close();
                        watcher.expectTerminated(vm.ref(), SOON);
                    }));

            GupWalker.LoopWalked walked = (GupWalker.LoopWalked) caller.receiveMessage(SOON);
            assertEquals(Refusal.CLOSED, walked.stop());
            assertEquals(
                    walked.pages(), walked.pins().stream().mapToLong(Pin::pages).sum());
            assertTrue(walked.pages() >= 9 * 512, "kept: " + walked.pages());
            for (Pin pin : walked.pins()) {
                assertEquals(pin.pages(), get(w.unpin(pin)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, GupWalker.AT_ONCE_MAX})
    @DisplayName("a loop whose space goes while a call gives its pgmap references back makes no further call")
    void aLoopShouldEndWhereItsSpaceGoesAtTheEndOfACall(int atOnce) {
        AtomicInteger ends = new AtomicInteger(Integer.MIN_VALUE);
        AtomicReference<Runnable> then = new AtomicReference<>(() -> {});
        Link link = new Link() {
            @Override
            public <T> void send(ActorRef<T> to, T message) {
                if (message instanceof Section.EndWalk && ends.incrementAndGet() == 10) {
                    then.get().run();
                }
                to.tell(message);
            }
        };
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB).protocol(Protocol.V6_1));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            get(w.unpin(get(w.pin(0, PAGES)).pin()));
            TestProbe<Object> caller = TestProbe.create(h.pool.system());
            TestProbe<Object> watcher = TestProbe.create(h.pool.system());
            then.set(() -> FairForkJoin.far(() -> {
                vm.close();
                watcher.expectTerminated(vm.ref(), SOON);
            }));
            ends.set(0);

            w.ref().tell(new GupWalker.WalkLoop(0, PAGES, 512, atOnce, GupWalker.Flags.PIN, caller.ref()));

            GupWalker.LoopWalked walked = (GupWalker.LoopWalked) caller.receiveMessage(SOON);
            assertEquals(Refusal.CLOSED, walked.stop());
            assertEquals(10, walked.calls());
            assertEquals(10 * 512, walked.pages());
            walked.pins().forEach(pin -> assertEquals(512, get(w.unpin(pin))));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, GupWalker.AT_ONCE_MAX})
    @DisplayName("a loop whose walker is closed says so, and nothing of it stays")
    void aLoopShouldEndWithItsWalker(int atOnce) {
        PutInTheMiddle link = new PutInTheMiddle();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", 4 * GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            TestProbe<Object> caller = TestProbe.create(h.pool.system());
            link.inTheMiddleOfALoop(w, atOnce, caller.ref(), () -> w.ref().tell(GupWalker.Close.INSTANCE));

            GupWalker.LoopWalked walked = (GupWalker.LoopWalked) caller.receiveMessage();
            assertEquals(Refusal.CLOSED, walked.stop());
            assertEquals(List.of(), walked.pins());
            Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(() -> assertEquals(
                            List.of(),
                            get(device.holders()).stream()
                                    .filter(x -> x.holder().equals("w7"))
                                    .toList()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, GupWalker.AT_ONCE_MAX})
    @DisplayName("two loops of one walker, asked for at the same time, both get all they ask for, on the same heads")
    void twoLoopsOfOneWalkerShouldNotGetInEachOthersWay(int atOnce) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));

            CompletionStage<GupWalker.LoopWalked> first = w.walkLoop(0, PAGES, 512, atOnce, GupWalker.Flags.PIN);
            CompletionStage<GupWalker.LoopWalked> second =
                    w.walkLoop(100, PAGES - 100, 700, atOnce, GupWalker.Flags.PIN);

            List<Pin> pins = new ArrayList<>(get(first).pins());
            assertEquals(PAGES / 512, pins.size());
            assertEquals(PAGES - 100, get(second).pages());
            assertEquals((PAGES - 100 + 699) / 700, get(second).calls());
            pins.addAll(get(second).pins());
            assertEquals(pins.size(), pins.stream().map(Pin::id).distinct().count(), "a pin each");
            assertEquals(
                    2 * PAGES - 100,
                    pins.stream().mapToLong(pin -> get(w.unpin(pin))).sum());
            assertEquals(
                    0, get(device.holders()).stream().mapToLong(Holding::pins).sum());
        }
    }

    /** The range in pieces of random length, some of them missing or not writable. */
    private static Space withHoles(PoolHarness h, Device device, SplittableRandom random) {
        Space vm = get(h.pool.openSpace("vm1"));
        long entry = 512;
        for (long vpn = 0; vpn < PAGES; ) {
            long pages = Math.min(PAGES - vpn, entry * random.nextLong(1, 200));
            int dice = random.nextInt(12);
            if (dice > 0) {
                get(vm.map(device, vpn, vpn, pages, Level.PMD, dice > 1, true));
            }
            vpn += pages;
        }
        return vm;
    }

    private static List<Object> told(GupWalker.LoopWalked walked) {
        return List.of(
                walked.pins().stream().map(pin -> pin.vpn() + "+" + pin.pages()).toList(),
                walked.pages(),
                walked.calls(),
                String.valueOf(walked.stop()),
                walked.slow(),
                walked.pgmapLookups());
    }

    private static Protocol rules(String name) {
        Protocol protocol = Protocol.preset(name);
        assertNotNull(protocol, name);
        return protocol;
    }

    private static List<Arguments> erasAndWays() {
        List<Arguments> all = new ArrayList<>();
        for (Protocol protocol : List.of(
                Protocol.PAGEPOOL,
                Protocol.PAGEPOOL.with("gup.batch", "per-page"),
                Protocol.PAGEPOOL.with("gup.recheck", "false"),
                Protocol.V6_1,
                Protocol.V6_15,
                Protocol.V6_17)) {
            for (GupWalker.Flags flags : List.of(
                    GupWalker.Flags.FAST_PIN,
                    GupWalker.Flags.GET,
                    GupWalker.Flags.LONGTERM,
                    new GupWalker.Flags(GrabKind.PIN, true, false, false, false, true))) {
                all.add(Arguments.of(protocol, flags));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("erasAndWays")
    @DisplayName("a loop gets what it would get one call after the other, and what it has asked for beyond goes back")
    void callsUnderWayAtOnceShouldMakeNoDifference(Protocol protocol, GupWalker.Flags flags) {
        long seed = 31L * protocol.toString().hashCode() + flags.toString().hashCode();
        SplittableRandom random = new SplittableRandom(seed);
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB).protocol(protocol));
            Walker w = h.walker("w7", withHoles(h, device, random));
            for (int i = 0; i < 4; i++) {
                long from = random.nextLong(PAGES / 2);
                long pages = random.nextLong(1, PAGES - from);
                long perCall = random.nextLong(300, 3000);
                int atOnce = random.nextInt(2, GupWalker.AT_ONCE_MAX + 1);

                GupWalker.LoopWalked alone = get(w.walkLoop(from, pages, perCall, 1, flags));
                GupWalker.LoopWalked together = get(w.walkLoop(from, pages, perCall, atOnce, flags));

                assertEquals(told(alone), told(together), "seed " + seed + ", loop " + i);
                for (GupWalker.LoopWalked each : List.of(alone, together)) {
                    each.pins().stream()
                            .map(pin -> pin.kind() == GrabKind.PIN ? w.unpin(pin) : w.put(pin))
                            .toList()
                            .forEach(GupWalkerTest::get);
                }
            }
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(),
                    () -> "seed " + seed + ": " + h.verdict(true).violations());
        }
    }

    @Test
    void aLoopShouldHaveSomeCallsUnderWayButNotTooMany() {
        ActorRef<GupWalker.LoopWalked> nobody =
                TestInbox.<GupWalker.LoopWalked>create().getRef();
        for (int wrong : new int[] {0, GupWalker.AT_ONCE_MAX + 1}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new GupWalker.WalkLoop(0, 1, 1, wrong, GupWalker.Flags.PIN, nobody));
        }
    }

    @Test
    @DisplayName("a loop that loses an entry it has asked for ahead ends there, and gives back what lies behind")
    void aLoopShouldGiveBackWhatItHasAskedForBeyondItsEnd() {
        PutInTheMiddle link = new PutInTheMiddle();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            get(w.unpin(get(w.pin(0, PAGES)).pin()));
            link.then = () -> FairForkJoin.far(() -> get(vm.zap(299 * 512, 512)));
            link.at = link.grabs.get() + 300;

            GupWalker.LoopWalked walked =
                    get(w.walkLoop(0, PAGES, 512, GupWalker.AT_ONCE_MAX, GupWalker.Flags.FAST_PIN));

            assertEquals(Refusal.CHANGED, walked.stop());
            assertEquals(299 * 512, walked.pages());
            assertEquals(300, walked.calls());
            walked.pins().forEach(pin -> assertEquals(512, get(w.unpin(pin))));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            assertFalse(
                    h.events(Event.Released.class, e -> e.cause() == ReleaseCause.UNWIND)
                            .isEmpty(),
                    "something was asked for beyond the end");
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("a loop whose device goes in the middle keeps nothing that its walker cannot name")
    void aLoopShouldEndWithItsDevice(boolean revokes) {
        PutInTheMiddle link = new PutInTheMiddle();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", 4 * GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            TestProbe<Object> caller = TestProbe.create(h.pool.system());
            AtomicReference<CompletionStage<Pgmap.CloseAnswer>> closed = new AtomicReference<>();
            link.inTheMiddleOfALoop(
                    w,
                    GupWalker.AT_ONCE_MAX,
                    caller.ref(),
                    () -> FairForkJoin.far(
                            () -> closed.set(revokes ? device.revoke("hot unplug") : device.closeWhenIdle(SOON))));

            GupWalker.LoopWalked walked = (GupWalker.LoopWalked) caller.receiveMessage(SOON);

            assertEquals(
                    walked.pages(), walked.pins().stream().mapToLong(Pin::pages).sum());
            for (Pin pin : walked.pins()) {
                if (revokes) {
                    w.unpin(pin)
                            .toCompletableFuture()
                            .handle((refs, refused) -> refs)
                            .join();
                } else {
                    assertEquals(pin.pages(), get(w.unpin(pin)));
                }
            }
            assertInstanceOf(Pgmap.Closed.class, get(closed.get()));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    void aPutThatComesAmongManyGrabsShouldBeAnswered() {
        PutInTheMiddle link = new PutInTheMiddle();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Device device = h.map(DeviceSpec.of("pmem0", 8 * MIB).headBytes(4096));
            Space vm = get(h.pool.openSpace("vm1"));
            int extents = 1100;
            for (int i = 0; i < extents; i++) {
                get(vm.map(device, i, extents - i, 1, Level.PTE, true, true));
            }
            Walker w = h.walker("w7", vm);
            Pin pin = get(w.pin(0, 1)).pin();
            TestProbe<GupWalker.PutDone> done = TestProbe.create(h.pool.system());
            link.then = () -> w.ref().tell(GupWalker.Put.all(pin, done.getRef()));
            link.at = link.grabs.get() + 10;

            assertEquals(extents, get(w.pin(0, extents)).pages());

            assertEquals(1, done.receiveMessage().refs());
        }
    }

    /** A walker whose space, pool, pgmap and section are probes. */
    private static final class Alone implements AutoCloseable {
        /** It looks at the clock as often as that; the clock itself goes by hand. */
        static final String WATCHFUL = "pagepool.limits.retry-after = 20ms";

        final AtomicLong nanos = new AtomicLong();
        final ActorBench bench;
        final TestProbe<AddressSpace.Command> space;
        final TestProbe<PagePool.Command> pool;
        final TestProbe<Pgmap.Command> pgmap;
        final TestProbe<Section.Command> section;
        final TestProbe<GupWalker.Revocation> revocations;
        final TestProbe<GupWalker.Walked> walked;
        final ActorRef<GupWalker.Command> walker;

        Alone(String settings) {
            bench = new ActorBench(Link.direct(), settings, nanos::get);
            space = bench.kit.createTestProbe();
            pool = bench.kit.createTestProbe();
            pgmap = bench.kit.createTestProbe();
            section = bench.kit.createTestProbe();
            revocations = bench.kit.createTestProbe();
            walked = bench.kit.createTestProbe();
            walker = bench.kit.spawn(
                    GupWalker.create("w7", space.getRef(), pool.getRef(), revocations.getRef(), bench.wiring));
        }

        void walk(long vpn) {
            walker.tell(new GupWalker.Walk(vpn, 1, GupWalker.Flags.PIN, walked.getRef()));
        }

        /** It has done what it was told so far. */
        void heard() {
            TestProbe<GupWalker.Verified> verified = bench.kit.createTestProbe();
            walker.tell(new GupWalker.Verify(List.of(), verified.getRef()));
            verified.receiveMessage();
        }

        /** What it tells once somebody has waited for too long; a walk under way waits from when the clock first sees it. */
        <T> T inTime(TestProbe<T> told) {
            AtomicReference<T> first = new AtomicReference<>();
            Awaitility.await().atMost(SOON).untilAsserted(() -> {
                nanos.addAndGet(bench.wiring.limits().walkTimeout().toNanos());
                first.set(told.receiveMessage(Duration.ofMillis(100)));
            });
            return first.get();
        }

        static Lookup sees(long vpn) {
            Mapping extent = new Mapping(0, ActorBench.PFN, SECTION, Level.PTE, true);
            return new Lookup(List.of(new Seen(extent, vpn, 1)), 1, null);
        }

        Section.Grab untilGrab(PgmapSpec spec, long vpn) {
            walk(vpn);
            AddressSpace.LookUp lookUp = space.expectMessageClass(AddressSpace.LookUp.class);
            walker.tell(new GupWalker.LookupDone(lookUp.question(), sees(vpn)));
            return found(spec);
        }

        Section.Grab found(PgmapSpec spec) {
            long pfn = pool.expectMessageClass(PagePool.FindPgmap.class).pfn();
            walker.tell(new PagePool.PgmapFound(pfn, new PgmapHandle(spec, pgmap.getRef())));
            pgmap.expectMessageClass(Pgmap.FindSections.class);
            walker.tell(new Pgmap.SectionsFound(pgmap.getRef(), 17, 17, List.of(17), List.of(section.getRef()), null));
            return section.expectMessageClass(Section.Grab.class);
        }

        @Override
        public void close() {
            bench.close();
        }
    }

    @Test
    void anAnswerToAWalkThatHasGivenUpShouldNotBeTakenForTheNextOnes() {
        try (Alone a = new Alone(Alone.WATCHFUL)) {
            a.walk(5);
            AddressSpace.LookUp first = a.space.expectMessageClass(AddressSpace.LookUp.class);
            assertEquals(Refusal.TIMEOUT, a.inTime(a.walked).stop());
            a.walk(9);
            AddressSpace.LookUp second = a.space.expectMessageClass(AddressSpace.LookUp.class);

            a.walker.tell(new GupWalker.LookupDone(first.question(), Alone.sees(5)));
            a.walker.tell(new GupWalker.LookupDone(second.question(), Alone.sees(9)));

            assertEquals(
                    ActorBench.PFN + 9,
                    a.pool.expectMessageClass(PagePool.FindPgmap.class).pfn());
        }
    }

    @Test
    @DisplayName("a walk whose section does not take back what was granted is answered in time, and the next one runs")
    void aWalkThatCannotUnwindShouldEndInTime() {
        try (Alone a = new Alone(Alone.WATCHFUL)) {
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            Section.Grab grab = a.untilGrab(spec, 5);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, grab.sequence(), 1, 1, null, 1));
            AddressSpace.Recheck recheck = a.space.expectMessageClass(AddressSpace.Recheck.class);
            a.walker.tell(new GupWalker.RecheckDone(recheck.question(), 0));
            Section.Release back = a.section.expectMessageClass(Section.Release.class);

            GupWalker.Walked walked = a.inTime(a.walked);
            assertEquals(Refusal.TIMEOUT, walked.stop());
            assertEquals(0, walked.pages());
            a.walk(9);
            a.space.expectMessageClass(AddressSpace.LookUp.class);
            a.walker.tell(new Section.ReleaseAnswer("pmem0", 17, back.sequence(), 1, null, 1));
            a.inTime(a.walked);
        }
    }

    @Test
    @DisplayName("an unpin that is not answered ends in time, goes on, and is no pin any more")
    void anUnpinThatIsNotAnsweredShouldEndInTime() {
        try (Alone a = new Alone(Alone.WATCHFUL)) {
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            Section.Grab grab = a.untilGrab(spec, 5);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, grab.sequence(), 1, 1, null, 1));
            AddressSpace.Recheck recheck = a.space.expectMessageClass(AddressSpace.Recheck.class);
            a.walker.tell(new GupWalker.RecheckDone(recheck.question(), 1));
            Pin pin = a.walked.receiveMessage().pin();
            TestProbe<GupWalker.PutDone> done = a.bench.kit.createTestProbe();
            a.walker.tell(GupWalker.Put.all(pin, done.getRef()));

            Section.Release first = a.section.expectMessageClass(Section.Release.class);
            assertEquals(Refusal.TIMEOUT, a.inTime(done).refusal());
            assertEquals(
                    first.sequence(),
                    a.section.expectMessageClass(Section.Release.class).sequence(),
                    "it is asked again all the same");
            a.walker.tell(GupWalker.Put.all(pin, done.getRef()));
            assertEquals(Refusal.ALREADY_RELEASED, done.receiveMessage().refusal());
            a.walker.tell(new Section.ReleaseAnswer("pmem0", 17, first.sequence(), 1, null, 1));
            done.expectNoMessage();
        }
    }

    @Test
    @DisplayName("a walk that waits behind one that does not end is answered in time, and never runs")
    void aQueuedWalkShouldEndInTime() {
        try (Alone a = new Alone(Alone.WATCHFUL)) {
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            a.untilGrab(spec, 5);
            a.walk(9);
            a.heard();
            assertEquals(Refusal.TIMEOUT, a.inTime(a.walked).stop());
            assertEquals(Refusal.TIMEOUT, a.inTime(a.walked).stop());
            a.space.expectNoMessage();
        }
    }

    @Test
    void aRevocationInTheMiddleOfAWalkShouldVoidItsPin() {
        try (Alone a = new Alone("")) {
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            Section.Grab grab = a.untilGrab(spec, 5);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, grab.sequence(), 1, 1, null, 1));
            AddressSpace.Recheck recheck = a.space.expectMessageClass(AddressSpace.Recheck.class);

            a.walker.tell(new Section.Revoked("pmem0", 17, grab.sequence(), GrabKind.PIN, grab.runs(), "hot unplug"));
            a.walker.tell(new GupWalker.RecheckDone(recheck.question(), 1));

            Pin pin = a.walked.receiveMessage().pin();
            GupWalker.Revocation told = a.revocations.receiveMessage();
            assertEquals(pin, told.pin());
            assertEquals("hot unplug", told.reason());
            TestProbe<GupWalker.PutDone> done = a.bench.kit.createTestProbe();
            a.walker.tell(GupWalker.Put.all(told.pin(), done.getRef()));
            assertEquals(Refusal.REVOKED, done.receiveMessage().refusal());
        }
    }

    @Test
    void theEndOfAWalkerShouldAnswerWhoeverWaitsForIt() {
        try (Alone a = new Alone("")) {
            Section.Grab grab = a.untilGrab(ActorBench.spec(Protocol.PAGEPOOL.with("gup.recheck", "false")), 5);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, grab.sequence(), 1, 1, null, 1));
            Pin pin = a.walked.receiveMessage().pin();
            assertNotNull(pin);
            TestProbe<GupWalker.PutDone> done = a.bench.kit.createTestProbe();
            a.walker.tell(GupWalker.Put.all(pin, done.getRef()));
            a.section.expectMessageClass(Section.Release.class);
            a.walk(6);
            a.walk(7);

            a.walker.tell(GupWalker.Close.INSTANCE);

            assertEquals(Refusal.CLOSED, done.receiveMessage().refusal());
            assertEquals(Refusal.CLOSED, a.walked.receiveMessage().stop());
            assertEquals(Refusal.CLOSED, a.walked.receiveMessage().stop());
        }
    }

    @Test
    @DisplayName(
            "B6: a walk ends its pgmap references after it has looked again and has unwound, and only then is over")
    void aWalkShouldEndWhatItKeepsAfterTheRecheckAndTheUnwind() {
        try (Alone a = new Alone("")) {
            PgmapSpec spec = ActorBench.spec(Protocol.V6_1);
            a.walker.tell(new GupWalker.Walk(5, 3, GupWalker.Flags.FAST_PIN, a.walked.getRef()));
            AddressSpace.LookUp lookUp = a.space.expectMessageClass(AddressSpace.LookUp.class);
            Mapping extent = new Mapping(0, ActorBench.PFN, SECTION, Level.PTE, true);
            a.walker.tell(
                    new GupWalker.LookupDone(lookUp.question(), new Lookup(List.of(new Seen(extent, 5, 3)), 3, null)));
            Section.Grab grab = a.found(spec);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, grab.sequence(), 1, 3, null, 3));
            AddressSpace.Recheck recheck = a.space.expectMessageClass(AddressSpace.Recheck.class);
            a.section.expectNoMessage();

            a.walker.tell(new GupWalker.RecheckDone(recheck.question(), 2));
            Section.Release unwind = a.section.expectMessageClass(Section.Release.class);
            a.section.expectNoMessage();
            a.walker.tell(new Section.ReleaseAnswer("pmem0", 17, unwind.sequence(), 1, null, 1));
            Section.EndWalk end = a.section.expectMessageClass(Section.EndWalk.class);
            a.walked.expectNoMessage();
            a.walker.tell(new Section.ReleaseAnswer("pmem0", 17, end.sequence(), 0, null, 0));

            GupWalker.Walked walked = a.walked.receiveMessage();
            assertEquals(2, walked.pages());
            assertEquals(Refusal.CHANGED, walked.stop());
            assertEquals(1, walked.pgmapLookups());
            assertEquals(grab.sequence(), end.grabSequence());
        }
    }

    // ---- the slow path

    @Test
    @DisplayName("B28: an answer of the slow path that nobody waits for any more is unlocked")
    void aLateAnswerShouldBeUnlocked() {
        try (Alone a = new Alone(Alone.WATCHFUL)) {
            a.walker.tell(new GupWalker.Walk(
                    5, 1, new GupWalker.Flags(GrabKind.PIN, true, false, false, false, true), a.walked.getRef()));
            AddressSpace.Follow follow = a.space.expectMessageClass(AddressSpace.Follow.class);
            assertEquals(Refusal.TIMEOUT, a.inTime(a.walked).stop());

            a.walker.tell(new GupWalker.Followed(follow.question(), Alone.sees(5)));

            assertEquals(
                    follow.question(),
                    a.space.expectMessageClass(AddressSpace.Unfollow.class).question());
        }
    }

    @Test
    @DisplayName(
            "B24, B28: after the fast path was refused the slow path asks once more, under the lock, and its word is final")
    void theSlowPathShouldHaveTheLastWord() {
        try (Alone a = new Alone("")) {
            PgmapSpec spec = ActorBench.spec(Protocol.V6_17);
            Section.Grab fast = a.untilGrab(spec, 5);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, fast.sequence(), 1, 0, Refusal.OVERFLOW, 1));
            AddressSpace.Follow follow = a.space.expectMessageClass(AddressSpace.Follow.class);
            a.walker.tell(new GupWalker.Followed(follow.question(), Alone.sees(5)));
            Section.Grab slow = a.section.expectMessageClass(Section.Grab.class);
            a.walker.tell(new Section.GrabAnswer("pmem0", 17, slow.sequence(), 1, 0, Refusal.FREE, 1));

            assertEquals(
                    follow.question(),
                    a.space.expectMessageClass(AddressSpace.Unfollow.class).question());
            GupWalker.Walked walked = a.walked.receiveMessage();
            assertEquals(Refusal.FREE, walked.stop());
            assertEquals(0, walked.pages());
            assertNull(walked.pin());
        }
    }

    @Test
    @DisplayName("B28: a page that will not stay mapped is asked for three times in a row, then the caller is told")
    void theSlowPathShouldGiveUpOnAPageThatIsZappedAgainAndAgain() {
        try (Alone a = new Alone("")) {
            a.walk(5);
            AddressSpace.LookUp lookUp = a.space.expectMessageClass(AddressSpace.LookUp.class);
            a.walker.tell(new GupWalker.LookupDone(lookUp.question(), Lookup.nothing(Refusal.NOT_MAPPED)));
            for (int i = 0; i < 3; i++) {
                AddressSpace.Follow follow = a.space.expectMessageClass(AddressSpace.Follow.class);
                a.walker.tell(new GupWalker.Followed(follow.question(), Lookup.nothing(Refusal.NOT_MAPPED)));
                AddressSpace.Fault fault = a.space.expectMessageClass(AddressSpace.Fault.class);
                a.walker.tell(new GupWalker.FaultDone(fault.question(), null));
            }
            AddressSpace.Follow last = a.space.expectMessageClass(AddressSpace.Follow.class);
            a.walker.tell(new GupWalker.Followed(last.question(), Lookup.nothing(Refusal.NOT_MAPPED)));

            assertEquals(Refusal.NOT_MAPPED, a.walked.receiveMessage().stop());
        }
    }
}
