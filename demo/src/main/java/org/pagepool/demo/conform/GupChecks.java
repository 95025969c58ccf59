package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.gup.UnpinList;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.protocol.GupBatch;
import org.pagepool.runtime.protocol.LongtermPolicy;

/** Walks: what they take, in which batches, when they stop, and how it is given back. Rows B17 to B30, B52, B53. */
final class GupChecks {
    private GupChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B17", "gup-fast pte")
                        .rule(
                                "A fast walk over base entries takes page by page: allowed, owner alive, one reference, entry still the same, else drop and stop with the earlier pages kept; where no pgmap can be had, those since the start of the table page go back too")
                        .holds(
                                "where walks take no pgmap reference there is none to be had, and the earlier pages stay. Outside the model: entries made inaccessible to sample accesses, which device pages never are")
                        .where("Settlement#fast", "PageTable#recheck", "WalkPlan#fast", "Level#runPages")
                        .tests(
                                "SettlementTest#shouldCutAtThePageWhenPtesMapIt",
                                "SettlementTest#shouldCutAtTheTablePageWhenThePgmapIsDying",
                                "WalkPlanTest#shouldCutAtTheTablePageWhereNoPgmapCanBeHad",
                                "PageTableTest#shouldFindAChangedPteAtItsPage",
                                "PageTableTest#shouldStopAtSpecialEntries",
                                "ConformanceTest#shouldCutAWalkAtTheEntryOfTheHeadThatRefuses")
                        .check(
                                "a page that refuses ends the walk, those before stay",
                                WalkChecks::refusedPageEndsTheWalk)
                        .check("an entry that changed ends it likewise", WalkChecks::changedPageEndsTheWalk)
                        .check(
                                "a dying pgmap takes the pages of its table page with it",
                                WalkChecks::takesPgmapRefs,
                                WalkChecks::tablePageIsUndoneWithoutPgmap)
                        .check("special entries are not followed", WalkChecks::specialEntriesAreNotFollowed),
                Row.of("B18", "gup-fast huge devmap")
                        .rule(
                                "A fast walk over a huge device entry takes one reference per base page, then looks at the entry again and undoes all of it if it changed")
                        .eras("E1 to E4, until about v6.16")
                        .skip(
                                "no such loop from about v6.16 on: no entry is marked as a device's",
                                Era.presets("v6.17", "pagepool"))
                        .skip("the posted batching takes the place of that loop (B19)", WalkChecks.asPosted())
                        .holds("Outside the model: the mark that a page was referenced")
                        .where("WalkPlan#fast", "WalkPlan.Batch#grabs", "Settlement#fast")
                        .tests(
                                "PoolTest#shouldGrabOncePerPageUnderTheProtocolBeforeBatching",
                                "PageTableTest#shouldFindAChangedHugeEntryFromItsFirstPageInTheWalk",
                                "ConformanceTest#shouldLoadEachHeadWithItsPages",
                                "ConformanceTest#shouldNotKeepPagesOfAnEntryThatWasZapped")
                        .check("one grab for each base page", WalkChecks::grabsPageByPage)
                        .check("an entry that changed is undone whole", WalkChecks::changedEntryIsUndoneWhole),
                Row.of("B19", "batching as posted")
                        .rule(
                                "As posted: a real head gets all that remains of the entry in one grab, any other page one")
                        .eras("proposal")
                        .skip(
                                "posted and never merged",
                                protocol -> !WalkChecks.asPosted().test(protocol))
                        .holds("right where an entry lies inside one compound, and R3 where it does not")
                        .where("WalkPlan#fast", "WalkPlan.Batch#runs")
                        .tests(
                                "WalkPlanTest#shouldGiveAllOfAnEntryToTheHeadOfItsFirstPage",
                                "WalkPlanTest#shouldAskOneSectionForAllOfAWideEntry",
                                "WalkPlanTest#shouldEqualTheGeneralLoopWhereOneHeadFillsTheEntry",
                                "GupTestCommandTest#shouldSeeThatPagesAreNotPinned")
                        .check(
                                "one grab for each entry inside a head, one for each base page",
                                WalkChecks::oneGrabPerEntryAsPosted)
                        .check(
                                "one of four heads takes all, and its unpin is refused",
                                WalkChecks::oneHeadTakesAllAsPosted),
                Row.of("B20", "general loop")
                        .skip(
                                "all that is left of an entry goes to one head instead (B19)",
                                protocol -> protocol.batch() == GupBatch.PER_ENTRY_ASSUME_ONE)
                        .rule(
                                "The remaining range is taken head by head, as many at once as lie in both, whatever the entry and the head measure")
                        .holds()
                        .where("Runs#ofPages", "WalkPlan#of")
                        .tests(
                                "RunsTest#shouldCoverExactlyThePagesOfARange",
                                "ConformanceTest#shouldLoadEachHeadWithItsPages",
                                "PoolTest#shouldGrabEachHeadOnceForAWalkOver16GiB",
                                "WalkTest#shouldHoldExactlyOneReferencePerKeptPage")
                        .check("a range is cut at heads, whatever they measure", GupChecks::cutAtHeads)
                        .check(
                                "under one huge entry each head is loaded with its own pages",
                                GupChecks::eachHeadItsPages),
                Row.of("B21", "gup-fast leaf")
                        .rule(
                                "In the end one grab takes what a leaf entry maps, then the entry is looked at again, then the type; no pgmap")
                        .eras("E4, late")
                        .skip("no such leaf before about v6.16", Era.E1, Era.E2, Era.E3, Era.presets("v6.15"))
                        .holds(
                                "an entry over several heads takes one grab for each. The list of types has device-dax and files; the default reaches across entries, keeps a pgmap reference and lets writers of device-dax through")
                        .where("WalkPlan#fast", "Longterm#fast", "GupWalker#allowed")
                        .tests(
                                "ConformanceTest#shouldLoadEachHeadWithItsPages",
                                "SettlementTest#shouldDropWhatIsNotAllowed",
                                "LongtermTest#shouldDecideOnTheFastPath")
                        .check("one grab for each leaf", WalkChecks::grabsLeafByLeaf)
                        .check(
                                "a long pin of a writer is taken, looked at, and dropped",
                                protocol -> protocol.longterm() == LongtermPolicy.BY_TYPE_FILES_SLOW,
                                WalkChecks::writerIsDroppedAfterTheSecondLook),
                Row.of("B22", "try_get_folio")
                        .rule(
                                "A grab adds unless the count is zero, then looks up the head again and retries if it is another")
                        .holds(
                                "heads are fixed while their pgmap lives, so no walk of a pool can meet another; the second look is a function of its own, tried against a folio that is split")
                        .where("HeadState#refuses", "HeadState#grab", "HeadTry#step")
                        .tests(
                                "HeadStateTest#shouldRefuseToGrabAFreePage",
                                "HeadTryTest#shouldDropAndRepeatWhenTheHeadHasChanged",
                                "HeadTryTest#shouldFindTheScheduleThatLoadsTheWrongHead",
                                "ConformanceTest#shouldRefuseAParkedPageOnlyWhereItIsParkedAtZero")
                        .check("a count of zero is refused", WalkChecks::freePageIsNotGrabbed)
                        .check(
                                "wherever a split comes, the preset's rule finds it, or does not",
                                WalkChecks::headIsLookedUpAgain),
                Row.of("B23", "pin arithmetic")
                        .rule(
                                "A pin of a compound page adds to its count and to an exact pincount, a pin of a base page 1024 to its count; unpins likewise; totals are kept in base pages")
                        .holds("outside the model is the zero page")
                        .where("GrabKind#refcountWeight", "GrabKind#pincountWeight", "Counters#pinsAcquired")
                        .tests(
                                "HeadStateTest#shouldCountAPinOfABasePageByBias",
                                "HeadStateTest#shouldCountPinsOfACompoundPageExactly",
                                "CountersTest#shouldTallyReferencesAtPageGranularity",
                                "PoolTest#aPmdOver512Order0HeadsShouldPinEachHeadWithTheBias")
                        .check(
                                "a pin weighs 1 and 1 on a compound, 1024 on a base page, and goes back the same way",
                                GupChecks::weights)
                        .check(
                                "a pin of 64 pages adds 64 to count and pincount of its head, page by page back to what it was",
                                GupChecks::pinAndBack),
                Row.of("B24", "undo_dev_pagemap")
                        .rule(
                                "A fast walk that fails inside an entry undoes that entry only; the short count is returned and the slow path goes on from there")
                        .eras("E1 to E4; late E4 has nothing to undo unless an entry spans heads")
                        .skip("as posted nothing is undone (B25)", WalkChecks.asPosted())
                        .holds("Outside the model: a fork while the walk runs")
                        .where("Settlement#fast", "Seen#entryStart", "GupWalker#endPass")
                        .tests(
                                "SettlementTest#shouldCutBackToEntryStartWhenHugeEntryIsRefused",
                                "SettlementTest#shouldKeepNothingWhenTheFirstHugeEntryIsRefused",
                                "ConformanceTest#shouldCutAWalkAtTheEntryOfTheHeadThatRefuses",
                                "GupWalkerTest#theSlowPathShouldHaveTheLastWord")
                        .check("a failure undoes its entry only", WalkChecks::failureUndoesTheEntryOnly)
                        .check("the slow path goes on behind a failure", WalkChecks::slowPathGoesOnBehindTheFailure)
                        .check("and behind an entry that changed", WalkChecks::slowPathGoesOnBehindAChange),
                Row.of("B25", "undo as posted")
                        .rule("As posted: a failed head grab undoes nothing")
                        .eras("proposal")
                        .skip(
                                "posted and never merged",
                                protocol -> !WalkChecks.asPosted().test(protocol))
                        .holds("the pages before it stay in the walk, and their entry is not looked at again")
                        .where("Settlement#fast")
                        .tests("SettlementTest#shouldKeepWhatItHasOfTheEntryAsPosted")
                        .check("a failed grab undoes nothing of its entry", WalkChecks::nothingIsUndoneAsPosted),
                Row.of("B26", "unpin list")
                        .rule(
                                "A list of pages is given back in groups of neighbours with one head, one decrement per group; holes are skipped")
                        .holds(
                                "a page is found in whichever pin of the walker still holds it; the mark is kept with the head's record")
                        .where("UnpinList#group", "HeldPins#take", "Section#markDirty")
                        .tests(
                                "UnpinListTest#shouldGroupOnlyNeighboursInTheList",
                                "HeldPinsTest#shouldGroupNeighboursOfOneHead",
                                "UnpinPagesTest#shouldUnpinAListInGroups",
                                "UnpinPagesTest#shouldMarkHeadsDirtyOnce",
                                "UnpinListTest#shouldSkipHoles",
                                "UnpinListTest#shouldGroupLikeReadingTheListPageByPage")
                        .check("neighbours with one head are a group, holes end one", GupChecks::groups)
                        .check(
                                "a walker gives a list back in groups, marks heads dirty once, and refuses it whole",
                                WalkChecks::listGoesBackInGroups),
                Row.of("B27", "unpin range")
                        .rule("A range of pages is given back head by head, without looking at each page")
                        .holds()
                        .where("Pin#range", "Pin.Piece#runs")
                        .tests(
                                "PinTest#shouldGroupARangeByWhatIsLeftOfEachHead",
                                "PinTest#shouldCutEveryPieceTheRangeReaches",
                                "PoolTest#partialUnpinsShouldBalanceAndNeverRepeat")
                        .check("a range is given back by what is left of each head", GupChecks::rangeBack)
                        .check("part of a pin goes back once and no more", GupChecks::partBack),
                Row.of("B28", "gup slow")
                        .rule(
                                "The slow path faults in what is missing and follows entries under the table's lock: one base page at a time at first, the rest of a huge entry at once later")
                        .holds(
                                "one step follows what one table page maps; its entries stay as they are until the walk has its references. A fault brings in all that is missing of the range, not one page")
                        .where("AddressSpace#onFollow", "TableLock#exclude", "WalkPlan#slow", "Settlement#slow")
                        .tests(
                                "PoolTest#aZapShouldFaultInAgainAndAChangedEntryBeGivenBack",
                                "TableLockTest#shouldHoldBackAZapUntilTheLastWalkLetsGo",
                                "GupWalkerTest#theSlowPathShouldGiveUpOnAPageThatIsZappedAgainAndAgain",
                                "WalkPlanTest#shouldTakeAsMuchAtOnceAsTheSlowPathDoes")
                        .check("what is missing is faulted in", WalkChecks::slowPathFaults)
                        .check("its grabs have the size of its era", WalkChecks::slowPathTakesAsMuchAtOnce)
                        .check("a zap waits for it, and sees its references", WalkChecks::zapWaitsForTheSlowPath)
                        .check("a walker that dies lets go of the lock", WalkChecks::deadWalkerUnlocks),
                Row.of("B29", "FOLL_LONGTERM")
                        .rule(
                                "Pins for long: none on the fast path while device entries were marked; refused for file pages; coherent memory is moved to RAM first; device-dax allowed")
                        .holds(
                                "coherent memory ends as system memory, which the pool does not count: the walk says so and holds nothing")
                        .where("Longterm#fast", "Longterm#slow", "AddressSpace#onMigrate")
                        .tests(
                                "ConformanceTest#shouldPinForLongByTypeAndPath",
                                "LongtermTest#shouldDecideOnTheFastPath",
                                "LongtermTest#shouldDecideOnTheSlowPath")
                        .check(
                                "device-dax is pinned for long, by the slow path where entries are marked",
                                GupChecks::longtermOfDeviceDax)
                        .check("files and peer-to-peer memory are not", GupChecks::longtermRefused)
                        .check(
                                "files are refused by their area, or by their page",
                                WalkChecks::filesAreRefusedByAreaOrByPage)
                        .check("coherent memory is moved away first", WalkChecks::coherentMemoryIsMovedAway),
                Row.of("B30", "page_maybe_dma_pinned")
                        .rule(
                                "A compound page is maybe pinned if its pincount is above zero, a base page if its count reaches 1024, which gets alone can do")
                        .holds()
                        .where("HeadState#maybeDmaPinned", "Walker#verify")
                        .tests(
                                "HeadStateTest#shouldTakeManyGetsForAPinAtOne",
                                "HeadStateTest#shouldTakeManyReferencesForAPinAtZero",
                                "HeadStateTest#shouldNeverTakeGetsOfACompoundPageForAPin")
                        .check(
                                "compounds are told exactly; 1023 gets make a base page that idles at 1 look pinned, 1024 one that idles at 0",
                                GupChecks::maybePinned)
                        .check(
                                "gets alone make a base page look pinned, asked of the pool",
                                WalkChecks::manyGetsLookLikeAPin),
                Row.of("B52", "zap against gup-fast")
                        .rule(
                                "A zap clears the entry, then looks at counts; a walk grabs, then looks at the entry: one of them sees the other")
                        .holds(
                                "lookup, grab and recheck are three messages. An entry that was removed and put back the same is not noticed, as in the kernel")
                        .where("AddressSpace#zap", "PageTable#recheck", "TeardownState#on")
                        .tests(
                                "ConformanceTest#shouldNotKeepPagesOfAnEntryThatWasZapped",
                                "PageTableTest#shouldCompareTheWholeTranslation")
                        .check("a walk that grabbed too late does not keep what was zapped", GupChecks::zapBeforeGrab)
                        .check(
                                "a zap after the grab leaves the references, and everybody sees them",
                                GupChecks::grabBeforeZap),
                Row.of("B53", "gup_test verify")
                        .rule(
                                "The kernel's own test looks, after pinning, whether every page looks pinned and may be pinned for long")
                        .holds("`gup-test` does, outside the times")
                        .where("Verification#result", "Section#onFindUnpinned", "GupLoop#verify")
                        .tests(
                                "GupTestCommandTest#shouldGetEveryPageInTheKernelsMatrix",
                                "GupTestCommandTest#shouldSeeThatPagesAreNotPinned",
                                "HeadStateTest#shouldNeverTakeGetsOfACompoundPageForAPin")
                        .check("pinned pages look pinned, others do not", WalkChecks::pinnedPagesLookPinned));
    }

    // ---- B20

    private static void cutAtHeads(Scene scene) {
        for (int order : new int[] {0, 2, 6, 9, 12}) {
            Geometry geometry = Geometry.ofPages(1L << order);
            long first = 0x8000 + 123;
            Map<Long, Long> wanted = new TreeMap<>();
            for (long pfn = first; pfn < first + 5000; pfn++) {
                wanted.merge(geometry.headOf(pfn), 1L, Long::sum);
            }
            scene.expect(
                    "references by head, heads of " + geometry.pages() + " pages",
                    wanted,
                    byHead(Runs.ofPages(first, 5000, geometry), geometry));
        }
    }

    private static Map<Long, Long> byHead(List<Run> runs, Geometry geometry) {
        Map<Long, Long> refs = new TreeMap<>();
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                refs.merge(run.firstHead() + i * geometry.pages(), (long) run.refs(), Long::sum);
            }
        }
        return refs;
    }

    private static void eachHeadItsPages(Scene scene) {
        long[] headKib = {4, 512, 2048, 4096};
        for (long kib : headKib) {
            Device device = scene.map(
                    DeviceSpec.of("dax" + kib, 4L << 20).headBytes(kib << 10).protocol(scene.protocol()));
            Space space = scene.get(scene.pool().openSpace("vm" + kib));
            scene.get(space.map(device, 0, 0, 1024, Level.PMD, true, true));
            Walker walker = scene.walker("w" + kib, space);

            Pin pin = scene.pinned(scene.get(walker.pin(256, 512)));

            Geometry geometry = device.spec().geometry();
            List<Event.Grabbed> grabs =
                    scene.events(Event.Grabbed.class, e -> e.holder().equals("w" + kib));
            List<Run> granted = grabs.stream().flatMap(e -> e.runs().stream()).toList();
            scene.expect(
                    "references by head, heads of " + kib + " KiB",
                    byHead(Runs.ofPages(device.spec().pfnAt(256), 512, geometry), geometry),
                    byHead(granted, geometry));
            scene.expect("references given back", 512, scene.get(walker.unpin(pin)));
        }
        scene.clean();
    }

    // ---- B23, B30

    private static void weights(Scene scene) {
        HeadRules compound = rules(scene, 512);
        HeadRules base = rules(scene, 1);
        HeadState atOne = HeadState.AT_ONE;
        HeadState pinned = atOne.grab(GrabKind.PIN, 3, compound);
        scene.expect("a compound pinned three times", new HeadState(4, 3, 0), pinned);
        scene.expect("and back", atOne, pinned.put(GrabKind.PIN, 3, compound));
        HeadState biased = atOne.grab(GrabKind.PIN, 3, base);
        scene.expect("a base page pinned three times", new HeadState(1 + 3 * 1024, 0, 0), biased);
        scene.expect("and back", atOne, biased.put(GrabKind.PIN, 3, base));
        scene.expect("a get of either", new HeadState(2, 0, 0), atOne.grab(GrabKind.GET, 1, base));
    }

    private static HeadRules rules(Scene scene, long pages) {
        return HeadRules.of(scene.protocol(), MemoryType.GENERIC, Geometry.ofPages(pages));
    }

    private static void pinAndBack(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC).headBytes(256L << 10));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.pin(0, 64)));
        Event.Grabbed grabbed = lastGrab(scene, "w7");
        List<CompletionStage<Long>> unpins = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            unpins.add(walker.unpin(pin, i, 1));
        }
        unpins.forEach(unpin -> scene.expect("references of one page", 1, scene.get(unpin)));
        List<Event.Released> released =
                scene.events(Event.Released.class, e -> e.holder().equals("w7"));
        Event.Released last = released.get(released.size() - 1);

        scene.expect("pincount of a head pinned whole", 64, grabbed.pincountSum());
        scene.expect("its count above what it was", 64, grabbed.refcountSum() - last.refcountSum());
        scene.expect("pincount when all pages are back", 0, last.pincountSum());
        scene.expect("releases", 64, released.size());
        scene.clean();
    }

    private static Event.Grabbed lastGrab(Scene scene, String holder) {
        List<Event.Grabbed> grabs =
                scene.events(Event.Grabbed.class, e -> e.holder().equals(holder));
        return grabs.get(grabs.size() - 1);
    }

    private static void maybePinned(Scene scene) {
        HeadRules base = rules(scene, 1);
        scene.expect(
                "at 1, 1022 gets", false, gets(HeadState.AT_ONE, 1022, base).maybeDmaPinned(base));
        scene.expect("at 1, 1023 gets", true, gets(HeadState.AT_ONE, 1023, base).maybeDmaPinned(base));
        HeadState mapped = HeadState.AT_ZERO.grab(GrabKind.MAP, 1, base);
        scene.expect("at 0, mapped, 1022 gets", false, gets(mapped, 1022, base).maybeDmaPinned(base));
        scene.expect("at 0, mapped, 1023 gets", true, gets(mapped, 1023, base).maybeDmaPinned(base));
        HeadState pinned = HeadState.AT_ONE.grab(GrabKind.PIN, 1, base);
        scene.expect("one pin of a base page", true, pinned.maybeDmaPinned(base));
        HeadRules compound = rules(scene, 512);
        scene.expect(
                "100000 gets of a compound",
                false,
                gets(HeadState.AT_ONE, 100_000, compound).maybeDmaPinned(compound));
        HeadState one = HeadState.AT_ONE.grab(GrabKind.PIN, 1, compound);
        scene.expect("one pin of a compound", true, one.maybeDmaPinned(compound));
    }

    private static HeadState gets(HeadState state, int gets, HeadRules rules) {
        return state.grab(GrabKind.GET, gets, rules);
    }

    // ---- B26, B27

    private static void groups(Scene scene) {
        Geometry geometry = Geometry.ofPages(512);
        long a = 0x8800;
        long b = a + 512;
        UnpinList list = UnpinList.group(new long[] {a, a + 1, b, a + 2, -1, a + 3, b}, geometry);
        List<List<Long>> groups = new ArrayList<>();
        for (Run run : list.groups()) {
            for (int k = 0; k < run.heads(); k++) {
                groups.add(List.of(run.firstHead() + k * geometry.pages(), (long) run.refs()));
            }
        }
        scene.expect(
                "head and references of each group of A A B A hole A B",
                List.of(List.of(a, 2L), List.of(b, 1L), List.of(a, 1L), List.of(a, 1L), List.of(b, 1L)),
                groups);
        scene.expect("decrements", 5, list.atomics());
        scene.expect("references", 6, list.refs());
    }

    private static void rangeBack(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.pin(0, 2048)));

        scene.expect("references of pages 500 to 1599", 1100, scene.get(walker.unpin(pin, 500, 1100)));

        Geometry geometry = device.spec().geometry();
        List<Run> runs = scene.events(Event.Released.class).stream()
                .flatMap(e -> e.runs().stream())
                .toList();
        scene.expect(
                "by head",
                byHead(Runs.ofPages(device.spec().pfnAt(500), 1100, geometry), geometry),
                byHead(runs, geometry));
        scene.expect("the pages before", 500, scene.get(walker.unpin(pin, 0, 500)));
        scene.expect("the pages behind", 448, scene.get(walker.unpin(pin, 1600, 448)));
        scene.clean();
    }

    private static void partBack(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));
        Pin pin = scene.pinned(scene.get(walker.pin(0, 1024)));
        scene.get(walker.unpin(pin, 0, 512));

        scene.expectThrown(
                "the same part again", PoolRefusedException.class, () -> scene.get(walker.unpin(pin, 0, 512)));

        scene.expect("references left", 512, scene.heldBy(device, "w7"));
        scene.expect("the other part", 512, scene.get(walker.unpin(pin, 512, 512)));
        scene.clean();
    }

    // ---- B29

    private static void longtermOfDeviceDax(Scene scene) {
        boolean readers = scene.protocol().longterm() != LongtermPolicy.DENY_DEVMAP_FAST;
        boolean writers = scene.protocol().longterm() == LongtermPolicy.BY_TYPE;
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Walker walker = scene.walker("w7", scene.space("vm1", device));

        GupWalker.Walked fast = scene.get(walker.walk(0, 10, GupWalker.Flags.FAST_LONGTERM));
        GupWalker.Walked reading =
                scene.get(walker.walk(0, 10, new GupWalker.Flags(GrabKind.PIN, false, true, true, false)));
        GupWalker.Walked slow = scene.get(walker.walk(0, 10, GupWalker.Flags.LONGTERM));

        scene.expect("pages by the fast path alone, to write", writers ? 10 : 0, fast.pages());
        scene.expect("why it stopped", writers ? null : Refusal.LONGTERM, fast.stop());
        scene.expect("pages by the fast path alone, to read", readers ? 10 : 0, reading.pages());
        scene.expect("pages with the slow path", 10, slow.pages());
        scene.expect("whether the slow path was needed", !writers, slow.slow());
        scene.expect("pages held", fast.pages() + reading.pages() + 10, scene.heldBy(device, "w7"));
    }

    private static void longtermRefused(Scene scene) {
        for (MemoryType type : List.of(MemoryType.FS_DAX, MemoryType.PCI_P2PDMA)) {
            Device device =
                    scene.map(DeviceSpec.of(type.label(), 4L << 20).type(type).protocol(scene.protocol()));
            Walker walker = scene.walker("w-" + type.label(), scene.space("vm-" + type.label(), device));
            GupWalker.Walked walked = scene.get(walker.walk(0, 10, GupWalker.Flags.LONGTERM));
            scene.expect("pages of " + type.label() + " memory", 0, walked.pages());
            scene.expect("why the walk stopped on " + type.label() + " memory", Refusal.LONGTERM, walked.stop());
            scene.expect("pages of it that are held", 0, scene.heldBy(device, "w-" + type.label()));
        }
        scene.clean();
    }

    // ---- B52

    private static void zapBeforeGrab(Scene scene) throws Exception {
        Barrier barrier = Barrier.beforeGrabsOf("w8");
        Device device = scene.link(barrier).map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w8", space);
        CompletionStage<GupWalker.Walked> walk = walker.walk(0, 1024, GupWalker.Flags.FAST_PIN);
        scene.until("the walk is about to grab", barrier::keepsSomething);

        scene.expect("pages of the entry that was zapped", 512, scene.get(space.zap(600, 1)));
        barrier.open();

        GupWalker.Walked walked = scene.get(walk);
        scene.expect("pages kept", 512, walked.pages());
        scene.expect("why the walk stopped", Refusal.CHANGED, walked.stop());
        scene.expect("references held", 512, scene.heldBy(device, "w8"));
        scene.get(walker.unpin(scene.pinned(walked)));
        scene.clean();
    }

    private static void grabBeforeZap(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w7", space);
        Pin pin = scene.pinned(scene.get(walker.pin(0, 512)));

        scene.expect("pages of the entry that was zapped", 512, scene.get(space.zap(0, 1)));

        scene.expect("references the device tells of", 512, scene.heldBy(device, "w7"));
        scene.get(walker.unpin(pin));
        scene.clean();
    }
}
