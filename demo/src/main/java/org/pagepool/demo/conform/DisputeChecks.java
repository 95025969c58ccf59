package org.pagepool.demo.conform;

import org.pagepool.actors.GupWalker;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What the rows of {@link DisputeRows} run: each value of a switch makes the difference that it is there for. They start from
 * the default protocol and set the switch themselves, so they run under that preset only.
 */
final class DisputeChecks {
    private DisputeChecks() {}

    // ---- D1, D5

    static void whereAPageIsFree(Scene scene) {
        HeadRules one = rules(scene, "one");
        HeadRules zero = rules(scene, "zero");
        HeadRules reset = rules(scene, "reset-to-one");
        scene.expect("parked, one", HeadState.AT_ONE, one.parked());
        scene.expect("parked, zero", HeadState.AT_ZERO, zero.parked());
        scene.expect("parked, reset-to-one", HeadState.AT_ONE, reset.parked());
        HeadState used = HeadState.AT_ONE.grab(GrabKind.GET, 1, one);
        scene.expect("2 to 1 is free, one", true, used.put(GrabKind.GET, 1, one).announces(one));
        HeadState last = HeadState.AT_ONE.put(GrabKind.GET, 1, zero);
        scene.expect("1 to 0 is free, zero", true, last.announces(zero));
        scene.expect("1 to 0 is free, reset-to-one", true, last.announces(reset));
        scene.expect(
                "2 to 1 is free, zero", false, used.put(GrabKind.GET, 1, zero).announces(zero));
        scene.expect("a get of a parked page, zero", Refusal.FREE, zero.parked().refuses(GrabKind.GET, 1, zero));
        scene.expect("a get of a parked page, one", null, one.parked().refuses(GrabKind.GET, 1, one));
    }

    private static HeadRules rules(Scene scene, String base) {
        Protocol protocol = scene.protocol().with("refcount.base.private", base);
        return HeadRules.of(protocol, MemoryType.PRIVATE, Geometry.ofPages(512));
    }

    static void pagesOrOrder(Scene scene) {
        scene.expect("order of 512 pages", 9, Geometry.ofPages(512).order());
        scene.expect("order of a base page", 0, Geometry.ofPages(1).order());
        for (long wrong : new long[] {0, 2, 3, 513, -512}) {
            scene.expectThrown(
                    wrong + " pages per head", IllegalArgumentException.class, () -> Geometry.ofPages(wrong));
        }
    }

    // ---- D4

    /** 512 pages of one head of 2 MiB, and 512 of 128 heads of 16 KiB, by entries of 2 MiB and of 4 KiB. */
    static void sizeOfAGrab(Scene scene) {
        scene.expect("per-page, one head under a PMD", 512, headGrabs(scene, "per-page", 2048, Level.PMD));
        scene.expect("per-head-loop, one head under a PMD", 1, headGrabs(scene, "per-head-loop", 2048, Level.PMD));
        scene.expect("per-head-loop, 128 heads under a PMD", 128, headGrabs(scene, "per-head-loop", 16, Level.PMD));
        scene.expect("per-head-loop, one head under PTEs", 512, headGrabs(scene, "per-head-loop", 2048, Level.PTE));
        scene.expect("per-range, one head under PTEs", 1, headGrabs(scene, "per-range", 2048, Level.PTE));
        scene.clean();
    }

    private static long headGrabs(Scene scene, String batch, long headKib, Level level) {
        String name = batch + "-" + headKib + "-" + level.label();
        Device device = scene.map(DeviceSpec.of(name, 4L << 20)
                .headBytes(headKib << 10)
                .protocol(scene.protocol().with("gup.batch", batch)));
        Space space = scene.get(scene.pool().openSpace("vm-" + name));
        scene.get(space.map(device, 0, 0, 1024, level, true, true));
        Walker walker = scene.walker("w-" + name, space);
        GupWalker.Walked walked = scene.get(walker.pin(0, 512));
        scene.expect("pages, " + name, 512, walked.pages());
        scene.get(walker.unpin(scene.pinned(walked)));
        return walked.headGrabs();
    }

    // ---- D14, D15

    static void longPinsOnTheFastPath(Scene scene) {
        scene.expect("pages by type", 10, fastLongterm(scene, "by-type"));
        scene.expect("pages where marked entries end it", 0, fastLongterm(scene, "deny-devmap-fast"));
        scene.clean();
    }

    private static long fastLongterm(Scene scene, String policy) {
        Device device = scene.map(DeviceSpec.of("dax-" + policy, 4L << 20)
                .protocol(scene.protocol().with("longterm.policy", policy)));
        Walker walker = scene.walker("w-" + policy, scene.space("vm-" + policy, device));
        GupWalker.Flags fast = new GupWalker.Flags(GrabKind.PIN, true, true, true, false);
        return scene.get(walker.walk(0, 10, fast)).pages();
    }

    static void teardownThatDoesNotWait(Scene scene) {
        RaceChecks.deviceGoes(scene, scene.protocol().with("teardown.waits-for", "pgmap-refs-only"));
        scene.broken(Invariant.I6);
    }
}
