package org.pagepool.demo.conform;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Longterm;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.HeadLookup;
import org.pagepool.runtime.protocol.LongtermPolicy;
import org.pagepool.runtime.protocol.PgmapRef;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.SlowBatch;

/** What the rows of walks do when they are tried out; {@link GupChecks} has the rows. */
final class WalkChecks {
    private static final GupWalker.Flags SLOW_PIN = new GupWalker.Flags(GrabKind.PIN, true, false, false, false, true);
    private static final long PMD = 512;

    private WalkChecks() {}

    /** Presets under which a walk takes pgmap references. */
    static boolean takesPgmapRefs(Protocol protocol) {
        return protocol.pgmapRef() != PgmapRef.NONE;
    }

    private static DeviceSpec sized(Scene scene, String id, long mib, long headKib) {
        return DeviceSpec.of(id, mib << 20).headBytes(headKib << 10).protocol(scene.protocol());
    }

    private static Space mapped(Scene scene, Device device, long pages, Level level) {
        Space space = scene.get(scene.pool().openSpace("vm-" + device.spec().id()));
        scene.get(space.map(device, 0, 0, pages, level, true, true));
        return space;
    }

    /** What a device-dax page counts that is mapped once and that nobody holds. */
    private static int idleCount(Scene scene) {
        return scene.protocol().base(MemoryType.GENERIC) + (scene.protocol().mapHoldsRefs(MemoryType.GENERIC) ? 1 : 0);
    }

    /** Takes all references that the head of a device-dax page has left. */
    private static Hog full(Scene scene, Device device, long page) {
        long head = device.spec().geometry().headOf(device.spec().pfnAt(page));
        Hog hog = scene.hog("hog-" + device.spec().id(), device, head);
        hog.granted(GrabKind.GET, head, Integer.MAX_VALUE - idleCount(scene));
        return hog;
    }

    private static void closes(Scene scene, Device device) {
        scene.get(device.closeWhenIdle(Scene.SOON));
    }

    // ---- B17

    static void refusedPageEndsTheWalk(Scene scene) throws Exception {
        Device device = scene.map(sized(scene, "pmem0", 4, 4));
        Space space = mapped(scene, device, 1024, Level.PTE);
        Hog hog = full(scene, device, 700);
        Walker walker = scene.walker("w7", space);

        GupWalker.Walked walked = scene.get(walker.walk(0, 1024, GupWalker.Flags.FAST_PIN));

        scene.expect("pages before the one that refuses", 700, walked.pages());
        scene.expect("why the walk stopped", Refusal.OVERFLOW, walked.stop());
        scene.expect("references held", 700, scene.heldBy(device, "w7"));
        scene.expect("references given back", 700, scene.get(walker.unpin(scene.pinned(walked))));
        hog.gone();
        closes(scene, device);
        scene.clean();
    }

    static void changedPageEndsTheWalk(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(sized(scene, "pmem0", 4, 4));
        Space space = mapped(scene, device, 1024, Level.PTE);
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, 1024, GupWalker.Flags.FAST_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        scene.expect("one base page is unmapped", 1, scene.get(space.zap(700, 1)));
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages before the entry that changed", 700, walked.pages());
        scene.expect("why the walk stopped", Refusal.CHANGED, walked.stop());
        scene.expect("references held", 700, scene.heldBy(device, "w8"));
    }

    /** Two devices under one table page; the second dies between look-up and grab. */
    static void tablePageIsUndoneWithoutPgmap(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        scene.settings("pagepool.teardown.grace = 1h").link(barrier);
        scene.when(Event.GateClosed.class, closed -> barrier.open());
        Device one = scene.map(sized(scene, "pmem0", 4, 4));
        Device two = scene.map(sized(scene, "pmem1", 4, 4));
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(space.map(one, 0, 0, PMD + 100, Level.PTE, true, true));
        scene.get(space.map(two, PMD + 100, 0, PMD, Level.PTE, true, true));
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, PMD + 200, GupWalker.Flags.FAST_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        CompletionStage<?> closed = two.closeWhenIdle(Scene.SOON);

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages kept, those of the table page before", PMD, walked.pages());
        scene.expect("why the walk stopped", Refusal.DYING, walked.stop());
        scene.expect("references held", walked.pages(), scene.heldBy(one, "w8"));
        scene.get(closed);
    }

    static void specialEntriesAreNotFollowed(Scene scene) {
        Device device = scene.map(sized(scene, "pmem0", 4, 4));
        Space space = mapped(scene, device, 100, Level.PTE);
        scene.get(space.mapSpecial(device, 100, 100, 100, Level.PTE));
        Walker walker = scene.walker("w7", space);

        for (GupWalker.Flags flags : List.of(GupWalker.Flags.FAST_PIN, GupWalker.Flags.PIN, SLOW_PIN)) {
            GupWalker.Walked walked = scene.get(walker.walk(50, 100, flags));
            scene.expect("pages before the first special entry", 50, walked.pages());
            scene.expect("why the walk stopped", Refusal.PERMISSION, walked.stop());
        }
        scene.expect("references held", 150, scene.heldBy(device, "w7"));
    }

    // ---- B18, B21, B24, B25

    static void grabsPageByPage(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));

        GupWalker.Walked walked = scene.get(walker.walk(100, 1000, GupWalker.Flags.FAST_PIN));

        scene.expect("pages", 1000, walked.pages());
        scene.expect("grabs, one for each page", 1000, walked.headGrabs());
        scene.expect("given back", 1000, scene.get(walker.unpin(scene.pinned(walked))));
        closes(scene, device);
        scene.clean();
    }

    static void changedEntryIsUndoneWhole(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(100, 1000, GupWalker.Flags.FAST_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        scene.get(space.zap(600, 1));
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages of the entry before", 412, walked.pages());
        scene.expect("why the walk stopped", Refusal.CHANGED, walked.stop());
        scene.expect(
                "references given back at once",
                588,
                scene.events(Event.Released.class, e -> e.cause() == ReleaseCause.UNWIND).stream()
                        .mapToLong(e -> org.pagepool.runtime.page.Runs.totalRefs(e.runs()))
                        .sum());
        scene.expect("references held", 412, scene.heldBy(device, "w8"));
    }

    static void grabsLeafByLeaf(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));

        GupWalker.Walked walked = scene.get(walker.walk(100, 1000, GupWalker.Flags.FAST_PIN));

        scene.expect("pages", 1000, walked.pages());
        scene.expect("grabs, one for each of three entries", 3, walked.headGrabs());
        scene.expect("look-ups of a pgmap", takesPgmapRefs(scene.protocol()) ? 3 : 0, walked.pgmapLookups());
    }

    /** Taken, looked at again, found to belong to a file that may be written to, and dropped. */
    static void writerIsDroppedAfterTheSecondLook(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));

        GupWalker.Walked walked = scene.get(walker.walk(0, 1000, GupWalker.Flags.FAST_LONGTERM));

        scene.expect("pages", 0, walked.pages());
        scene.expect("why the walk stopped", Refusal.LONGTERM, walked.stop());
        scene.expect(
                "grants to the walk",
                1,
                scene.events(Event.Grabbed.class, e -> e.holder().equals("w7")).size());
        scene.expect(
                "and all of it given back",
                1,
                scene.events(Event.Released.class, e -> e.cause() == ReleaseCause.UNWIND)
                        .size());
        scene.expect("references held", 0, scene.heldBy(device, "w7"));
        scene.clean();
    }

    static void failureUndoesTheEntryOnly(Scene scene) throws Exception {
        Device device = scene.map(sized(scene, "pmem0", 4, 512));
        Space space = mapped(scene, device, 1024, Level.PMD);
        Hog hog = full(scene, device, 768);
        Walker walker = scene.walker("w7", space);

        GupWalker.Walked fast = scene.get(walker.walk(0, 1024, GupWalker.Flags.FAST_PIN));

        scene.expect("pages of the entries before", PMD, fast.pages());
        scene.expect("why the walk stopped", Refusal.OVERFLOW, fast.stop());
        scene.expect("references held", PMD, scene.heldBy(device, "w7"));
        scene.get(walker.unpin(scene.pinned(fast)));
        hog.gone();
        closes(scene, device);
        scene.clean();
    }

    static void slowPathGoesOnBehindTheFailure(Scene scene) throws Exception {
        Device device = scene.map(sized(scene, "pmem0", 4, 512));
        Space space = mapped(scene, device, 1024, Level.PMD);
        Hog hog = full(scene, device, 768);
        Walker walker = scene.walker("w7", space);

        GupWalker.Walked walked = scene.get(walker.pin(0, 1024));

        scene.expect("pages before the head that refuses both paths", 768, walked.pages());
        scene.expect("why the walk stopped", Refusal.OVERFLOW, walked.stop());
        scene.expect("whether the slow path was needed", true, walked.slow());
        scene.expect(
                "refusals, one for each path",
                2,
                scene.events(Event.GrabRefused.class, e -> e.holder().equals("w7"))
                        .size());
        Pin pin = scene.pinned(walked);
        scene.expect("given back", 768, scene.get(walker.unpin(pin)));
        hog.gone();
        closes(scene, device);
        scene.clean();
    }

    static void slowPathGoesOnBehindAChange(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.pin(0, 1024);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        scene.get(space.zap(600, 1));
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages, those of the zapped entry faulted in again", 1024, walked.pages());
        scene.expect("why the walk stopped", null, walked.stop());
        scene.expect("whether the slow path was needed", true, walked.slow());
        scene.expect("given back", 1024, scene.get(walker.unpin(scene.pinned(walked))));
    }

    static void nothingIsUndoneAsPosted(Scene scene) throws Exception {
        Device device = scene.map(sized(scene, "pmem0", 4, 4));
        Space space = mapped(scene, device, 1024, Level.PMD);
        Hog hog = full(scene, device, 700);
        Walker walker = scene.walker("w7", space);

        GupWalker.Walked walked = scene.get(walker.walk(0, 1024, GupWalker.Flags.FAST_PIN));

        scene.expect("pages, 188 of them of the entry that failed", 700, walked.pages());
        scene.expect("why the walk stopped", Refusal.OVERFLOW, walked.stop());
        scene.get(walker.unpin(scene.pinned(walked)));
        hog.gone();
        closes(scene, device);
        scene.clean();
    }

    // ---- B19, R3

    static void oneGrabPerEntryAsPosted(Scene scene) {
        for (long headKib : new long[] {2048, 4096}) {
            Device device = scene.map(sized(scene, "dax" + headKib, 8, headKib));
            Walker walker = scene.walker("w" + headKib, mapped(scene, device, 2048, Level.PMD));
            GupWalker.Walked walked = scene.get(walker.walk(100, 1500, GupWalker.Flags.FAST_PIN));
            scene.expect("grabs, one for each of four entries", 4, walked.headGrabs());
            scene.expect("given back", 1500, scene.get(walker.unpin(scene.pinned(walked))));
        }
        Device base = scene.map(sized(scene, "base", 4, 4));
        Walker walker = scene.walker("w7", mapped(scene, base, 1024, Level.PMD));
        GupWalker.Walked walked = scene.get(walker.walk(0, 600, GupWalker.Flags.FAST_PIN));
        scene.expect("grabs of base pages, one each", 600, walked.headGrabs());
        scene.expect("given back", 600, scene.get(walker.unpin(scene.pinned(walked))));
        scene.clean();
    }

    /** 4 heads of 512 KiB under one entry: the first gets all 512, and each is asked for 128 back. */
    static void oneHeadTakesAllAsPosted(Scene scene) {
        Device device = scene.map(sized(scene, "pmem0", 4, 512));
        Walker walker = scene.walker("w7", mapped(scene, device, 1024, Level.PMD));
        GupWalker.Walked walked = scene.get(walker.walk(0, PMD, GupWalker.Flags.FAST_PIN));
        Pin pin = scene.pinned(walked);

        List<Event.Grabbed> grants = scene.events(Event.Grabbed.class);
        scene.expect(
                "the grant",
                List.of(new Run(device.spec().pfnAt(0), 1, 512)),
                grants.get(0).runs());
        scene.expect(
                "pages that do not look pinned",
                384,
                scene.get(walker.verify(pin)).notPinned());
        scene.expectRefused("the unpin", Refusal.UNBALANCED, walker.unpin(pin));
        scene.expect("references that stay behind", PMD, scene.heldBy(device, "w7"));
    }

    // ---- B22, R4, D3

    static void headIsLookedUpAgain(Scene scene) {
        HeadLookup rule = scene.protocol().headLookup();
        scene.expect(
                "places of a split in which the grab goes wrong",
                rule == HeadLookup.BEFORE_NO_RECHECK ? 1 : 0,
                wrongPlaces(scene, rule));
    }

    static void secondLookDecides(Scene scene) {
        scene.expect("without a second look", 1, wrongPlaces(scene, HeadLookup.BEFORE_NO_RECHECK));
        scene.expect("with it", 0, wrongPlaces(scene, HeadLookup.BEFORE_RECHECK));
    }

    private static int wrongPlaces(Scene scene, HeadLookup rule) {
        int wrong = 0;
        for (int before = 0; before < SplitFolio.PLACES; before++) {
            SplitFolio folio = new SplitFolio();
            wrong += folio.grabGoesWrong(rule, before) ? 1 : 0;
            boolean split = folio.headOf(1) == 1;
            scene.expect("references, after a split in place " + before, split ? 5 : 2, folio.references());
        }
        return wrong;
    }

    static void freePageIsNotGrabbed(Scene scene) {
        HeadRules rules = HeadRules.of(scene.protocol(), MemoryType.GENERIC, Geometry.ofPages(512));
        scene.expect("a get at 0", Refusal.FREE, HeadState.AT_ZERO.refuses(GrabKind.GET, 1, rules));
        scene.expect("a pin at 0", Refusal.FREE, HeadState.AT_ZERO.refuses(GrabKind.PIN, 1, rules));
        scene.expect("a get at 1", null, HeadState.AT_ONE.refuses(GrabKind.GET, 1, rules));
    }

    /** A PMD in the middle of a head of 4 MiB points at a tail, whose count is 0. */
    static void entrysPageTakenForTheHead(Scene scene) {
        Protocol entryHead = scene.protocol().with("gup.head-lookup", "entry-head");
        Device device = scene.map(sized(scene, "pmem0", 4, 4096).protocol(entryHead));
        Walker walker = scene.walker("w7", mapped(scene, device, 1024, Level.PMD));

        GupWalker.Walked walked = scene.get(walker.walk(0, 1024, GupWalker.Flags.FAST_PIN));

        scene.expect("pages of the entry that points at the head", PMD, walked.pages());
        scene.expect("why the walk stopped", Refusal.FREE, walked.stop());
    }

    // ---- B26

    static void listGoesBackInGroups(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        scene.pinned(scene.get(walker.pin(0, 1024)));
        long a = device.spec().pfnAt(0);
        long b = a + PMD;

        GupWalker.PagesPut put = scene.get(walker.unpinPages(new long[] {a, a + 1, b, a + 2, -1, a + 3, b + 1}, true));

        scene.expect("references of the list A A B A hole A B", 6, put.pages());
        scene.expect("decrements", 5, put.atomics());
        List<Event.Dirtied> dirtied = scene.events(Event.Dirtied.class);
        scene.expect(
                "heads marked as written to, each once",
                2,
                dirtied.stream()
                        .mapToInt(e -> org.pagepool.runtime.page.Runs.heads(e.runs()))
                        .sum());
        scene.expectRefused("a page of it again", Refusal.ALREADY_RELEASED, walker.unpinPages(b + 2, a));
        scene.expect("references held", 1024 - 6, scene.heldBy(device, "w7"));
    }

    // ---- B28, D16

    static void slowPathFaults(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(space.map(device, 0, 0, 4 * PMD, Level.PMD, true, false));
        Walker walker = scene.walker("w7", space);

        scene.expect(
                "pages by the fast path alone",
                0,
                scene.get(walker.walk(0, 1024, GupWalker.Flags.FAST_PIN)).pages());
        GupWalker.Walked walked = scene.get(walker.pin(0, 1024));

        scene.expect("pages", 1024, walked.pages());
        scene.expect("whether the slow path was needed", true, walked.slow());
        scene.expect("pages that are mapped now", true, scene.get(space.mappedPages()) >= 1024);
        scene.expect("given back", 1024, scene.get(walker.unpin(scene.pinned(walked))));
        scene.clean();
    }

    static void slowPathTakesAsMuchAtOnce(Scene scene) {
        slowGrabs(scene, scene.protocol());
        scene.clean();
    }

    static void eachSizeOfASlowGrab(Scene scene) {
        for (String batch : List.of("per-page", "per-entry", "per-folio")) {
            slowGrabs(scene, scene.protocol().with("gup.slow-batch", batch));
        }
        scene.clean();
    }

    private static void slowGrabs(Scene scene, Protocol protocol) {
        SlowBatch batch = protocol.slowBatch();
        Device huge = scene.map(sized(scene, "huge-" + batch, 8, 2048).protocol(protocol));
        Walker walker = scene.walker("w1-" + batch, mapped(scene, huge, 2048, Level.PMD));
        GupWalker.Walked walked = scene.get(walker.walk(100, 1000, SLOW_PIN));
        scene.expect("grabs under three huge entries", batch == SlowBatch.PER_PAGE ? 1000 : 3, walked.headGrabs());
        scene.expect("given back", 1000, scene.get(walker.unpin(scene.pinned(walked))));
        Device base = scene.map(sized(scene, "base-" + batch, 8, 2048).protocol(protocol));
        Walker other = scene.walker("w2-" + batch, mapped(scene, base, 2048, Level.PTE));
        GupWalker.Walked ptes = scene.get(other.walk(512, 1024, SLOW_PIN));
        scene.expect(
                "grabs of two heads under base entries", batch == SlowBatch.PER_FOLIO ? 2 : 1024, ptes.headGrabs());
        scene.expect("given back", 1024, scene.get(other.unpin(scene.pinned(ptes))));
    }

    /** The zap came while the walk had the entries and not yet the references: it waits, and sees them. */
    static void zapWaitsForTheSlowPath(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        long mapped = scene.get(space.mappedPages());
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, 1024, SLOW_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        CompletionStage<Long> zap = space.zap(600, 1);
        CompletionStage<Long> elsewhere = space.zap(8 * PMD, 1);
        scene.expect("pages unmapped elsewhere", PMD, scene.get(elsewhere));
        scene.expect("pages still mapped", mapped - PMD, scene.get(space.mappedPages()));
        scene.expect("whether the zap is done", false, zap.toCompletableFuture().isDone());
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);

        scene.expect("pages of the walk", 1024, walked.pages());
        scene.expect("why the walk stopped", null, walked.stop());
        scene.expect("pages unmapped after it", PMD, scene.get(zap));
        scene.expect("references that everybody sees", 1024, scene.heldBy(device, "w8"));
        scene.get(walker.unpin(scene.pinned(walked)));
        scene.clean();
    }

    /** A walker that dies with the lock lets go of it. */
    static void deadWalkerUnlocks(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, 1024, SLOW_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);
        CompletionStage<Long> zap = space.zap(600, 1);

        walker.close();

        scene.expect("pages unmapped", PMD, scene.get(zap));
        scene.expect("why the walk ended", Refusal.CLOSED, scene.get(walk).stop());
    }

    // ---- B29

    static void filesAreRefusedByAreaOrByPage(Scene scene) {
        boolean early = Longterm.refusesArea(scene.protocol(), MemoryType.FS_DAX);
        Device device = scene.map(
                DeviceSpec.of("pmem0", 4L << 20).type(MemoryType.FS_DAX).protocol(scene.protocol()));
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(space.map(device, 0, 0, 1024, Level.PMD, true, false));
        Walker walker = scene.walker("w7", space);

        GupWalker.Walked walked = scene.get(walker.walk(0, 10, GupWalker.Flags.LONGTERM));

        scene.expect("why the walk stopped", Refusal.LONGTERM, walked.stop());
        scene.expect(
                "early is what the eras with marked entries are",
                scene.protocol().longterm() == LongtermPolicy.DENY_DEVMAP_FAST,
                early);
        scene.expect("whether something was faulted in for it", !early, scene.get(space.mappedPages()) > 0);
        scene.expect(
                "grants to the walk",
                0,
                scene.events(Event.Grabbed.class, e -> e.holder().equals("w7")).size());
    }

    static void coherentMemoryIsMovedAway(Scene scene) {
        Device device = scene.map(
                DeviceSpec.of("gpu0", 4L << 20).type(MemoryType.COHERENT).protocol(scene.protocol()));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w7", space);
        long before = scene.get(space.mappedPages());

        GupWalker.Walked fast = scene.get(walker.walk(0, 10, GupWalker.Flags.FAST_LONGTERM));
        GupWalker.Walked slow = scene.get(walker.walk(0, 10, GupWalker.Flags.LONGTERM));
        GupWalker.Walked again = scene.get(walker.walk(0, 10, GupWalker.Flags.LONGTERM));

        scene.expect("why the fast path stopped", Refusal.LONGTERM, fast.stop());
        scene.expect("what became of the pages on the slow path", Refusal.MIGRATED, slow.stop());
        scene.expect("device pages that were moved", PMD, slow.migrated());
        scene.expect("device pages still mapped", before - PMD, scene.get(space.mappedPages()));
        scene.expect("what the next walk finds there", Refusal.MIGRATED, again.stop());
        scene.expect("device pages that it moves", 0, again.migrated());
        scene.expect("references held on the device", 0, scene.heldBy(device, "w7"));
        closes(scene, device);
        scene.clean();
    }

    // ---- B30, B53

    static void pinnedPagesLookPinned(Scene scene) {
        for (long headKib : new long[] {4, 2048}) {
            Device device = scene.map(sized(scene, "dax" + headKib, 4, headKib));
            Walker walker = scene.walker("w" + headKib, scene.space("vm" + headKib, device));
            Pin pin = scene.pinned(scene.get(walker.pin(0, 700)));
            Pin got = scene.pinned(scene.get(walker.get(700, 300)));
            GupWalker.Verified pinned = scene.get(walker.verify(pin));
            scene.expect("pages looked at", 700, pinned.pages());
            scene.expect("of them not pinned, heads of " + headKib + " KiB", 0, pinned.notPinned());
            scene.expect("of a type that must not be pinned for long", 0, pinned.notLongterm());
            long sharesItsHead = headKib == 4 ? 0 : 1024 - 700;
            scene.expect(
                    "pages that were got and do not look pinned",
                    300 - Math.min(300, sharesItsHead),
                    scene.get(walker.verify(got)).notPinned());
            scene.get(walker.unpin(pin));
            scene.expect(
                    "and of those, once nothing is pinned",
                    300,
                    scene.get(walker.verify(got)).notPinned());
            scene.get(walker.put(got));
        }
        scene.clean();
    }

    /** An order-0 page that idles at 1, mapped where mappings count, got so often that it reaches 1024. */
    static void manyGetsLookLikeAPin(Scene scene) {
        Device device = scene.map(sized(scene, "pmem0", 4, 4));
        Space space = mapped(scene, device, 1024, Level.PTE);
        long head = device.spec().pfnAt(0);
        Hog hog = scene.hog("hog", device, head);
        Walker walker = scene.walker("w7", space);
        Pin got = scene.pinned(scene.get(walker.get(0, 1)));
        hog.granted(GrabKind.GET, head, GrabKind.PIN_COUNTING_BIAS - idleCount(scene) - 2);
        scene.expect(
                "pages not pinned at a count of 1023",
                1,
                scene.get(walker.verify(got)).notPinned());
        hog.granted(GrabKind.GET, head, 1);
        scene.expect(
                "pages not pinned at a count of 1024, without any pin",
                0,
                scene.get(walker.verify(got)).notPinned());
    }

    // ---- B6, D2

    static void laterRangesAreLookedUpAtEveryStep(Scene scene) {
        boolean perPage = scene.protocol().batch() == GupBatch.PER_PAGE;
        DeviceSpec spec =
                scene.device(MemoryType.GENERIC).at(new PfnRange(1L << 20, 8 * PMD), new PfnRange(1L << 21, 8 * PMD));
        Device device = scene.map(spec);
        Space space = scene.get(scene.pool().openSpace("vm1"));
        scene.get(space.map(device, 0, 0, 8 * PMD, Level.PMD, true, true));
        scene.get(space.map(device, 8 * PMD, 8 * PMD, 8 * PMD, Level.PMD, true, true));
        Walker walker = scene.walker("w7", space);

        long first =
                scene.get(walker.walk(0, 4 * PMD, GupWalker.Flags.FAST_PIN)).pgmapLookups();
        long later = scene.get(walker.walk(8 * PMD, 4 * PMD, GupWalker.Flags.FAST_PIN))
                .pgmapLookups();
        long slow = scene.get(walker.walk(0, 4 * PMD, SLOW_PIN)).pgmapLookups();

        boolean refs = takesPgmapRefs(scene.protocol());
        scene.expect("look-ups in the first range, one for each entry", refs ? 4 : 0, first);
        scene.expect("look-ups in the second range, one for each grab", refs ? perPage ? 4 * PMD : 4 : 0, later);
        scene.expect("look-ups on the slow path, one in all", refs ? 1 : 0, slow);
    }

    /** Presets in which it can be seen how long a walk keeps its reference, on device-dax. */
    static boolean walkRefIsSeen(Protocol protocol) {
        return protocol.walkKeepsPgmapRef(MemoryType.GENERIC);
    }

    static void referenceLastsUntilTheWalkIsOver(Scene scene) throws Exception {
        referenceLasts(scene, scene.protocol(), 1);
    }

    static void oneReferencePerPage(Scene scene) throws Exception {
        referenceLasts(scene, Protocol.V6_1.with("gup.pgmap-ref", "per-page"), 10);
    }

    /** The walk has its pages and has looked again; what it says last is held back. */
    private static void referenceLasts(Scene scene, Protocol protocol, long refs) throws Exception {
        Barrier barrier = new Barrier(message -> message instanceof Section.EndWalk);
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC).protocol(protocol));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, 10, GupWalker.Flags.FAST_PIN);
        scene.until("the walk has looked again", barrier::keepsSomething);
        CompletionStage<?> closed = device.closeWhenIdle(Scene.SOON);
        scene.untilSome(Event.Zapped.class);
        scene.until(
                "the bases are dropped",
                () -> !scene.events(Event.BaseDropped.class).isEmpty());

        scene.expect(
                "references of walks when the gate was closed",
                refs,
                scene.events(Event.GateClosed.class).stream()
                        .mapToLong(Event.GateClosed::walks)
                        .sum());
        scene.expect(
                "whether the pgmap is drained",
                0,
                scene.events(Event.Drained.class).size());
        barrier.open();

        scene.expect("pages", 10, scene.get(walk).pages());
        scene.get(closed);
        scene.expectBefore(Event.WalkEnded.class, Event.Drained.class);
        scene.expect("broken by pins that teardown does not wait for (R28)", Set.of(Invariant.I6), scene.brokenSoFar());
    }

    /** For rows of which the posted batching makes something else. */
    static Predicate<Protocol> asPosted() {
        return protocol -> protocol.batch() == GupBatch.PER_ENTRY_ASSUME_ONE;
    }
}
