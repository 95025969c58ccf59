package org.pagepool.demo.conform;

import java.util.List;
import java.util.Set;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.FolioRequest;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.RequestCount;

/** How pages that are free come into use. Rows B37 and B38. */
final class RequestChecks {
    private RequestChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B37", "pgmap_request_folio")
                        .rule(
                                "A folio is requested by offset: bounds, owner, dying, order, then one more; whoever makes it one takes a pgmap reference, and is refused quietly where there is none")
                        .eras("proposal; `pagepool` with the answer its reviewer asked for")
                        .skip(
                                "never merged: pages are handed out by pfn, or not at all",
                                p -> !Era.presets("request-folio", "pagepool").test(p))
                        .holds(
                                "who tracks which offsets are out is a driver, and the free callback brings them back (`Driver`)")
                        .where("FolioRequest#at", "HeadState#refuses", "Section#takePgmap")
                        .tests(
                                "PgmapSpecTest#shouldFindThePfnAtAnOffsetAcrossRanges",
                                "HandOutTest#shouldHandOutAUsedPageOnlyWhereItsEraDoes",
                                "HandOutTest#shouldRefuseToHandOutOfADyingPgmap",
                                "HandOutTest#shouldNotLetASecondRequestLiveOnAFirstThatIsUndone")
                        .check("an offset is found across ranges, and refused behind the last", RequestChecks::bounds)
                        .check("another order than the folio's is refused", RequestChecks::order)
                        .check(
                                "from 0 to 1, and once more: granted as proposed, refused as asked for in review",
                                RequestChecks::twice)
                        .check("a dying pgmap refuses quietly and the count is as it was", RequestChecks::dyingQuietly),
                Row.of("B38", "zone_device_page_init")
                        .rule(
                                "What landed instead: a page that is handed out counts one whatever it counted, takes its pgmap references, and forms its compound; from v6.15 on it must be free")
                        .eras("E3, E4")
                        .skip("no such rule before v6.1", Era.E1, Era.E2)
                        .skip("replaced there by requests (B37)", Era.presets("dax-gup-fix", "request-folio"))
                        .holds(
                                "a compound has the size of its device's geometry; where the kernel warns of a page in use and sets its count, this pool refuses from v6.15 on")
                        .where(
                                "HeadState#grab",
                                "Protocol#pgmapRefsPerHead",
                                "Protocol#requestHoldsPgmap",
                                "Section#admission")
                        .tests(
                                "HeadStateTest#shouldHandOutFreePagesOnly",
                                "HandOutTest#shouldRefuseToHandOutOfADyingPgmap",
                                "HandOutTest#shouldSeeTheDoubleOwner")
                        .check("handed out at 1, and free again at 0", RequestChecks::handedOut)
                        .check(
                                "its pgmap references: one, or one for each base page of the compound",
                                RequestChecks::pgmapRefs)
                        .check(
                                "a page in use: its count is overwritten before v6.15, refused from then on",
                                RequestChecks::inUse)
                        .check(
                                "a dying pgmap refuses, and where the kernel warns, so does the pool",
                                RequestChecks::dying));
    }

    private static PgmapSpec twoRanges(Protocol protocol) {
        return new PgmapSpec(
                "dev0",
                MemoryType.COHERENT,
                List.of(new PfnRange(0x10000, 1024), new PfnRange(0x20000, 512)),
                Geometry.ofPages(512),
                BasePage.KIB_4,
                protocol);
    }

    private static void bounds(Scene scene) {
        PgmapSpec dev0 = twoRanges(scene.protocol());
        scene.expect(
                "first", new Run(0x10000, 1, 1), FolioRequest.at(dev0, 0, 9).head());
        scene.expect(
                "first of the second range",
                new Run(0x20000, 1, 1),
                FolioRequest.at(dev0, 1024, 9).head());
        scene.expect(
                "behind the last",
                Refusal.OUT_OF_RANGE,
                FolioRequest.at(dev0, 1536, 9).refusal());
        scene.expect(
                "before the first",
                Refusal.OUT_OF_RANGE,
                FolioRequest.at(dev0, -1, 9).refusal());
    }

    private static void order(Scene scene) {
        PgmapSpec dev0 = twoRanges(scene.protocol());
        scene.expect("order 0", Refusal.WRONG_ORDER, FolioRequest.at(dev0, 0, 0).refusal());
        scene.expect(
                "inside a folio",
                Refusal.WRONG_ORDER,
                FolioRequest.at(dev0, 7, 9).refusal());
    }

    private static void twice(Scene scene) {
        Device dev = scene.map(scene.device(MemoryType.COHERENT));
        long head = dev.spec().pfnAt(0);
        Hog hog = scene.hog("driver", dev, head);
        Section.GrabAnswer one = hog.granted(GrabKind.REQUEST, head, 1);
        scene.expect("count of the page", 1, hog.page(head).counts().refcount());
        Section.GrabAnswer two = hog.grab(GrabKind.REQUEST, head, 1);
        boolean free = scene.protocol().requestNeedsFree();
        scene.expect("the second request", free ? Refusal.NOT_FREE : null, two.refusal());
        if (!free) {
            hog.released(GrabKind.REQUEST, two);
        }
        scene.expect(
                "notices while it is out", 0, scene.events(Event.Freed.class).size());
        hog.released(GrabKind.REQUEST, one);
        scene.expect(
                "notices when it is back", 1, scene.events(Event.Freed.class).size());
        scene.clean();
    }

    private static void dyingQuietly(Scene scene) throws Exception {
        refuseWhileDying(scene);
        scene.expect("warnings", 0, scene.events(Event.Warned.class).size());
    }

    private static void refuseWhileDying(Scene scene) throws Exception {
        Device dev = scene.map(scene.device(MemoryType.COHERENT));
        long head = dev.spec().pfnAt(0);
        Hog hog = scene.hog("driver", dev, head);
        Section.GrabAnswer keeps = hog.granted(GrabKind.REQUEST, head, 1);
        var closing = dev.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.KillConfirmed.class);
        long other = dev.spec().pfnAt(512);
        scene.expect(
                "a request on a dying device",
                Refusal.DYING,
                hog.grab(GrabKind.REQUEST, other, 1).refusal());
        scene.expect(
                "count of the page that was not handed out",
                0,
                hog.page(other).counts().refcount());
        hog.released(GrabKind.REQUEST, keeps);
        scene.get(closing);
        scene.clean();
    }

    private static void handedOut(Scene scene) {
        HeadRules rules = HeadRules.of(scene.protocol(), MemoryType.PRIVATE, Geometry.ofPages(512));
        HeadState out = HeadState.AT_ZERO.grab(GrabKind.REQUEST, 1, rules);
        scene.expect("handed out", new HeadState(1, 0, 0, true), out);
        HeadState put = out.put(GrabKind.REQUEST, 1, rules);
        scene.expect("announced", true, put.announces(rules));
        scene.expect("free", HeadState.AT_ZERO, put.freed(rules, false));
    }

    private static void pgmapRefs(Scene scene) throws Exception {
        Device dev = scene.map(scene.device(MemoryType.PRIVATE));
        long head = dev.spec().pfnAt(0);
        Hog hog = scene.hog("driver", dev, head);
        Section.GrabAnswer out = hog.granted(GrabKind.REQUEST, head, 1);
        var closing = dev.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.KillConfirmed.class);
        scene.expect(
                "references on the pgmap",
                Era.E3.test(scene.protocol()) ? 1L : 512L,
                scene.events(Event.KillConfirmed.class).get(0).shares());
        hog.released(GrabKind.REQUEST, out);
        scene.get(closing);
        scene.clean();
    }

    private static void inUse(Scene scene) {
        Device dev = scene.map(scene.device(MemoryType.PRIVATE));
        long head = dev.spec().pfnAt(0);
        Hog one = scene.hog("one", dev, head);
        Hog two = scene.hog("two", dev, head);
        Section.GrabAnswer first = one.granted(GrabKind.REQUEST, head, 1);
        Section.GrabAnswer second = two.grab(GrabKind.REQUEST, head, 1);
        scene.expect("count of the page", 1, one.page(head).counts().refcount());
        if (scene.protocol().requestNeedsFree()) {
            scene.expect("the second request", Refusal.NOT_FREE, second.refusal());
            one.released(GrabKind.REQUEST, first);
            scene.clean();
            return;
        }
        scene.expect(
                "counted by setting", RequestCount.SET_ONE, scene.protocol().requestCount());
        scene.expect("the second request", null, second.refusal());
        scene.expect("broken", true, scene.brokenSoFar().contains(Invariant.I1));
    }

    private static void dying(Scene scene) throws Exception {
        refuseWhileDying(scene);
        Set<String> rows = Set.copyOf(
                scene.events(Event.Warned.class).stream().map(Event.Warned::row).toList());
        scene.expect("warnings", scene.protocol().requestWarns() ? Set.of("B38") : Set.of(), rows);
    }
}
