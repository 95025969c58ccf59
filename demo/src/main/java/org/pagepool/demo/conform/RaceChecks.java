package org.pagepool.demo.conform;

import akka.actor.typed.javadsl.AskPattern;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.PagePool;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.PgmapHandle;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.PgmapRef;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.TeardownWait;

/**
 * What the rows of {@link RaceRows} run. For each race there is a check of the right behaviour, for the presets that claim
 * it, and where presets are known to go wrong one that provokes the wrong outcome under them and finds it reported. No
 * clock decides: a message is held back until the other side has moved.
 */
final class RaceChecks {
    private static final PfnRange PLACE = new PfnRange(0x8800 * 512L, 32 * 512);

    private RaceChecks() {}

    // ---- under which presets

    /** Teardown puts each page's base and waits for the last pin. */
    static boolean waitsForPins(Protocol protocol) {
        return protocol.waitsFor() == TeardownWait.PAGE_PINS;
    }

    /** Teardown waits for the pgmap only. */
    static boolean waitsForPgmapOnly(Protocol protocol) {
        return !waitsForPins(protocol);
    }

    /** A file's page is idle at 1. */
    static boolean filesIdleAtOne(Protocol protocol) {
        return protocol.base(MemoryType.FS_DAX) == 1;
    }

    /** A file's page is free at 0, and mapping it brings it into use. */
    static boolean filesFreeAtZero(Protocol protocol) {
        return protocol.base(MemoryType.FS_DAX) == 0 && protocol.mapHoldsRefs(MemoryType.FS_DAX);
    }

    /** The same, and teardown waits for whoever uses it. */
    static boolean waitsWithFilesAtZero(Protocol protocol) {
        return waitsForPins(protocol) && filesFreeAtZero(protocol);
    }

    /** Teardown puts the base of a file's page, in use or not. */
    static boolean putsBaseOfFiles(Protocol protocol) {
        return waitsForPins(protocol) && filesIdleAtOne(protocol);
    }

    /** A page of device memory that nobody was given counts 0. */
    static boolean parksDriverMemoryAtZero(Protocol protocol) {
        return protocol.base(MemoryType.PRIVATE) == 0;
    }

    /** A walk takes the pages an entry and a head have in common, not more. */
    static boolean countsEachHead(Protocol protocol) {
        return protocol.batch() != GupBatch.PER_ENTRY_ASSUME_ONE;
    }

    /** A walk needs a live reference on the pgmap. */
    static boolean walksTakePgmapRefs(Protocol protocol) {
        return protocol.pgmapRef() != PgmapRef.NONE;
    }

    /** A walk relies on the count of the page alone. */
    static boolean walksTakeNoPgmapRefs(Protocol protocol) {
        return !walksTakePgmapRefs(protocol);
    }

    /** Page-table entries hold no reference on device-dax pages, so that one can be left over. */
    static boolean mapsWithoutReferences(Protocol protocol) {
        return !protocol.mapHoldsRefs(MemoryType.GENERIC);
    }

    // ---- R1, R2, R3

    static void nothingLeftOverOfTheDevice(Scene scene) {
        Leftover leftover = leftover(scene, scene.protocol());
        scene.expect("pages still mapped", 0, scene.get(leftover.space.mappedPages()));
        scene.expect("pages of the next device there", 0, leftover.walked.pages());
        scene.expect("why the walk stopped", Refusal.DYING, leftover.walked.stop());
        scene.clean();
    }

    /** Without a zap an entry leads to whatever is mapped there next. */
    static void leftoverEntryLeadsElsewhere(Scene scene) {
        leftoverEntryLeadsElsewhere(scene, scene.protocol());
    }

    static void leftoverEntryLeadsElsewhere(Scene scene, Protocol protocol) {
        Leftover leftover = leftover(scene, protocol.with("teardown.zap-first", "false"));
        scene.expect("pages still mapped", PLACE.pages(), scene.get(leftover.space.mappedPages()));
        scene.expect("pages of the next device there", 512, leftover.walked.pages());
        scene.expect(
                "whose pages they are",
                "pmem1",
                scene.pinned(leftover.walked).pieces().get(0).pgmap().id());
    }

    /** A space that mapped a device that is gone, and a walk there after another was mapped in its place. */
    private record Leftover(Space space, GupWalker.Walked walked) {}

    private static Leftover leftover(Scene scene, Protocol protocol) {
        scene.settings("pagepool.teardown.grace = 1h");
        Device device =
                scene.map(scene.device(MemoryType.GENERIC).protocol(protocol).at(PLACE));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w7", space);
        scene.get(walker.unpin(scene.pinned(scene.get(walker.pin(0, 512)))));
        scene.get(device.closeWhenIdle(Scene.SOON));
        scene.map(DeviceSpec.of("pmem1", 0).protocol(scene.protocol()).at(PLACE));
        return new Leftover(space, scene.get(walker.pin(0, 512)));
    }

    static void refusedWalkLetsTeardownDrain(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        long full = device.spec().pfnAt(0);
        Hog hog = scene.hog("hog", device, full);
        Section.GrabAnswer one = hog.granted(GrabKind.GET, full, 1);
        long counted = scene.events(Event.Grabbed.class, e -> e.holder().equals("hog"))
                .get(0)
                .refcountSum();
        Section.GrabAnswer rest = hog.granted(GrabKind.GET, full, (int) (Integer.MAX_VALUE - counted));

        GupWalker.Walked walked = scene.get(walker.pin(0, 512));

        scene.expect("why the walk stopped", Refusal.OVERFLOW, walked.stop());
        hog.released(GrabKind.GET, one);
        hog.released(GrabKind.GET, rest);
        Pgmap.CloseAnswer answer = scene.get(device.closeWhenIdle(Scene.SOON));
        scene.expect("teardown", "Closed", answer.getClass().getSimpleName());
        scene.clean();
    }

    /** Four heads of 512 KiB under one entry of 2 MiB, given back one head at a time. */
    static void eachHeadIsBalanced(Scene scene) {
        Device device =
                scene.map(DeviceSpec.of("dax0", 4L << 20).headBytes(512L << 10).protocol(scene.protocol()));
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(space.map(device, 0, 0, 1024, Level.PMD, true, true));
        Walker walker = scene.walker("w7", space);

        Pin pin = scene.pinned(scene.get(walker.pin(0, 512)));

        Map<Long, Integer> loaded = new TreeMap<>();
        for (Run run : Runs.ofPages(device.spec().pfnAt(0), 512, device.spec().geometry())) {
            loaded.merge(run.firstHead(), run.heads() * run.refs(), Integer::sum);
        }
        scene.expect(
                "references asked for in all",
                512,
                loaded.values().stream().mapToInt(Integer::intValue).sum());
        for (int head = 0; head < 4; head++) {
            scene.expect("references of head " + head, 128, scene.get(walker.unpin(pin, head * 128L, 128)));
        }
        List<Event.Released> released =
                scene.events(Event.Released.class, e -> e.holder().equals("w7"));
        scene.expect(
                "pins left on each head when its own are back",
                List.of(0L, 0L, 0L, 0L),
                released.stream().map(Event.Released::pincountSum).toList());
        scene.clean();
    }

    // ---- R5, R6, R7

    static void changedEntryIsNotKept(Scene scene) throws Exception {
        GupWalker.Walked walked = zappedUnderWalk(scene, scene.protocol());
        scene.expect("pages kept", 512, walked.pages());
        scene.expect("why the walk stopped", Refusal.CHANGED, walked.stop());
        scene.clean();
    }

    /** Without a second look the walk keeps pages that it has no entry for. */
    static void changedEntryIsKeptUnseen(Scene scene) throws Exception {
        GupWalker.Walked walked = zappedUnderWalk(scene, scene.protocol().with("gup.recheck", "false"));
        scene.expect("pages kept, zapped ones included", 1024, walked.pages());
        scene.expect("why the walk stopped", null, walked.stop());
    }

    private static GupWalker.Walked zappedUnderWalk(Scene scene, Protocol protocol) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC).protocol(protocol));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, 1024, GupWalker.Flags.FAST_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        scene.get(space.zap(512, 512));
        barrier.open();
        GupWalker.Walked walked = scene.get(walk);
        scene.expect("references held", walked.pages(), scene.heldBy(device, "w8"));
        return walked;
    }

    static void unmappedBeforeIdle(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        scene.space("vm1", device);

        scene.get(device.closeWhenIdle(Scene.SOON));

        scene.expectBefore(Event.Zapped.class, Event.BaseDropped.class);
        scene.expectBefore(Event.Zapped.class, Event.Drained.class);
        scene.clean();
    }

    /** Looked up at the very moment of cleanup, before anybody can be told that it is over. */
    static void notFoundAtCleanup(Scene scene) {
        CompletableFuture<@Nullable PgmapHandle> found = new CompletableFuture<>();
        scene.when(
                Event.CleanedUp.class,
                cleaned -> lookUp(scene, PLACE.first()).thenAccept(answer -> found.complete(answer.handle())));
        Device device = scene.settings("pagepool.teardown.grace = 1h")
                .map(scene.device(MemoryType.GENERIC).at(PLACE));
        Hog early = scene.hog("early", device, PLACE.first());

        scene.get(device.closeIfIdle());

        scene.expect("pgmap found at cleanup", null, scene.get(found));
        scene.expect(
                "pgmap found afterwards",
                null,
                scene.get(lookUp(scene, PLACE.first())).handle());
        scene.expect(
                "answer to who had found it before",
                Refusal.DEAD,
                early.grab(GrabKind.GET, PLACE.first(), 1).refusal());
        scene.clean();
    }

    private static CompletionStage<PagePool.PgmapFound> lookUp(Scene scene, long pfn) {
        return AskPattern.ask(
                scene.pool().ref(),
                replyTo -> new PagePool.FindPgmap(pfn, replyTo),
                Scene.SOON,
                scene.pool().system().scheduler());
    }

    // ---- R8, R9

    static void freeOnceWhereALateGrabIsRefused(Scene scene) throws Exception {
        GupWalker.Walked walked = lateGrab(scene);
        scene.expect("why the late walk stopped", Refusal.FREE, walked.stop());
        scene.expect("notices that the page is free", 1, freed(scene));
        scene.clean();
    }

    static void freeTwiceWhereALateGrabIsGranted(Scene scene) throws Exception {
        GupWalker.Walked walked = lateGrab(scene);
        scene.expect("why the late walk stopped", Refusal.CHANGED, walked.stop());
        scene.expect("notices that the page is free", 2, freed(scene));
    }

    /** A walk that has seen the entry grabs after the last put and the zap. */
    private static GupWalker.Walked lateGrab(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.FS_DAX));
        Space space = scene.space("vm1", device);
        Walker user = scene.walker("w7", space);
        Walker late = scene.walker("w8", space);
        Pin used = scene.pinned(scene.get(user.get(0, 1)));
        CompletionStage<GupWalker.Walked> walk = late.walk(0, 1, GupWalker.Flags.FAST_GET);
        scene.until("the late walk is about to grab", barrier::keepsSomething);
        scene.get(user.put(used));
        scene.get(space.zap(0, 1));
        scene.untilSome(Event.Freed.class);
        barrier.open();
        GupWalker.Walked walked = scene.get(walk);
        scene.expect("pages of the late walk", 0, walked.pages());
        return walked;
    }

    private static int freed(Scene scene) {
        return scene.events(Event.Freed.class).stream()
                .mapToInt(e -> Runs.heads(e.runs()))
                .sum();
    }

    static void waiterIsToldHoweverItGoes(Scene scene) throws Exception {
        for (String way : List.of("put", "unpin", "exit")) {
            Device device = scene.map(scene.device(MemoryType.GENERIC));
            long head = device.spec().pfnAt(0);
            Hog hog = scene.hog("hog-" + way, device, head);
            GrabKind kind = way.equals("put") ? GrabKind.GET : GrabKind.PIN;
            Section.GrabAnswer held = hog.granted(kind, head, 1);
            int before = scene.events(Event.WaiterAdded.class).size();
            CompletionStage<Boolean> idle = device.awaitIdle(device.spec().pfnAt(7), Scene.SOON);
            scene.until(
                    "the waiter is there",
                    () -> scene.events(Event.WaiterAdded.class).size() > before);
            if (way.equals("exit")) {
                hog.exit();
            } else {
                hog.released(kind, held);
            }
            scene.expect("told when the last reference went by " + way, true, scene.get(idle));
            scene.get(device.closeWhenIdle(Scene.SOON));
        }
        scene.expect(
                "waiters told",
                3,
                scene.events(Event.WaiterTold.class, Event.WaiterTold::idle).size());
        scene.clean();
    }

    // ---- R12, R13

    /** The walk has found the device and its section, and asks when the kill is confirmed. */
    static void nothingGrantedAfterTheKill(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        scene.settings("pagepool.teardown.grace = 1h").link(barrier);
        Dying dying = new Dying(scene);
        Walker late = scene.walker("w8", dying.space);
        CompletionStage<GupWalker.Walked> walk = late.pin(0, 512);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        dying.kill();
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages granted after the kill", 0, walked.pages());
        scene.expect(
                "grants to the walk, kept or not",
                0,
                scene.events(Event.Grabbed.class, e -> e.holder().equals("w8")).size());
        dying.end();
        scene.expectBefore(Event.GateClosed.class, Event.KillConfirmed.class);
        scene.expectBefore(Event.KillConfirmed.class, Event.Drained.class);
        scene.clean();
    }

    /** No walk, no lookup: the section is asked for a page that somebody holds. */
    static void heldPageIsRefusedAfterTheKill(Scene scene) throws Exception {
        Dying dying = new Dying(scene);
        long head = dying.device.spec().pfnAt(0);
        Hog hog = scene.hog("hog", dying.device, head);
        hog.released(GrabKind.GET, hog.granted(GrabKind.GET, head, 1));
        dying.kill();

        scene.expect(
                "a get of a page in use",
                Refusal.DYING,
                hog.grab(GrabKind.GET, head, 1).refusal());

        dying.end();
        scene.clean();
    }

    /** Whether a pin can keep a device from draining, so that its sections still answer after the kill. */
    static boolean canBeKeptDying(Protocol protocol) {
        return protocol.pageHoldsPgmapRef(typeThatHolds(protocol));
    }

    private static MemoryType typeThatHolds(Protocol protocol) {
        return waitsForPins(protocol) ? MemoryType.GENERIC : MemoryType.COHERENT;
    }

    /** A device whose teardown waits for a pin, where its preset lets a pin be waited for. */
    private static final class Dying {
        final Device device;
        final Space space;
        private final Scene scene;
        private final Walker holder;
        private final @Nullable Pin pin;
        private @Nullable CompletionStage<Pgmap.CloseAnswer> closed;

        Dying(Scene scene) {
            this.scene = scene;
            device = scene.map(scene.device(typeThatHolds(scene.protocol())));
            space = scene.space("vm1", device);
            holder = scene.walker("w7", space);
            pin = canBeKeptDying(scene.protocol()) ? scene.pinned(scene.get(holder.pin(0, 512))) : null;
        }

        void kill() throws Exception {
            closed = device.closeWhenIdle(Scene.SOON);
            scene.untilSome(Event.KillConfirmed.class);
        }

        void end() {
            Pin held = pin;
            if (held != null) {
                scene.get(holder.unpin(held));
            }
            CompletionStage<Pgmap.CloseAnswer> answer = closed;
            if (answer != null) {
                scene.get(answer);
            }
        }
    }

    /** The count of a page in use is not zero, so the late walk gets it; its second look sees that the entry is gone. */
    static void grantedAfterTheKillIsGivenBack(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.COHERENT));
        Space space = scene.space("vm1", device);
        Walker user = scene.walker("w7", space);
        Walker late = scene.walker("w8", space);
        Pin pin = scene.pinned(scene.get(user.pin(0, 512)));
        CompletionStage<GupWalker.Walked> walk = late.walk(0, 512, GupWalker.Flags.FAST_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.Zapped.class);
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages kept after the kill", 0, walked.pages());
        scene.expect("why the walk stopped", Refusal.CHANGED, walked.stop());
        scene.expect(
                "closed while pages are pinned",
                false,
                closed.toCompletableFuture().isDone());
        scene.get(user.unpin(pin));
        scene.get(closed);
        scene.clean();
    }

    static void overflowIsRefused(Scene scene) {
        Device device =
                scene.map(DeviceSpec.of("dax0", 2L << 20).headBytes(4L << 10).protocol(scene.protocol()));
        long head = device.spec().pfnAt(5);
        Hog hog = scene.hog("hog", device, head);
        Section.GrabAnswer pins = hog.granted(GrabKind.PIN, head, 2_097_151);

        scene.expect(
                "one pin more",
                Refusal.OVERFLOW,
                hog.grab(GrabKind.PIN, head, 1).refusal());

        Section.GrabAnswer gets = hog.granted(GrabKind.GET, head, 1022);
        List<Event.Grabbed> granted = scene.events(Event.Grabbed.class);
        scene.expect("the count then", Integer.MAX_VALUE, granted.get(1).refcountSum());
        scene.expect(
                "one get more",
                Refusal.OVERFLOW,
                hog.grab(GrabKind.GET, head, 1).refusal());
        scene.expect("pins given back", 2_097_151, hog.released(GrabKind.PIN, pins));
        scene.expect("gets given back", 1022, hog.released(GrabKind.GET, gets));
        scene.clean();
    }

    static void overflowLeavesTheHeadAlone(Scene scene) {
        HeadRules rules = HeadRules.of(scene.protocol(), MemoryType.GENERIC, Geometry.ofPages(1));
        HeadState full = HeadState.AT_ONE.grab(GrabKind.PIN, 2_097_151, rules);
        scene.expect("count of a page pinned 2097151 times", 2_147_482_625, full.refcount());
        scene.expect("one pin more", Refusal.OVERFLOW, full.refuses(GrabKind.PIN, 1, rules));
        scene.expect("1023 gets more", Refusal.OVERFLOW, full.refuses(GrabKind.GET, 1023, rules));
        scene.expect("1022 gets more", null, full.refuses(GrabKind.GET, 1022, rules));
    }

    // ---- R22, R25

    static void rangesAreWholeHeads(Scene scene) {
        for (PfnRange range : List.of(new PfnRange(0x8000, 6), new PfnRange(0x8002, 4))) {
            scene.expectThrown(
                    range + " in heads of 4 pages",
                    IllegalArgumentException.class,
                    () -> new PgmapSpec(
                            "dax0",
                            MemoryType.GENERIC,
                            List.of(range),
                            Geometry.ofPages(4),
                            BasePage.KIB_4,
                            scene.protocol()));
        }
        scene.expectRefused(
                "a device of 3 MiB in heads of 2 MiB",
                null,
                scene.pool().map(DeviceSpec.of("dax0", 3L << 20).protocol(scene.protocol())));
        scene.clean();
    }

    static void parkedPageIsRefused(Scene scene) {
        scene.expect("a get of a parked page", Refusal.FREE, grabParked(scene).refusal());
        scene.clean();
    }

    static void parkedPageLooksLikeOneInUse(Scene scene) {
        scene.expect(
                "refusal of a get of a parked page", null, grabParked(scene).refusal());
    }

    private static Section.GrabAnswer grabParked(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.PRIVATE));
        long head = device.spec().pfnAt(0);
        return scene.hog("thief", device, head).grab(GrabKind.GET, head, 1);
    }

    // ---- R28, R30, R32

    static void deviceWaitsForThePin(Scene scene) throws Exception {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("rdma", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.walk(0, 512, GupWalker.Flags.LONGTERM)));
        CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.BaseDropped.class);
        scene.expect(
                "whom the device names",
                List.of("rdma"),
                scene.get(device.holders()).stream()
                        .map(h -> h.holder())
                        .distinct()
                        .toList());

        scene.get(walker.unpin(pin));

        scene.get(closed);
        scene.expectBefore(Event.Released.class, Event.CleanedUp.class);
        scene.clean();
    }

    static void deviceGoesUnderThePin(Scene scene) {
        CompletionStage<Long> late = deviceGoes(scene, scene.protocol());
        String what = scene.broken(Invariant.I6).violations().get(0).what();
        scene.expect(
                "what the auditor says",
                "cleaned up while references are held: pgmap=pmem0 refs=512 holders=rdma",
                what);
        scene.expectRefused("the late unpin", Refusal.DEAD, late);
    }

    /** Closes a device under a pin for long; returns what became of the unpin afterwards. */
    static CompletionStage<Long> deviceGoes(Scene scene, Protocol protocol) {
        scene.settings("pagepool.teardown.grace = 1h");
        Device device = scene.map(scene.device(MemoryType.GENERIC).protocol(protocol));
        Walker walker = scene.walker("rdma", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.walk(0, 512, GupWalker.Flags.LONGTERM)));
        scene.get(device.closeWhenIdle(Scene.SOON));
        return walker.unpin(pin);
    }

    static void mixedReleasesAreRefused(Scene scene) {
        Device device =
                scene.map(DeviceSpec.of("dax0", 2L << 20).headBytes(4L << 10).protocol(scene.protocol()));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.pin(0, 8)));
        Pin get = scene.pinned(scene.get(walker.get(0, 8)));

        scene.expectThrown("unpin of a get", PoolRefusedException.class, () -> scene.get(walker.unpin(get)));
        scene.expectRefused("put of a pin", Refusal.KIND_MISMATCH, walker.put(pin));

        scene.expect("references held", 16, scene.heldBy(device, "w7"));
        Hog hog = scene.hog("hog", device, device.spec().pfnAt(0));
        Section.GrabAnswer pinned = hog.granted(GrabKind.PIN, device.spec().pfnAt(0), 1);
        Refusal crosswise = hog.release(GrabKind.GET, pinned).refusal();
        scene.expect("what the section itself says to a put of a pin", Refusal.KIND_MISMATCH, crosswise);
        scene.expect("and to its unpin", 1, hog.released(GrabKind.PIN, pinned));
        scene.expect("pins given back", 8, scene.get(walker.unpin(pin)));
        scene.expect("gets given back", 8, scene.get(walker.put(get)));
        scene.get(device.closeWhenIdle(Scene.SOON));
        scene.clean();
    }

    static void baseIsNotPutUnderAUser(Scene scene) throws Exception {
        usedWhileTornDown(scene, Event.Zapped.class);
        scene.clean();
    }

    static void basePutUnderAUserIsReported(Scene scene) throws Exception {
        usedWhileTornDown(scene, Event.Freed.class);
        scene.broken(Invariant.I3);
    }

    private static void usedWhileTornDown(Scene scene, Class<? extends Event> until) throws Exception {
        Device device = scene.map(scene.device(MemoryType.FS_DAX));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        Pin used = scene.pinned(scene.get(walker.get(0, 1)));
        CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(Scene.SOON);
        scene.untilSome(until);
        scene.get(walker.put(used));
        scene.get(closed);
    }
}
