package org.pagepool.demo.conform;

import java.util.List;
import java.util.Locale;
import org.pagepool.actors.FailureReport;
import org.pagepool.actors.PgmapOps;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.DaxDevice;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.runtime.devdax.DaxFault;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.MapRefusal;
import org.pagepool.runtime.protocol.FaultIndex;
import org.pagepool.runtime.protocol.Protocol;

/** Mapping devices, device-dax and its faults, and poison, on a pool. Rows B9, B39 to B43. */
final class DevDaxChecks {
    private static final int PMD = 512;
    private static final long PMD_BYTES = 2 << 20;
    private static final PfnRange ONE = new PfnRange(1L << 20, 4 * PMD);
    private static final PfnRange TWO = new PfnRange(1L << 21, 4 * PMD);
    private static final PfnRange THREE = new PfnRange(3L << 20, 4 * PMD);

    private DevDaxChecks() {}

    private static DeviceSpec at(Scene scene, String id, PfnRange... ranges) {
        return DeviceSpec.of(id, 0).protocol(scene.protocol()).at(ranges);
    }

    // ---- B9

    static void conflictsAreRolledBack(Scene scene) {
        Device two = scene.map(at(scene, "pmem0", TWO));

        PoolRefusedException refused = scene.expectRefused(
                "ranges, the second of which is taken", null, scene.pool().map(at(scene, "pmem1", ONE, TWO, THREE)));
        scene.expect("why", MapRefusal.CONFLICT, refused.mapRefusal());
        scene.expect("devices mapped", 1, scene.events(Event.Mapped.class).size());

        Device one = scene.map(at(scene, "pmem1", ONE, THREE));
        scene.expect(
                "pages of the ranges that were free all the time",
                8 * PMD,
                one.spec().pages());
        scene.get(two.closeWhenIdle(Scene.SOON));
        scene.get(one.closeWhenIdle(Scene.SOON));
        scene.clean();
    }

    // ---- B39

    static void tailReachesItsHead(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        long tail = device.spec().pfnAt(3 * PMD + 5);

        FailureReport report = scene.get(scene.pool().memoryFailure(tail));

        scene.expect("outcome", FailureOutcome.RECOVERED, report.outcome());
        scene.expect("its head", device.spec().pfnAt(3 * PMD), report.head());
        Sigbus told = new Sigbus("vm1", (3L * PMD + 5) << 12, 21);
        scene.expect("who is told, with the address of the tail", List.of(told), report.told());
        scene.expect("signals", List.of(new Event.Signalled("pmem0", tail, told)), scene.events(Event.Signalled.class));
        scene.expect("pages mapped, one entry less", Scene.DEVICE_BYTES / 4096 - PMD, scene.get(space.mappedPages()));
    }

    static void driverIsAskedFirst(Scene scene) {
        for (PgmapOps.Handled answer : PgmapOps.Handled.values()) {
            String id = "pmem-" + answer.name().toLowerCase(Locale.ROOT);
            PgmapOps ops = PgmapOps.NONE.memoryFailure((pfn, pages) -> answer);
            Device device = scene.map(
                    DeviceSpec.of(id, 4 << 20).protocol(scene.protocol()).ops(ops));
            scene.space("vm-" + id, device);
            FailureReport report =
                    scene.get(scene.pool().memoryFailure(device.spec().pfnAt(5)));
            FailureOutcome expected = switch (answer) {
                case HANDLED -> FailureOutcome.DRIVER_HANDLED;
                case FAILED -> FailureOutcome.DRIVER_FAILED;
                case NOT_SUPPORTED -> FailureOutcome.RECOVERED;
            };
            scene.expect("outcome where the driver says " + answer, expected, report.outcome());
        }
    }

    // ---- B40, B41

    static void faultTiesEveryBasePage(Scene scene) {
        Device device =
                scene.map(DeviceSpec.of("pmem0", 8 << 20).headBytes(4096).protocol(scene.protocol()));
        touched(scene, device, 700);
        int up = scene.protocol().faultIndex() == FaultIndex.ALIGN_DOWN ? 0 : PMD;
        for (int page : new int[] {PMD, 700, 2 * PMD - 1}) {
            Section.PageShown shown = shown(scene, device, page);
            scene.expect("file of page " + page, "dev:pmem0", shown.record().mapping());
            scene.expect(
                    "its offset, faulted in its middle",
                    page + up,
                    shown.record().index());
        }
        scene.expect(
                "page behind the fault",
                null,
                shown(scene, device, 2 * PMD).record().mapping());
    }

    static void faultTiesTheHead(Scene scene) {
        Device device =
                scene.map(DeviceSpec.of("pmem0", 8 << 20).headBytes(PMD_BYTES).protocol(scene.protocol()));
        touched(scene, device, 700);
        boolean down = scene.protocol().faultIndex() == FaultIndex.ALIGN_DOWN;
        Section.PageShown tail = shown(scene, device, 700);
        scene.expect("head of page 700", device.spec().pfnAt(PMD), tail.head());
        scene.expect("its file", "dev:pmem0", tail.record().mapping());
        scene.expect(
                "its offset, faulted in its middle",
                down ? PMD : 2 * PMD,
                tail.record().index());
        scene.expect(
                "the next head", null, shown(scene, device, 2 * PMD).record().mapping());
        scene.expect(
                "heads tied",
                1,
                scene.events(Event.Tied.class).stream()
                        .flatMap(e -> e.runs().stream())
                        .mapToLong(run -> run.heads())
                        .sum());
    }

    private static void touched(Scene scene, Device device, long page) {
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(space.mapDax(device, 0, 0, 4 * PMD, Level.PMD, true));
        scene.expect(
                "fault",
                DaxFault.INSTALL,
                scene.get(space.touch(page, Level.PMD)).outcome());
    }

    private static Section.PageShown shown(Scene scene, Device device, long page) {
        long pfn = device.spec().pfnAt(page);
        return scene.hog("looks", device, pfn).page(pfn);
    }

    // ---- B42

    static void oneSizeOfFaults(Scene scene) {
        DaxDevice dax = region(scene, "dax0.0", DaxRegion.Kind.DYNAMIC, ONE);
        Device device = scene.get(dax.probe());
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.expectRefused("a private mapping", Refusal.INVALID, dax.map(space, device, 0, 0, 2 * PMD, false));
        scene.expectRefused("an unaligned area", Refusal.INVALID, dax.map(space, device, 1, 0, PMD, true));
        scene.expectRefused("half a fault", Refusal.INVALID, dax.map(space, device, 0, 0, 600, true));
        scene.get(dax.map(space, device, 0, 0, 4 * PMD, true));

        scene.expect(
                "a larger fault",
                DaxFault.FALLBACK,
                scene.get(space.touch(700, Level.PUD)).outcome());
        scene.expect(
                "a smaller one",
                DaxFault.SIGBUS,
                scene.get(space.touch(700, Level.PTE)).outcome());
        scene.expect("mapped so far", 0, scene.get(space.mappedPages()));
        scene.expect(
                "one of its size",
                DaxFault.INSTALL,
                scene.get(space.touch(700, Level.PMD)).outcome());
        scene.expect("mapped by it", PMD, scene.get(space.mappedPages()));
        scene.expectRefused("a cut inside a fault", Refusal.INVALID, space.unmap(0, 700));
        scene.get(dax.kill(Scene.SOON));
        scene.expect(
                "a fault in a dead device",
                DaxFault.SIGBUS,
                scene.get(space.touch(5, Level.PMD)).outcome());
        scene.clean();
    }

    // ---- B13, B43, R27

    static void regionsComeAndGo(Scene scene) {
        DaxDevice dynamic = region(scene, "dax0.0", DaxRegion.Kind.DYNAMIC, ONE, TWO);
        scene.expect("pgmap before the probe", null, scene.get(dynamic.region()).pgmap());
        Device device = scene.get(dynamic.probe());
        scene.expect("its pages, of two ranges", 8 * PMD, device.spec().pages());
        scene.expect("its pgmap", "dax0.0", scene.get(dynamic.region()).pgmap());
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(dynamic.map(space, device, 0, 0, 4 * PMD, true));
        scene.get(space.touch(0, Level.PMD));
        scene.get(dynamic.kill(Scene.SOON));
        scene.expect(
                "its pgmap once it is killed", null, scene.get(dynamic.region()).pgmap());
        scene.expect(
                "whether its mapping went before it was killed",
                scene.first(Event.Zapped.class) < scene.first(Event.Killed.class));
        scene.get(dynamic.probe());
        scene.get(dynamic.kill(Scene.SOON));

        DaxDevice fixed = region(scene, "dax1.0", DaxRegion.Kind.STATIC, THREE);
        scene.get(fixed.probe());
        scene.get(fixed.kill(Scene.SOON));
        scene.expect(
                "the pgmap it was given, dead or alive",
                "dax1.0",
                scene.get(fixed.region()).pgmap());
        PoolRefusedException refused = scene.expectRefused(
                "a static region of two ranges",
                null,
                region(scene, "dax2.0", DaxRegion.Kind.STATIC, ONE, TWO).probe());
        scene.expect("why", MapRefusal.INVALID, refused.mapRefusal());
        scene.clean();
    }

    static void probeThatFailed(Scene scene) {
        Protocol protocol = scene.protocol();
        Device other = scene.map(at(scene, "pmem0", TWO));
        DaxDevice dax = region(scene, "dax0.0", DaxRegion.Kind.DYNAMIC, ONE, TWO);
        scene.expectRefused("a probe of pages that are taken", null, dax.probe());
        scene.get(other.closeWhenIdle(Scene.SOON));
        if (protocol.publishLast()) {
            scene.expect(
                    "pages once they are free",
                    8 * PMD,
                    scene.get(dax.probe()).spec().pages());
        } else {
            PoolRefusedException again = scene.expectRefused("the next probe", null, dax.probe());
            scene.expect("why", MapRefusal.INVALID, again.mapRefusal());
        }
    }

    private static DaxDevice region(Scene scene, String id, DaxRegion.Kind kind, PfnRange... ranges) {
        return scene.get(scene.pool().devDax(at(scene, id, ranges), kind, PMD_BYTES));
    }
}
