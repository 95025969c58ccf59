package org.pagepool.demo.conform;

import java.util.List;

/** Invariants I1 to I12, judged by the auditor over the events of a run. */
final class InvariantRows {
    private InvariantRows() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("I1", "conservation")
                        .rule("Head count = base + mappings + what holders hold")
                        .holds(
                                "at every grant, release and base drop, against the sums that the heads themselves report")
                        .where("SectionFold#judgeSums", "SectionFold#baseDropped")
                        .tests(
                                "AuditorTest#shouldFindConservationKept",
                                "AuditorTest#shouldReportAGrantThatHeadsCountedOtherwise",
                                "AuditorPropertiesTest#shouldNoticeAWrongSum")
                        .check("a grant after which heads count one more is found", InvariantChecks::sumOfHolders),
                Row.of("I2", "pins")
                        .rule("Pincount = sum of pins; acquired less released = pins alive")
                        .holds()
                        .where("SectionFold#judgeSums", "PgmapFold#judgePins")
                        .tests(
                                "AuditorTest#shouldReportPincountsThatDifferFromThePinsHeld",
                                "AuditorTest#shouldFindASecondUnpinInTheTotalsToo")
                        .check("a grant after which pins are one more is found", InvariantChecks::sumOfPins),
                Row.of("I3", "free notices")
                        .rule(
                                "No free notice while anything is held, none forgotten; notices and activations alternate")
                        .holds("every grab counts as an activation, so R8 is not seen")
                        .where("SectionFold#notice", "SectionFold#leaveIdle", "SectionFold#judgeEnd")
                        .tests(
                                "AuditorTest#shouldReportANoticeWhileThePageIsHeld",
                                "AuditorTest#shouldReportANoticeWithoutUse",
                                "AuditorTest#shouldReportAForgottenNoticeAtTheNextUse")
                        .check("a notice while a page is held is found", InvariantChecks::noticeWhileHeld),
                Row.of("I4", "grants")
                        .rule(
                                "Nothing is granted on a free page, on a drained pgmap, close to overflow, or by a former owner")
                        .holds()
                        .where(
                                "SectionFold#countUp",
                                "SectionFold#ownerGrants",
                                "SectionFold#overflows",
                                "GateFold#onGrabbed")
                        .tests(
                                "AuditorTest#shouldReportAGetOfAFreePage",
                                "AuditorTest#shouldReportAGrantOnADrainedPgmap",
                                "AuditorTest#shouldReportAGrantByAFormerOwner",
                                "AuditorTest#shouldReportAGrantPastTheLargestCount")
                        .check("a grant on a drained pgmap is found", InvariantChecks::grantAfterDrained),
                Row.of("I5", "pgmap reference")
                        .rule(
                                "Pgmap reference = what pages and walks hold, never below zero, none given after the kill")
                        .holds("judged from the kill on; while the gate is open nobody sums the shares")
                        .where("GateFold#onClosed", "GateFold#onShareDrained", "PgmapFold#onKillConfirmed", "Gate#Gate")
                        .tests(
                                "AuditorTest#shouldReportAShareThatDiffers",
                                "AuditorTest#shouldReportANewcomerAfterTheGateWasClosed",
                                "AuditorTest#shouldReportATeardownThatLeavesSomethingOut",
                                "GateTest#shouldRefuseToPutMoreThanItsShare")
                        .check("a gate with one reference too many is found", InvariantChecks::shareOfTheGate),
                Row.of("I6", "cleanup")
                        .rule(
                                "Cleanup runs once, after drained, with nothing held; nothing happens to the pgmap after it")
                        .holds("look-ups are no events; that none finds the pgmap is shown by a test of its own")
                        .where("PgmapFold#onCleanedUp", "PagePool#onForget")
                        .tests(
                                "AuditorTest#shouldReportWhatHappensAfterCleanup",
                                "AuditorTest#shouldReportCleanupWhileAPageIsPinned",
                                "ConformanceTest#shouldAnswerWhoFoundTheDeviceBeforeItWasForgotten")
                        .check("a second cleanup is found", InvariantChecks::cleanedUpTwice),
                Row.of("I7", "releases")
                        .rule("Each reference is given back once")
                        .holds("whatever is retried, repeated or recovered")
                        .where("SectionFold#takeFromHolder", "HolderLedger#alreadyAnswered")
                        .tests(
                                "AuditorTest#shouldReportAReleaseOfWhatIsNotHeld",
                                "LossyLinkTest#shouldGrantAndReleaseOnceWhateverIsLostOrRepeated",
                                "SectionLedgerTest#shouldGiveARepeatTheSameAnswerUntilItsHolderHasSeenIt")
                        .check("a reference given back twice is found", InvariantChecks::givenBackTwice),
                Row.of("I8", "waiters")
                        .rule("Every waiter whose condition came true is told, once; none early")
                        .holds()
                        .where("SectionFold#waiterTold", "SectionFold#judgeEnd")
                        .tests(
                                "AuditorTest#shouldReportAWaiterThatWasNotTold",
                                "AuditorTest#shouldReportAWaiterThatWasToldEarly",
                                "ConformanceTest#shouldTellTheWaiterHoweverThePageBecameIdle")
                        .check("a waiter who is not told is found", InvariantChecks::waiterForgotten),
                Row.of("I9", "heads")
                        .rule("Tails carry no count; everything acts on a head")
                        .holds("a tail has no state to carry one")
                        .where("SectionFold#headsAreHere", "Section#ownsAll")
                        .tests(
                                "AuditorTest#shouldReportWhatIsNoHeadOfTheSection",
                                "AuditorTest#shouldReportHeadsInAGapBetweenRanges")
                        .check("a grab of a tail is found", InvariantChecks::tailGrabbed),
                Row.of("I10", "blocks")
                        .rule(
                                "A shared block of page records counts the entries that map it; none is left after release")
                        .holds(
                                "judged over the model of the memmap when a device is released, not over events: nothing about it is one")
                        .where("Vmemmap#check", "Frames#put", "Memmaps#release")
                        .tests(
                                "VmemmapPropertiesTest#shouldAgreeWithAModelThatHasAnObjectForEveryBlock",
                                "FramesTest#shouldRefuseToPutMoreThanThereIs",
                                "MemmapsTest#shouldComeAndGoRangeByRange")
                        .check("counts are what entries hold, and nothing is left", VmemmapChecks::noneLeft),
                Row.of("I11", "recovery")
                        .rule("State after replay = state before the crash")
                        .holds(
                                "from every prefix of a journal; counts that an era overwrites (B38) are those of the ledger again")
                        .where("SectionState#apply", "SectionState#counts", "SectionState#gate")
                        .tests(
                                "CrashPointsTest#shouldComeBackFromEveryPrefix",
                                "RecoveryTest#shouldKeepWhatWasGranted"),
                Row.of("I12", "liveness")
                        .rule("Teardown finishes once the last reference is gone")
                        .holds("judged when a history has ended, across all lives of a pool")
                        .where("PgmapFold#judgeNow", "TeardownState#on")
                        .tests(
                                "AuditorTest#shouldReportATeardownThatNeverFinishes",
                                "TeardownStateTest#shouldReachTheEndWhateverTheOrderOfAnswers",
                                "KillUnderLoadTest#shouldSurviveAKillUnderLoad",
                                "RecoveryTest#shouldGoOnTearingDown")
                        .check("a teardown that never ends is found", InvariantChecks::neverCleanedUp));
    }
}
