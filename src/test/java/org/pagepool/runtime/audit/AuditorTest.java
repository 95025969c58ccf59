package org.pagepool.runtime.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.runtime.audit.Mutations.audit;
import static org.pagepool.runtime.audit.Mutations.changed;
import static org.pagepool.runtime.audit.Mutations.nth;
import static org.pagepool.runtime.audit.Mutations.sums;
import static org.pagepool.runtime.audit.Mutations.twice;
import static org.pagepool.runtime.audit.Mutations.with;
import static org.pagepool.runtime.audit.Mutations.without;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** For every invariant: a history in which it holds, and histories in which it alone is broken, where, and shown by what. */
class AuditorTest {
    private static final Protocol NO_PGMAP_REF = Protocol.V6_15.with("gup.pgmap-ref", "none");

    /** Device-dax under the recommended protocol: base 1, no notices, pages hold the pgmap. */
    private static TinyPool generic() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.GENERIC);
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 4, 512));
        pool.grab("w2", 1, GrabKind.PIN, pool.run(2, 4, 3));
        pool.release("w1", 1, ReleaseCause.PUT, pool.run(0, 2, 512));
        pool.release("w1", 1);
        pool.release("w2", 1);
        return pool;
    }

    /** Filesystem DAX under the recommended protocol: base 0, notices, a mapping brings pages into use. */
    private static TinyPool fsdax() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.FS_DAX);
        pool.grab("vm1", 1, GrabKind.MAP, pool.run(0, 4, 1));
        pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 4, 8));
        pool.release("vm1", 1);
        pool.release("w1", 1);
        return pool;
    }

    /** Exactly that invariant is broken, first at that event, and the witness shows it. */
    private static Violation assertOnly(Invariant rule, int ordinal, List<Recorded> history) {
        return assertOnly(rule, ordinal, audit(history));
    }

    private static Violation assertOnly(Invariant rule, int ordinal, Verdict verdict) {
        assertEquals(Set.of(rule), verdict.broken(), () -> verdict.violations().toString());
        assertFalse(verdict.clean());
        assertTrue(verdict.judged().get(rule).eventsSeen() > 0, "judged");
        Violation first = verdict.violations().get(0);
        assertEquals(ordinal, first.ordinal(), first::toString);
        List<Long> shown = first.witness().stream().map(Recorded::ordinal).toList();
        assertTrue(shown.contains((long) ordinal), first.witness()::toString);
        assertTrue(shown.size() <= Violation.WITNESS_MAX, first.witness()::toString);
        assertEquals(shown.stream().sorted().distinct().toList(), shown);
        return first;
    }

    private static void assertShows(Violation violation, int... ordinals) {
        List<Long> shown = violation.witness().stream().map(Recorded::ordinal).toList();
        for (int ordinal : ordinals) {
            assertTrue(shown.contains((long) ordinal), () -> "wanted " + ordinal + " in " + violation.witness());
        }
    }

    private static void assertClean(List<Recorded> history) {
        Verdict verdict = audit(history);
        assertTrue(verdict.clean(), () -> verdict.violations().toString());
        assertEquals(history.size(), verdict.events());
        assertEquals(0, verdict.violationCount());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("every invariant has a rule, and a legal history in which it is judged and holds")
    void shouldJudgeEveryInvariantInALegalHistory(Invariant rule) {
        TinyPool pool = fsdax();
        pool.grab("vm1", 2, GrabKind.MAP, pool.run(0, 1, 1));
        pool.await(pool.head(0), "t1");
        pool.release("vm1", 2);
        pool.tearDown();
        assertClean(pool.history);
        pool.history.remove(pool.history.size() - 1);
        Verdict verdict = audit(pool.history, rule == Invariant.I12);
        assertEquals(rule == Invariant.I12 ? Set.of(rule) : Set.of(), verdict.broken());
        assertTrue(verdict.judged().get(rule).eventsSeen() > 0);
        assertFalse(rule.rule().isBlank());
    }

    @Test
    void shouldSayNothingOfAnEmptyHistory() {
        Verdict verdict = new Auditor().verdict(true);
        assertTrue(verdict.clean());
        assertEquals(0, verdict.events());
        assertEquals(Invariant.values().length, verdict.judged().size());
    }

    // ---- I1

    @Test
    @DisplayName("I1: heads count what is held, on every grant, release and base drop")
    void shouldFindConservationKept() {
        assertClean(generic().tearDown().history);
        assertClean(fsdax().tearDown().history);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, 512})
    @DisplayName("I1: a grant after which heads count otherwise")
    void shouldReportAGrantThatHeadsCountedOtherwise(long off) {
        List<Recorded> history = generic().tearDown().history;
        int second = nth(history, Event.Grabbed.class, 2);
        Violation violation = assertOnly(Invariant.I1, second, changed(history, second, e -> sums(e, off, 0)));
        assertShows(violation, nth(history, Event.Grabbed.class, 1));
        assertEquals(
                "I1 at event " + second + ", t=0.000004000s: refcounts differ from what is held: pgmap=pmem0 section=2"
                        + " runs=[0x10400+4x3] refcounts=" + (1040 + off) + " expected=1040",
                violation.toString());
    }

    @Test
    @DisplayName("I1: a release after which heads count otherwise")
    void shouldReportAReleaseThatHeadsCountedOtherwise() {
        List<Recorded> history = generic().tearDown().history;
        int last = nth(history, Event.Released.class, 3);
        assertOnly(Invariant.I1, last, changed(history, last, e -> sums(e, 1, 0)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("I1: a base drop after which heads still count, in sections used and never used")
    void shouldReportABaseDropThatHeadsCountedOtherwise(int nth) {
        List<Recorded> history = generic().tearDown().history;
        int drop = nth(history, Event.BaseDropped.class, nth);
        assertOnly(Invariant.I1, drop, changed(history, drop, e -> sums(e, 1, 0)));
    }

    @Test
    @DisplayName("I1, B23: a pin of a base page weighs 1024")
    void shouldWeighPinsOfBasePages() {
        TinyPool pool = new TinyPool(TinyPool.spec(Protocol.PAGEPOOL, MemoryType.GENERIC, 0));
        pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 8, 2));
        List<Recorded> history = pool.tearDown().history;
        assertClean(history);
        int grant = nth(history, Event.Grabbed.class, 1);
        assertEquals(8 * 2049, ((Event.Grabbed) history.get(grant - 1).event()).refcountSum());
        Violation taken = assertOnly(Invariant.I1, grant, changed(history, grant, e -> sums(e, 8 - 8 * 2048, 0)));
        assertShows(taken, grant);
    }

    // ---- I2

    @Test
    @DisplayName("I2: pincounts that differ from the pins held")
    void shouldReportPincountsThatDifferFromThePinsHeld() {
        List<Recorded> history = generic().tearDown().history;
        int pin = nth(history, Event.Grabbed.class, 2);
        Violation violation = assertOnly(Invariant.I2, pin, changed(history, pin, e -> sums(e, 0, -1)));
        assertShows(violation, pin);
        int get = nth(history, Event.Grabbed.class, 1);
        assertOnly(Invariant.I2, get, changed(history, get, e -> sums(e, 0, 4)));
        int release = nth(history, Event.Released.class, 2);
        assertOnly(Invariant.I2, release, changed(history, release, e -> sums(e, 0, 1)));
    }

    @Test
    @DisplayName("I2, I7: a second unpin is found when it happens, and in the totals")
    void shouldFindASecondUnpinInTheTotalsToo() {
        List<Recorded> history = generic().tearDown().history;
        int unpin = nth(history, Event.Released.class, 3);
        Verdict verdict = audit(twice(history, unpin));
        assertEquals(Set.of(Invariant.I2, Invariant.I7), verdict.broken());
        assertEquals(Invariant.I7, verdict.violations().get(0).invariant());
        assertEquals(unpin + 1, verdict.violations().get(0).ordinal());
        assertTrue(verdict.violations().get(1).what().endsWith("acquired=12 released=24 alive=0"));
    }

    // ---- I3

    @Test
    @DisplayName("I3: a notice that never came, found at the next use")
    void shouldReportAForgottenNoticeAtTheNextUse() {
        TinyPool pool = fsdax();
        pool.grab("vm1", 2, GrabKind.MAP, pool.run(3, 2, 1));
        List<Recorded> history = pool.tearDown().history;
        assertClean(history);
        int freed = nth(history, Event.Freed.class, 1);
        Violation violation = assertOnly(Invariant.I3, freed, without(history, freed));
        assertEquals(
                Event.Grabbed.class,
                violation.witness().get(violation.witness().size() - 1).event().getClass());
        assertShows(violation, nth(history, Event.Released.class, 2));
    }

    @Test
    @DisplayName("I3: a notice that never came, found at the end")
    void shouldReportAForgottenNoticeAtTheEnd() {
        List<Recorded> history = fsdax().history;
        assertClean(history);
        List<Recorded> mute = without(history, nth(history, Event.Freed.class, 1));
        assertTrue(audit(mute, false).clean());
        assertOnly(Invariant.I3, mute.size(), mute);
        List<Recorded> whole = fsdax().tearDown().history;
        assertOnly(Invariant.I3, whole.size() - 1, without(whole, nth(whole, Event.Freed.class, 1)));
    }

    @Test
    @DisplayName("I3: one event can be wrong in several ways, each said with the head it is about")
    void shouldReportEachProblemOfOneEventOnce() {
        List<Recorded> history = fsdax().history;
        int unmap = nth(history, Event.Released.class, 1);
        Event both = new Event.Freed("pmem0", 2, List.of(new Run(0x10400, 4, 1)));
        Verdict verdict = audit(with(history, unmap + 1, both));
        assertEquals(
                List.of(
                        "said to be free while it is held: pgmap=pmem0 section=2 head=0x10400 held=8",
                        "said to be free twice without use in between: pgmap=pmem0 section=2 head=0x10800"),
                verdict.violations().stream().map(Violation::what).toList());
    }

    @Test
    @DisplayName("I3: a notice while somebody holds the page")
    void shouldReportANoticeWhileThePageIsHeld() {
        List<Recorded> history = fsdax().history;
        int unmap = nth(history, Event.Released.class, 1);
        Event early = new Event.Freed("pmem0", 2, List.of(new Run(0x10000, 4, 1)));
        Violation violation = assertOnly(Invariant.I3, unmap + 1, with(history, unmap + 1, early));
        assertShows(violation, nth(history, Event.Grabbed.class, 1), nth(history, Event.Grabbed.class, 2), unmap);
    }

    @Test
    @DisplayName("I3: a notice said twice, and one for a page nobody ever used")
    void shouldReportANoticeWithoutUse() {
        List<Recorded> history = fsdax().history;
        int freed = nth(history, Event.Freed.class, 1);
        assertOnly(Invariant.I3, freed + 1, twice(history, freed));
        Event unused = new Event.Freed("pmem0", 2, List.of(new Run(0x10e00, 1, 1)));
        assertOnly(Invariant.I3, freed, with(history, freed, unused));
    }

    @Test
    @DisplayName("R32: dropping the base of a page in use says that it is free while a user holds it")
    void shouldReportTheBaseDropThatFreesAPageInUse() {
        TinyPool pool = TinyPool.of(Protocol.V5_5, MemoryType.FS_DAX);
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 1, 1));
        pool.kill();
        pool.closeGates();
        pool.dropBases();
        pool.release("w1", 1);
        pool.drained();
        pool.cleanUp();
        int freed = nth(pool.history, Event.Freed.class, 1);
        Violation violation = assertOnly(Invariant.I3, freed, pool.history);
        assertShows(
                violation, nth(pool.history, Event.Grabbed.class, 1), nth(pool.history, Event.BaseDropped.class, 2));
        assertTrue(violation.what().contains("free while it is held"), violation::what);
    }

    @Test
    @DisplayName("B1, I3: once the base is dropped the last put is the teardown of the page, not a notice")
    void shouldExpectNoNoticeAfterTheBaseDrop() {
        TinyPool pool = TinyPool.of(Protocol.V5_5, MemoryType.FS_DAX);
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 2, 2));
        pool.kill();
        pool.closeGates();
        pool.dropBases();
        pool.release("w1", 1);
        pool.drained();
        pool.cleanUp();
        assertTrue(pool.history.stream().noneMatch(r -> r.event() instanceof Event.Freed));
        assertClean(pool.history);
    }

    // ---- I4

    @Test
    @DisplayName("I4, R25: a get on a free page; a mapping may bring it into use")
    void shouldReportAGetOfAFreePage() {
        TinyPool pool = fsdax();
        pool.forceGrab("w3", 1, GrabKind.GET, pool.run(0, 4, 1));
        int grant = pool.history.size();
        pool.release("w3", 1);
        pool.tearDown();
        Violation violation = assertOnly(Invariant.I4, grant, pool.history);
        assertEquals("granted on a free page: pgmap=pmem0 section=2 head=0x10000", violation.what());
    }

    @Test
    @DisplayName("I4: a grant on a drained pgmap, possible where walks hold no pgmap reference")
    void shouldReportAGrantOnADrainedPgmap() {
        TinyPool pool = TinyPool.of(NO_PGMAP_REF, MemoryType.GENERIC);
        pool.start(2);
        pool.kill();
        pool.closeGates();
        pool.dropBases();
        pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 1, 1));
        pool.drained();
        pool.grab("w2", 1, GrabKind.PIN, pool.run(0, 1, 1));
        int grant = pool.history.size();
        pool.releaseAll();
        pool.cleanUp();
        Violation violation = assertOnly(Invariant.I4, grant, pool.history);
        assertShows(violation, nth(pool.history, Event.Killed.class, 1), nth(pool.history, Event.Drained.class, 1));
    }

    @Test
    @DisplayName("I4: a grant by an owner that has been replaced")
    void shouldReportAGrantByAFormerOwner() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.GENERIC);
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 1, 1));
        pool.restart(2);
        pool.release("w1", 1);
        assertClean(pool.history);
        Event late = new Event.Grabbed("pmem0", 2, 1, "w2", 1, GrabKind.GET, List.of(pool.run(0, 1, 1)), 2, 0);
        Violation violation =
                assertOnly(Invariant.I4, pool.history.size() + 1, with(pool.history, pool.history.size() + 1, late));
        assertShows(violation, nth(pool.history, Event.SectionStarted.class, 2));
        assertOnly(Invariant.I4, 5, twice(pool.history, 4));
    }

    @Test
    @DisplayName("I4: a grant by a section that never started")
    void shouldReportAGrantByASectionThatNeverStarted() {
        List<Recorded> history = generic().history;
        assertEquals(
                Invariant.I4, audit(without(history, 2)).violations().get(0).invariant());
    }

    @Test
    @DisplayName("I4, R13: a grant past the largest count")
    void shouldReportAGrantPastTheLargestCount() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.GENERIC);
        pool.grab("w1", 1, GrabKind.GET, pool.run(1, 1, Integer.MAX_VALUE - 1));
        pool.grab("w2", 1, GrabKind.GET, pool.run(0, 3, 1));
        Event past = new Event.Grabbed("pmem0", 2, 1, "w3", 1, GrabKind.GET, List.of(pool.run(1, 1, 1)), 1L << 31, 0);
        int at = pool.history.size() + 1;
        List<Recorded> mutated = with(pool.history, at, past);
        assertEquals(
                Refusal.OVERFLOW, ((Event.GrabRefused) pool.history.get(at - 3).event()).refusal());
        assertClean(pool.history);
        assertOnly(Invariant.I4, at, mutated);
    }

    // ---- I5

    @Test
    @DisplayName("I5: walks accepted before the kill may finish, and count on the share until then")
    void shouldAllowWalksAcceptedBeforeTheKillToFinish() {
        TinyPool pool = generic();
        pool.accept(2, "w1", 2, GrabKind.GET, List.of(pool.run(0, 2, 1)));
        pool.accept(2, "w2", 2, GrabKind.PIN, List.of(pool.run(1, 2, 1)));
        pool.kill();
        pool.closeGates();
        pool.accept(2, "w3", 1, GrabKind.PIN, List.of(pool.run(1, 2, 1)));
        pool.finishAll(2);
        pool.dropBases();
        pool.releaseAll();
        pool.drained();
        pool.cleanUp();
        assertClean(pool.history);
        int gate = nth(pool.history, Event.GateClosed.class, 1);
        List<Recorded> fewer = changed(pool.history, gate, e -> {
            Event.GateClosed g = (Event.GateClosed) e;
            return new Event.GateClosed(g.pgmap(), g.section(), g.share() - 1, g.walks() - 1);
        });
        Verdict verdict = audit(fewer);
        assertEquals(Set.of(Invariant.I5), verdict.broken());
        assertEquals(
                nth(fewer, Event.KillConfirmed.class, 1),
                verdict.violations().get(0).ordinal());
        assertEquals(
                nth(fewer, Event.Grabbed.class, 4), verdict.violations().get(1).ordinal());
        assertTrue(verdict.violations().get(1).what().startsWith("granted to a newcomer"));
    }

    @Test
    @DisplayName("I5: a walk that a head refuses gives its pgmap reference back too (R2)")
    void shouldCountRefusedWalksDown() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.FS_DAX);
        pool.grab("vm1", 1, GrabKind.MAP, pool.run(0, 1, 1), pool.run(2, 1, 1));
        pool.accept(2, "w1", 1, GrabKind.PIN, List.of(pool.run(0, 3, 1)));
        pool.accept(2, "w2", 1, GrabKind.PIN, List.of(pool.run(5, 1, 1)));
        pool.kill();
        pool.closeGates();
        pool.finishAll(2);
        pool.releaseAll();
        pool.dropBases();
        pool.drained();
        pool.cleanUp();
        assertEquals(
                1,
                pool.history.stream()
                        .filter(r -> r.event() instanceof Event.GateClosed)
                        .count());
        assertClean(pool.history);
        int gate = nth(pool.history, Event.GateClosed.class, 1);
        List<Recorded> more = changed(pool.history, gate, e -> new Event.GateClosed("pmem0", 2, 5, 3));
        assertOnly(Invariant.I5, gate + 1, more);
    }

    @Test
    @DisplayName("I5, B6: what a walk keeps of the pgmap is part of the share until it ends, and ends once")
    void shouldCountWhatWalksKeepOfThePgmap() {
        TinyPool pool = TinyPool.of(Protocol.V6_1, MemoryType.GENERIC);
        pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 3, 1));
        pool.tearDown();
        assertClean(pool.history);
        int end = nth(pool.history, Event.WalkEnded.class, 1);

        List<Recorded> twice = new ArrayList<>(pool.history);
        twice.add(end, new Recorded(0, 0, pool.history.get(end - 1).event()));
        assertOnly(Invariant.I5, end + 1, renumbered(twice));

        List<Recorded> never = new ArrayList<>(pool.history);
        never.remove(end - 1);
        assertEquals(
                Set.of(Invariant.I5), audit(renumbered(never)).broken(), "the share says otherwise when it is closed");
    }

    private static List<Recorded> renumbered(List<Recorded> history) {
        List<Recorded> out = new ArrayList<>();
        history.forEach(r -> out.add(new Recorded(out.size() + 1L, (out.size() + 1L) * 1000, r.event())));
        return out;
    }

    @Test
    @DisplayName("I5: a newcomer after the gate was closed")
    void shouldReportANewcomerAfterTheGateWasClosed() {
        TinyPool pool = generic();
        pool.kill();
        pool.closeGates();
        pool.forceGrab("w3", 1, GrabKind.GET, pool.run(0, 1, 1));
        int grant = pool.history.size();
        pool.releaseAll();
        pool.dropBases();
        pool.drained();
        pool.cleanUp();
        Violation violation = assertOnly(Invariant.I5, grant, pool.history);
        assertShows(violation, nth(pool.history, Event.Killed.class, 1), nth(pool.history, Event.GateClosed.class, 1));
    }

    @Test
    @DisplayName("I5: a share that differs from what pages and walks hold")
    void shouldReportAShareThatDiffers() {
        List<Recorded> history = generic().tearDown().history;
        int gate = nth(history, Event.GateClosed.class, 1);
        assertOnly(Invariant.I5, gate, changed(history, gate, e -> new Event.GateClosed("pmem0", 2, 9, 0)));
    }

    @Test
    @DisplayName("I5: shares that do not add up, gates that never closed, shares that never drained")
    void shouldReportATeardownThatLeavesSomethingOut() {
        List<Recorded> history = generic().tearDown().history;
        int confirmed = nth(history, Event.KillConfirmed.class, 1);
        assertOnly(Invariant.I5, confirmed, changed(history, confirmed, e -> new Event.KillConfirmed("pmem0", 23)));
        int gate = nth(history, Event.GateClosed.class, 1);
        assertOnly(Invariant.I5, confirmed - 1, without(history, gate));
        int drained = nth(history, Event.Drained.class, 1);
        assertOnly(Invariant.I5, drained - 1, without(history, nth(history, Event.ShareDrained.class, 1)));
        assertOnly(Invariant.I5, drained - 1, without(history, nth(history, Event.BaseDropped.class, 1)));
        assertOnly(
                Invariant.I5,
                nth(history, Event.ShareDrained.class, 1) - 1,
                without(history, nth(history, Event.BaseDropped.class, 2)));
        assertOnly(Invariant.I5, gate - 1, without(history, nth(history, Event.Killed.class, 1)));
        assertOnly(Invariant.I5, gate + 1, twice(history, gate));
    }

    @Test
    @DisplayName("B12: where pages hold no pgmap reference, mapping's are dropped at once and counts stay")
    void shouldAcceptTheTeardownThatWaitsForThePgmapOnly() {
        for (MemoryType type : List.of(MemoryType.GENERIC, MemoryType.FS_DAX, MemoryType.COHERENT)) {
            TinyPool pool = TinyPool.of(Protocol.V6_15, type);
            pool.grab("vm1", 1, GrabKind.MAP, pool.run(0, 2, 1));
            pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 2, 1));
            assertClean(pool.tearDown().history);
        }
    }

    // ---- I6

    @Test
    @DisplayName("R28: cleanup while a page is pinned, because teardown waited for the pgmap only")
    void shouldReportCleanupWhileAPageIsPinned() {
        TinyPool pool = TinyPool.of(Protocol.V6_15, MemoryType.GENERIC);
        pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 1, 512));
        pool.kill();
        pool.closeGates();
        pool.dropBases();
        pool.drained();
        pool.cleanUp();
        int cleaned = pool.history.size();
        pool.release("w1", 1);
        Verdict verdict = audit(pool.history);
        Violation violation = assertOnly(Invariant.I6, cleaned, verdict);
        assertEquals("cleaned up while references are held: pgmap=pmem0 refs=512 holders=w1", violation.what());
        assertShows(violation, 3, nth(pool.history, Event.Killed.class, 1), nth(pool.history, Event.Drained.class, 1));
        assertEquals(cleaned + 1, verdict.violations().get(1).ordinal());
        assertShows(verdict.violations().get(1), cleaned);
        assertEquals(2, verdict.violationCount());
    }

    @Test
    @DisplayName("I6: cleanup twice, too early, and what happens to the pgmap after it")
    void shouldReportWhatHappensAfterCleanup() {
        List<Recorded> history = generic().tearDown().history;
        int end = history.size();
        assertOnly(Invariant.I6, end + 1, twice(history, end));
        assertOnly(Invariant.I6, end - 1, without(history, nth(history, Event.Drained.class, 1)));
        for (Event late : List.of(
                history.get(1).event(),
                history.get(2).event(),
                new Event.WaiterTold("pmem0", 2, 0x10000, "t1", true),
                new Event.Killed("pmem0", CloseVerb.REVOKE, "late"))) {
            assertShows(assertOnly(Invariant.I6, end + 1, with(history, end + 1, late)), end);
        }
        assertClean(with(history, end + 1, new Event.GrabRefused("pmem0", 2, "w9", 1, GrabKind.GET, -1, Refusal.DEAD)));
        assertClean(with(history, end + 1, new Event.Repeated("pmem0", 2, "w9", 1)));
    }

    @Test
    @DisplayName("I6: killed twice, mapped twice")
    void shouldReportASecondLifeBeforeTheEndOfTheFirst() {
        List<Recorded> history = generic().tearDown().history;
        int killed = nth(history, Event.Killed.class, 1);
        assertOnly(Invariant.I6, killed + 1, twice(history, killed));
        assertOnly(Invariant.I6, 2, twice(history, 1));
    }

    @Test
    @DisplayName("I6: the name of a cleaned up pgmap may be used again")
    void shouldStartAfreshWhenMappedAgain() {
        List<Event> twoLives = Mutations.events(generic().tearDown().history);
        twoLives.addAll(Mutations.events(fsdax().tearDown().history));
        assertClean(Mutations.numbered(twoLives));
    }

    // ---- I7

    @Test
    @DisplayName("I7: given back twice, more than held, or never granted")
    void shouldReportAReleaseOfWhatIsNotHeld() {
        List<Recorded> history = generic().tearDown().history;
        int release = nth(history, Event.Released.class, 1);
        Violation violation = assertOnly(Invariant.I7, release + 1, twice(history, release));
        assertShows(violation, nth(history, Event.Grabbed.class, 1), release);
        int last = nth(history, Event.Released.class, 2);
        assertOnly(Invariant.I7, last + 1, twice(history, last));
        Event foreign = new Event.Released(
                "pmem0", 2, "w9", 1, GrabKind.GET, List.of(new Run(0x10000, 1, 1)), ReleaseCause.PUT, 0, 0);
        assertOnly(Invariant.I7, last, with(history, last, foreign));
        Event tooMuch = new Event.Released(
                "pmem0", 2, "w1", 1, GrabKind.GET, List.of(new Run(0x10400, 1, 513)), ReleaseCause.PUT, 0, 0);
        assertOnly(Invariant.I7, last, with(history, last, tooMuch));
    }

    @Test
    @DisplayName("I7, R30: an unpin of a get")
    void shouldReportAnUnpinOfAGet() {
        TinyPool pool = generic();
        int put = nth(pool.history, Event.Released.class, 2);
        Event unpin = Mutations.kind(pool.history.get(put - 1).event(), GrabKind.MAP);
        assertOnly(Invariant.I7, put, with(pool.history, put, unpin));
    }

    @Test
    @DisplayName("I7: one request granted twice")
    void shouldReportARequestThatWasGrantedTwice() {
        List<Recorded> history = generic().tearDown().history;
        int grant = nth(history, Event.Grabbed.class, 1);
        assertShows(assertOnly(Invariant.I7, grant + 1, twice(history, grant)), grant);
    }

    // ---- I8

    private static TinyPool waited() {
        TinyPool pool = TinyPool.of(Protocol.V5_5, MemoryType.FS_DAX);
        pool.await(pool.head(0), "t0");
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 2, 1));
        pool.grab("w2", 1, GrabKind.GET, pool.run(0, 1, 1));
        pool.await(pool.head(0), "t1");
        pool.await(pool.head(0), "t2");
        pool.release("w2", 1);
        pool.release("w1", 1);
        pool.grab("w2", 2, GrabKind.GET, pool.run(0, 1, 1));
        return pool;
    }

    @Test
    @DisplayName("I8: waiters are told when the last holder lets go, or when the pgmap ends")
    void shouldFindEveryWaiterTold() {
        TinyPool pool = waited();
        pool.await(pool.head(0), "t3");
        assertClean(pool.history);
        pool.kill();
        pool.closeGates();
        pool.releaseAll();
        pool.dropBases();
        pool.drained();
        pool.cleanUp();
        assertClean(pool.history);
    }

    @Test
    @DisplayName("I8: a waiter that was not told, found at the next use of the head")
    void shouldReportAWaiterThatWasNotTold() {
        List<Recorded> history = waited().history;
        int told = nth(history, Event.WaiterTold.class, 2);
        Violation violation = assertOnly(Invariant.I8, told + 1, without(history, told));
        assertShows(violation, nth(history, Event.WaiterAdded.class, 2), nth(history, Event.Released.class, 2));
    }

    @Test
    @DisplayName("I8: a waiter that was not told, found at the end")
    void shouldReportAtTheEndAWaiterThatWasNeverTold() {
        TinyPool pool = waited();
        pool.release("w2", 2);
        pool.await(pool.head(0), "t9");
        List<Recorded> mute = without(pool.history, pool.history.size());
        assertTrue(audit(mute, false).clean());
        assertOnly(Invariant.I8, mute.size(), mute);
    }

    @Test
    @DisplayName("I8: a waiter that was told while the head was held")
    void shouldReportAWaiterThatWasToldEarly() {
        List<Recorded> history = waited().history;
        int told = nth(history, Event.WaiterTold.class, 2);
        int release = nth(history, Event.Released.class, 1);
        List<Recorded> early =
                with(without(history, told), release + 1, history.get(told - 1).event());
        assertOnly(Invariant.I8, release + 1, early);
    }

    @Test
    @DisplayName("I8: a waiter that was told twice")
    void shouldReportAWaiterThatWasToldTwice() {
        List<Recorded> history = waited().history;
        int told = nth(history, Event.WaiterTold.class, 3);
        assertOnly(Invariant.I8, told + 1, twice(history, told));
    }

    @Test
    @DisplayName("I5, I8: a new owner may say again that its gate is closed, and its waiters come again")
    void shouldLetANewOwnerTakeOver() {
        TinyPool pool = TinyPool.of(Protocol.V6_15, MemoryType.COHERENT);
        pool.grab("vm1", 1, GrabKind.MAP, pool.run(0, 2, 1));
        pool.record(new Event.WaiterAdded("pmem0", 2, pool.head(0), "t1"));
        pool.accept(2, "w1", 1, GrabKind.GET, List.of(pool.run(0, 1, 1)));
        pool.kill();
        pool.closeGates();
        pool.restart(2);
        pool.record(new Event.GateClosed("pmem0", 2, 2 * 512, 0));
        pool.await(pool.head(0), "t1");
        pool.releaseAll();
        pool.drained();
        pool.cleanUp();
        assertClean(pool.history);
        int again = nth(pool.history, Event.GateClosed.class, 2);
        assertOnly(Invariant.I5, again + 1, twice(pool.history, again));
    }

    // ---- I9

    @Test
    @DisplayName("I9: a tail, a page of nobody, a head of another section")
    void shouldReportWhatIsNoHeadOfTheSection() {
        List<Recorded> history = generic().history;
        int at = history.size() + 1;
        for (Run run : List.of(
                new Run(0x10001, 1, 1),
                new Run(0x10000, 9, 1),
                new Run(0x0, 1, 1),
                new Run(0x20000, 1, 1),
                new Run(Long.MAX_VALUE - 511, 1, 1))) {
            Event stray = new Event.Grabbed("pmem0", 2, 1, "w9", 1, GrabKind.GET, List.of(run), 2, 0);
            assertOnly(Invariant.I9, at, with(history, at, stray));
        }
        Event overlapping = new Event.Freed("pmem0", 2, List.of(new Run(0x10000, 2, 1), new Run(0x10200, 1, 1)));
        assertOnly(Invariant.I9, at, with(history, at, overlapping));
        Event elsewhere =
                new Event.Grabbed("pmem0", 77, -1, "w9", 1, GrabKind.GET, List.of(new Run(0x10000, 1, 1)), 2, 0);
        assertOnly(Invariant.I9, at, with(history, at, elsewhere));
        assertOnly(Invariant.I9, at, with(history, at, new Event.Freed("pmem0", 2, List.of(new Run(0x10001, 1, 1)))));
        assertOnly(Invariant.I9, at, with(history, at, new Event.WaiterAdded("pmem0", 2, 0x10001, "t1")));
        assertOnly(
                Invariant.I9,
                at,
                with(history, at, new Event.GrabRefused("pmem0", 2, "w9", 1, GrabKind.GET, 0x10001, Refusal.FREE)));
    }

    @Test
    @DisplayName("I9: a gap between two ranges of one section belongs to nobody")
    void shouldReportHeadsInAGapBetweenRanges() {
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                MemoryType.GENERIC,
                List.of(new PfnRange(0x10000, 2 * 512), new PfnRange(0x10800, 2 * 512)),
                new Geometry(9),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        TinyPool pool = new TinyPool(spec);
        pool.grab("w1", 1, GrabKind.GET, pool.run(0, 2, 1), pool.run(4, 2, 1));
        pool.tearDown();
        assertClean(pool.history);
        Event stray = new Event.Grabbed("pmem0", 2, 1, "w2", 1, GrabKind.GET, List.of(pool.run(1, 2, 1)), 4, 0);
        assertOnly(Invariant.I9, 4, with(pool.history, 4, stray));
    }

    // ---- I12

    @Test
    @DisplayName("I12: a teardown that has not finished though nothing is held; one that waits for a holder is fine")
    void shouldReportATeardownThatNeverFinishes() {
        List<Recorded> history = generic().tearDown().history;
        List<Recorded> stuck = without(history, history.size());
        assertTrue(audit(stuck, false).clean());
        Violation violation = assertOnly(Invariant.I12, stuck.size(), stuck);
        assertShows(violation, nth(history, Event.Killed.class, 1), nth(history, Event.Drained.class, 1));
        TinyPool waits = generic();
        waits.grab("w1", 2, GrabKind.GET, waits.run(0, 1, 1));
        waits.kill();
        waits.closeGates();
        waits.dropBases();
        assertClean(waits.history);
    }

    // ---- the auditor itself

    @Test
    void shouldKeepTheFirstViolationsAndCountTheRest() {
        TinyPool pool = generic();
        Auditor auditor = new Auditor();
        pool.history.forEach(auditor::observe);
        Event stray = new Event.Freed("pmem0", 2, List.of(pool.run(7, 1, 1)));
        for (int i = 1; i <= 250; i++) {
            auditor.observe(new Recorded(pool.history.size() + i, 0, stray));
        }
        Verdict verdict = auditor.verdict(false);
        assertEquals(Auditor.VIOLATIONS_KEPT_MAX, verdict.violations().size());
        assertEquals(250, verdict.judged().get(Invariant.I3).violations());
        assertEquals(
                Violation.WITNESS_MAX, verdict.violations().get(99).witness().size());
        assertEquals(verdict, auditor.verdict(false));
    }

    @Test
    void shouldNotCountTheEndOfTheHistoryTwice() {
        List<Recorded> history = generic().tearDown().history;
        Auditor auditor = new Auditor();
        without(history, history.size()).forEach(auditor::observe);
        assertEquals(1, auditor.verdict(true).violationCount());
        assertEquals(1, auditor.verdict(true).violationCount());
        auditor.observe(history.get(history.size() - 1));
        assertTrue(auditor.verdict(true).clean());
    }
}
