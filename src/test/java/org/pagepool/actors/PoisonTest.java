package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;
import static org.pagepool.actors.PoolHarness.refused;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** Poisoned pages: who is asked, who is told, what is unmapped (B39). */
class PoisonTest {
    private static final long MIB = 1L << 20;

    private static DeviceSpec dax(String preset) {
        Protocol protocol = Protocol.preset(preset);
        assertTrue(protocol != null, preset);
        return DeviceSpec.of("dax0", 16 * MIB).protocol(protocol);
    }

    private static Set<Event.Signalled> signalled(PoolHarness h) {
        return Set.copyOf(h.events(Event.Signalled.class, e -> true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v5.5",
                "v5.13",
                "v5.18",
                "v6.1",
                "v6.15",
                "v6.17",
                "dax-gup-fix",
                "request-folio",
                "compound-devmaps-v4",
                "pagepool"
            })
    @DisplayName("B39, R18, R21: a poisoned tail reaches every process that maps it, and unmaps one entry, no more")
    void shouldTellWhoeverMapsTheTail(String preset) throws InterruptedException {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(dax(preset));
            Space whole = h.space("vm1", device);
            Space shifted = await(h.pool.openSpace("vm2"));
            await(shifted.map(device, 0, 1024, 2048, Level.PMD, true, true));
            Space elsewhere = await(h.pool.openSpace("vm3"));
            await(elsewhere.map(device, 0, 2048, 512, Level.PMD, true, true));
            Space lazy = await(h.pool.openSpace("vm4"));
            await(lazy.map(device, 0, 0, 4096, Level.PMD, true, false));
            BlockingQueue<Sigbus> signals = new LinkedBlockingQueue<>();
            whole.onSigbus(signals::add);
            Pin pin = await(h.walker("w7", whole).pin(1536, 1)).pin();
            long tail = device.spec().pfnAt(1536 + 5);

            FailureReport report = await(h.pool.memoryFailure(tail));

            assertEquals(FailureOutcome.RECOVERED, report.outcome());
            assertEquals(device.spec().pfnAt(1536), report.head());
            assertEquals("dev:dax0", report.file());
            assertEquals(
                    List.of("w7"),
                    report.holders().stream().filter(x -> x.startsWith("w")).toList());
            Sigbus one = new Sigbus("vm1", 1541L << 12, 21);
            Sigbus two = new Sigbus("vm2", 517L << 12, 21);
            assertEquals(Set.of(one, two), Set.copyOf(report.told()));
            assertEquals(one, signals.take());
            assertEquals(
                    Set.of(new Event.Signalled("dax0", tail, one), new Event.Signalled("dax0", tail, two)),
                    signalled(h));
            assertEquals(3584, await(whole.mappedPages()), "its neighbours on both sides stay (R21)");
            assertEquals(1536, await(shifted.mappedPages()));
            assertEquals(512, await(elsewhere.mappedPages()));
            assertEquals(0, await(lazy.mappedPages()), "it never touched the page and is not told");
            assertTrue(pin != null);
            assertInstanceOf(Pgmap.Closed.class, await(device.revoke("poisoned")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v5.5", "v6.1", "v6.15", "pagepool"})
    @DisplayName("B39: a poisoned page is not mapped again; its neighbours are")
    void shouldNotMapAPoisonedPageAgain(String preset) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(dax(preset));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            await(h.pool.memoryFailure(device.spec().pfnAt(1536)));

            AddressSpace.Touched touched = await(vm.touch(1536, Level.PMD));
            if (device.spec().protocol().mappingFirst()) {
                assertEquals(Refusal.POISONED, touched.refusal());
            }
            Awaitility.await().atMost(SOON).until(() -> await(vm.mappedPages()) == 3584);
            Space other = await(h.pool.openSpace("vm2"));
            CompletionStage<Long> mapped = other.map(device, 0, 1024, 1024, Level.PMD, true, true);
            if (device.spec().protocol().mappingFirst()) {
                assertEquals(Refusal.POISONED, refused(mapped).refusal());
            }
            Awaitility.await().atMost(SOON).until(() -> await(other.mappedPages()) == 0);
            GupWalker.Walked walked = await(w.pin(2048, 512));
            assertEquals(512, walked.pages());
            await(w.unpin(walked.pin()));
            await(vm.zap(2048, 512));
            assertNull(await(vm.touch(2048, Level.PMD)).refusal());
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.5, BUSY", "v5.18, DRIVER_MEMORY", "pagepool, DRIVER_MEMORY"})
    @DisplayName("B39: driver memory is refused, as busy in the first era")
    void shouldRefuseDriverMemory(String preset, FailureOutcome outcome) {
        try (PoolHarness h = new PoolHarness()) {
            Device gpu = h.map(dax(preset).type(MemoryType.PRIVATE));
            assertEquals(
                    outcome, await(h.pool.memoryFailure(gpu.spec().pfnAt(7))).outcome());
            assertEquals(List.of(), h.events(Event.Poisoned.class, e -> true));
        }
    }

    @Test
    @DisplayName("B39, R20: a page that no file has is busy and not marked")
    void shouldBeBusyWhereNobodyHasTouchedThePage() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(dax("pagepool"));
            assertEquals(
                    FailureOutcome.BUSY,
                    await(h.pool.memoryFailure(device.spec().pfnAt(7))).outcome());
            assertEquals(List.of(), h.events(Event.Poisoned.class, e -> true));
            h.space("vm1", device);
            assertEquals(
                    FailureOutcome.RECOVERED,
                    await(h.pool.memoryFailure(device.spec().pfnAt(7))).outcome());
        }
    }

    @Test
    @DisplayName("B39, B51: nobody is told of what holds page records, or of what no device has")
    void shouldFindNobodyForPagesThatAreNone() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(dax("pagepool").altmap(new Altmap(0, 512)));
            long first = device.spec().ranges().get(0).first();
            assertEquals(
                    FailureOutcome.ALTMAP, await(h.pool.memoryFailure(first)).outcome());
            assertEquals(
                    FailureOutcome.NO_DEVICE,
                    await(h.pool.memoryFailure(first - 1)).outcome());
            assertInstanceOf(Pgmap.Closed.class, await(device.closeIfIdle()));
            assertEquals(
                    FailureOutcome.NO_DEVICE,
                    await(h.pool.memoryFailure(first + 512)).outcome());
        }
    }

    @ParameterizedTest
    @EnumSource(PgmapOps.Handled.class)
    @DisplayName("B39: the driver is asked first, and what it says is final unless it does not want to")
    void shouldAskTheDriverFirst(PgmapOps.Handled answer) {
        try (PoolHarness h = new PoolHarness()) {
            BlockingQueue<Long> asked = new LinkedBlockingQueue<>();
            Device device = h.map(dax("pagepool").ops(PgmapOps.NONE.memoryFailure((pfn, pages) -> {
                asked.add(pfn);
                return answer;
            })));
            h.space("vm1", device);
            long pfn = device.spec().pfnAt(5);

            FailureReport report = await(h.pool.memoryFailure(pfn));

            assertEquals(List.of(pfn), List.copyOf(asked));
            assertEquals(
                    switch (answer) {
                        case HANDLED -> FailureOutcome.DRIVER_HANDLED;
                        case FAILED -> FailureOutcome.DRIVER_FAILED;
                        case NOT_SUPPORTED -> FailureOutcome.RECOVERED;
                    },
                    report.outcome());
            assertEquals(
                    answer == PgmapOps.Handled.NOT_SUPPORTED ? 1 : 0,
                    report.told().size());
        }
    }

    @Test
    @DisplayName("B39: a driver that throws has failed; the pool has not")
    void shouldCountADriverThatThrows() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(dax("pagepool").ops(PgmapOps.NONE.memoryFailure((pfn, pages) -> {
                throw new IllegalStateException("broken driver");
            })));
            assertEquals(
                    FailureOutcome.DRIVER_FAILED,
                    await(h.pool.memoryFailure(device.spec().pfnAt(5))).outcome());
            assertEquals(1, await(device.status()).driverFailures());
        }
    }

    @Test
    @DisplayName("B39, B6: while poison is being handled the pgmap is held, and teardown waits for it")
    void shouldHoldThePgmapWhileItIsHandled() {
        try (ActorBench b = new ActorBench()) {
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            TestProbe<Section.Command> section = b.kit.createTestProbe();
            TestProbe<Pgmap.Command> pgmap = b.kit.createTestProbe();
            TestProbe<Pgmap.ToMapper> space = b.kit.createTestProbe();
            TestProbe<Pgmap.ToMapper> goes = b.kit.createTestProbe();
            TestProbe<FailureReport> report = b.kit.createTestProbe();
            long pfn = spec.pfnAt(5);
            b.kit.spawn(FailureHandler.create(
                    spec,
                    DriverCalls.NONE,
                    pgmap.getRef(),
                    pfn,
                    section.getRef(),
                    List.of(space.getRef(), goes.getRef()),
                    report.getRef()));
            Section.Poison poison = section.expectMessageClass(Section.Poison.class);
            assertTrue(poison.tiedOnly());
            poison.replyTo()
                    .tell(new Section.PageShown(
                            spec.id(),
                            pfn,
                            spec.pfnAt(0),
                            org.pagepool.runtime.head.HeadState.AT_ONE,
                            org.pagepool.runtime.record.PageRecord.BLANK.tie("f1", 512),
                            List.of("w1"),
                            null));
            AddressSpace.FindPage find = space.expectMessageClass(AddressSpace.FindPage.class);
            assertEquals(517, find.index());
            pgmap.expectMessageClass(Pgmap.PagePoisoned.class);
            pgmap.expectNoMessage();
            Sigbus due = new Sigbus("vm1", 0x5000, 21);
            find.replyTo().tell(new FailureHandler.Mappers(space.getRef(), List.of(due)));
            pgmap.expectNoMessage();

            goes.stop();

            AddressSpace.UnmapPage unmap = space.expectMessageClass(AddressSpace.UnmapPage.class);
            assertEquals(512, unmap.first());
            assertEquals(512, unmap.pages());
            pgmap.expectNoMessage();
            unmap.replyTo().tell(new FailureHandler.Unmapped(space.getRef()));
            Pgmap.FailureEnded ended = pgmap.expectMessageClass(Pgmap.FailureEnded.class);
            assertEquals(
                    report.getRef(),
                    ended.replyTo(),
                    "who reported it is told by the pgmap, when that has it written down");
            FailureReport done = ended.report();
            assertEquals(List.of(due), done.told());
            assertEquals(List.of("w1"), done.holders());
            assertEquals(FailureOutcome.RECOVERED, done.outcome());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "R20: poison between an entry and its tie finds nobody; where the tie comes first there is no such moment")
    void shouldFindNobodyBetweenAnEntryAndItsTie(boolean mappingFirst) {
        HeldTies link = new HeldTies();
        try (PoolHarness h = new PoolHarness(link, "")) {
            Protocol protocol = Protocol.PAGEPOOL.with("fault.mapping-first", String.valueOf(mappingFirst));
            Device device = h.map(DeviceSpec.of("dax0", 16 * MIB).protocol(protocol));
            Space vm = await(h.pool.openSpace("vm1"));
            await(vm.map(device, 0, 0, 4096, Level.PMD, true, false));
            CompletionStage<AddressSpace.Touched> touched = vm.touch(3, Level.PMD);
            Awaitility.await().atMost(SOON).until(link::holdsSomething);
            if (!mappingFirst) {
                assertNull(await(touched).refusal());
            }
            assertEquals(mappingFirst ? 0 : 512, await(vm.mappedPages()), "what can be seen of it by now");

            FailureReport report = await(h.pool.memoryFailure(device.spec().pfnAt(3)));

            assertEquals(FailureOutcome.BUSY, report.outcome());
            assertEquals(List.of(), report.told());
            link.open();
            assertNull(await(touched).refusal());
            Awaitility.await()
                    .atMost(SOON)
                    .until(() ->
                            await(h.pool.memoryFailure(device.spec().pfnAt(3))).outcome() == FailureOutcome.RECOVERED);
            assertEquals(0, await(vm.mappedPages()));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "R19: an offset that was rounded up sends poison to the next compound, whose user is unmapped for nothing")
    void shouldHitTheNextCompoundWhereOffsetsAreRoundedUp(boolean up) {
        try (PoolHarness h = new PoolHarness()) {
            Protocol protocol = Protocol.PAGEPOOL.with("fault.index", up ? "align-up" : "align-down");
            Device device = h.map(DeviceSpec.of("dax0", 16 * MIB).protocol(protocol));
            Space vm = await(h.pool.openSpace("vm1"));
            await(vm.map(device, 0, 0, 4096, Level.PMD, true, false));
            await(vm.touch(512, Level.PMD));
            await(vm.touch(3, Level.PMD));

            FailureReport report = await(h.pool.memoryFailure(device.spec().pfnAt(5)));

            long hit = up ? 512 + 5 : 5;
            assertEquals(List.of(new Sigbus("vm1", hit << 12, 21)), report.told());
            assertEquals(512, await(vm.mappedPages()));
            await(vm.zap(0, 512));
            assertEquals(
                    up ? 0 : 512, await(vm.mappedPages()), "the poisoned page itself is still mapped if rounded up");
        }
    }

    /** Keeps ties back until it is opened. */
    private static final class HeldTies implements Link {
        private final List<Runnable> kept = new ArrayList<>();
        private boolean open;

        @Override
        public synchronized <T> void send(ActorRef<T> to, T message) {
            if (!open && message instanceof Section.Tie) {
                kept.add(() -> to.tell(message));
            } else {
                to.tell(message);
            }
        }

        synchronized boolean holdsSomething() {
            return !kept.isEmpty();
        }

        synchronized void open() {
            open = true;
            kept.forEach(Runnable::run);
            kept.clear();
        }
    }
}
