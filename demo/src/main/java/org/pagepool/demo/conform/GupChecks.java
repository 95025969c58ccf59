package org.pagepool.demo.conform;

import java.util.List;

/** Walks: what they take, in which batches, when they stop, and how it is given back. Rows B17 to B30, B52, B53. */
final class GupChecks {
    private GupChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B17", "gup-fast pte")
                        .rule(
                                "A fast walk over base entries takes page by page: allowed, owner alive, one reference, entry still the same, else drop and stop with the earlier pages kept")
                        .partly(
                                "all of that; missing: where no pgmap can be had, the pages taken since the start of the table page are dropped too (here they stay); entries marked special or inaccessible")
                        .where("Settlement#of", "PageTable#recheck", "WalkPlan#of")
                        .tests(
                                "SettlementTest#shouldCutAtThePageWhenPtesMapIt",
                                "PageTableTest#shouldFindAChangedPteAtItsPage",
                                "WalkPlanTest#shouldCutAtThePageThatNobodyOwns",
                                "ConformanceTest#shouldCutAWalkAtTheEntryOfTheHeadThatRefuses"),
                Row.of("B18", "gup-fast huge devmap")
                        .rule(
                                "A fast walk over a huge device entry takes one reference per base page, then looks at the entry again and undoes all of it if it changed")
                        .eras("E1 to E4, until about v6.16")
                        .skip(
                                "no such loop from about v6.16 on: no entry is marked as a device's",
                                Era.presets("v6.17", "pagepool"))
                        .holds(
                                "with `gup.batch` set to `per-page`. Outside the model: the mark that a page was referenced")
                        .where("WalkPlan#of", "WalkPlan.Batch#grabs", "Settlement#of")
                        .tests(
                                "PoolTest#shouldGrabOncePerPageUnderTheProtocolBeforeBatching",
                                "PageTableTest#shouldFindAChangedHugeEntryFromItsFirstPageInTheWalk",
                                "ConformanceTest#shouldLoadEachHeadWithItsPages",
                                "ConformanceTest#shouldNotKeepPagesOfAnEntryThatWasZapped"),
                Row.of("B19", "batching as posted")
                        .rule(
                                "As posted: a real head gets all that remains of the entry in one grab, any other page one")
                        .eras("proposal")
                        .later(
                                "a value of `gup.batch` (per entry, assuming one head) in `runtime`, with the preset of that mail"),
                Row.of("B20", "general loop")
                        .rule(
                                "The remaining range is taken head by head, as many at once as lie in both, whatever the entry and the head measure")
                        .holds()
                        .where("Runs#ofPages", "WalkPlan#of")
                        .tests(
                                "RunsTest#shouldCoverExactlyThePagesOfARange",
                                "ConformanceTest#shouldLoadEachHeadWithItsPages",
                                "PoolTest#shouldGrabEachHeadOnceForAWalkOver16GiB",
                                "WalkTest#shouldHoldExactlyOneReferencePerKeptPage"),
                Row.of("B21", "gup-fast leaf")
                        .rule(
                                "In the end one grab takes what a leaf entry maps, then the entry is looked at again, then the type; no pgmap")
                        .eras("E4, late")
                        .skip("no such leaf before about v6.16", Era.E1, Era.E2, Era.E3, Era.presets("v6.15"))
                        .partly(
                                "one grab per entry and head, the recheck, no pgmap reference if switched off; missing: the preset of that era, the list of file types allowed")
                        .where("WalkPlan#of", "Section#countsOnGate")
                        .tests("ConformanceTest#shouldLoadEachHeadWithItsPages"),
                Row.of("B22", "try_get_folio")
                        .rule(
                                "A grab adds unless the count is zero, then looks up the head again and retries if it is another")
                        .partly(
                                "adds unless zero or too close to overflow; missing: the second look-up of the head. Heads are fixed while a pgmap lives, so it could find nothing until file pages are split and formed anew (`DaxFile`)")
                        .where("HeadState#refuses", "HeadState#grab")
                        .tests(
                                "HeadStateTest#shouldRefuseToGrabAFreePage",
                                "ConformanceTest#shouldRefuseAParkedPageOnlyWhereItIsParkedAtZero"),
                Row.of("B23", "pin arithmetic")
                        .rule(
                                "A pin of a compound page adds to its count and to an exact pincount, a pin of a base page 1024 to its count; unpins likewise; totals are kept in base pages")
                        .holds("outside the model is the zero page")
                        .where("GrabKind#refcountWeight", "GrabKind#pincountWeight", "Counters#pinsAcquired")
                        .tests(
                                "HeadStateTest#shouldCountAPinOfABasePageByBias",
                                "HeadStateTest#shouldCountPinsOfACompoundPageExactly",
                                "CountersTest#shouldTallyReferencesAtPageGranularity",
                                "PoolTest#aPmdOver512Order0HeadsShouldPinEachHeadWithTheBias"),
                Row.of("B24", "undo_dev_pagemap")
                        .rule(
                                "A fast walk that fails inside an entry undoes that entry only; the short count is returned and the slow path goes on from there")
                        .eras("E1 to E3")
                        .skip("no such rule from v6.15 on: pages are free at 0", Era.E4)
                        .partly(
                                "the undo, by entry; missing: the slow path goes on after a hole only, not after a refusal or a changed entry, where the caller is told why the walk stopped. Outside the model: a fork while the walk runs")
                        .where("Settlement#of", "Seen#entryStart")
                        .tests(
                                "SettlementTest#shouldCutBackToEntryStartWhenHugeEntryIsRefused",
                                "SettlementTest#shouldKeepNothingWhenTheFirstHugeEntryIsRefused",
                                "ConformanceTest#shouldCutAWalkAtTheEntryOfTheHeadThatRefuses"),
                Row.of("B25", "undo as posted")
                        .rule("As posted: a failed head grab undoes nothing")
                        .eras("proposal")
                        .later("with B19"),
                Row.of("B26", "unpin list")
                        .rule(
                                "A list of pages is given back in groups of neighbours with one head, one decrement per group; holes are skipped")
                        .partly(
                                "the grouping; missing: a walker gives back pins and parts of pins, not lists of pages; marking pages dirty")
                        .where("UnpinList#group", "UnpinList#atomics")
                        .tests(
                                "UnpinListTest#shouldGroupOnlyNeighboursInTheList",
                                "UnpinListTest#shouldSkipHoles",
                                "UnpinListTest#shouldGroupLikeReadingTheListPageByPage"),
                Row.of("B27", "unpin range")
                        .rule("A range of pages is given back head by head, without looking at each page")
                        .holds()
                        .where("Pin#range", "Pin.Piece#runs")
                        .tests(
                                "PinTest#shouldGroupARangeByWhatIsLeftOfEachHead",
                                "PinTest#shouldCutEveryPieceTheRangeReaches",
                                "PoolTest#partialUnpinsShouldBalanceAndNeverRepeat"),
                Row.of("B28", "gup slow")
                        .rule(
                                "The slow path faults in what is missing and follows entries under the table's lock: one base page at a time at first, the rest of a huge entry at once later")
                        .partly(
                                "faults, and looks again; missing: a step of its own, for it grabs by the same batches as the fast path")
                        .where("GupWalker#onLookupDone", "AddressSpace#onFault")
                        .tests("PoolTest#aZapShouldFaultInAgainAndAChangedEntryBeGivenBack"),
                Row.of("B29", "FOLL_LONGTERM")
                        .rule(
                                "Pins for long: none on the fast path while device entries were marked; refused for file pages; coherent memory is moved to RAM first; device-dax allowed")
                        .partly(
                                "by type, on both paths; missing: coherent memory is refused instead of moved; the rule on writable file pages of late E4")
                        .where("Protocol#refusesLongterm", "GupWalker.Flags#Flags")
                        .tests(
                                "ConformanceTest#shouldPinForLongByTypeAndPath",
                                "ProtocolTest#shouldAllowLongtermPinsOfDeviceDaxOnly"),
                Row.of("B30", "page_maybe_dma_pinned")
                        .rule(
                                "A compound page is maybe pinned if its pincount is above zero, a base page if its count reaches 1024, which gets alone can do")
                        .holds("as a function of a head; no actor asks for it yet (B53, D8)")
                        .where("HeadState#maybeDmaPinned")
                        .tests(
                                "HeadStateTest#shouldTakeManyGetsForAPinAtOne",
                                "HeadStateTest#shouldTakeManyReferencesForAPinAtZero",
                                "HeadStateTest#shouldNeverTakeGetsOfACompoundPageForAPin"),
                Row.of("B52", "zap against gup-fast")
                        .rule(
                                "A zap clears the entry, then looks at counts; a walk grabs, then looks at the entry: one of them sees the other")
                        .holds(
                                "lookup, grab and recheck are three messages. An entry that was removed and put back the same is not noticed, as in the kernel")
                        .where("AddressSpace#zap", "PageTable#recheck", "TeardownState#on")
                        .tests(
                                "ConformanceTest#shouldNotKeepPagesOfAnEntryThatWasZapped",
                                "PageTableTest#shouldCompareTheWholeTranslation"),
                Row.of("B53", "gup_test verify")
                        .rule("The kernel's own test looks, after pinning, whether every page looks pinned")
                        .partly("the question can be answered (B30); missing: `gup-test` does not ask it")
                        .where("HeadState#maybeDmaPinned")
                        .tests(
                                "HeadStateTest#shouldNeverTakeGetsOfACompoundPageForAPin",
                                "HeadStateTest#shouldReturnToItsBaseWhenEverythingGrantedIsGivenBackInAnyOrder"));
    }
}
