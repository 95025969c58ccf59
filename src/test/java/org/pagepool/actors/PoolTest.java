package org.pagepool.actors;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.refused;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.teardown.TeardownState;

/** The pool as its users see it: map, pin, unpin, watch, tear down. */
class PoolTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    private static <T> T get(CompletionStage<T> stage) {
        return PoolHarness.await(stage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pagepool", "v5.5", "v6.15"})
    void shouldTakeOneReferencePerPageAndGiveAllBack(String preset) {
        try (PoolHarness h = new PoolHarness()) {
            Protocol protocol = Protocol.preset(preset);
            Device device = h.map(DeviceSpec.of("pmem0", GIB).protocol(protocol));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);

            GupWalker.Walked walked = get(w.pin(5, 2000));

            assertNull(walked.stop());
            assertEquals(2000, walked.pages());
            List<Holding> holders = get(device.holders());
            Holding mine = holders.stream()
                    .filter(x -> x.holder().equals("w7"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(2000, mine.pins());
            assertEquals(2000, get(w.unpin(walked.pin())));
            assertTrue(get(device.holders()).stream().noneMatch(x -> x.holder().equals("w7")));
        }
    }

    @Test
    void shouldGrabEachHeadOnceForAWalkOver16GiB() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 16 * GIB));
            Walker w = h.walker("w7", h.space("vm1", device));

            GupWalker.Walked walked = get(w.pin(0, 4194304));

            assertEquals(4194304, walked.pages());
            assertEquals(8192, walked.headGrabs());
            assertEquals(4194304, get(w.unpin(walked.pin())));
        }
    }

    @Test
    void shouldGrabOncePerPageUnderTheProtocolBeforeBatching() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 256 * MIB).protocol(Protocol.V5_5));
            Walker w = h.walker("w7", h.space("vm1", device));

            GupWalker.Walked walked = get(w.pin(0, 1024));

            assertEquals(1024, walked.headGrabs());
            assertEquals(1024, get(w.unpin(walked.pin())));
        }
    }

    @Test
    void closeIfIdleShouldListHoldersAndChangeNothing() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            GupWalker.Walked walked = get(w.pin(0, 512));

            Pgmap.Busy busy = assertInstanceOf(Pgmap.Busy.class, get(device.closeIfIdle()));

            assertEquals(
                    List.of("vm1", "w7"),
                    busy.holders().stream().map(Holding::holder).toList());
            assertEquals(Pgmap.Life.LIVE, get(device.status()).life());
            GupWalker.Walked again = get(w.pin(512, 512));
            assertEquals(512, again.pages(), "the pool goes on");
            get(w.unpin(walked.pin()));
            get(w.unpin(again.pin()));
            vm.close();
            await().atMost(SOON)
                    .untilAsserted(() -> assertTrue(get(device.holders()).isEmpty()));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));
            assertTrue(h.verdict(true).clean());
        }
    }

    @Test
    void closeWhenIdleShouldNameWhomItWaitsForAndFinishWhenTheyLetGo() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked = get(w.pin(0, 512));

            Pgmap.StillHeld held =
                    assertInstanceOf(Pgmap.StillHeld.class, get(device.closeWhenIdle(Duration.ofMillis(200))));

            assertEquals(
                    List.of("w7"), held.holders().stream().map(Holding::holder).toList());
            Pgmap.Status status = get(device.status());
            assertEquals(Pgmap.Life.DYING, status.life());
            assertEquals(512, status.holders().get(0).pins());
            assertEquals(0, get(w.pin(1024, 1)).pages(), "a dying pgmap gives nothing");
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(SOON);
            get(w.unpin(walked.pin()));
            assertInstanceOf(Pgmap.Closed.class, get(closed));
            assertTrue(h.ordinalOfLast(Event.CleanedUp.class) > h.ordinalOfLast(Event.Released.class));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    void aDeadHoldersReferencesShouldBeReleasedOnceAndTeardownGoOn() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("hog", vm);
            get(w.pin(0, 4096));
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(SOON);
            await().atMost(SOON).until(() -> get(device.status()).life() == Pgmap.Life.DYING);

            w.close();

            assertInstanceOf(Pgmap.Closed.class, get(closed));
            List<Event.Released> reclaimed = h.events(
                    Event.Released.class,
                    e -> e.cause() == ReleaseCause.RECLAIM && e.holder().equals("hog"));
            assertEquals(
                    4096,
                    reclaimed.stream()
                            .mapToLong(e -> org.pagepool.runtime.page.Runs.totalRefs(e.runs()))
                            .sum());
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    void revokeShouldTakeReferencesAwayAndTellTheHolder() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked = get(w.pin(0, 600));

            assertInstanceOf(Pgmap.Closed.class, get(device.revoke("hot unplug")));

            PoolRefusedException late = refused(w.unpin(walked.pin()));
            assertEquals(Refusal.REVOKED, late.refusal());
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    void revokeShouldEscalateATeardownThatWaits() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            get(w.pin(0, 600));
            CompletionStage<Pgmap.CloseAnswer> patient = device.closeWhenIdle(SOON);
            await().atMost(SOON).until(() -> get(device.status()).life() == Pgmap.Life.DYING);

            assertInstanceOf(Pgmap.Closed.class, get(device.revoke("enough")));
            assertInstanceOf(Pgmap.Closed.class, get(patient));
        }
    }

    @Test
    void brokenCallersShouldBeRefusedByNameAndThePoolGoOn() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = h.space("vm1", device);
            Walker w7 = h.walker("w7", vm);
            Walker w8 = h.walker("w8", vm);
            GupWalker.Walked pinned = get(w7.pin(0, 512));
            GupWalker.Walked gotten = get(w7.get(0, 1));

            PoolRefusedException foreign = refused(w8.unpin(pinned.pin()));
            assertEquals(Refusal.FOREIGN, foreign.refusal());
            assertEquals(
                    "unpin refused: it belongs to another holder: pin=w7#1 kind=PIN vpn=0x0 pages=512 by=w8, want its"
                            + " holder w7",
                    foreign.getMessage());
            assertEquals(Refusal.KIND_MISMATCH, refused(w7.unpin(gotten.pin())).refusal());
            assertEquals(Refusal.KIND_MISMATCH, refused(w7.put(pinned.pin())).refusal());
            assertEquals(512, get(w7.unpin(pinned.pin())));
            assertEquals(
                    Refusal.ALREADY_RELEASED, refused(w7.unpin(pinned.pin())).refusal());
            assertEquals(1, get(w7.put(gotten.pin())));
            GupWalker.Walked outside = get(w7.pin(262144, 1));
            assertEquals(Refusal.NOT_MAPPED, outside.stop());
            assertEquals(Refusal.OUT_OF_RANGE, get(w7.pin(-1, 1)).stop());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    refused(device.awaitIdle(1, Duration.ofSeconds(1))).refusal());
            assertNull(get(w7.pin(0, 512)).stop(), "the pool goes on unharmed");
        }
    }

    @Test
    void partialUnpinsShouldBalanceAndNeverRepeat() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked = get(w.pin(100, 1000));

            assertEquals(10, get(w.unpin(walked.pin(), 0, 10)));
            assertEquals(
                    Refusal.ALREADY_RELEASED,
                    refused(w.unpin(walked.pin(), 5, 10)).refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    refused(w.unpin(walked.pin(), 990, 20)).refusal());
            assertEquals(990, get(w.unpin(walked.pin(), 10, 990)));
            assertEquals(
                    Refusal.ALREADY_RELEASED,
                    refused(w.unpin(walked.pin(), 10, 1)).refusal());
        }
    }

    @Test
    void shouldRefuseDevicesThatOverlapOrDoNotFitTheirGeometry() {
        try (PoolHarness h = new PoolHarness()) {
            h.map(DeviceSpec.of("pmem0", 0).at(new PfnRange(0x8800 * 512L, 512)));

            assertTrue(refused(h.pool.map(DeviceSpec.of("pmem1", 0).at(new PfnRange(0x8800 * 512L, 1024))))
                    .getMessage()
                    .contains("overlap"));
            assertTrue(refused(h.pool.map(DeviceSpec.of("pmem0", GIB)))
                    .getMessage()
                    .contains("already"));
            String half = refused(h.pool.map(DeviceSpec.of("pmem2", 3 * MIB))).getMessage();
            assertTrue(half.contains("multiple of the geometry"), half);
            assertTrue(refused(h.pool.map(DeviceSpec.of("pmem2", GIB).headBytes(3 * MIB)))
                    .getMessage()
                    .contains("power of two"));
        }
    }

    @Test
    void headsShouldComeOnFirstUseAndGoWhenIdle() {
        try (PoolHarness h =
                new PoolHarness(Link.direct(), "pagepool.heads.idle-timeout = 50ms, pagepool.heads.hosting = actor")) {
            Device device = h.map(DeviceSpec.of("pmem0", 1024 * GIB).protocol(Protocol.V5_5));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device));
            assertEquals(0, get(h.pool.census()).liveHeads(), "an idle device has no head actors");
            Walker w = h.walker("w7", vm);
            GupWalker.Walked walked = get(w.pin(0, 5120));

            assertEquals(10, get(h.pool.census()).liveHeads());
            get(w.unpin(walked.pin()));
            await().atMost(SOON)
                    .untilAsserted(() -> assertEquals(0, get(h.pool.census()).liveHeads()));
        }
    }

    @Test
    void aWatchShouldEndWhenTheHeadIsIdleAndNotBefore() {
        try (PoolHarness h = new PoolHarness()) {
            Device device =
                    h.map(DeviceSpec.of("pmem0", GIB).protocol(Protocol.V5_5).type(MemoryType.FS_DAX));
            Walker w = h.walker("w7", h.space("vm1", device));
            long pfn = device.spec().pfnAt(0);
            assertTrue(get(device.awaitIdle(pfn, SOON)), "idle at once");
            GupWalker.Walked walked = get(w.pin(0, 1));

            CompletionStage<Boolean> idle = device.awaitIdle(pfn, SOON);
            assertFalse(get(device.awaitIdle(pfn, Duration.ofMillis(100))), "ends by its own deadline");
            assertFalse(idle.toCompletableFuture().isDone());
            get(w.unpin(walked.pin()));
            assertTrue(get(idle));
            assertFalse(h.events(Event.Freed.class, e -> true).isEmpty(), "fs-dax announces idleness");
        }
    }

    @Test
    void aZapShouldFaultInAgainAndAChangedEntryBeGivenBack() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", GIB));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            assertEquals(512, get(vm.zap(600, 1)), "a huge entry goes whole");
            assertEquals(262144 - 512, get(vm.mappedPages()));

            GupWalker.Walked fast = get(w.walk(0, 2048, new GupWalker.Flags(GrabKind.PIN, true, false, true, false)));
            assertEquals(512, fast.pages());
            assertEquals(Refusal.NOT_MAPPED, fast.stop());
            GupWalker.Walked slow = get(w.pin(0, 2048));
            assertEquals(2048, slow.pages());
            assertTrue(slow.slow());
            assertEquals(262144, get(vm.mappedPages()));
        }
    }

    @Test
    void walkersThatFaultTheSamePagesShouldAllGetThem() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 256 * MIB).type(MemoryType.FS_DAX));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 65536, Level.PMD, true, false));
            List<Walker> walkers =
                    List.of(h.walker("w1", vm), h.walker("w2", vm), h.walker("w3", vm), h.walker("w4", vm));

            List<CompletionStage<GupWalker.Walked>> walks =
                    walkers.stream().map(w -> w.pin(0, 65536)).toList();

            walks.forEach(walk -> assertEquals(
                    65536, get(walk).pages(), () -> "stopped by " + get(walk).stop()));
        }
    }

    @Test
    void aWalkerThatKnowsTheTableShouldFindNothingInASpaceThatIsClosed() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB));
            Space space = h.space("vm1", device);
            Walker w = h.walker("w7", space);
            get(w.unpin(get(w.pin(0, 512)).pin()));
            GupWalker.Walked second = get(w.pin(0, 512));
            assertEquals(512, second.pages(), "by the table it was told of");
            get(w.unpin(second.pin()));

            space.close();

            await().atMost(SOON).untilAsserted(() -> {
                GupWalker.Walked walked = get(w.pin(0, 512));
                if (walked.pin() != null) {
                    get(w.unpin(walked.pin()));
                }
                assertEquals(Refusal.CLOSED, walked.stop());
            });
            await().atMost(SOON)
                    .untilAsserted(() -> assertTrue(get(device.holders()).isEmpty()));
        }
    }

    @Test
    void missingNamesAndClosedWalkersShouldBeRefusedAtOnce() {
        try (PoolHarness h = new PoolHarness()) {
            assertThrows(NullPointerException.class, () -> DeviceSpec.of(null, GIB));
            assertThrows(NullPointerException.class, () -> h.pool.openSpace(null));
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            w.close();

            assertEquals(Refusal.CLOSED, refused(w.pin(0, 1)).refusal());
            assertTrue(
                    refused(h.pool.map(DeviceSpec.of("pmem1", 0))).getMessage().endsWith("want 2097152"));
        }
    }

    @Test
    void aClosedDeviceShouldKnowWhenEachPhaseWasEntered() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB));

            Pgmap.Closed closed = assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));

            assertTrue(closed.enteredNanos().containsKey(TeardownState.Phase.DONE));
        }
    }

    @Test
    void longtermShouldDependOnTheMemoryType() {
        try (PoolHarness h = new PoolHarness()) {
            Device dax = h.map(DeviceSpec.of("dax0", 64 * MIB));
            Device fs = h.map(DeviceSpec.of("pmem0", 64 * MIB).type(MemoryType.FS_DAX));
            Walker onDax = h.walker("w1", h.space("vm1", dax));
            Walker onFs = h.walker("w2", h.space("vm2", fs));

            assertNull(get(onDax.walk(0, 10, GupWalker.Flags.LONGTERM)).stop());
            assertEquals(
                    Refusal.LONGTERM,
                    get(onFs.walk(0, 10, GupWalker.Flags.LONGTERM)).stop());
            assertNull(get(onFs.pin(0, 10)).stop());
        }
    }

    @Test
    void privateMemoryShouldNotBeMappedByACpu() {
        try (PoolHarness h = new PoolHarness()) {
            Device gpu = h.map(DeviceSpec.of("gpu0", 64 * MIB).type(MemoryType.PRIVATE));
            Space vm = get(h.pool.openSpace("vm1"));

            assertNotNull(refused(vm.map(gpu)).getMessage());
            assertInstanceOf(Pgmap.Closed.class, get(gpu.closeIfIdle()));
        }
    }

    @Test
    void aPmdOver512Order0HeadsShouldPinEachHeadWithTheBias() {
        try (PoolHarness h = new PoolHarness()) {
            Device device =
                    h.map(DeviceSpec.of("pmem0", 4 * MIB).headBytes(4096).protocol(Protocol.V5_5));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 1024, Level.PMD, true, true));
            Walker w = h.walker("w7", vm);

            GupWalker.Walked walked = get(w.pin(0, 512));

            assertEquals(512, walked.headGrabs());
            Event.Grabbed grabbed =
                    h.events(Event.Grabbed.class, e -> e.kind() == GrabKind.PIN).get(0);
            assertEquals(512L * (1 + 1024), grabbed.refcountSum());
            assertEquals(0, grabbed.pincountSum());
            assertEquals(512, get(w.unpin(walked.pin())));
        }
    }

    @Test
    void aPinnedPageAtCleanupShouldBeReportedUnderTheProtocolThatDoesNotWaitForPins() {
        try (PoolHarness h = new PoolHarness()) {
            h.expectViolations();
            Device device = h.map(DeviceSpec.of("pmem0", GIB).protocol(Protocol.V6_15));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked = get(w.pin(0, 512));

            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));

            assertFalse(h.verdict(true).clean(), "R28: memory freed while a holder still has it");
            assertEquals(Refusal.DEAD, refused(w.unpin(walked.pin())).refusal());
        }
    }
}
