package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.gup.Seen;
import org.pagepool.runtime.gup.WalkPlan;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Gate;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.PgmapTable;
import org.pagepool.runtime.protocol.PgmapRef;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.TeardownWait;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/** The pgmap: found, referenced, mapped, killed and cleaned up, and the driver around it. Rows B6 to B13, B43. */
final class PgmapChecks {
    private PgmapChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B6", "get_dev_pagemap")
                        .rule(
                                "The pgmap last found is used again while it covers the page, without a new reference; otherwise it is given back and another looked up, alive or not at all; one reference per run")
                        .holds(
                                "a walk counts the look-ups that the kernel's loop makes, and asks once itself. The reference is one per request and section; where pages hold none it lasts until the walk has looked again and unwound, elsewhere nobody could see that")
                        .where(
                                "WalkPlan#fast",
                                "SectionDirectory#find",
                                "PgmapTable#find",
                                "Section#countsOnGate",
                                "WalkRefs#apply")
                        .tests(
                                "WalkPlanTest#shouldAskForTheOwnerOncePerRunOfOnePgmap",
                                "WalkPlanTest#shouldLookUpLaterRangesAtEveryStep",
                                "SectionTest#aWalkShouldKeepItsPgmapReferenceUntilItEnds",
                                "GupWalkerTest#aWalkShouldEndWhatItKeepsAfterTheRecheckAndTheUnwind",
                                "PgmapTableTest#shouldFindTheOwnerOfEveryPage")
                        .check("one question for each run of pages of one pgmap", PgmapChecks::oneQuestionPerRun)
                        .check("a walk leaves no reference behind, granted or refused", PgmapChecks::noReferenceLeft)
                        .check(
                                "only the first range is remembered, on the fast path for one entry",
                                WalkChecks::laterRangesAreLookedUpAtEveryStep)
                        .check(
                                "the reference lasts until the walk is over",
                                WalkChecks::walkRefIsSeen,
                                WalkChecks::referenceLastsUntilTheWalkIsOver),
                Row.of("B7", "dying pgmap")
                        .rule(
                                "After a kill no live reference is given, so walks end and undo; plain references count on until zero")
                        .holds()
                        .where("Gate#live", "Gate#get", "Section#admission")
                        .tests(
                                "GateTest#shouldRefuseLiveReferencesAfterKill",
                                "GateTest#shouldCountOnAfterKill",
                                "ConformanceTest#shouldGiveNothingOfADyingDevice")
                        .check("after the kill live references are refused, others count on", PgmapChecks::killedGate)
                        .check("a walk on a dying device gets nothing", PgmapChecks::dyingDevice)
                        .check(
                                "nor does a get of a page that somebody holds",
                                protocol ->
                                        RaceChecks.canBeKeptDying(protocol) && RaceChecks.walksTakePgmapRefs(protocol),
                                RaceChecks::heldPageIsRefusedAfterTheKill),
                Row.of("B8", "memremap references")
                        .rule(
                                "Mapping takes one pgmap reference per head, besides the initial one; none for driver memory from E3 on")
                        .holds("pages of an altmap's records have no head and no reference")
                        .where("Protocol#mapTakesPgmapRefs", "PgmapSpec#heads")
                        .tests(
                                "ConformanceTest#shouldTakeOnePgmapReferencePerHead",
                                "PgmapSpecTest#shouldCountHeadsByShiftingDown",
                                "ProtocolTest#shouldTakePgmapReferencesAtMapTimeAsItsEraDoes")
                        .check(
                                "mapping takes one reference per head, none for driver memory from v6.1 on",
                                PgmapChecks::takenByMapping)
                        .check(
                                "the vectors of section 3.2: 1 GiB in base pages, 16 GiB in 2 MiB, 128 GiB in 1 GiB",
                                PgmapChecks::takenBySize),
                Row.of("B9", "memremap checks")
                        .rule(
                                "A device is checked before it is mapped: ranges, owners of its pages, alignment, operations, altmap; what fails half-way is rolled back")
                        .holds()
                        .where("PgmapSpec#PgmapSpec", "PgmapTable#conflict")
                        .tests(
                                "PgmapSpecTest#shouldRefuseRangesThatOverlapOrAreOutOfOrder",
                                "PgmapSpecTest#shouldRefuseWhatIsNoDevice",
                                "PgmapTableTest#shouldSayWhyAPgmapCannotBeMapped",
                                "PoolTest#shouldRefuseDevicesThatOverlapOrDoNotFitTheirGeometry",
                                "PgmapOpsTest#shouldRefuseWhatIsNoDevice",
                                "PgmapOpsTest#shouldNotMapOverRam",
                                "PgmapOpsTest#shouldLeaveNothingOfADeviceThatFailedHalfWay")
                        .check("ranges, heads, neighbours and operations", StepChecks::mapChecks)
                        .check("what fails at its second range is rolled back", DevDaxChecks::conflictsAreRolledBack),
                Row.of("B10", "for_each_device_pfn")
                        .rule("Teardown visits each head once and no tail")
                        .eras("E1; here wherever teardown waits for pins")
                        .skip(
                                "what mapping took is put all at once (B12), no head is visited",
                                PgmapChecks::waitsForPgmapOnly)
                        .holds("heads that were never used are counted, not visited")
                        .where("Section#onDropBase", "Teardown#dropBases")
                        .tests(
                                "ConformanceTest#shouldTearDownInOrder",
                                "ConformanceTest#shouldTakeOnePgmapReferencePerHead")
                        .check("each head once, those that nobody ever used included", PgmapChecks::eachHeadOnce),
                Row.of("B11", "memunmap, counts")
                        .rule(
                                "Kill, put the base of every head, wait for the pgmap's reference, only then remove what was mapped: pins are waited for")
                        .eras("E1; here wherever teardown waits for pins")
                        .skip("teardown waits for the pgmap only (B12)", PgmapChecks::waitsForPgmapOnly)
                        .holds(
                                "with the entries zapped in between; a driver's own kill comes first, its cleanup is waited for")
                        .where("TeardownState#on", "HeadState#putBase", "Section#onDropBase")
                        .tests(
                                "ConformanceTest#shouldTearDownInOrder",
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut",
                                "HeadStateTest#shouldPutTheBaseReferenceOnce")
                        .check("kill, zap, put the base of every head, drain, clean up", PgmapChecks::countsGoDown)
                        .check("a pin keeps the device until it is given back", PgmapChecks::pinIsWaitedFor),
                Row.of("B12", "memunmap, pgmap only")
                        .rule(
                                "Kill, put what mapping took all at once, wait for the pgmap's reference only, unmap, and end the reference last: pins of file and device-dax pages are not waited for")
                        .eras("E2 to E4")
                        .skip("teardown waits for every pin (B11)", protocol -> !waitsForPgmapOnly(protocol))
                        .holds("the counts of the heads stay as they are")
                        .where("TeardownState#on", "Section#onDropBase", "Protocol#pageHoldsPgmapRef")
                        .tests(
                                "ConformanceTest#shouldTearDownInOrder",
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut",
                                "AuditorTest#shouldAcceptTheTeardownThatWaitsForThePgmapOnly")
                        .check(
                                "kill, zap, put what mapping took, drain, clean up, with the counts as they are",
                                PgmapChecks::countsStay)
                        .check("a pin of device-dax is not waited for", PgmapChecks::pinIsNotWaitedFor),
                Row.of("B13", "driver teardown")
                        .rule(
                                "Around it the driver marks its device dead, waits for faults under way, removes the mapping, and releases the range last")
                        .holds("the peer-to-peer provider is a driver with a device of its own; it has no bus to leave")
                        .where("DaxDriver#onKill", "Pgmap#onUnmapAll", "AddressSpace#onZapPgmap", "TeardownState#on")
                        .tests(
                                "ConformanceTest#shouldGiveNothingOfADyingDevice",
                                "TeardownStateTest#shouldDropBasesOnlyAfterTheEntriesAreGone")
                        .check(
                                "the mapping goes first, and nothing is faulted in or mapped afterwards",
                                PgmapChecks::mappingGoesFirst),
                Row.of("B43", "static and dynamic region")
                        .rule(
                                "A static region has one range and a given pgmap; a dynamic one several, with a pgmap made when it is probed and cleared when it is killed")
                        .eras("GENERIC")
                        .holds()
                        .where("DaxRegion#probe", "DaxRegion#kill", "DaxDriver#onProbe")
                        .tests(
                                "DaxDriverTest#shouldComeAndGo",
                                "DaxDriverTest#shouldRefuseAStaticRegionOfSeveralRanges",
                                "DaxDriverTest#shouldSurviveAProbeThatFailedWhereItPublishesLast")
                        .check("one range and a given pgmap, or several and one made by the probe", StepChecks::regions)
                        .check("probed, killed and probed again on a pool", DevDaxChecks::regionsComeAndGo));
    }

    private static void killedGate(Scene scene) {
        Gate killed = Gate.open(2).kill();
        scene.expect("live after the kill", false, killed.live());
        scene.expect("share after one more plain reference", 3, killed.get(1).share());
        scene.expect("drained while references are out", false, killed.drained());
        scene.expect("drained when all are back", true, killed.put(2).drained());
    }

    private static void dyingDevice(Scene scene) {
        Device device = scene.settings("pagepool.teardown.grace = 1h").map(scene.device(MemoryType.GENERIC));
        Walker late = scene.walker("w8", scene.space("vm1", device));
        scene.get(device.closeWhenIdle(Scene.SOON));

        GupWalker.Walked walked = scene.get(late.pin(0, 512));

        scene.expect("pages pinned after the kill", 0, walked.pages());
        scene.expect("why the walk stopped", Refusal.DYING, walked.stop());
        scene.clean();
    }

    private static boolean waitsForPgmapOnly(Protocol protocol) {
        return protocol.waitsFor() == TeardownWait.PGMAP_REFS_ONLY;
    }

    private static boolean driverOwned(MemoryType type) {
        return type == MemoryType.PRIVATE || type == MemoryType.COHERENT;
    }

    // ---- B6

    /** Pages of A, B and A again are three runs; how many entries map them does not matter. */
    private static void oneQuestionPerRun(Scene scene) {
        PgmapSpec a = spec(scene, "a", new PfnRange(0x1000, 2048), new PfnRange(0x4000, 1024));
        PgmapSpec b = spec(scene, "b", new PfnRange(0x2000, 1024));
        PgmapTable table = PgmapTable.EMPTY.with(a).with(b);
        List<Seen> seen = List.of(
                seen(0, 0x1000, 512), seen(512, 0x1400, 512), seen(1024, 0x2000, 1024), seen(2048, 0x4000, 1024));
        List<Long> asked = new ArrayList<>();

        WalkPlan plan = WalkPlan.of(
                seen,
                pfn -> {
                    asked.add(pfn);
                    return table.find(pfn).orElse(null);
                },
                scene.protocol().batch());

        scene.expect("pages planned", 3072, plan.pages());
        if (scene.protocol().pgmapRef() != PgmapRef.PER_PAGE) {
            scene.expect("pfns at which somebody was asked for the owner", List.of(0x1000L, 0x2000L, 0x4000L), asked);
        }
        scene.expect(
                "owner of a page that nobody owns", null, table.find(0x3000).orElse(null));
    }

    private static PgmapSpec spec(Scene scene, String id, PfnRange... ranges) {
        return new PgmapSpec(
                id, MemoryType.GENERIC, List.of(ranges), Geometry.ofPages(512), BasePage.KIB_4, scene.protocol());
    }

    private static Seen seen(long vpn, long pfn, long pages) {
        return new Seen(new Mapping(vpn, pfn, pages, Level.PMD, true), vpn, pages);
    }

    /** What the gates hold at the kill is what mapping took, whatever walks there have been. */
    private static void noReferenceLeft(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        long full = device.spec().pfnAt(512);
        Hog hog = scene.hog("hog", device, full);
        int room = Integer.MAX_VALUE - refcount(scene, device, full);
        Section.GrabAnswer hogged = hog.granted(GrabKind.GET, full, room);
        GupWalker.Walked cut = scene.get(walker.pin(0, 1024));
        scene.expect("pages before the head that is full", 512, cut.pages());
        scene.expect("why the walk stopped", Refusal.OVERFLOW, cut.stop());
        scene.get(walker.unpin(scene.pinned(cut)));
        hog.released(GrabKind.GET, hogged);

        scene.get(device.closeWhenIdle(Scene.SOON));

        long shares = scene.events(Event.KillConfirmed.class).get(0).shares();
        scene.expect("references on the pgmap at the kill", device.spec().heads(), shares);
        scene.clean();
    }

    /** The count of an unused head of a mapped device: what a get and its put leave. */
    private static int refcount(Scene scene, Device device, long head) {
        Hog probe = scene.hog("probe", device, head);
        Section.GrabAnswer one = probe.granted(GrabKind.GET, head, 1);
        probe.released(GrabKind.GET, one);
        List<Event.Released> released =
                scene.events(Event.Released.class, e -> e.holder().equals("probe"));
        return Math.toIntExact(released.get(released.size() - 1).refcountSum());
    }

    // ---- B8, B10

    private static void takenByMapping(Scene scene) {
        for (MemoryType type : MemoryType.values()) {
            Device device =
                    scene.map(DeviceSpec.of(type.label(), 8L << 20).type(type).protocol(scene.protocol()));
            scene.get(device.closeIfIdle());
            scene.expect("taken by mapping 4 heads of " + type.label(), taken(scene, type, 4), shares(scene, device));
        }
        scene.clean();
    }

    private static void takenBySize(Scene scene) {
        long[][] vectors = {{1, 4, 262144}, {16, 2048, 8192}, {128, 1048576, 128}};
        for (long[] vector : vectors) {
            Device device = scene.map(DeviceSpec.of("dax" + vector[0], vector[0] << 30)
                    .headBytes(vector[1] << 10)
                    .protocol(scene.protocol()));
            scene.get(device.closeIfIdle());
            scene.expect("taken by mapping " + vector[0] + " GiB", vector[2], shares(scene, device));
        }
        scene.clean();
    }

    /** Section 2.1: one per head; driver memory takes its own from v6.1 on, as every 0-based page does under the default. */
    private static long taken(Scene scene, MemoryType type, long heads) {
        boolean later = Era.E3.test(scene.protocol()) || Era.E4.test(scene.protocol());
        boolean perUse = scene.protocol().name().equals("pagepool") && type != MemoryType.GENERIC;
        return (later && driverOwned(type)) || perUse ? 0 : heads;
    }

    private static long shares(Scene scene, Device device) {
        String id = device.spec().id();
        return scene.events(Event.KillConfirmed.class, e -> e.pgmap().equals(id))
                .get(0)
                .shares();
    }

    private static void eachHeadOnce(Scene scene) {
        Device device = scene.map(DeviceSpec.of("dax0", 1L << 30).protocol(scene.protocol()));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        scene.get(walker.unpin(scene.pinned(scene.get(walker.pin(100, 700)))));

        scene.get(device.closeWhenIdle(Scene.SOON));

        scene.expect("heads whose base was put", 512, dropped(scene));
        scene.clean();
    }

    private static long dropped(Scene scene) {
        return scene.events(Event.BaseDropped.class).stream()
                .mapToLong(Event.BaseDropped::heads)
                .sum();
    }

    // ---- B11, B12, B13

    private static void countsGoDown(Scene scene) {
        tearDown(scene);
        scene.expect(
                "puts that took each head's own count down",
                true,
                scene.events(Event.BaseDropped.class).stream().allMatch(Event.BaseDropped::counts));
        scene.expect("sum of all counts afterwards", 0, countsLeft(scene));
        scene.clean();
    }

    private static void countsStay(Scene scene) {
        tearDown(scene);
        scene.expect(
                "puts that took a head's own count down",
                false,
                scene.events(Event.BaseDropped.class).stream().anyMatch(Event.BaseDropped::counts));
        scene.expect("sum of all counts afterwards", 32, countsLeft(scene));
        scene.clean();
    }

    private static long countsLeft(Scene scene) {
        return scene.events(Event.BaseDropped.class).stream()
                .mapToLong(Event.BaseDropped::refcountSum)
                .sum();
    }

    /** A device of 32 heads that was in use goes away; each step begins when the one before is over everywhere. */
    private static void tearDown(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        scene.get(walker.unpin(scene.pinned(scene.get(walker.pin(0, 600)))));

        scene.get(device.closeWhenIdle(Scene.SOON));

        scene.expectBefore(Event.Killed.class, Event.GateClosed.class);
        scene.expectBefore(Event.GateClosed.class, Event.KillConfirmed.class);
        scene.expectBefore(Event.KillConfirmed.class, Event.Zapped.class);
        scene.expectBefore(Event.Zapped.class, Event.BaseDropped.class);
        scene.expectBefore(Event.BaseDropped.class, Event.Drained.class);
        scene.expectBefore(Event.ShareDrained.class, Event.Drained.class);
        scene.expectBefore(Event.Drained.class, Event.CleanedUp.class);
        scene.expect(
                "times it was cleaned up",
                1,
                scene.events(Event.CleanedUp.class).size());
        scene.expect("references put that mapping had taken", 32, dropped(scene));
    }

    private static void pinIsWaitedFor(Scene scene) throws Exception {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.pin(0, 512)));
        CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(Scene.SOON);
        scene.until("teardown waits", () -> scene.get(device.status()).phase() == Phase.WAIT);
        scene.expect(
                "closed while pages are pinned",
                false,
                closed.toCompletableFuture().isDone());

        scene.expect("references given back", 512, scene.get(walker.unpin(pin)));

        scene.get(closed);
        scene.expectBefore(Event.Released.class, Event.Drained.class);
        scene.clean();
    }

    private static void pinIsNotWaitedFor(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        scene.pinned(scene.get(walker.pin(0, 512)));

        scene.get(device.closeWhenIdle(Scene.SOON));

        scene.broken(Invariant.I6);
    }

    private static void mappingGoesFirst(Scene scene) {
        scene.settings("pagepool.teardown.grace = 1h");
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w7", space);
        Space late = scene.get(scene.pool().openSpace("vm2"));

        scene.get(device.closeWhenIdle(Scene.SOON));

        scene.expectBefore(Event.Zapped.class, Event.BaseDropped.class);
        scene.expect("pages still mapped", 0, scene.get(space.mappedPages()));
        scene.expect("a later fault", Refusal.DYING, scene.get(walker.pin(0, 1)).stop());
        scene.expectThrown("a later mapping", PoolRefusedException.class, () -> scene.get(late.map(device)));
        scene.expect("pages mapped later", 0, scene.get(late.mappedPages()));
        scene.clean();
    }
}
