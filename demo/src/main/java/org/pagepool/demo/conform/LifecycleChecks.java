package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.PgmapOps;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.PgmapTable;
import org.pagepool.runtime.protocol.FreeCleanup;
import org.pagepool.runtime.protocol.FreeNotice;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.RefcountBase;
import org.pagepool.runtime.protocol.TeardownWait;
import org.pagepool.runtime.record.Lifecycle;
import org.pagepool.runtime.record.Lifecycle.PutMeans;
import org.pagepool.runtime.record.PageFlag;
import org.pagepool.runtime.record.PageRecord;

/** The life of one page: in use, free, and what the put that frees it sets off. Rows B1 to B5. */
final class LifecycleChecks {
    private static final PageRecord USED =
            new PageRecord("f1", 512, 0, "group", EnumSet.of(PageFlag.ACTIVE, PageFlag.HWPOISON));

    private LifecycleChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B1", "put_devmap_managed_page")
                        .rule(
                                "A put on a page of a managed type looks at what it leaves: 1 means free, 0 gives the pgmap its reference back, more means nothing")
                        .eras("E1 to E3")
                        .skip("no such rule from v6.15 on: pages are free at 0", Era.E4)
                        .skip(
                                "no page is managed: file pages are free at 0 there",
                                Era.presets("dax-gup-fix", "request-folio"))
                        .holds()
                        .where("Lifecycle#onPut", "Protocol#managed", "HeadState#announces", "Section#pageRefs")
                        .tests(
                                "ProtocolTest#shouldNotNoticeDeviceDaxPagesThatIdleAtOne",
                                "HeadStateTest#shouldAnnounceOnlyTheIdleCount",
                                "ConformanceTest#shouldTearDownInOrder",
                                "HandOutTest#shouldCountHandOutAsItsEraDoes")
                        .check(
                                "managed are the types of the era, and 1, 0 and more mean what they mean",
                                LifecycleChecks::managed)
                        .check(
                                "a put that leaves 1 on a file's page announces it, one that leaves more does not",
                                LifecycleChecks::idleAtOne)
                        .check(
                                "the put that leaves 0 on a dying device gives the pgmap its reference back",
                                p -> p.waitsFor() == TeardownWait.PAGE_PINS,
                                LifecycleChecks::goneAtZero),
                Row.of("B2", "page_is_devmap_managed")
                        .rule(
                                "Asking whether a type is managed, deciding what a put means, and acting on it are three steps; with no managed pgmap alive all of it is skipped")
                        .eras("E1, from v5.6")
                        .skip("no such step before v5.6", Era.presets("v5.5"))
                        .skip("no such rule from v5.18 on", Era.E2, Era.E3, Era.E4)
                        .holds(
                                "the shortcut is a rule that can be asked; a section knows the type of its own pages and gains nothing from it")
                        .where("Protocol#managed", "Lifecycle#onPut", "Lifecycle#cleaned", "PgmapTable#managedAlive")
                        .tests(
                                "HeadStateTest#shouldAnnounceOnlyTheIdleCount",
                                "PgmapTableTest#shouldFindTheOwnerOfEveryPage")
                        .check("asking changes nothing, deciding is apart from acting", LifecycleChecks::threeSteps)
                        .check("with no managed pgmap alive every put is a plain one", LifecycleChecks::shortcut),
                Row.of("B3", "free_devmap_managed_page")
                        .rule(
                                "A driver's page that became free is scrubbed and handed to its driver; for other managed types only the waiters are told")
                        .eras("E1")
                        .skip("no such rule from v5.18 on", Era.E2, Era.E3, Era.E4)
                        .holds(
                                "where every type is cleaned alike (v5.5) the charge a file's page never had is reported (D7)")
                        .where("Lifecycle#cleaned", "Lifecycle#callsDriver", "Section#tellIdle", "PageRecords#apply")
                        .tests(
                                "ConformanceTest#shouldTellTheWaiterHoweverThePageBecameIdle",
                                "PoolTest#aWatchShouldEndWhenTheHeadIsIdleAndNotBefore",
                                "HandOutTest#shouldCleanByType")
                        .check(
                                "driver memory: flags, charge and mapping go, and its driver is called",
                                LifecycleChecks::driverMemory)
                        .check(
                                "a file's page keeps its file, and no driver is called",
                                LifecycleChecks::filePageKeepsItsFile)
                        .check("what a page of a file is cleaned of", LifecycleChecks::filePageCleanup),
                Row.of("B4", "free_zone_device_page")
                        .rule(
                                "On the way from 1 to 0 a device page is cleaned, then handled by type; driver memory goes to its driver first and then gives its pgmap reference back")
                        .eras("E2 to E4")
                        .skip("no such rule before v5.18", Era.E1)
                        .holds("charge, flags and mapping are those of the head; subpages have none of their own here")
                        .where(
                                "Lifecycle#cleaned",
                                "HeadState#freed",
                                "Section#tellIdle",
                                "Section#pageRefs",
                                "Protocol#pgmapRefsPerHead")
                        .tests(
                                "HandOutTest#shouldCountHandOutAsItsEraDoes",
                                "HandOutTest#shouldCallTheDriverBeforeThePgmapReferenceGoesBack",
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut")
                        .check(
                                "charge and marks go; the mapping too, but for file and device-dax pages",
                                LifecycleChecks::cleanedAtZero)
                        .check(
                                "driver memory: 1 to 0, the driver is called, and the page is parked as its era does",
                                LifecycleChecks::freedAtZero)
                        .check(
                                "the driver is called before the pgmap reference of the page goes back",
                                p -> p.pageHoldsPgmapRef(MemoryType.PRIVATE) && p.base(MemoryType.PRIVATE) == 0,
                                LifecycleChecks::driverBeforePgmap),
                Row.of("B5", "count of 1 is stable")
                        .rule(
                                "That a page at 1 is held by nobody and stays there is not true while walks are under way")
                        .eras("E1 to E3")
                        .skip("no such rule from v6.15 on: pages are free at 0", Era.E4)
                        .skip("no file page idles at 1 there", Era.presets("dax-gup-fix", "request-folio"))
                        .holds("nothing relies on it")
                        .where("HeadState#refuses")
                        .tests(
                                "ConformanceTest#shouldAnnounceAPageTwiceOnlyWhereALateWalkCanStillGetIt",
                                "HandOutTest#shouldSeeThePageThatIsFreedTwice")
                        .check(
                                "a page that idles at 1 is still taken by who comes late, and counted",
                                LifecycleChecks::notStable));
    }

    // ---- B1

    private static void managed(Scene scene) {
        Protocol p = scene.protocol();
        Set<MemoryType> expected = Era.E1.test(p)
                ? EnumSet.of(MemoryType.PRIVATE, MemoryType.COHERENT, MemoryType.FS_DAX)
                : EnumSet.of(MemoryType.FS_DAX);
        for (MemoryType type : MemoryType.values()) {
            boolean managed = expected.contains(type);
            scene.expect(type.label() + " is managed", managed, p.managed(type));
            if (managed) {
                scene.expect(type.label() + " put to 1", PutMeans.FREE, Lifecycle.onPut(p, type, 1, true));
                scene.expect(type.label() + " put to 0", PutMeans.GONE, Lifecycle.onPut(p, type, 0, true));
                scene.expect(type.label() + " put to 2", PutMeans.NOTHING, Lifecycle.onPut(p, type, 2, true));
            } else {
                boolean free = Lifecycle.onPut(p, type, 1, true) == PutMeans.FREE;
                scene.expect(type.label() + " put to 1 means free", false, free);
            }
        }
    }

    private static void idleAtOne(Scene scene) {
        Device pmem0 = scene.map(scene.device(MemoryType.FS_DAX));
        long head = pmem0.spec().pfnAt(0);
        Hog hog = scene.hog("hog", pmem0, head);
        Section.GrabAnswer one = hog.granted(GrabKind.GET, head, 1);
        Section.GrabAnswer two = hog.granted(GrabKind.GET, head, 1);
        hog.released(GrabKind.GET, one);
        scene.expect(
                "notices after a put that left 2",
                0,
                scene.events(Event.Freed.class).size());
        hog.released(GrabKind.GET, two);
        scene.expect(
                "notices after the put that left 1",
                1,
                scene.events(Event.Freed.class).size());
        scene.expect("count of the idle page", 1, hog.page(head).counts().refcount());
        scene.clean();
    }

    private static void goneAtZero(Scene scene) throws Exception {
        Device pmem0 = scene.map(scene.device(MemoryType.GENERIC));
        long head = pmem0.spec().pfnAt(0);
        Hog hog = scene.hog("hog", pmem0, head);
        Section.GrabAnswer held = hog.granted(GrabKind.GET, head, 1);
        var closed = pmem0.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.BaseDropped.class);
        scene.until(
                "the base of every head is put",
                () -> scene.events(Event.BaseDropped.class).stream()
                                .mapToLong(Event.BaseDropped::heads)
                                .sum()
                        == pmem0.spec().heads());
        scene.expect(
                "drained while the page is held",
                0,
                scene.events(Event.Drained.class).size());
        scene.expect("count without its base", 1, hog.page(head).counts().refcount());
        hog.released(GrabKind.GET, held);
        scene.get(closed);
        scene.expectBefore(Event.Released.class, Event.Drained.class);
        scene.clean();
    }

    // ---- B2

    private static void threeSteps(Scene scene) {
        HeadState idle = HeadState.AT_ONE;
        boolean asked = scene.protocol().managed(MemoryType.PRIVATE);
        scene.expect("asking", true, asked);
        scene.expect("deciding", PutMeans.FREE, Lifecycle.onPut(scene.protocol(), MemoryType.PRIVATE, 1, true));
        scene.expect("the count after both", 1, idle.refcount());
        PageRecord before = USED;
        PageRecord after = Lifecycle.cleaned(scene.protocol(), MemoryType.PRIVATE, before);
        scene.expect("acting makes a new record", "group", before.charge());
        scene.expect("which is charged to nobody", null, after.charge());
    }

    private static void shortcut(Scene scene) {
        Protocol p = scene.protocol();
        PgmapTable generic = PgmapTable.EMPTY.with(Samples.device("dax0", MemoryType.GENERIC, 1, p));
        PgmapTable both = generic.with(Samples.device("pmem0", MemoryType.FS_DAX, 2, p));
        scene.expect("a managed pgmap among device-dax", false, generic.managedAlive());
        scene.expect("a managed pgmap among both", true, both.managedAlive());
        scene.expect("and without it again", false, both.without("pmem0").managedAlive());
        scene.expect(
                "a put where none is alive",
                PutMeans.PLAIN,
                Lifecycle.onPut(p, MemoryType.FS_DAX, 1, generic.managedAlive()));
        scene.expect(
                "a put where one is", PutMeans.FREE, Lifecycle.onPut(p, MemoryType.FS_DAX, 1, both.managedAlive()));
    }

    // ---- B3

    private static void driverMemory(Scene scene) {
        List<Long> told = Collections.synchronizedList(new ArrayList<>());
        Device dev = scene.map(scene.device(MemoryType.PRIVATE).ops(Samples.driver((pfn, order) -> told.add(pfn))));
        long head = dev.spec().pfnAt(0);
        Hog driver = scene.hog("driver", dev, head);
        Section.GrabAnswer out = driver.granted(GrabKind.REQUEST, head, 1);
        scene.expect("count of a page in use", 2, driver.page(head).counts().refcount());
        scene.expect(
                "charged to",
                out == null ? null : driverName(driver, head),
                driver.page(head).record().charge());
        driver.released(GrabKind.REQUEST, out);
        scene.expect(
                "record of the free page", PageRecord.BLANK, driver.page(head).record());
        scene.expect("count of the free page", 1, driver.page(head).counts().refcount());
        scene.expect("the driver was told of", List.of(head), told);
        scene.clean();
    }

    private static String driverName(Hog driver, long head) {
        return driver.page(head).holders().get(0);
    }

    private static void filePageKeepsItsFile(Scene scene) {
        List<Long> told = Collections.synchronizedList(new ArrayList<>());
        Device pmem0 =
                scene.map(scene.device(MemoryType.FS_DAX).ops(PgmapOps.NONE.pageFree((pfn, order) -> told.add(pfn))));
        long head = pmem0.spec().pfnAt(0);
        Hog hog = scene.hog("hog", pmem0, head);
        scene.expect("refusal to tie", null, hog.tie("f1", head, 512).refusal());
        hog.released(GrabKind.GET, hog.granted(GrabKind.GET, head, 1));
        scene.expect("file of the idle page", "f1", hog.page(head).record().mapping());
        scene.expect("its place there", 512L, hog.page(head).record().index());
        int calls = scene.protocol().onFree() == FreeNotice.CALLBACK ? 1 : 0;
        scene.expect("calls of a driver, a dummy before v5.6", calls, told.size());
        int wrong = scene.protocol().cleanup() == FreeCleanup.EVERY_TYPE ? 1 : 0;
        scene.expect(
                "warnings of a wrong uncharge",
                wrong,
                scene.events(Event.Warned.class).size());
        scene.clean();
    }

    private static void filePageCleanup(Scene scene) {
        Protocol p = scene.protocol();
        PageRecord after = Lifecycle.cleaned(p, MemoryType.FS_DAX, USED);
        boolean alike = p.cleanup() == FreeCleanup.EVERY_TYPE;
        scene.expect("its file", "f1", after.mapping());
        scene.expect("its charge", alike ? null : "group", after.charge());
        scene.expect("still marked active", !alike, after.has(PageFlag.ACTIVE));
        scene.expect("still poisoned", true, after.has(PageFlag.HWPOISON));
    }

    // ---- B4

    private static void cleanedAtZero(Scene scene) {
        Protocol p = scene.protocol();
        for (MemoryType type : MemoryType.values()) {
            if (p.managed(type)) {
                continue; // B1 to B3 still hold for it
            }
            PageRecord after = Lifecycle.cleaned(p, type, USED);
            boolean keeps = type == MemoryType.FS_DAX || type == MemoryType.GENERIC;
            scene.expect("charge of " + type.label(), null, after.charge());
            scene.expect("active " + type.label(), false, after.has(PageFlag.ACTIVE));
            scene.expect("mapping of " + type.label(), keeps ? "f1" : null, after.mapping());
            scene.expect("poison of " + type.label(), true, after.has(PageFlag.HWPOISON));
        }
    }

    private static void freedAtZero(Scene scene) {
        List<Long> told = Collections.synchronizedList(new ArrayList<>());
        Device dev = scene.map(scene.device(MemoryType.COHERENT).ops(Samples.driver((pfn, order) -> told.add(pfn))));
        long head = dev.spec().pfnAt(0);
        Hog driver = scene.hog("driver", dev, head);
        int parked = driver.page(head).counts().refcount();
        boolean resets = scene.protocol().refcountBase().get(MemoryType.COHERENT) == RefcountBase.RESET_TO_ONE;
        scene.expect("count of a parked page", resets ? 1 : 0, parked);
        Section.GrabAnswer out = driver.granted(GrabKind.REQUEST, head, 1);
        scene.expect(
                "count of a page that was handed out",
                1,
                driver.page(head).counts().refcount());
        driver.released(GrabKind.REQUEST, out);
        scene.expect("notices", 1, scene.events(Event.Freed.class).size());
        scene.expect("the driver was told of", List.of(head), told);
        scene.expect(
                "count of the page afterwards",
                parked,
                driver.page(head).counts().refcount());
        scene.expect(
                "record of the page afterwards",
                PageRecord.BLANK,
                driver.page(head).record());
        if (!resets) {
            scene.expect(
                    "a late get",
                    Refusal.FREE,
                    driver.grab(GrabKind.GET, head, 1).refusal());
        }
        scene.clean();
    }

    private static void driverBeforePgmap(Scene scene) throws Exception {
        List<Long> drainedBefore = Collections.synchronizedList(new ArrayList<>());
        Device dev = scene.map(scene.device(MemoryType.PRIVATE)
                .ops(Samples.driver((pfn, order) -> drainedBefore.add(
                        (long) scene.events(Event.ShareDrained.class).size()))));
        long head = dev.spec().pfnAt(0);
        Hog driver = scene.hog("driver", dev, head);
        Section.GrabAnswer out = driver.granted(GrabKind.REQUEST, head, 1);
        var closing = dev.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.KillConfirmed.class);
        long refs = scene.protocol().requestForms() ? dev.spec().geometry().pages() : 1;
        scene.expect(
                "pgmap references of the page",
                refs,
                scene.events(Event.KillConfirmed.class).get(0).shares());
        driver.released(GrabKind.REQUEST, out);
        Pgmap.CloseAnswer closed = scene.get(closing);
        scene.expect("the teardown ended", "Closed", closed.getClass().getSimpleName());
        scene.expect("sections drained when the driver was called", List.of(0L), drainedBefore);
        scene.clean();
    }

    // ---- B5

    private static void notStable(Scene scene) {
        Device pmem0 = scene.map(scene.device(MemoryType.FS_DAX));
        long head = pmem0.spec().pfnAt(0);
        Hog late = scene.hog("late", pmem0, head);
        scene.expect("count of the idle page", 1, late.page(head).counts().refcount());
        Section.GrabAnswer held = late.granted(GrabKind.GET, head, 1);
        scene.expect("count after a late get", 2, late.page(head).counts().refcount());
        late.released(GrabKind.GET, held);
        scene.clean();
    }
}
