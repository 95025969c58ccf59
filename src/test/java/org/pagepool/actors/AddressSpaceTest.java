package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.refused;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** An address space: every entry's references are taken once and given back once, whatever faults, dies or is refused. */
class AddressSpaceTest {
    private static final long MIB = 1L << 20;
    private static final long SECTION = 1L << 15;

    private static <T> T get(CompletionStage<T> stage) {
        return PoolHarness.await(stage);
    }

    @Test
    void aFaultOverSeveralGapsShouldTakeEachReferenceOnce() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 256 * MIB));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 2 * SECTION, Level.PTE, true, false));
            Walker w = h.walker("w7", vm);
            get(w.unpin(get(w.pin(5, 1)).pin()));

            GupWalker.Walked walked = get(w.pin(0, 2 * SECTION));

            assertEquals(2 * SECTION, walked.pages());
            assertEquals(2 * SECTION, get(vm.mappedPages()));
            get(w.unpin(walked.pin()));
            assertEquals(2 * SECTION, get(device.holders()).get(0).maps());
            get(vm.zap(0, 2 * SECTION));
            Awaitility.await().atMost(SOON).untilAsserted(() -> assertEquals(List.of(), get(device.holders())));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
        }
    }

    @Test
    void aDeviceMappedInTwoPiecesThatMeetInItsSecondSectionShouldLive() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 512 * MIB));
            Space vm = get(h.pool.openSpace("vm1"));
            long seam = (1L << 15) + 20 * 512;
            long end = 4L << 15;

            assertEquals(seam, get(vm.map(device, 0, 0, seam, Level.PMD, true, true)));
            assertEquals(end - seam, get(vm.map(device, seam, seam, end - seam, Level.PMD, true, true)));

            Walker w = h.walker("w7", vm);
            assertEquals(end, get(w.unpin(get(w.pin(0, end)).pin())));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    void aRefusedMappingShouldLeaveNothingBehind() {
        try (PoolHarness h = new PoolHarness()) {
            Device dying = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Device other = h.map(DeviceSpec.of("pmem1", 128 * MIB));
            Space holder = h.space("vm0", dying);
            Walker w = h.walker("w7", holder);
            GupWalker.Walked walked = get(w.pin(0, 1));
            CompletionStage<Pgmap.CloseAnswer> closed = dying.closeWhenIdle(SOON);
            Awaitility.await().until(() -> get(dying.status()).life() == Pgmap.Life.DYING);
            Space vm = get(h.pool.openSpace("vm1"));

            assertEquals(Refusal.DYING, refused(vm.map(dying)).refusal());

            assertEquals(SECTION, get(vm.map(other)));
            get(w.unpin(walked.pin()));
            assertInstanceOf(Pgmap.Closed.class, get(closed));
        }
    }

    @Test
    void wrongRangesShouldBeRefusedAndTheSpaceGoOn() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Space vm = h.space("vm1", device);

            assertEquals(Refusal.OUT_OF_RANGE, refused(vm.zap(-1, 1)).refusal());
            assertEquals(Refusal.OUT_OF_RANGE, refused(vm.zap(0, 0)).refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE, refused(vm.zap(Long.MAX_VALUE, 2)).refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    refused(vm.map(device, Long.MAX_VALUE, 0, 1, Level.PTE, true, true))
                            .refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    refused(vm.map(device, SECTION, Long.MAX_VALUE, 1, Level.PTE, true, true))
                            .refusal());
            TestProbe<AddressSpace.Zapped> zapped = TestProbe.create(h.pool.system());
            vm.ref().tell(new AddressSpace.Zap(-1, 0, zapped.getRef()));
            assertEquals(0, zapped.receiveMessage().pages());

            assertEquals(SECTION, get(vm.mappedPages()), "the space goes on");
        }
    }

    @Test
    void manyFaultsThatFindNothingToDoShouldNotNest() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, SECTION, Level.PTE, true, false));
            TestProbe<GupWalker.Command> walker = TestProbe.create(h.pool.system());

            for (int i = 0; i < 4000; i++) {
                vm.ref().tell(new AddressSpace.Fault(0, 8, i, walker.getRef()));
            }

            for (int i = 0; i < 4000; i++) {
                walker.expectMessageClass(GupWalker.FaultDone.class, SOON);
            }
            assertEquals(8, get(vm.mappedPages()));
        }
    }

    @Test
    void aFaultShouldNotTouchMoreHeadsThanAWalkMay() {
        try (PoolHarness h = new PoolHarness(Link.direct(), "pagepool.limits.walk-heads = 100")) {
            Device device = h.map(DeviceSpec.of("pmem0", 2 * MIB).headBytes(4096));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 512, Level.PTE, true, false));
            Walker w = h.walker("w7", vm);

            GupWalker.Walked tooMany = get(w.pin(0, 512));

            assertEquals(Refusal.LIMIT, tooMany.stop());
            assertEquals(0, get(h.pool.census()).liveHeads());
            assertEquals(50, get(w.pin(0, 50)).pages());
        }
    }

    @Test
    void aWalkShouldTakeWhatComesBeforeADyingDevice() {
        try (PoolHarness h = new PoolHarness()) {
            Device live = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Device dying = h.map(DeviceSpec.of("pmem1", 128 * MIB));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(live, 0, 0, SECTION, Level.PMD, true, false));
            get(vm.map(dying, SECTION, 0, SECTION, Level.PMD, true, true));
            Walker hog = h.walker("hog", vm);
            GupWalker.Walked held = get(hog.pin(SECTION, 1));
            CompletionStage<Pgmap.CloseAnswer> closed = dying.closeWhenIdle(SOON);
            Awaitility.await().until(() -> get(vm.mappedPages()) == 0);
            Walker w = h.walker("w7", vm);

            GupWalker.Walked walked = get(w.pin(SECTION - 512, 1024));

            assertEquals(512, walked.pages());
            assertEquals(Refusal.DYING, walked.stop());
            get(hog.unpin(held.pin()));
            assertInstanceOf(Pgmap.Closed.class, get(closed));
        }
    }

    @Test
    void whatAnOldHandleIsUsedForShouldNotTouchTheDeviceMappedSince() {
        try (PoolHarness h = new PoolHarness()) {
            Device old = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            Space vm = h.space("vm1", old);
            assertInstanceOf(Pgmap.Closed.class, get(old.closeWhenIdle(SOON)));
            Device now = h.map(DeviceSpec.of("pmem0", 128 * MIB));
            assertEquals(SECTION, get(vm.map(now)));

            assertTrue(
                    refused(vm.map(old, SECTION, 0, 512, Level.PMD, true, true)).refusal() != null);

            assertInstanceOf(Pgmap.Closed.class, get(now.closeWhenIdle(SOON)));
        }
    }

    @Test
    void theEntriesOfAPgmapThatFailedShouldGoWithIt() {
        try (ActorBench b = new ActorBench()) {
            PgmapSpec spec = ActorBench.spec(Protocol.V5_5);
            TestProbe<Pgmap.Command> pgmap = b.kit.createTestProbe();
            TestProbe<AddressSpace.Mapped> mapped = b.kit.createTestProbe();
            TestProbe<AddressSpace.Zapped> pages = b.kit.createTestProbe();
            ActorRef<AddressSpace.Command> space = b.kit.spawn(AddressSpace.create("vm1", BasePage.KIB_4, b.wiring));
            space.tell(new AddressSpace.Map(
                    new PgmapHandle(spec, pgmap.getRef()), 0, SECTION, 0, Level.PMD, true, true, mapped.getRef()));
            register(pgmap, space);
            assertEquals(SECTION, mapped.receiveMessage().pages());

            pgmap.stop();

            Awaitility.await().untilAsserted(() -> {
                space.tell(new AddressSpace.AskMapped(pages.getRef()));
                assertEquals(0, pages.receiveMessage().pages());
            });
        }
    }

    @Test
    void theEndOfOneDeviceShouldNotRefuseTheMappingOfAnother() {
        try (ActorBench b = new ActorBench()) {
            TestProbe<Pgmap.Command> gone = b.kit.createTestProbe();
            TestProbe<Pgmap.Command> slow = b.kit.createTestProbe();
            TestProbe<AddressSpace.Mapped> lazy = b.kit.createTestProbe();
            TestProbe<AddressSpace.Mapped> mapped = b.kit.createTestProbe();
            TestProbe<AddressSpace.Zapped> pages = b.kit.createTestProbe();
            PgmapSpec one = ActorBench.spec("pmem0", ActorBench.PFN, Protocol.PAGEPOOL);
            PgmapSpec two = ActorBench.spec("pmem1", ActorBench.PFN + SECTION, Protocol.PAGEPOOL);
            ActorRef<AddressSpace.Command> space = b.kit.spawn(AddressSpace.create("vm1", BasePage.KIB_4, b.wiring));
            space.tell(new AddressSpace.Map(
                    new PgmapHandle(one, gone.getRef()), 0, SECTION, 0, Level.PMD, true, false, lazy.getRef()));
            register(gone, space);
            assertNull(lazy.receiveMessage().refusal());
            space.tell(new AddressSpace.Map(
                    new PgmapHandle(two, slow.getRef()), SECTION, 512, 0, Level.PMD, true, true, mapped.getRef()));
            register(slow, space);
            slow.expectMessageClass(Pgmap.FindSections.class);

            gone.stop();

            mapped.expectNoMessage();
            space.tell(new AddressSpace.AskMapped(pages.getRef()));
            assertEquals(0, pages.receiveMessage().pages());
        }
    }

    private static void register(TestProbe<Pgmap.Command> pgmap, ActorRef<AddressSpace.Command> space) {
        pgmap.expectMessageClass(Pgmap.RegisterSpace.class);
        space.tell(new Pgmap.Registered(pgmap.getRef(), null));
    }

    @Test
    @DisplayName("B13, B42: a device that is dying when a space asks is not mapped, and nobody waits for that space")
    void aSpaceThatAsksTooLateShouldMapNothing() {
        try (ActorBench b = new ActorBench()) {
            TestProbe<Pgmap.Command> dying = b.kit.createTestProbe();
            TestProbe<AddressSpace.Mapped> mapped = b.kit.createTestProbe();
            TestProbe<AddressSpace.Zapped> pages = b.kit.createTestProbe();
            PgmapHandle device = new PgmapHandle(ActorBench.spec(Protocol.V5_5), dying.getRef());
            ActorRef<AddressSpace.Command> space = b.kit.spawn(AddressSpace.create("vm1", BasePage.KIB_4, b.wiring));
            space.tell(new AddressSpace.Map(device, 0, 512, 0, Level.PMD, true, true, mapped.getRef()));
            dying.expectMessageClass(Pgmap.RegisterSpace.class);
            mapped.expectNoMessage();
            space.tell(new Pgmap.Registered(dying.getRef(), Refusal.DYING));
            assertEquals(Refusal.DYING, mapped.receiveMessage().refusal());
            space.tell(new AddressSpace.Map(device, 0, 512, 0, Level.PMD, true, true, mapped.getRef()));
            assertEquals(Refusal.DYING, mapped.receiveMessage().refusal());
            space.tell(new AddressSpace.AskMapped(pages.getRef()));
            assertEquals(0, pages.receiveMessage().pages());
        }
    }

    @Test
    @DisplayName(
            "B13: teardown waits for faults under way; what they were granted goes back, and no entry comes of them")
    void aZapShouldWaitForFaultsUnderWay() {
        try (ActorBench b = new ActorBench()) {
            TestProbe<Pgmap.Command> device = b.kit.createTestProbe();
            TestProbe<Section.Command> section = b.kit.createTestProbe();
            TestProbe<Teardown.Command> teardown = b.kit.createTestProbe();
            TestProbe<AddressSpace.Mapped> mapped = b.kit.createTestProbe();
            TestProbe<AddressSpace.Zapped> pages = b.kit.createTestProbe();
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            ActorRef<AddressSpace.Command> space = b.kit.spawn(AddressSpace.create("vm1", BasePage.KIB_4, b.wiring));
            space.tell(new AddressSpace.Map(
                    new PgmapHandle(spec, device.getRef()), 0, 512, 0, Level.PMD, true, true, mapped.getRef()));
            register(device, space);
            Pgmap.FindSections find = device.expectMessageClass(Pgmap.FindSections.class);
            space.tell(new Pgmap.SectionsFound(
                    device.getRef(), find.from(), find.to(), List.of(find.from()), List.of(section.getRef()), null));
            Section.Grab grab = section.expectMessageClass(Section.Grab.class);
            Pgmap.TiePages tie = device.expectMessageClass(Pgmap.TiePages.class);
            space.tell(new Pgmap.PagesTied(device.getRef(), tie.question(), null));

            space.tell(new AddressSpace.ZapPgmap(spec.id(), teardown.getRef()));

            teardown.expectNoMessage();
            space.tell(new Section.GrabAnswer(spec.id(), find.from(), grab.sequence(), 1, 1, null, 1));
            assertEquals(Refusal.DYING, mapped.receiveMessage().refusal());
            teardown.expectMessageClass(Teardown.Zapped.class);
            section.expectMessageClass(Section.Release.class);
            space.tell(new AddressSpace.AskMapped(pages.getRef()));
            assertEquals(0, pages.receiveMessage().pages());
        }
    }

    @Test
    void theEndOfASpaceShouldAnswerWhoeverMaps() {
        try (ActorBench b = new ActorBench()) {
            TestProbe<Pgmap.Command> slow = b.kit.createTestProbe();
            TestProbe<Pgmap.Command> other = b.kit.createTestProbe();
            TestProbe<AddressSpace.Mapped> mapped = b.kit.createTestProbe();
            PgmapSpec spec = ActorBench.spec(Protocol.PAGEPOOL);
            ActorRef<AddressSpace.Command> space = b.kit.spawn(AddressSpace.create("vm1", BasePage.KIB_4, b.wiring));
            List<Long> places = new ArrayList<>(List.of(0L, SECTION));
            for (long vpn : places) {
                space.tell(new AddressSpace.Map(
                        new PgmapHandle(spec, slow.getRef()), vpn, 512, 0, Level.PMD, true, true, mapped.getRef()));
            }
            register(slow, space);
            space.tell(new AddressSpace.Map(
                    new PgmapHandle(spec, other.getRef()),
                    2 * SECTION,
                    512,
                    0,
                    Level.PMD,
                    true,
                    true,
                    mapped.getRef()));
            other.expectMessageClass(Pgmap.RegisterSpace.class);

            space.tell(AddressSpace.Close.INSTANCE);

            assertEquals(Refusal.CLOSED, mapped.receiveMessage().refusal());
            assertEquals(Refusal.CLOSED, mapped.receiveMessage().refusal());
            assertEquals(Refusal.CLOSED, mapped.receiveMessage().refusal());
        }
    }
}
