package org.pagepool.runtime.section;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;

/** Who holds what, and what was answered before (I1, I7, R30). */
class SectionLedgerTest {
    private static final Geometry GEOMETRY = Geometry.ofPages(512);
    private static final Run TWO_HEADS = new Run(512, 2, 512);

    private static Event.Grabbed grabbed(String holder, long sequence, GrabKind kind, Run... runs) {
        return new Event.Grabbed("pmem0", 0, 1, holder, sequence, kind, List.of(runs), 0, 0);
    }

    private static Event.Released released(String holder, long sequence, ReleaseCause cause, Run... runs) {
        return new Event.Released("pmem0", 0, holder, sequence, GrabKind.PIN, List.of(runs), cause, 0, 0);
    }

    private static SectionLedger holding() {
        return SectionLedger.empty(GEOMETRY).apply(grabbed("w7", 3, GrabKind.PIN, TWO_HEADS), 100);
    }

    @Test
    void shouldListWhoHoldsWhatSinceWhen() {
        SectionLedger ledger = holding()
                .apply(grabbed("w7", 4, GrabKind.GET, new Run(512, 1, 1)), 200)
                .apply(grabbed("vm1", 1, GrabKind.MAP, new Run(512, 1, 1)), 50);

        assertEquals(List.of(new Holding("vm1", 0, 0, 1, 50), new Holding("w7", 1, 1024, 0, 100)), ledger.holdings());
        assertFalse(ledger.idle());
    }

    @Test
    void shouldKeepWhatAPartialReleaseLeaves() {
        SectionLedger ledger = holding().apply(released("w7", 3, ReleaseCause.PUT, new Run(512, 1, 500)), 0);

        assertEquals(
                List.of(new Run(512, 1, 12), new Run(1024, 1, 512)),
                ledger.of("w7").held().get(3L).runs());
    }

    @Test
    void shouldRefuseEveryKindOfWrongRelease() {
        SectionLedger ledger = holding();
        List<Run> all = List.of(TWO_HEADS);

        assertNull(ledger.of("w7").refusesRelease("w7", "w7", 3, GrabKind.PIN, all, GEOMETRY));
        assertNull(
                ledger.of("w7").refusesRelease("w7", "w7", 3, GrabKind.PIN, List.of(), GEOMETRY),
                "empty means all that is left");
        assertEquals(Refusal.FOREIGN, ledger.of("w8").refusesRelease("w8", "w7", 3, GrabKind.PIN, all, GEOMETRY));
        assertEquals(Refusal.UNKNOWN_PIN, ledger.of("w7").refusesRelease("w7", "w7", 4, GrabKind.PIN, all, GEOMETRY));
        assertEquals(
                Refusal.KIND_MISMATCH,
                ledger.of("w7").refusesRelease("w7", "w7", 3, GrabKind.GET, all, GEOMETRY),
                "R30");
        assertEquals(
                Refusal.UNBALANCED,
                ledger.of("w7").refusesRelease("w7", "w7", 3, GrabKind.PIN, List.of(new Run(512, 1, 513)), GEOMETRY));
        assertEquals(
                Refusal.UNBALANCED,
                ledger.of("w7").refusesRelease("w7", "w7", 3, GrabKind.PIN, List.of(new Run(0, 1, 1)), GEOMETRY));

        SectionLedger put = ledger.apply(released("w7", 3, ReleaseCause.PUT, TWO_HEADS), 0);
        assertEquals(Refusal.ALREADY_RELEASED, put.of("w7").refusesRelease("w7", "w7", 3, GrabKind.PIN, all, GEOMETRY));
        SectionLedger revoked = ledger.apply(released("w7", 3, ReleaseCause.REVOKE, TWO_HEADS), 0);
        assertEquals(Refusal.REVOKED, revoked.of("w7").refusesRelease("w7", "w7", 3, GrabKind.PIN, all, GEOMETRY));
    }

    @Test
    void shouldThrowOnAnEventThatCannotHaveHappened() {
        SectionLedger ledger = holding();

        assertThrows(
                IllegalStateException.class,
                () -> ledger.apply(released("w7", 3, ReleaseCause.PUT, new Run(512, 1, 513)), 0));
        assertThrows(
                IllegalStateException.class, () -> ledger.apply(released("w7", 9, ReleaseCause.PUT, TWO_HEADS), 0));
        assertEquals(holding(), ledger, "and the ledger is what it was");
    }

    @Test
    void shouldGiveARepeatTheSameAnswerUntilItsHolderHasSeenIt() {
        Answer answer = new Answer(1024, null);
        SectionLedger ledger = SectionLedger.empty(GEOMETRY).answered("w7", 3, 3, answer);

        assertSame(answer, ledger.of("w7").alreadyAnswered(3));
        assertNull(ledger.of("w7").alreadyAnswered(4));
        assertNull(ledger.of("w8").alreadyAnswered(3), "sequences are each holder's own");
        SectionLedger later = ledger.answered("w7", 5, 5, answer);
        Answer stray = later.of("w7").alreadyAnswered(3);
        assertEquals(Answer.refused(Refusal.STALE), stray);
        assertNull(later.of("w8").alreadyAnswered(1));
        assertTrue(later.of("w7").answered().containsKey(5L));
        assertFalse(later.of("w7").answered().containsKey(3L), "memory is bounded by what is under way");
    }

    @Test
    void shouldAcceptALateRequestThatIsAboveTheFloor() {
        SectionLedger ledger = SectionLedger.empty(GEOMETRY).answered("w7", 6, 5, new Answer(1, null));

        assertNull(ledger.of("w7").alreadyAnswered(5), "5 was overtaken by 6 on the way, and never answered");
    }

    @Test
    void shouldBoundTheAnswersOfOneHolder() {
        SectionLedger ledger = SectionLedger.empty(GEOMETRY);
        for (long i = 0; i < SectionLedger.ANSWERS_MAX; i++) {
            ledger = ledger.answered("w7", i, 0, new Answer(1, null));
        }
        assertEquals(SectionLedger.ANSWERS_MAX, ledger.of("w7").unseenAnswers(0));
        assertEquals(1, ledger.of("w7").unseenAnswers(SectionLedger.ANSWERS_MAX - 1), "what was seen does not count");
    }

    @Test
    void shouldForgetOnlyHoldersThatHoldNothing() {
        assertThrows(IllegalStateException.class, () -> holding().forget("w7"));
        SectionLedger gone = holding()
                .apply(released("w7", 3, ReleaseCause.RECLAIM, TWO_HEADS), 0)
                .forget("w7");
        assertTrue(gone.idle());
        assertTrue(gone.holders().isEmpty());
    }
}
