package org.pagepool.actors;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.refused;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.AskPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/**
 * Rows of docs/conformance.md that need the whole pool to be seen: what happens between the lookup and the grab of a walk,
 * what teardown does and in which order, what a refusal leaves behind. No clock decides here: a message is held back until
 * the other side has moved.
 */
class ConformanceTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final long KIB = 1L << 10;
    private static final GupWalker.Flags PEER = new GupWalker.Flags(GrabKind.PIN, true, false, false, true);

    private static <T> T get(CompletionStage<T> stage) {
        return PoolHarness.await(stage);
    }

    /** Keeps back what one holder asks of sections, between its lookup and its grab, until it is opened. */
    private static final class Barrier implements Link {
        private final String holder;
        private final List<Runnable> kept = new ArrayList<>();
        private boolean open;

        Barrier(String holder) {
            this.holder = holder;
        }

        @Override
        public synchronized <T> void send(ActorRef<T> to, T message) {
            if (!open && message instanceof Section.Grab grab && grab.holder().equals(holder)) {
                kept.add(() -> to.tell(message));
            } else {
                to.tell(message);
            }
        }

        private synchronized boolean keepsSomething() {
            return !kept.isEmpty();
        }

        synchronized void open() {
            open = true;
            kept.forEach(Runnable::run);
        }

        void awaitGrab() {
            await().atMost(SOON).until(this::keepsSomething);
        }
    }

    /** A holder that asks one section itself, for as many references of a head as it likes. */
    private static final class Hog {
        private final TestProbe<Section.ToHolder> probe;
        private final ActorRef<Section.Command> section;
        private long sequence;

        Hog(PoolHarness h, Device device, int number) {
            Pgmap.SectionsFound found = get(AskPattern.<Pgmap.Command, Pgmap.SectionsFound>ask(
                    device.ref(),
                    replyTo -> new Pgmap.FindSections(number, number, replyTo),
                    SOON,
                    h.pool.system().scheduler()));
            section = found.sections().get(0);
            probe = TestProbe.create(h.pool.system());
        }

        Section.GrabAnswer grab(GrabKind kind, long head, int refs) {
            sequence++;
            section.tell(new Section.Grab(
                    "hog",
                    probe.getRef(),
                    sequence,
                    sequence,
                    kind,
                    List.of(new Run(head, 1, refs)),
                    Integer.MAX_VALUE));
            return probe.expectMessageClass(Section.GrabAnswer.class, SOON);
        }

        long release(GrabKind kind, Section.GrabAnswer granted) {
            sequence++;
            section.tell(new Section.Release(
                    "hog",
                    probe.getRef(),
                    sequence,
                    sequence,
                    "hog",
                    granted.sequence(),
                    kind,
                    List.of(),
                    ReleaseCause.PUT));
            return probe.expectMessageClass(Section.ReleaseAnswer.class, SOON).refs();
        }
    }

    private static DeviceSpec fsdax(String preset) {
        return DeviceSpec.of("pmem0", 64 * MIB)
                .type(MemoryType.FS_DAX)
                .protocol(Protocol.preset(preset))
                .at(new PfnRange(0x8800 * 512L, 32 * 512));
    }

    private static long heldBy(Device device, String holder) {
        return get(device.holders()).stream()
                .filter(x -> x.holder().equals(holder))
                .mapToLong(Holding::refs)
                .sum();
    }

    private static List<Event> all(PoolHarness h) {
        return h.events(Event.class, e -> true);
    }

    private static int first(List<Event> all, Class<? extends Event> type) {
        int i = 0;
        while (!type.isInstance(all.get(i))) {
            i++;
        }
        return i;
    }

    private static int last(List<Event> all, Class<? extends Event> type) {
        int i = all.size() - 1;
        while (!type.isInstance(all.get(i))) {
            i--;
        }
        return i;
    }

    private static int freedHeads(PoolHarness h) {
        return h.events(Event.Freed.class, e -> true).stream()
                .mapToInt(e -> Runs.heads(e.runs()))
                .sum();
    }

    private static void awaitSome(PoolHarness h, Class<? extends Event> type) {
        await().atMost(SOON).until(() -> !h.events(type, e -> true).isEmpty());
    }

    // ---- grabs by entry and head

    @ParameterizedTest
    @CsvSource({
        "4,    PMD, per-head-loop, 512, 512",
        "512,  PMD, per-page,      512, 4",
        "512,  PMD, per-head-loop, 4,   4",
        "512,  PMD, per-range,     4,   4",
        "2048, PMD, per-page,      512, 1",
        "2048, PMD, per-head-loop, 1,   1",
        "2048, PTE, per-head-loop, 512, 1",
        "2048, PTE, per-range,     1,   1"
    })
    @DisplayName("B18, B20, R3, D4: entries over smaller, equal and larger heads load each head with its own pages")
    void shouldLoadEachHeadWithItsPages(long headKib, Level level, String batch, long grabs, long heads) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 4 * MIB)
                    .headBytes(headKib * KIB)
                    .protocol(Protocol.V5_5.with("gup.batch", batch)));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 1024, level, true, true));
            Walker w = h.walker("w7", vm);

            GupWalker.Walked walked = get(w.pin(0, 512));

            assertEquals(grabs, walked.headGrabs());
            Event.Grabbed grabbed = h.events(Event.Grabbed.class, e -> true).get(0);
            assertEquals(heads, Runs.heads(grabbed.runs()));
            assertEquals(heads + (headKib == 4 ? 512 * 1024 : 512), grabbed.refcountSum());
            assertEquals(headKib == 4 ? 0 : 512, grabbed.pincountSum());
            assertEquals(512, get(w.unpin(walked.pin())));
            Event.Released released = h.events(Event.Released.class, e -> true).get(0);
            assertEquals(heads, released.refcountSum());
            assertEquals(0, released.pincountSum());
        }
    }

    @ParameterizedTest
    @CsvSource({"PMD, 512", "PTE, 768"})
    @DisplayName("B17, B24, R2: a head that refuses cuts a walk at its entry, and teardown drains afterwards")
    void shouldCutAWalkAtTheEntryOfTheHeadThatRefuses(Level level, long kept) {
        try (PoolHarness h = new PoolHarness()) {
            Device device =
                    h.map(DeviceSpec.of("pmem0", 4 * MIB).headBytes(512 * KIB).protocol(Protocol.V5_5));
            Space vm = get(h.pool.openSpace("vm1"));
            get(vm.map(device, 0, 0, 1024, level, true, true));
            Walker w = h.walker("w7", vm);
            long full = device.spec().pfnAt(768);
            Hog hog = new Hog(h, device, device.spec().sectionOf(full));
            Section.GrabAnswer hogged = hog.grab(GrabKind.GET, full, Integer.MAX_VALUE - 1);
            assertNull(hogged.refusal());

            GupWalker.Walked walked = get(w.walk(0, 1024, GupWalker.Flags.FAST_PIN));

            assertEquals(kept, walked.pages());
            assertEquals(Refusal.OVERFLOW, walked.stop());
            assertEquals(kept, heldBy(device, "w7"), "what lay behind is given back");
            List<Event.GrabRefused> refusals = h.events(Event.GrabRefused.class, e -> true);
            assertEquals(
                    List.of(full),
                    refusals.stream().map(Event.GrabRefused::head).toList());
            assertEquals(kept, get(w.unpin(walked.pin())));
            assertEquals(Integer.MAX_VALUE - 1, hog.release(GrabKind.GET, hogged));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    @DisplayName("R13: the pin that would overflow an order-0 page is refused, the count stays, everything balances")
    void shouldRefuseToOverflowABasePage() {
        try (PoolHarness h = new PoolHarness()) {
            Device device =
                    h.map(DeviceSpec.of("pmem0", 4 * MIB).headBytes(4 * KIB).protocol(Protocol.V5_5));
            long head = device.spec().pfnAt(5);
            Hog hog = new Hog(h, device, device.spec().sectionOf(head));
            Section.GrabAnswer pins = hog.grab(GrabKind.PIN, head, 2097151);
            assertEquals(2097151, pins.refs());

            Section.GrabAnswer onePinMore = hog.grab(GrabKind.PIN, head, 1);

            assertEquals(0, onePinMore.refs());
            assertEquals(Refusal.OVERFLOW, onePinMore.refusal());
            Section.GrabAnswer gets = hog.grab(GrabKind.GET, head, 1022);
            assertNull(gets.refusal(), "the count is what it was: 1022 gets still fit");
            List<Event.Grabbed> granted = h.events(Event.Grabbed.class, e -> true);
            assertEquals(Integer.MAX_VALUE, granted.get(1).refcountSum());
            assertEquals(Refusal.OVERFLOW, hog.grab(GrabKind.GET, head, 1).refusal());
            assertEquals(2097151, hog.release(GrabKind.PIN, pins));
            assertEquals(1022, hog.release(GrabKind.GET, gets));
            List<Event.Released> released = h.events(Event.Released.class, e -> true);
            assertEquals(1, released.get(1).refcountSum());
            assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.5, true", "v6.15, false"})
    @DisplayName("R25, I4: a page parked at 0 cannot be got; one parked at 1 looks like one in use")
    void shouldRefuseAParkedPageOnlyWhereItIsParkedAtZero(String preset, boolean granted) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(fsdax(preset));
            long head = device.spec().pfnAt(0);
            Hog hog = new Hog(h, device, device.spec().sectionOf(head));

            Section.GrabAnswer answer = hog.grab(GrabKind.GET, head, 1);

            assertEquals(granted ? null : Refusal.FREE, answer.refusal());
            assertEquals(granted ? 1 : 0, answer.refs());
        }
    }

    // ---- between lookup, grab and recheck

    @ParameterizedTest
    @CsvSource({
        "v5.5,  true,  false, 512,  CHANGED",
        "v5.5,  false, false, 1024,",
        "v6.15, true,  false, 512,  FREE",
        "v6.15, false, false, 512,  FREE",
        "v6.15, true,  true,  512,  CHANGED",
        "v6.15, false, true,  1024,"
    })
    @DisplayName("B17, B52, R5: an entry zapped between lookup and grab is not kept, unless nobody rechecks")
    void shouldNotKeepPagesOfAnEntryThatWasZapped(
            String preset, boolean recheck, boolean mappedElsewhere, long kept, Refusal stop) {
        Barrier barrier = new Barrier("w8");
        try (PoolHarness h = new PoolHarness(barrier, "")) {
            Protocol protocol = Protocol.preset(preset).with("gup.recheck", String.valueOf(recheck));
            Device device = h.map(fsdax(preset).protocol(protocol));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w8", vm);
            CompletionStage<GupWalker.Walked> walk = w.walk(0, 1024, GupWalker.Flags.FAST_PIN);
            barrier.awaitGrab();

            assertEquals(512, get(vm.zap(600, 1)));
            if (protocol.mappingsHoldRefs()) {
                awaitSome(h, Event.Freed.class);
            }
            if (mappedElsewhere) {
                h.space("vm2", device);
            }
            barrier.open();

            GupWalker.Walked walked = get(walk);
            assertEquals(kept, walked.pages());
            assertEquals(stop, walked.stop());
            assertEquals(kept, heldBy(device, "w8"));
            assertEquals(kept, get(w.unpin(walked.pin())));
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.5, CHANGED, 2", "v6.15, FREE, 1"})
    @DisplayName("R8, B5: at 1 a late walk makes one free page announce itself twice; at 0 it is refused")
    void shouldAnnounceAPageTwiceOnlyWhereALateWalkCanStillGetIt(String preset, Refusal stop, int notices) {
        Barrier barrier = new Barrier("w8");
        try (PoolHarness h = new PoolHarness(barrier, "")) {
            Device device = h.map(fsdax(preset));
            Space vm = h.space("vm1", device);
            Walker user = h.walker("w7", vm);
            Walker late = h.walker("w8", vm);
            GupWalker.Walked used = get(user.get(0, 1));
            CompletionStage<GupWalker.Walked> walk = late.walk(0, 1, GupWalker.Flags.FAST_GET);
            barrier.awaitGrab();

            get(user.put(used.pin()));
            get(vm.zap(0, 1));
            awaitSome(h, Event.Freed.class);
            barrier.open();

            GupWalker.Walked walked = get(walk);
            assertEquals(0, walked.pages());
            assertEquals(stop, walked.stop());
            assertEquals(notices, freedHeads(h));
        }
    }

    // ---- the pgmap's reference, and teardown

    @ParameterizedTest
    @CsvSource({
        "v5.5,  GENERIC,  1,    4,       262144",
        "v5.5,  PRIVATE,  1,    2048,    512",
        "v5.5,  FS_DAX,   16,   2048,    8192",
        "v6.15, GENERIC,  128,  1048576, 128",
        "v6.15, FS_DAX,   1024, 2048,    524288",
        "v6.15, PRIVATE,  1,    2048,    0",
        "v6.15, COHERENT, 16,   4,       0"
    })
    @DisplayName("B8, B10, section 3.2: mapping takes one pgmap reference per head, teardown drops as many")
    void shouldTakeOnePgmapReferencePerHead(String preset, MemoryType type, long gib, long headKib, long refs) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", gib * GIB)
                    .type(type)
                    .headBytes(headKib * KIB)
                    .protocol(Protocol.preset(preset)));

            assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));

            Event.KillConfirmed confirmed =
                    h.events(Event.KillConfirmed.class, e -> true).get(0);
            assertEquals(refs, confirmed.shares());
            long dropped = h.events(Event.BaseDropped.class, e -> true).stream()
                    .mapToLong(Event.BaseDropped::heads)
                    .sum();
            assertEquals(refs, dropped);
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.5, true, 0", "v6.15, false, 256"})
    @DisplayName("B10, B11, B12, R6, R12: kill, confirm, zap, drop, drain, clean up, each after the one before")
    void shouldTearDownInOrder(String preset, boolean counts, long refcountsAfterwards) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 512 * MIB).protocol(Protocol.preset(preset)));
            Walker w = h.walker("w7", h.space("vm1", device));
            get(w.unpin(get(w.pin(0, 600)).pin()));

            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));

            List<Event> all = all(h);
            assertTrue(first(all, Event.Killed.class) < first(all, Event.GateClosed.class));
            assertTrue(last(all, Event.GateClosed.class) < first(all, Event.KillConfirmed.class));
            assertTrue(first(all, Event.KillConfirmed.class) < first(all, Event.Zapped.class));
            assertTrue(last(all, Event.Zapped.class) < first(all, Event.BaseDropped.class));
            assertTrue(last(all, Event.BaseDropped.class) < first(all, Event.Drained.class));
            assertTrue(last(all, Event.ShareDrained.class) < first(all, Event.Drained.class));
            assertTrue(first(all, Event.Drained.class) < first(all, Event.CleanedUp.class));
            assertEquals(first(all, Event.CleanedUp.class), last(all, Event.CleanedUp.class));
            List<Event.BaseDropped> drops = h.events(Event.BaseDropped.class, e -> true);
            assertTrue(drops.stream().allMatch(e -> e.counts() == counts));
            assertEquals(256, drops.stream().mapToLong(Event.BaseDropped::heads).sum());
            assertEquals(
                    refcountsAfterwards,
                    drops.stream().mapToLong(Event.BaseDropped::refcountSum).sum());
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    @DisplayName("B7, B13, B42, R26: a dying device gives nothing to walks, faults and mappings, and is given back")
    void shouldGiveNothingOfADyingDevice() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(fsdax("pagepool"));
            Space vm = h.space("vm1", device);
            Walker w7 = h.walker("w7", vm);
            Walker w8 = h.walker("w8", vm);
            GupWalker.Walked pinned = get(w7.pin(0, 512));
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(SOON);
            awaitSome(h, Event.Zapped.class);

            GupWalker.Walked walked = get(w8.pin(0, 512));
            assertEquals(Refusal.DYING, walked.stop());
            assertEquals(0, walked.pages());
            Space late = get(h.pool.openSpace("vm2"));
            assertEquals(Refusal.DYING, refused(late.map(device)).refusal());
            assertEquals(0, get(late.mappedPages()));
            assertEquals(0, get(vm.mappedPages()));

            assertEquals(512, get(w7.unpin(pinned.pin())));
            assertInstanceOf(Pgmap.Closed.class, get(closed));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    @DisplayName("R7, I6: after cleanup no lookup finds the device, and who found it before is told that it is dead")
    void shouldAnswerWhoFoundTheDeviceBeforeItWasForgotten() {
        try (PoolHarness h = new PoolHarness(Link.direct(), "pagepool.teardown.grace = 1h")) {
            Device device = h.map(fsdax("v5.5"));
            long head = device.spec().pfnAt(0);
            Hog early = new Hog(h, device, device.spec().sectionOf(head));

            assertInstanceOf(Pgmap.Closed.class, get(device.closeIfIdle()));

            assertEquals(Refusal.DEAD, early.grab(GrabKind.GET, head, 1).refusal());
            PagePool.PgmapFound found = get(AskPattern.<PagePool.Command, PagePool.PgmapFound>ask(
                    h.pool.ref(),
                    replyTo -> new PagePool.FindPgmap(head, replyTo),
                    SOON,
                    h.pool.system().scheduler()));
            assertNull(found.handle());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "R1, D2: an entry that outlives its device leads to whoever is mapped there next; a zapped one nowhere")
    void shouldLeaveNoEntryBehindWhereTeardownZaps(boolean zapFirst) {
        try (PoolHarness h = new PoolHarness(Link.direct(), "pagepool.teardown.grace = 1h")) {
            Protocol protocol = Protocol.V5_5.with("teardown.zap-first", String.valueOf(zapFirst));
            PfnRange place = new PfnRange(0x8800 * 512L, 32 * 512);
            Device device = h.map(DeviceSpec.of("pmem0", 0).protocol(protocol).at(place));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            get(w.unpin(get(w.pin(0, 512)).pin()));
            assertInstanceOf(Pgmap.Closed.class, get(device.closeWhenIdle(SOON)));
            h.map(DeviceSpec.of("pmem1", 0).at(place));

            GupWalker.Walked walked = get(w.pin(0, 512));

            if (zapFirst) {
                assertEquals(0, get(vm.mappedPages()));
                assertEquals(Refusal.DYING, walked.stop());
                assertNull(walked.pin());
            } else {
                assertEquals(32 * 512, get(vm.mappedPages()));
                assertEquals(512, walked.pages());
                assertEquals(
                        "pmem1", walked.pin().pieces().get(0).pgmap().id(), "the hazard: memory of another device");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "v6.15, pgmap-refs-only, GENERIC,  I6",
        "v6.15, page-pins,       GENERIC,",
        "v6.15, pgmap-refs-only, COHERENT,",
        "v5.5,  page-pins,       GENERIC,"
    })
    @DisplayName("B4, B11, B12, R28, D15: teardown waits for pins, or the auditor finds those that outlive the device")
    void shouldWaitForPinsOrBeFoundOut(String preset, String waitsFor, MemoryType type, Invariant broken) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("dax0", 64 * MIB)
                    .type(type)
                    .protocol(Protocol.preset(preset).with("teardown.waits-for", waitsFor)));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked walked =
                    get(type == MemoryType.GENERIC ? w.walk(0, 512, GupWalker.Flags.LONGTERM) : w.pin(0, 512));
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(SOON);

            if (broken == null) {
                await().atMost(SOON).until(() -> get(device.status()).phase() == Phase.WAIT);
                assertFalse(closed.toCompletableFuture().isDone());
                assertEquals(512, get(w.unpin(walked.pin())));
                assertInstanceOf(Pgmap.Closed.class, get(closed));
                assertTrue(
                        h.verdict(true).clean(),
                        () -> h.verdict(true).violations().toString());
            } else {
                h.expectViolations();
                assertInstanceOf(Pgmap.Closed.class, get(closed));
                Verdict verdict = h.verdict(true);
                assertEquals(Set.of(broken), verdict.broken());
                assertEquals(
                        "cleaned up while references are held: pgmap=dax0 refs=512 holders=w7",
                        verdict.violations().get(0).what());
                assertEquals(Refusal.DEAD, refused(w.unpin(walked.pin())).refusal());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.5, I3", "pagepool,"})
    @DisplayName("R32: at 1, putting the base of a page in use says that it is free while a user holds it")
    void shouldFindThePageThatTeardownCallsFreeWhileItIsInUse(String preset, Invariant broken) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(fsdax(preset));
            Walker w = h.walker("w7", h.space("vm1", device));
            GupWalker.Walked got = get(w.get(0, 1));
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(SOON);
            if (broken == null) {
                awaitSome(h, Event.Zapped.class);
            } else {
                h.expectViolations();
                awaitSome(h, Event.Freed.class);
            }

            assertEquals(1, get(w.put(got.pin())));

            assertInstanceOf(Pgmap.Closed.class, get(closed));
            assertEquals(
                    broken == null ? Set.of() : Set.of(broken), h.verdict(true).broken());
        }
    }

    // ---- faults and mappings

    @Test
    @DisplayName("R29: entries go in only when every reference was granted; what was taken before goes back")
    void shouldMapNothingWhenOneHeadRefuses() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(fsdax("v6.15"));
            long full = device.spec().pfnAt(3 * 512);
            Hog hog = new Hog(h, device, device.spec().sectionOf(full));
            Section.GrabAnswer hogged = hog.grab(GrabKind.MAP, full, Integer.MAX_VALUE);
            assertNull(hogged.refusal());
            Space vm = get(h.pool.openSpace("vm1"));

            assertEquals(Refusal.OVERFLOW, refused(vm.map(device)).refusal());

            assertEquals(0, get(vm.mappedPages()));
            await().atMost(SOON).untilAsserted(() -> assertEquals(31, freedHeads(h), "notices for pages never mapped"));
            assertEquals(0, heldBy(device, "vm1"));
            assertEquals(Integer.MAX_VALUE, hog.release(GrabKind.MAP, hogged));
            assertEquals(32 * 512, get(vm.map(device)), "nothing is left in the way");
        }
    }

    @Test
    @DisplayName("B42: a mapping that is no multiple of its entries is refused, in address and in device")
    void shouldRefuseMappingsThatDoNotFitTheirEntries() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("dax0", 4 * MIB));
            Space vm = get(h.pool.openSpace("vm1"));
            for (long[] wrong : new long[][] {{1, 0, 512}, {0, 1, 512}, {0, 0, 513}, {0, 0, 2048}}) {
                PoolRefusedException refusal =
                        refused(vm.map(device, wrong[0], wrong[1], wrong[2], Level.PMD, true, true));
                assertEquals(wrong[2] > 1024 ? Refusal.OUT_OF_RANGE : Refusal.INVALID, refusal.refusal());
            }
            assertEquals(1024, get(vm.map(device, 512, 0, 1024, Level.PMD, true, true)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5,     GENERIC,    true,  0,  LONGTERM, false",
        "v5.5,     GENERIC,    false, 10, ,         true",
        "v6.17,    GENERIC,    true,  0,  LONGTERM, false",
        "v6.17,    GENERIC,    false, 10, ,         true",
        "pagepool, GENERIC,    true,  10, ,         false",
        "pagepool, GENERIC,    false, 10, ,         false",
        "v5.5,     FS_DAX,     false, 0,  LONGTERM, true",
        "pagepool, FS_DAX,     false, 0,  LONGTERM, true",
        "pagepool, COHERENT,   true,  0,  LONGTERM, false",
        "pagepool, COHERENT,   false, 0,  MIGRATED, true",
        "pagepool, PCI_P2PDMA, false, 0,  LONGTERM, true"
    })
    @DisplayName("B29, D14: who may pin for long, on the fast path and on the slow one")
    void shouldPinForLongByTypeAndPath(
            String preset, MemoryType type, boolean fast, long pages, Refusal stop, boolean slow) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB).type(type).protocol(Protocol.preset(preset)));
            Walker w = h.walker("w7", h.space("vm1", device));

            GupWalker.Walked walked =
                    get(w.walk(0, 10, fast ? GupWalker.Flags.FAST_LONGTERM : GupWalker.Flags.LONGTERM));

            assertEquals(pages, walked.pages());
            assertEquals(stop, walked.stop());
            assertEquals(slow, walked.slow());
        }
    }

    @Test
    @DisplayName("section 2.1: peer-to-peer memory is pinned only by those who say that they can")
    void shouldRefusePeerToPeerMemoryWithoutTheFlag() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("bar0", 64 * MIB).type(MemoryType.PCI_P2PDMA));
            Walker w = h.walker("w7", h.space("vm1", device));

            assertEquals(Refusal.PEER_TO_PEER, get(w.pin(0, 10)).stop());
            assertEquals(10, get(w.walk(0, 10, PEER)).pages());
        }
    }

    // ---- waiters

    @ParameterizedTest
    @ValueSource(strings = {"put", "unpin", "exit", "revoke", "zap"})
    @DisplayName("R9, I8, B3: whichever way the last reference goes, who waits for the page is told")
    void shouldTellTheWaiterHoweverThePageBecameIdle(String way) {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(fsdax(way.equals("zap") ? "v6.15" : "v5.5"));
            Space vm = h.space("vm1", device);
            Walker w = h.walker("w7", vm);
            GupWalker.Walked held = way.equals("put") ? get(w.get(0, 1)) : way.equals("zap") ? null : get(w.pin(0, 1));
            CompletionStage<Boolean> idle = device.awaitIdle(device.spec().pfnAt(7), SOON);
            awaitSome(h, Event.WaiterAdded.class);
            assertTrue(h.events(Event.WaiterTold.class, e -> true).isEmpty());

            switch (way) {
                case "put" -> get(w.put(assertHeld(held)));
                case "unpin" -> get(w.unpin(assertHeld(held)));
                case "exit" -> w.close();
                case "revoke" -> get(device.revoke("test"));
                default -> get(vm.zap(0, 1));
            }

            assertTrue(get(idle));
            assertEquals(
                    1, h.events(Event.WaiterTold.class, Event.WaiterTold::idle).size());
        }
    }

    private static Pin assertHeld(GupWalker.Walked walked) {
        assertNotNull(walked);
        return walked.pin();
    }
}
