package org.pagepool.demo.conform;

import java.util.List;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.Gate;

/** The pgmap: found, referenced, mapped, killed and cleaned up, and the driver around it. Rows B6 to B13, B43. */
final class PgmapChecks {
    private PgmapChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B6", "get_dev_pagemap")
                        .rule(
                                "The pgmap last found is used again while it covers the page, without a new reference; otherwise it is given back and another looked up, alive or not at all; one reference per run")
                        .partly(
                                "one question per run of pages of one pgmap, one reference per request and section, given back on every way out; missing: the quirk that only a pgmap's first range is compared. The reference is held until the heads have answered, not until the recheck")
                        .where("WalkPlan#of", "SectionDirectory#find", "PgmapTable#find", "Section#countsOnGate")
                        .tests(
                                "WalkPlanTest#shouldAskForTheOwnerOncePerRunOfOnePgmap",
                                "PgmapTableTest#shouldFindTheOwnerOfEveryPage"),
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
                        .check("a walk on a dying device gets nothing", PgmapChecks::dyingDevice),
                Row.of("B8", "memremap references")
                        .rule(
                                "Mapping takes one pgmap reference per head, besides the initial one; none for driver memory from E3 on")
                        .partly(
                                "the count, by size, geometry, type and era; missing: pages reserved for the altmap, which are left out of it")
                        .where("Protocol#mapTakesPgmapRefs", "PgmapSpec#heads")
                        .tests(
                                "ConformanceTest#shouldTakeOnePgmapReferencePerHead",
                                "PgmapSpecTest#shouldCountHeadsByShiftingDown",
                                "ProtocolTest#shouldTakePgmapReferencesAtMapTimeAsItsEraDoes"),
                Row.of("B9", "memremap checks")
                        .rule(
                                "A device is checked before it is mapped: ranges, owners of its pages, alignment, operations, altmap; what fails half-way is rolled back")
                        .partly(
                                "ranges there, in order, whole heads, owned by nobody else; a device is mapped whole or not at all; missing: alignment to 2 MiB, operations by type, altmap. Outside the model: system memory to collide with")
                        .where("PgmapSpec#PgmapSpec", "PgmapTable#conflict")
                        .tests(
                                "PgmapSpecTest#shouldRefuseRangesThatOverlapOrAreOutOfOrder",
                                "PgmapSpecTest#shouldRefuseWhatIsNoDevice",
                                "PgmapTableTest#shouldSayWhyAPgmapCannotBeMapped",
                                "PoolTest#shouldRefuseDevicesThatOverlapOrDoNotFitTheirGeometry"),
                Row.of("B10", "for_each_device_pfn")
                        .rule("Teardown visits each head once and no tail")
                        .eras("E1")
                        .skip("no such rule from v5.18 on", Era.E2, Era.E3, Era.E4)
                        .holds("heads that were never used are counted, not visited")
                        .where("Section#onDropBase", "Teardown#dropBases")
                        .tests(
                                "ConformanceTest#shouldTearDownInOrder",
                                "ConformanceTest#shouldTakeOnePgmapReferencePerHead"),
                Row.of("B11", "memunmap, counts")
                        .rule(
                                "Kill, put the base of every head, wait for the pgmap's reference, only then remove what was mapped: pins are waited for")
                        .eras("E1")
                        .skip("no such rule from v5.18 on", Era.E2, Era.E3, Era.E4)
                        .partly(
                                "the order and the wait, with the entries zapped in between; missing: a driver's own kill and cleanup operations")
                        .where("TeardownState#on", "HeadState#putBase", "Section#onDropBase")
                        .tests(
                                "ConformanceTest#shouldTearDownInOrder",
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut",
                                "HeadStateTest#shouldPutTheBaseReferenceOnce"),
                Row.of("B12", "memunmap, pgmap only")
                        .rule(
                                "Kill, put what mapping took all at once, wait for the pgmap's reference only, unmap, and end the reference last: pins of file and device-dax pages are not waited for")
                        .eras("E2 to E4")
                        .skip("no such rule before v5.18", Era.E1)
                        .holds("the counts of the heads stay as they are")
                        .where("TeardownState#on", "Section#onDropBase", "Protocol#pageHoldsPgmapRef")
                        .tests(
                                "ConformanceTest#shouldTearDownInOrder",
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut",
                                "AuditorTest#shouldAcceptTheTeardownThatWaitsForThePgmapOnly"),
                Row.of("B13", "driver teardown")
                        .rule(
                                "Around it the driver marks its device dead, waits for faults under way, removes the mapping, and releases the range last")
                        .partly(
                                "the mapping goes before anything is waited for, a fault under way is undone, later ones are refused; missing: the device-dax device, its regions and the peer-to-peer provider")
                        .where("AddressSpace#onZapPgmap", "TeardownState#on")
                        .tests(
                                "ConformanceTest#shouldGiveNothingOfADyingDevice",
                                "TeardownStateTest#shouldDropBasesOnlyAfterTheEntriesAreGone"),
                Row.of("B43", "static and dynamic region")
                        .rule(
                                "A static region has one range and a given pgmap; a dynamic one several, with a pgmap made when it is probed and cleared when it is killed")
                        .eras("GENERIC")
                        .later("regions come with the device-dax driver around `Pgmap` (B13)"));
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
}
