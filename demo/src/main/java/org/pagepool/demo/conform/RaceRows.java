package org.pagepool.demo.conform;

import java.util.List;

/** Races R1 to R33: each names the wrong outcome. Where a preset claims to be right, its check shows that it does not come; where a
 * preset is known to be wrong, that it comes and is reported. */
final class RaceRows {
    private RaceRows() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("R1", "entries outlive the device")
                        .rule(
                                "A walk follows an entry that outlived the device and touches memory that teardown gave away")
                        .holds(
                                "with `teardown.zap-first` off the entry stays until the device's grace period is over, and leads to whatever device is mapped there next; no invariant covers that")
                        .where("TeardownState#on", "AddressSpace#onZapPgmap")
                        .tests("ConformanceTest#shouldLeaveNoEntryBehindWhereTeardownZaps")
                        .check(
                                "no entry is left that could lead to the next device",
                                RaceChecks::nothingLeftOverOfTheDevice)
                        .check(
                                "provoked: without a zap the entry leads to whatever is mapped there next",
                                RaceChecks::mapsWithoutReferences,
                                RaceChecks::leftoverEntryLeadsElsewhere),
                Row.of("R2", "pgmap reference leaked")
                        .rule("A walk whose page grab fails keeps its pgmap reference, and teardown waits for ever")
                        .holds("the reference goes back on the one way on which every grab ends")
                        .where("Section#finish")
                        .tests(
                                "ConformanceTest#shouldCutAWalkAtTheEntryOfTheHeadThatRefuses",
                                "AuditorTest#shouldCountRefusedWalksDown")
                        .check(
                                "teardown drains after a walk that was refused",
                                RaceChecks::refusedWalkLetsTeardownDrain),
                Row.of("R3", "one head takes all")
                        .rule(
                                "Under an entry over several compounds the first gets all references, and each gives back its own share")
                        .holds()
                        .where("Runs#ofPages", "Settlement#of")
                        .tests(
                                "WalkTest#shouldBalanceEveryHeadUnderAPmdOverSmallerCompounds",
                                "SettlementTest#shouldGiveBackOnEveryHeadUnderAHugeEntry",
                                "ConformanceTest#shouldLoadEachHeadWithItsPages")
                        .check(
                                "each of four heads under one entry gets its own pages and is even afterwards",
                                RaceChecks::countsEachHead,
                                RaceChecks::eachHeadIsBalanced)
                        .check(
                                "provoked: as posted one head takes all, and the unpin is refused",
                                WalkChecks.asPosted(),
                                WalkChecks::oneHeadTakesAllAsPosted),
                Row.of("R4", "folio split under a grab")
                        .rule("The folio is split between look-up and grab, and the reference lands on the wrong one")
                        .holds(
                                "heads are fixed while their pgmap lives, so a pool cannot meet it; tried with the look-up as a function, against a folio that is split at every place (B22)")
                        .where("HeadTry#step")
                        .tests("HeadTryTest#shouldFindTheScheduleThatLoadsTheWrongHead")
                        .check(
                                "with a second look-up no place of the split is wrong",
                                protocol -> !WalkChecks.asPosted().test(protocol),
                                WalkChecks::headIsLookedUpAgain)
                        .check(
                                "provoked: without it one in four is",
                                WalkChecks.asPosted(),
                                WalkChecks::headIsLookedUpAgain),
                Row.of("R5", "block freed under a walk")
                        .rule(
                                "A block is freed, or given to another file, between a walk's look at the entry and its grab")
                        .holds("with `gup.recheck` off the walk keeps pages that it has no entry for")
                        .where("PageTable#recheck", "Settlement#of")
                        .tests(
                                "ConformanceTest#shouldNotKeepPagesOfAnEntryThatWasZapped",
                                "PageTableTest#shouldNoticeThatThePageNowBelongsToAnotherFile")
                        .check("what was zapped between lookup and grab is not kept", RaceChecks::changedEntryIsNotKept)
                        .check("provoked: without a second look it is", RaceChecks::changedEntryIsKeptUnseen),
                Row.of("R6", "idle before unmapped")
                        .rule("Idleness is tested before the pages are unmapped")
                        .holds(
                                "teardown and truncation unmap before they look; with `layout.unmap-first` off, 2 of 14 schedules go wrong")
                        .where("TeardownState#on", "LayoutBreak#on")
                        .tests(
                                "TruncationRacesTest#shouldUnmapBeforeItLooksAtTheCount",
                                "TeardownStateTest#shouldDropBasesOnlyAfterTheEntriesAreGone",
                                "ConformanceTest#shouldTearDownInOrder")
                        .check("entries go before counts are looked at", RaceChecks::unmappedBeforeIdle),
                Row.of("R7", "lookup after exit")
                        .rule("The pgmap's reference is gone while look-ups still find the pgmap")
                        .holds("look-up forgets it first, and who found it before is answered for a grace period")
                        .where("Teardown#onForgotten", "Pgmap#onCleanedUp")
                        .tests(
                                "ConformanceTest#shouldAnswerWhoFoundTheDeviceBeforeItWasForgotten",
                                "TeardownStateTest#shouldCleanUpOnlyWhenSectionsAndLookupHaveConfirmed")
                        .check(
                                "nobody finds the pgmap from cleanup on, and who had found it is refused",
                                RaceChecks::notFoundAtCleanup),
                Row.of("R8", "freed twice")
                        .rule("A late walk takes a freed page from 1 to 2 and back, and it is freed twice")
                        .holds(
                                "at 0 the grab is refused. Under `v5.5` the second notice comes; the auditor takes the late grab for an activation and does not object")
                        .where("HeadState#refuses", "HeadState#announces")
                        .tests("ConformanceTest#shouldAnnounceAPageTwiceOnlyWhereALateWalkCanStillGetIt")
                        .check(
                                "free at 0: a late grab is refused, one notice",
                                RaceChecks::filesFreeAtZero,
                                RaceChecks::freeOnceWhereALateGrabIsRefused)
                        .check(
                                "provoked: idle at 1, a late grab brings a second notice",
                                RaceChecks::filesIdleAtOne,
                                RaceChecks::freeTwiceWhereALateGrabIsGranted),
                Row.of("R9", "waiter forgotten")
                        .rule("One of two release paths forgets to wake the waiter")
                        .holds("every count comes down in one place")
                        .where("HeadState#put", "HeadMachine#put", "HeadMachine#putBase")
                        .tests("ConformanceTest#shouldTellTheWaiterHoweverThePageBecameIdle")
                        .check(
                                "the waiter is told by put, unpin and exit of the holder",
                                RaceChecks::waiterIsToldHoweverItGoes),
                Row.of("R10", "two requests see 2")
                        .rule("Two requests both see 2, and nobody takes the pgmap reference")
                        .holds(
                                "as first proposed it happens, and is reported as I5; counting and reading in one step, or asking for a free page, excludes it")
                        .where("Section#takePgmap", "HeadState#refuses")
                        .tests("HandOutTest#shouldTakeThePgmapReferenceOnce"),
                Row.of("R11", "request against kill")
                        .rule(
                                "A request sees a live pgmap, which then dies; the page stays at 1 with no reference behind it")
                        .holds("the request is undone and refused")
                        .where("Section#takePgmap")
                        .tests(
                                "HandOutTest#shouldNotLetASecondRequestLiveOnAFirstThatIsUndone",
                                "HandOutTest#shouldRefuseToHandOutOfADyingPgmap"),
                Row.of("R12", "live after kill")
                        .rule("A live reference is given after the kill returned, and memory is freed under it")
                        .holds(
                                "nothing begins before every section has confirmed. Where walks take no pgmap reference and teardown does not wait for pins (`v6.17`), a walk that looked before the zap can be granted a page for a moment when nothing is waited for any more; it is given back, and the auditor calls it I4")
                        .where("TeardownState#on", "Section#onCloseGate")
                        .tests(
                                "TeardownStateTest#shouldZapOnlyAfterEverySectionHasConfirmedTheKill",
                                "ConformanceTest#shouldTearDownInOrder",
                                "KillUnderLoadTest#shouldSurviveAKillUnderLoad")
                        .check(
                                "a walk that asks after the kill was confirmed gets nothing",
                                RaceChecks::walksTakePgmapRefs,
                                RaceChecks::nothingGrantedAfterTheKill)
                        .check(
                                "without pgmap references it may be granted, and is given back at the second look",
                                RaceChecks::walksTakeNoPgmapRefs,
                                RaceChecks::grantedAfterTheKillIsGivenBack),
                Row.of("R13", "overflow")
                        .rule("A count is driven past its largest value and the page is freed while used")
                        .holds("refused before the addition, with the count as it was")
                        .where("HeadState#refuses")
                        .tests(
                                "ConformanceTest#shouldRefuseToOverflowABasePage",
                                "HeadStateTest#shouldRefuseThePinThatWouldOverflowABasePage",
                                "AuditorTest#shouldReportAGrantPastTheLargestCount")
                        .check(
                                "a base page refuses the pin that would overflow it, and balances",
                                RaceChecks::overflowIsRefused)
                        .check("the head is as it was", RaceChecks::overflowLeavesTheHeadAlone),
                Row.of("R14", "truncate against DMA")
                        .rule("A block is truncated and reused while a device writes to it")
                        .holds(
                                "truncation waits, pins for long are refused; a block that is given back in use breaks I3")
                        .where("LayoutBreak#on", "SectionFold#blockFreed", "Protocol#refusesLongterm")
                        .tests(
                                "ConformanceTest#shouldPinForLongByTypeAndPath",
                                "DaxFileTest#waitingForPinsOnlyShouldBeFoundOut")
                        .check("truncation waits for a pin", DaxChecks::waits)
                        .check("provoked: waiting only for pins, it does not wait for gets", DaxChecks::freedInUse),
                Row.of("R15", "wait holding the lock")
                        .rule("Truncation waits with a lock that the holder of the pin needs")
                        .holds("with `layout.wait = hold-locks` it happens, and is reported as who waits for whom")
                        .where("LayoutBreak#on", "DaxFile.Cut#deadlocked")
                        .tests("DaxFileTest#holdingTheLockShouldDeadlockAndSaySo")
                        .check("the holder faults and lets go", DaxChecks::dropsAndSearchesAgain)
                        .check("provoked: with the lock held both wait", DaxChecks::deadlock),
                Row.of("R16", "woken, not searched again")
                        .rule("After waking, the waiter does not search again, and another page is pinned by then")
                        .holds("with `layout.rescan` off it happens, and breaks I3")
                        .where("LayoutBreak#on")
                        .tests("DaxFileTest#notSearchingAgainShouldBeFoundOut")
                        .check("the page that was pinned meanwhile is found", DaxChecks::dropsAndSearchesAgain)
                        .check("provoked: without another search it is given back", DaxChecks::doesNotSearchAgain),
                Row.of("R17", "entries removed in use")
                        .rule("Entries are removed while their pages are in use")
                        .holds("truncation breaks layouts first; invalidation does not, and is warned about")
                        .where("DaxFile#onInvalidate", "DaxEntries#deleteClean")
                        .tests("DaxFileTest#invalidationShouldWarnOfPagesInUse")
                        .check("provoked: invalidation of a page in use is warned about", DaxChecks::invalidated),
                Row.of("R18", "poisoned tail")
                        .rule("A poisoned tail is looked at instead of its head, and nobody is told")
                        .holds("tails have no record of their own")
                        .where("MemoryFailure#index", "Section#onPoison")
                        .tests("PoisonTest#shouldTellWhoeverMapsTheTail")
                        .check(
                                "a tail leads to its head, and to its own place in the file",
                                StepChecks::tailLeadsToHead)
                        .check("the process that maps it hears of it", DevDaxChecks::tailReachesItsHead),
                Row.of("R19", "offset rounded up")
                        .rule("A compound's offset is rounded up, and poison hits the wrong range")
                        .holds("happens where the preset rounds up, and is shown by `hwpoison-tail.conf`")
                        .where("FaultTie#of")
                        .tests("PoisonTest#shouldHitTheNextCompoundWhereOffsetsAreRoundedUp")
                        .check(
                                "the offset a fault in the middle of a compound leaves behind",
                                DevDaxChecks::faultTiesTheHead),
                Row.of("R20", "poison before mapping")
                        .rule("Poison comes between the entry and its mapping, and is not delivered")
                        .holds("happens where the entry comes first")
                        .where("AddressSpace#onTouch")
                        .tests(
                                "PoisonTest#shouldFindNobodyBetweenAnEntryAndItsTie",
                                "PoisonTest#shouldBeBusyWhereNobodyHasTouchedThePage"),
                Row.of("R21", "unmapped by end")
                        .rule("Poison unmaps a range by its end where its length was meant")
                        .holds()
                        .where("MemoryFailure#unmap")
                        .tests("PoisonTest#shouldTellWhoeverMapsTheTail")
                        .check("the largest entry is unmapped, by its length", StepChecks::unmappedByLength),
                Row.of("R22", "no multiple of geometry")
                        .rule("A range is no multiple of the geometry, and teardown puts more than mapping took")
                        .holds()
                        .where("PgmapSpec#PgmapSpec")
                        .tests(
                                "PgmapSpecTest#shouldRefuseRangesThatCutAHead",
                                "PoolTest#shouldRefuseDevicesThatOverlapOrDoNotFitTheirGeometry")
                        .check(
                                "a range or size that is no multiple of a head is refused",
                                RaceChecks::rangesAreWholeHeads),
                Row.of("R23", "yields at every step")
                        .rule("The loop over heads yields at almost every step")
                        .out(
                                "there is no such loop; teardown counts heads that were never used and visits only those that have an actor"),
                Row.of("R24", "records overrun")
                        .rule("More records are initialised than a small compound has, over the next one's head")
                        .holds("never more than a compound has, and no sharing without more than two pages of records")
                        .where("RecordInit#perHead", "RecordInit#overrun", "Sharing#of")
                        .tests(
                                "RecordInitTest#shouldNeverInitialiseMoreThanACompoundHas",
                                "StructPagesTest#shouldWriteOverTheNextHeadWhereTheCountIsNotChecked",
                                "SharingTest#shouldSayWhyLessIsShared")
                        .check(
                                "small compounds keep to their own records",
                                VmemmapChecks::smallCompoundsKeepToThemselves)
                        .check(
                                "provoked: 2048 records for a compound of 32, as merged",
                                VmemmapChecks::shares,
                                VmemmapChecks::uncheckedCountOverruns),
                Row.of("R25", "parked like in use")
                        .rule(
                                "A page on its driver's free list counts 1 like one in use, and is taken by somebody else")
                        .holds(
                                "parked at 0 it is refused. Under `v5.5` it can be taken; the era that sets freed pages back to 1 (E2) is not there yet")
                        .where("HeadState#refuses")
                        .tests(
                                "ConformanceTest#shouldRefuseAParkedPageOnlyWhereItIsParkedAtZero",
                                "HeadStateTest#shouldRefuseToGrabAFreePage",
                                "AuditorTest#shouldReportAGetOfAFreePage")
                        .check(
                                "parked at 0: a get is refused",
                                RaceChecks::parksDriverMemoryAtZero,
                                RaceChecks::parkedPageIsRefused)
                        .check(
                                "provoked: parked at 1, a get is granted",
                                protocol -> !RaceChecks.parksDriverMemoryAtZero(protocol),
                                RaceChecks::parkedPageLooksLikeOneInUse),
                Row.of("R26", "handed out while dying")
                        .rule("A page is handed out after teardown began")
                        .holds("refused for mappings and requests; driver memory of the 1-based era has no such look")
                        .where("Section#admission", "Section#looksFirst", "AddressSpace#finish")
                        .tests(
                                "ConformanceTest#shouldGiveNothingOfADyingDevice",
                                "HandOutTest#shouldRefuseToHandOutOfADyingPgmap",
                                "DriverTest#shouldRefuseOnADyingDevice"),
                Row.of("R27", "probe fails after publishing")
                        .rule("A probe fails after its pgmap was published, and the device cannot be probed again")
                        .holds("happens where the preset publishes first")
                        .where("DaxRegion#failed", "DaxDriver#onMapped")
                        .tests("DaxDriverTest#shouldSurviveAProbeThatFailedWhereItPublishesLast")
                        .check("a probe that failed, and the next one", DevDaxChecks::probeThatFailed),
                Row.of("R28", "pinned past removal")
                        .rule("A device goes away while a page of it is pinned for long")
                        .holds(
                                "the default waits. Under `v6.15` it happens and is reported as I6, with the holder; the late unpin is refused")
                        .where("Protocol#pageHoldsPgmapRef", "PgmapFold#onCleanedUp")
                        .tests(
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut",
                                "PoolTest#aPinnedPageAtCleanupShouldBeReportedUnderTheProtocolThatDoesNotWaitForPins",
                                "AuditorTest#shouldReportCleanupWhileAPageIsPinned")
                        .check(
                                "teardown waits and names the holder",
                                RaceChecks::waitsForPins,
                                RaceChecks::deviceWaitsForThePin)
                        .check(
                                "provoked: the device goes, which is reported as I6, and the late unpin is refused",
                                RaceChecks::waitsForPgmapOnly,
                                RaceChecks::deviceGoesUnderThePin),
                Row.of("R29", "insert fails after grab")
                        .rule(
                                "Inserting an entry fails after its page got a reference, and the put frees a page that was never mapped")
                        .partly(
                                "entries go in only when all references were granted; missing: the pages that had one for a moment announce themselves free when it goes back")
                        .where("AddressSpace#finish")
                        .tests("ConformanceTest#shouldMapNothingWhenOneHeadRefuses"),
                Row.of("R30", "put and unpin mixed")
                        .rule("A get is unpinned, or a pin put, and the count is off by 1023")
                        .holds()
                        .where("HolderLedger#refusesRelease")
                        .tests(
                                "SectionLedgerTest#shouldRefuseEveryKindOfWrongRelease",
                                "PoolTest#brokenCallersShouldBeRefusedByNameAndThePoolGoOn",
                                "AuditorTest#shouldReportAnUnpinOfAGet")
                        .check(
                                "an unpin of a get and a put of a pin are refused, and counts are even afterwards",
                                RaceChecks::mixedReleasesAreRefused),
                Row.of("R31", "tail writes alias")
                        .rule("A write to one tail's record changes others")
                        .skip("nothing is shared before v6.1", VmemmapChecks::sharesNothing)
                        .holds(
                                "shared tails are read-only by default. With `vmemmap.tail-writable` on, as in every era, it happens")
                        .where("StructPages#write")
                        .tests(
                                "StructPagesTest#shouldRefuseToWriteSharedTailsThatAreReadOnly",
                                "StructPagesTest#shouldChangeAllTailsThatShareStorage")
                        .check(
                                "a tail that is shared cannot be written",
                                protocol -> !protocol.tailsWritable(),
                                VmemmapChecks::tailsAreReadOnly)
                        .check(
                                "provoked: one write changes seven tails",
                                protocol -> protocol.tailsWritable(),
                                VmemmapChecks::tailWritesAlias),
                Row.of("R32", "base put in use")
                        .skip("teardown puts the base of no page (B12)", RaceChecks::waitsForPgmapOnly)
                        .rule("Teardown puts the base of a page in use, and its driver is told that it is free")
                        .holds("at 0 there is no base to put. Under `v5.5` it happens and is reported as I3")
                        .where("HeadState#putBase", "SectionFold#notice")
                        .tests(
                                "ConformanceTest#shouldFindThePageThatTeardownCallsFreeWhileItIsInUse",
                                "AuditorTest#shouldReportTheBaseDropThatFreesAPageInUse")
                        .check(
                                "no base is put of a page in use",
                                RaceChecks::waitsWithFilesAtZero,
                                RaceChecks::baseIsNotPutUnderAUser)
                        .check(
                                "provoked: the base is put, which is reported as I3",
                                RaceChecks::putsBaseOfFiles,
                                RaceChecks::basePutUnderAUserIsReported),
                Row.of("R33", "success on an undone request")
                        .rule("A second request succeeds on the count of a first one that is then undone")
                        .holds(
                                "happens as proposed, and is reported as I6; where requests ask for a free page the second is refused")
                        .where("HeadState#refuses", "Section#takePgmap")
                        .tests("HandOutTest#shouldNotLetASecondRequestLiveOnAFirstThatIsUndone"));
    }
}
