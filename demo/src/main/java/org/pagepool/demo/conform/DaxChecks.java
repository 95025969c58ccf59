package org.pagepool.demo.conform;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.File;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.dax.DaxEntry;
import org.pagepool.runtime.dax.LayoutBreak.Phase;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.protocol.Protocol;

/** Files whose blocks are pages: entries, busy pages, truncation. Rows B31 to B36. */
final class DaxChecks {
    private static final long PMD = 512;
    private static final Duration BRIEF = Duration.ofMillis(500);
    private static final GupWalker.Flags READ = new GupWalker.Flags(GrabKind.GET, false, false, false, false);

    private DaxChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B31", "dax_insert_entry")
                        .rule(
                                "Putting an entry into a file ties pages to it: mapping and offset, or a share; from E4 on the folio is formed first and entries hold references")
                        .holds("an entry covers whole heads; forming a folio of another order is not modelled")
                        .where("DaxEntries#insert", "DaxFile#tie", "DaxFile#check")
                        .tests(
                                "DaxEntriesTest#shouldReplaceWhatIsOnlyAPlaceAHoleOrShared",
                                "DaxFileTest#aFaultShouldBringInThePagesOfTheFile")
                        .check("a fault ties the page, and holds what the era says", DaxChecks::tied)
                        .check("a hole that was read is replaced when it is written", DaxChecks::holeReplaced),
                Row.of("B32", "layout_busy_page")
                        .rule("A file's pages are unmapped first, then searched for one that is busy")
                        .holds()
                        .where("LayoutBreak#on", "DaxFile#scan")
                        .tests(
                                "LayoutBreakTest#shouldGoThroughTheStepsInOrder",
                                "DaxFileTest#aHugeEntryShouldSpanItsHeads")
                        .check(
                                "unmapped, then the first busy page is named; a hole is never busy",
                                DaxChecks::firstBusy),
                Row.of("B33", "break_layouts")
                        .rule(
                                "While a page is busy: wait for it to become idle with only the fault lock dropped, and search again from the start")
                        .holds("it sleeps until what it looked for holds, where E4 sleeps until nobody at all does")
                        .where("LayoutBreak#on", "DaxFile#awaitIdle")
                        .tests(
                                "LayoutBreakTest#shouldSearchAgainFromTheStart",
                                "DaxFileTest#truncationShouldWaitForAPin")
                        .check("it waits for a pin, then gives the blocks back", DaxChecks::waits)
                        .check("not waiting, it is refused at once with the entries kept", DaxChecks::nonBlocking)
                        .check("a signal ends the wait", DaxChecks::interrupted),
                Row.of("B34", "dax_break_layout_final")
                        .rule(
                                "Eviction waits the same way, but for the whole file, without dropping locks and without being interrupted")
                        .eras("E4")
                        .skip("eviction does not look for pages in use before v6.15", p -> !p.evictionWaits())
                        .holds()
                        .where("LayoutBreak#evict")
                        .tests("DaxFileTest#evictionShouldWaitWhereTheEraDoes")
                        .check("a signal does not end it, the last put does", DaxChecks::eviction),
                Row.of("B35", "dax_delete_mapping_entry")
                        .rule("Deleting an entry checks that its page is idle, then unties it and dissolves its folio")
                        .holds("what a kernel would warn about is an event of its own")
                        .where("DaxFile#deleteEntries", "EntryRules#of")
                        .tests("TruncationPropertiesTest#shouldDeleteEntriesOfIdlePagesOnly")
                        .check("an idle page is untied before its block is given back", DaxChecks::untied)
                        .check("provoked: a page in use is warned about", DaxChecks::freedInUse),
                Row.of("B36", "reflink share")
                        .rule(
                                "A page of several files has a share count instead of a mapping, and is reset when the last lets go")
                        .skip(
                                "where the entry holds the page's one reference, nobody has said whose it is when files share",
                                Protocol::entriesHoldRefs)
                        .holds()
                        .where("BlockMap#giveBack", "DaxFile#copyShared", "PageRecord#tie")
                        .tests(
                                "BlockMapTest#shouldFreeASharedBlockWithItsLastFile",
                                "DaxFileTest#filesShouldShareBlocksUntilOneWrites")
                        .check("shared until one writes, free when the last lets go", DaxChecks::shared));
    }

    /** A file of 8 heads, all of it mapped by a space, and a walker there. */
    private record Stage(Scene scene, Device device, File file, Space space, Walker walker) {
        static Stage of(Scene scene, Protocol protocol) {
            Device device = scene.map(scene.device(MemoryType.FS_DAX).protocol(protocol));
            File file = scene.get(scene.pool().openFile("f1", device, 8 * PMD));
            Space space = scene.get(scene.pool().openSpace("vm1"));
            scene.get(space.map(file, 0, 0, 8 * PMD, Level.PMD, true, false));
            return new Stage(scene, device, file, space, scene.walker("w7", space));
        }

        Pin pin(long vpn, long pages) {
            GupWalker.Walked walked = scene.get(walker.pin(vpn, pages));
            scene.expect("pages pinned", pages, walked.pages());
            return scene.pinned(walked);
        }

        void unpin(Pin pin) {
            scene.get(walker.unpin(pin));
        }

        CompletionStage<DaxFile.Cut> cut() throws Exception {
            CompletionStage<DaxFile.Cut> cut = file.truncate(0, Scene.SOON);
            waits();
            return cut;
        }

        void waits() throws Exception {
            scene.until("it waits", () -> scene.get(file.status()).phase() == Phase.WAIT);
        }

        long freed() {
            return scene.events(Event.BlockFreed.class).stream()
                    .mapToLong(e -> Runs.heads(e.runs()))
                    .sum();
        }

        long warned(String row) {
            return scene.events(Event.Warned.class, e -> e.row().equals(row)).size();
        }
    }

    private static void done(Scene scene, CompletionStage<DaxFile.Cut> cut) {
        scene.expect("refusal", null, scene.get(cut).refusal());
    }

    private static void tied(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol());
        Pin pin = s.pin(PMD, PMD);
        List<Event.Tied> tied = scene.events(Event.Tied.class);
        scene.expect("heads tied", 1, Runs.heads(tied.get(0).runs()));
        scene.expect("to the file", "f1", tied.get(0).file());
        scene.expect("at its offset", PMD, tied.get(0).index());
        scene.expectBefore(Event.Tied.class, Event.EntryInserted.class);
        long entries = 0;
        long maps = 0;
        for (Holding holding : scene.get(s.device.holders())) {
            entries += holding.requests();
            maps += holding.maps();
        }
        scene.expect("references of entries", scene.protocol().entriesHoldRefs() ? 1 : 0, entries);
        scene.expect("references of mappings", scene.protocol().mapHoldsRefs(MemoryType.FS_DAX) ? 1 : 0, maps);
        s.unpin(pin);
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.clean();
    }

    private static void holeReplaced(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol());
        done(scene, s.file.punchHole(PMD, PMD, Scene.SOON));
        scene.expect(
                "a read",
                Refusal.NOT_MAPPED,
                scene.get(s.walker.walk(PMD, 1, READ)).stop());
        scene.expect("holes noted", 1, zeroes(s));
        s.unpin(s.pin(PMD, 1));
        scene.expect("holes left", 0, zeroes(s));
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.clean();
    }

    private static long zeroes(Stage s) {
        return s.scene.get(s.file.status()).entries().stream()
                .filter(entry -> entry.is(DaxEntry.Flag.ZERO))
                .count();
    }

    private static void firstBusy(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol());
        done(scene, s.file.punchHole(0, PMD, Scene.SOON));
        scene.expect("a hole read", 0, scene.get(s.walker.walk(0, 1, READ)).pages());
        Pin second = s.pin(2 * PMD, 1);
        Pin third = s.pin(3 * PMD, 1);

        CompletionStage<DaxFile.Cut> cut = s.cut();

        scene.untilSome(Event.LayoutBusy.class);
        Event.LayoutBusy busy = scene.events(Event.LayoutBusy.class).get(0);
        scene.expect("the first busy head", second.pieces().get(0).firstPfn(), busy.head());
        scene.expect("held by the walker", busy.holders().contains("w7"));
        scene.expectBefore(Event.LayoutUnmapped.class, Event.LayoutBusy.class);
        scene.expect("pages mapped", 0L, scene.get(s.space.mappedPages()));
        s.unpin(second);
        s.unpin(third);
        done(scene, cut);
        scene.clean();
    }

    static void waits(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol());
        Pin pin = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.cut();
        scene.expect("blocks freed while it waits", 0, s.freed());
        s.unpin(pin);
        done(scene, cut);
        scene.expect("blocks freed", 8, s.freed());
        scene.expect("searched", true, scene.get(cut).rounds() > scene.get(cut).waits());
        scene.clean();
    }

    static void nonBlocking(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol().with("layout.wait", "non-blocking"));
        Pin pin = s.pin(0, 1);
        scene.expect(
                "refusal",
                Refusal.BUSY,
                scene.get(s.file.truncate(0, Scene.SOON)).refusal());
        scene.expect("entries", 1, scene.get(s.file.status()).entries().size());
        scene.expect("pages mapped", 0L, scene.get(s.space.mappedPages()));
        s.unpin(pin);
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.clean();
    }

    private static void interrupted(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol());
        Pin pin = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.cut();
        s.file.interrupt();
        scene.expect("refusal", Refusal.INTERRUPTED, scene.get(cut).refusal());
        scene.expect("blocks freed", 0, s.freed());
        s.unpin(pin);
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.clean();
    }

    private static void eviction(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol());
        Pin pin = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.file.evict(Scene.SOON);
        s.waits();
        s.file.interrupt();
        scene.expect("still waiting", Phase.WAIT, scene.get(s.file.status()).phase());
        s.unpin(pin);
        done(scene, cut);
        scene.expect("blocks freed", 8, s.freed());
        scene.clean();
    }

    private static void untied(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol());
        s.unpin(s.pin(0, PMD));
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.expectBefore(Event.EntryDeleted.class, Event.BlockFreed.class);
        scene.expectBefore(Event.Untied.class, Event.BlockFreed.class);
        scene.expect("warnings", 0, s.warned("B35"));
        scene.clean();
    }

    static void freedInUse(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol().with("layout.idle-rule", "not-pinned"));
        Pin got = scene.pinned(scene.get(s.walker.get(0, 1)));
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.expect("warnings", 1, s.warned("B35"));
        scene.get(s.walker.put(got));
        scene.broken(Invariant.I3);
    }

    private static void shared(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol());
        File copy = scene.get(scene.pool().openFile("f2", s.device, 0));
        done(scene, copy.cloneRange(s.file, 0, 2 * PMD, 0, Scene.SOON));
        Space other = scene.get(scene.pool().openSpace("vm2"));
        scene.get(other.map(copy, 0, 0, 2 * PMD, Level.PMD, true, true));
        Pin read = scene.pinned(scene.get(s.walker.walk(0, 1, READ)));
        scene.get(s.walker.put(read));
        Walker writer = scene.walker("w8", other);
        Pin own = scene.pinned(scene.get(writer.pin(0, 1)));
        scene.expect("a block of its own", true, own.pfns()[0] != read.pfns()[0]);
        scene.get(writer.unpin(own));
        done(scene, s.file.truncate(0, Scene.SOON));
        scene.expect("blocks freed by the first", 7, s.freed());
        done(scene, copy.truncate(0, Scene.SOON));
        scene.expect("blocks freed by both", 9, s.freed());
        scene.clean();
    }

    // ---- races and disputes

    /** R15: with the lock held, the holder's fault waits for the one that waits for the holder. */
    static void deadlock(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol().with("layout.wait", "hold-locks"));
        Pin source = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, BRIEF);
        s.waits();
        CompletionStage<GupWalker.Walked> target = s.walker.pin(PMD, 1);
        scene.expect("who waits for whom", List.of("w7"), scene.get(cut).deadlocked());
        s.unpin(scene.pinned(scene.get(target)));
        s.unpin(source);
        scene.clean();
    }

    /** R15, R16: with the lock dropped the holder finishes; what it has brought back is found by the next search. */
    static void dropsAndSearchesAgain(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol());
        Pin source = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.cut();
        Pin target = s.pin(PMD, 1);
        s.unpin(source);
        scene.until(
                "it waits for the other page",
                () -> scene.get(s.file.status()).busyHead()
                        == target.pieces().get(0).firstPfn());
        s.unpin(target);
        done(scene, cut);
        scene.clean();
    }

    /** R16: without another search that page is given back in use. */
    static void doesNotSearchAgain(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol().with("layout.rescan", "false"));
        Pin source = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.cut();
        Pin target = s.pin(PMD, 1);
        s.unpin(source);
        done(scene, cut);
        s.unpin(target);
        scene.broken(Invariant.I3);
    }

    /** R17: invalidation looks at nothing, and what it did is warned about. */
    static void invalidated(Scene scene) {
        Stage s = Stage.of(scene, scene.protocol());
        Pin read = scene.pinned(scene.get(s.walker.walk(0, 1, READ)));
        scene.expect("pages dropped", PMD, scene.get(s.file.invalidate(0, PMD)).pages());
        scene.expect("warnings", 1, s.warned("R17"));
        scene.get(s.walker.put(read));
        done(scene, s.file.truncate(0, Scene.SOON));
    }

    /** D10: where unmapped entries keep their place without a reference, the page counts 0 before it is untied. */
    static void zappedButTied(Scene scene) throws Exception {
        Stage s = Stage.of(scene, scene.protocol());
        Pin pin = s.pin(0, 1);
        CompletionStage<DaxFile.Cut> cut = s.cut();
        scene.expect(
                "entries zapped",
                scene.protocol().zapFlag() ? 1L : 0L,
                scene.get(s.file.status()).entries().stream()
                        .filter(entry -> entry.is(DaxEntry.Flag.ZAPPED))
                        .count());
        scene.expect(
                "untied while it waits", 0, scene.events(Event.Untied.class).size());
        s.unpin(pin);
        done(scene, cut);
        scene.clean();
    }
}
