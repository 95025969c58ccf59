package org.pagepool.demo.conform;

import java.util.List;
import java.util.function.Predicate;
import org.pagepool.runtime.protocol.Protocol;

/** Disputes D1 to D16. Their switches are listed from {@link org.pagepool.runtime.protocol.Protocol#SWITCHES}. */
final class DisputeRows {
    private static final Predicate<Protocol> DEFAULT = Era.presets("pagepool");

    private DisputeRows() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("D1", "free at 1 or 0")
                        .rule("Is a page free at 1 or at 0?")
                        .holds("by type; whether entries hold references is a switch of its own")
                        .where("HeadRules#of", "HeadState#freed")
                        .tests("HandOutTest#shouldCountHandOutAsItsEraDoes")
                        .check(
                                "one, zero and reset-to-one: where a page is parked, when it is free, who can get it",
                                DEFAULT,
                                DisputeChecks::whereAPageIsFree),
                Row.of("D2", "pgmap reference in walks")
                        .rule("Does a walk need a pgmap reference, or teardown a zap?")
                        .holds()
                        .where("WalkRefs#apply", "Protocol#walkPgmapRefs")
                        .tests("WalkRefsTest#shouldKeepOneForEachPage")
                        .check("per-page: one reference for each page", DEFAULT, WalkChecks::oneReferencePerPage)
                        .check(
                                "zap-first: nothing is left over of the device",
                                DEFAULT,
                                RaceChecks::nothingLeftOverOfTheDevice)
                        .check(
                                "no zap, and entries without references: one leads to the next device",
                                DEFAULT,
                                scene -> RaceChecks.leftoverEntryLeadsElsewhere(scene, Protocol.V5_5)),
                Row.of("D3", "head before grab")
                        .rule("May the head be looked up before it is grabbed?")
                        .holds("as a function, for heads are fixed while their pgmap lives (B22)")
                        .where("HeadTry#step", "WalkPlan#fast")
                        .tests(
                                "HeadTryTest#shouldFindTheScheduleThatLoadsTheWrongHead",
                                "WalkPlanTest#shouldStopAtAnEntryThatPointsAtATail")
                        .check("with and without a second look-up", DEFAULT, WalkChecks::secondLookDecides)
                        .check("the entry's page taken for the head", DEFAULT, WalkChecks::entrysPageTakenForTheHead),
                Row.of("D4", "one loop or two")
                        .rule("One loop for all entries, or a special one for device pages?")
                        .holds()
                        .where("WalkPlan#fast")
                        .tests("WalkPlanTest#shouldNeedOneGrabPerPageEntryOrHead")
                        .check("each size of a grab, over one head and over 128", DEFAULT, DisputeChecks::sizeOfAGrab),
                Row.of("D5", "unit of geometry")
                        .rule("What is geometry, and in which unit?")
                        .holds(
                                "a count of pages or an order, powers of two only; users give bytes, inside it is an order")
                        .where("Geometry#ofPages")
                        .tests("GeometryTest#shouldRefuseCountsThatAreNoPowerOfTwo")
                        .check("pages or an order, powers of two but 2", DEFAULT, DisputeChecks::pagesOrOrder),
                Row.of("D6", "page_free needed")
                        .rule("Does a driver need to be called when a page is free?")
                        .holds()
                        .where("Lifecycle#callsDriver", "Section#tellIdle")
                        .tests("HandOutTest#shouldCallTheDriverAsTheSwitchSays"),
                Row.of("D7", "cleanup by type")
                        .rule("May cleanup of driver memory touch file pages?")
                        .holds("a wrong one is warned of")
                        .where("Lifecycle#cleaned", "Lifecycle#wronglyCleaned")
                        .tests("HandOutTest#shouldCleanByType"),
                Row.of("D8", "what truncation waits for")
                        .rule("Which count does truncation wait for?")
                        .holds("four rules; not-pinned overlooks gets")
                        .where("EntryRules#of", "HeadState#idle")
                        .tests("TruncationPropertiesTest#shouldShowWhatIsWrong")
                        .check("the preset's rule waits", DaxChecks::waits)
                        .check("not-pinned gives a page back that somebody gets", DaxChecks::freedInUse),
                Row.of("D9", "wait with locks")
                        .rule("Wait with locks held, or drop them and search again?")
                        .holds()
                        .where("LayoutBreak#on")
                        .tests("LayoutBreakTest#shouldWaitWithTheLockWhereTheProtocolSaysSo")
                        .check("drop-retry: the holder can fault", DaxChecks::dropsAndSearchesAgain)
                        .check("hold-locks: it cannot", DEFAULT, DaxChecks::deadlock)
                        .check("non-blocking: refused at once", DEFAULT, DaxChecks::nonBlocking),
                Row.of("D10", "zapped but tied")
                        .rule("Is there a state between unmapped and untied?")
                        .holds()
                        .where("DaxFile#zapEntries")
                        .tests("DaxFileTest#truncationShouldWaitForAPin")
                        .check("tied until truncation ends, with the reference or without", DaxChecks::zappedButTied),
                Row.of("D11", "request API")
                        .rule("Requests: by pfn or offset, free before or not, warn or not, form a folio or not?")
                        .holds(
                                "a folio has the size of its device's geometry; what a request says about its size is checked, and counted on the pgmap")
                        .where("FolioRequest#at", "HeadState#refuses", "Section#admission", "Section#takePgmap")
                        .tests(
                                "DriverTest#shouldLeaveItToTheProtocolWhetherAPageInUseCanBeRequested",
                                "HandOutTest#shouldHandOutAUsedPageOnlyWhereItsEraDoes",
                                "HandOutTest#shouldRefuseToHandOutOfADyingPgmap"),
                Row.of("D12", "sharing tables")
                        .rule("Is it worth sharing table pages too?")
                        .holds(
                                "24 MiB of 40 per TiB of 1 GiB heads, nothing for 2 MiB; `pagepool vmemmap` shows all three")
                        .where("Sharing#of", "VmemmapFigures#of")
                        .tests("VmemmapFiguresTest#shouldCostPerTebibyteWhatTheDigestSays"),
                Row.of("D13", "tails read-only")
                        .rule("Are shared tails read-only?")
                        .holds()
                        .where("StructPages#write")
                        .tests("StructPagesTest#shouldRefuseToWriteSharedTailsThatAreReadOnly"),
                Row.of("D14", "long pins on the fast path")
                        .rule("May device-dax be pinned for long on the fast path?")
                        .holds()
                        .where("Protocol#refusesLongterm")
                        .tests("ConformanceTest#shouldPinForLongByTypeAndPath")
                        .check(
                                "by type it may, where entries are marked it may not",
                                DEFAULT,
                                DisputeChecks::longPinsOnTheFastPath),
                Row.of("D15", "teardown and pins")
                        .rule("Does teardown wait for pins?")
                        .holds()
                        .where("Protocol#pageHoldsPgmapRef")
                        .tests("ConformanceTest#shouldWaitForPinsOrBeFoundOut")
                        .check(
                                "page-pins: the device waits and names the holder",
                                DEFAULT,
                                RaceChecks::deviceWaitsForThePin)
                        .check(
                                "pgmap-refs-only: it goes, which is reported as I6",
                                DEFAULT,
                                DisputeChecks::teardownThatDoesNotWait),
                Row.of("D16", "slow walks in batches")
                        .rule("Does a slow walk take more than one page at a time?")
                        .holds()
                        .where("SlowBatch#grab", "WalkPlan#slow")
                        .tests("WalkPlanTest#shouldTakeAsMuchAtOnceAsTheSlowPathDoes")
                        .check(
                                "each size of a slow grab, under huge and base entries",
                                DEFAULT,
                                WalkChecks::eachSizeOfASlowGrab));
    }
}
