package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.ActorBench.PFN;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
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
import org.pagepool.runtime.section.SectionLedger;

/** A section by itself: probes play its holders, its pgmap and its teardown. */
class SectionTest {
    private static final List<Run> ONE_PAGE = List.of(new Run(PFN, 1, 1));

    /** A section, its device mapped in the history, and what a holder says to it. */
    private static final class Bench implements AutoCloseable {
        final ActorBench bench;
        final ActorRef<Section.Command> section;
        final TestProbe<Section.ToHolder> holder;
        final TestProbe<Teardown.Command> teardown;

        Bench(ActorBench bench, PgmapSpec spec) {
            this.bench = bench;
            bench.record(new Event.Mapped(spec));
            int number = spec.sectionOf(spec.pfnAt(0));
            section = bench.kit.spawn(Section.create(spec, DriverCalls.NONE, number, 1, "section", bench.wiring));
            holder = bench.kit.createTestProbe();
            teardown = bench.kit.createTestProbe();
        }

        Bench(Protocol protocol) {
            this(new ActorBench(), ActorBench.spec(protocol));
        }

        Section.GrabAnswer grab(long sequence, long floor, GrabKind kind, List<Run> runs) {
            section.tell(new Section.Grab("w7", holder.getRef(), sequence, floor, kind, runs, 512));
            return holder.expectMessageClass(Section.GrabAnswer.class);
        }

        Section.ReleaseAnswer release(long sequence, long floor, long grab, GrabKind kind, List<Run> runs) {
            section.tell(new Section.Release(
                    "w7", holder.getRef(), sequence, floor, "w7", grab, kind, runs, ReleaseCause.PUT));
            return holder.expectMessageClass(Section.ReleaseAnswer.class);
        }

        Section.Census census() {
            TestProbe<Section.Census> asks = bench.kit.createTestProbe();
            section.tell(new Section.AskCensus(asks.getRef()));
            return asks.receiveMessage();
        }

        @Override
        public void close() {
            bench.close();
        }
    }

    @Test
    void aHolderShouldBeWelcomeAgainOnceItHasSeenItsAnswers() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            for (int s = 1; s <= SectionLedger.ANSWERS_MAX; s++) {
                assertNull(b.grab(s, 1, GrabKind.GET, ONE_PAGE).refusal());
            }
            long next = SectionLedger.ANSWERS_MAX + 1;
            assertEquals(Refusal.LIMIT, b.grab(next, 1, GrabKind.GET, ONE_PAGE).refusal());

            assertNull(b.grab(next + 1, next + 1, GrabKind.GET, ONE_PAGE).refusal());
            b.bench.assertClean();
        }
    }

    private static final List<Run> NOBODYS = List.of(new Run(Long.MAX_VALUE & -512L, 1, 1));

    private static Section.Grab request(Bench b, long sequence, List<Run> runs) {
        return new Section.Grab("w7", b.holder.getRef(), sequence, 1, GrabKind.PIN, runs, 512);
    }

    private static List<Long> sequences(Section.GrabAnswers answers) {
        return answers.answers().stream().map(Section.GrabAnswer::sequence).toList();
    }

    @Test
    @DisplayName("requests that come together are answered together; one that is refused, or a repeat, on its own")
    void requestsThatComeTogetherShouldBeAnsweredTogether() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            Section.Grabs three = new Section.Grabs(List.of(
                    request(b, 1, ONE_PAGE), request(b, 2, NOBODYS), request(b, 3, List.of(new Run(PFN + 512, 2, 7)))));
            b.section.tell(three);

            Section.GrabAnswer refused = b.holder.expectMessageClass(Section.GrabAnswer.class);
            assertEquals(2, refused.sequence());
            assertEquals(Refusal.OUT_OF_RANGE, refused.refusal());
            Section.GrabAnswers granted = b.holder.expectMessageClass(Section.GrabAnswers.class);
            assertEquals(List.of(1L, 3L), sequences(granted));
            assertEquals(
                    List.of(1L, 14L),
                    granted.answers().stream().map(Section.GrabAnswer::refs).toList());

            b.section.tell(three);
            for (long sequence = 1; sequence <= 3; sequence++) {
                assertEquals(
                        sequence,
                        b.holder.expectMessageClass(Section.GrabAnswer.class).sequence());
            }
            assertEquals(14, b.release(4, 4, 3, GrabKind.PIN, List.of()).refs());
            assertEquals(1, b.release(5, 5, 1, GrabKind.PIN, List.of()).refs());
            b.bench.assertClean();
        }
    }

    @Test
    @DisplayName("of requests that came together, one that a head refuses does not change what is known of the next")
    void aRequestThatAHeadRefusesShouldLeaveTheNextOneAsItIs() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            List<Run> full = List.of(new Run(PFN, 1, Integer.MAX_VALUE - 10));
            TestProbe<Section.ToHolder> hog = b.bench.kit.createTestProbe();
            b.section.tell(new Section.Grab("w8", hog.getRef(), 1, 1, GrabKind.GET, full, Integer.MAX_VALUE));
            assertNull(hog.expectMessageClass(Section.GrabAnswer.class).refusal());
            List<Run> tooMany = List.of(new Run(PFN, 1, 100));

            b.section.tell(new Section.Grabs(List.of(
                    new Section.Grab("w7", b.holder.getRef(), 1, 1, GrabKind.GET, tooMany, 512),
                    request(b, 2, List.of(new Run(PFN + 512, 1, 1))))));

            Section.GrabAnswers answers = b.holder.expectMessageClass(Section.GrabAnswers.class);
            assertEquals(List.of(1L, 2L), sequences(answers));
            assertEquals(Refusal.OVERFLOW, answers.answers().get(0).refusal());
            assertNull(answers.answers().get(1).refusal());
            TestProbe<Section.Holdings> asks = b.bench.kit.createTestProbe();
            b.section.tell(new Section.AskHoldings(asks.getRef()));
            List<Holding> holders = asks.receiveMessage().holders();
            assertEquals(
                    List.of("w7", "w8"), holders.stream().map(Holding::holder).toList());
            assertTrue(
                    holders.get(0).sinceNanos() >= holders.get(1).sinceNanos(),
                    () -> "held since when its head was asked: " + holders);
            b.bench.assertClean();
        }
    }

    @Test
    void nobodyShouldAskForNothing() {
        assertThrows(IllegalArgumentException.class, () -> new Section.Grabs(List.of()));
    }

    @Test
    @DisplayName("one of several that came together and is under way already does not hold up the others")
    void aRepeatThatIsUnderWayShouldNotHoldUpThoseItCameWith() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            b.section.tell(new Section.Grabs(
                    List.of(request(b, 1, ONE_PAGE), request(b, 1, ONE_PAGE), request(b, 2, ONE_PAGE))));

            assertEquals(List.of(1L, 2L), sequences(b.holder.expectMessageClass(Section.GrabAnswers.class)));
            b.bench.assertClean();
        }
    }

    @Test
    @DisplayName(
            "requests that came together and are held back are each answered once the device is known to be busy or idle")
    void requestsThatCameTogetherShouldBeHeldBackOneByOne() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            TestProbe<Pgmap.Command> pgmap = b.bench.kit.createTestProbe();
            b.section.tell(new Section.Freeze(pgmap.getRef()));
            assertTrue(pgmap.expectMessageClass(Pgmap.SectionFrozen.class).idle());
            b.section.tell(new Section.Grabs(List.of(request(b, 1, ONE_PAGE), request(b, 2, ONE_PAGE))));

            b.section.tell(Section.Thaw.INSTANCE);

            for (long sequence = 1; sequence <= 2; sequence++) {
                Section.GrabAnswer answer = b.holder.expectMessageClass(Section.GrabAnswer.class);
                assertEquals(sequence, answer.sequence());
                assertNull(answer.refusal());
            }
            b.bench.assertClean();
        }
    }

    @Test
    void aReleaseShouldNotBeRefusedForTheAnswersKept() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            for (int s = 1; s <= SectionLedger.ANSWERS_MAX; s++) {
                b.grab(s, 1, GrabKind.GET, ONE_PAGE);
            }
            long next = SectionLedger.ANSWERS_MAX + 1;

            assertNull(b.release(next, 1, 1, GrabKind.GET, List.of()).refusal());
            Section.ReleaseAnswer again = b.release(next, 1, 1, GrabKind.GET, List.of());
            assertEquals(1, again.refs(), "a repeat gets the same answer");
            b.bench.assertClean();
        }
    }

    @Test
    void aHolderShouldBeToldOfARevocationAfterItIsRecorded() {
        List<String> order = new ArrayList<>();
        ActorBench[] bench = new ActorBench[1];
        Link watching = new Link() {
            @Override
            public <T> void send(ActorRef<T> to, T message) {
                if (message instanceof Section.Revoked) {
                    order.add("told after "
                            + bench[0].events(Event.Released.class, e -> true).size());
                }
                to.tell(message);
            }
        };
        bench[0] = new ActorBench(watching, "");
        try (Bench b = new Bench(bench[0], ActorBench.spec(Protocol.PAGEPOOL))) {
            b.grab(1, 1, GrabKind.PIN, ONE_PAGE);

            b.section.tell(new Section.RevokeHolders("hot unplug"));

            Section.Revoked told = b.holder.expectMessageClass(Section.Revoked.class);
            assertEquals(ONE_PAGE, told.runs());
            assertEquals("hot unplug", told.reason());
            assertEquals(List.of("told after 1"), order);
            b.bench.assertClean();
        }
    }

    @Test
    void everyWaiterShouldBeAnsweredThoughTheSectionRetires() {
        try (Bench b = new Bench(Protocol.V6_15)) {
            b.grab(1, 1, GrabKind.PIN, List.of(new Run(PFN, 64, 1)));
            TestProbe<Section.IdleAnswer> waiter = b.bench.kit.createTestProbe();

            for (int i = 0; i < 64; i++) {
                b.section.tell(new Section.AwaitIdle(PFN + 512L * i, "waiter-" + i, waiter.getRef()));
            }
            b.section.tell(new Section.Retire(b.teardown.getRef()));

            for (int i = 0; i < 64; i++) {
                assertFalse(waiter.receiveMessage().idle());
            }
            b.teardown.expectMessage(new Teardown.Retired(17));
        }
    }

    @Test
    void aHolderThatDiesAfterTheEndShouldLeaveNoTrace() {
        try (Bench b = new Bench(Protocol.V6_15)) {
            b.grab(1, 1, GrabKind.PIN, ONE_PAGE);
            b.section.tell(new Section.Retire(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.Retired(17));
            TestProbe<Section.ToHolder> other = b.bench.kit.createTestProbe();

            b.holder.stop();
            b.section.tell(new Section.Grab("w8", other.getRef(), 1, 1, GrabKind.PIN, ONE_PAGE, 512));
            assertEquals(
                    Refusal.DEAD,
                    other.expectMessageClass(Section.GrabAnswer.class).refusal());
            Awaitility.await()
                    .during(Duration.ofMillis(200))
                    .until(() -> b.bench.events(Event.Released.class, e -> true).isEmpty());
        }
    }

    @Test
    void aReleaseOfATailShouldBeRefusedAndHarmNobody() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            b.grab(1, 1, GrabKind.PIN, List.of(new Run(PFN, 2, 1)));

            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    b.release(2, 2, 1, GrabKind.PIN, List.of(new Run(PFN + 1, 1, 1)))
                            .refusal());
            assertEquals(
                    Refusal.UNBALANCED,
                    b.release(3, 3, 1, GrabKind.PIN, List.of(new Run(PFN + 1024, 1, 1)))
                            .refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    b.grab(4, 4, GrabKind.PIN, List.of(new Run(Long.MAX_VALUE & -512L, 1, 1)))
                            .refusal());
            assertEquals(2, b.release(5, 5, 1, GrabKind.PIN, List.of()).refs());
            b.bench.assertClean();
        }
    }

    @Test
    void aHolderRefusedWhileFrozenShouldBeForgottenWhenItDies() {
        try (Bench b = new Bench(
                new ActorBench(Link.direct(), "pagepool.limits.frozen-requests = 1"),
                ActorBench.spec(Protocol.PAGEPOOL))) {
            TestProbe<Pgmap.Command> pgmap = b.bench.kit.createTestProbe();
            b.section.tell(new Section.Freeze(pgmap.getRef()));
            assertTrue(pgmap.expectMessageClass(Pgmap.SectionFrozen.class).idle());
            TestProbe<Section.ToHolder> other = b.bench.kit.createTestProbe();
            b.section.tell(new Section.Grab("w8", other.getRef(), 1, 1, GrabKind.PIN, ONE_PAGE, 512));
            assertEquals(Refusal.LIMIT, b.grab(1, 1, GrabKind.PIN, ONE_PAGE).refusal());

            b.holder.stop();
            other.stop();
            b.section.tell(Section.Thaw.INSTANCE);

            Awaitility.await().untilAsserted(() -> assertEquals(0, b.census().accounts()));
            b.bench.assertClean();
        }
    }

    @Test
    void aGrabThatArrivesAfterItsHolderDiedShouldBeGivenBack() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            assertNull(b.grab(1, 1, GrabKind.PIN, ONE_PAGE).refusal());
            b.holder.stop();
            Awaitility.await().untilAsserted(() -> assertEquals(0, b.census().accounts()));

            b.section.tell(new Section.Grab("w7", b.holder.getRef(), 1, 1, GrabKind.PIN, ONE_PAGE, 512));
            b.section.tell(new Section.Grab("w7", b.holder.getRef(), 2, 1, GrabKind.PIN, ONE_PAGE, 512));

            Awaitility.await().untilAsserted(() -> {
                assertEquals(
                        3,
                        b.bench
                                .events(Event.Released.class, e -> e.cause() == ReleaseCause.RECLAIM)
                                .size());
                assertEquals(0, b.census().accounts());
            });
            b.bench.assertClean();
        }
    }

    @Test
    void aLateDuplicateShouldChangeNothing() {
        try (Bench b = new Bench(Protocol.PAGEPOOL)) {
            List<Run> runs = List.of(new Run(PFN, 1, 8));
            assertEquals(8, b.grab(1, 1, GrabKind.PIN, runs).refs());
            assertEquals(
                    3,
                    b.release(2, 2, 1, GrabKind.PIN, List.of(new Run(PFN, 1, 3)))
                            .refs());
            assertEquals(
                    3,
                    b.release(2, 2, 1, GrabKind.PIN, List.of(new Run(PFN, 1, 3)))
                            .refs());
            assertEquals(8, b.grab(3, 3, GrabKind.PIN, runs).refs());

            assertEquals(Refusal.STALE, b.grab(1, 1, GrabKind.PIN, runs).refusal());
            assertEquals(
                    Refusal.STALE,
                    b.release(2, 2, 1, GrabKind.PIN, List.of(new Run(PFN, 1, 3)))
                            .refusal());
            assertEquals(5, b.release(4, 4, 1, GrabKind.PIN, List.of()).refs());
            b.bench.assertClean();
        }
    }

    @Test
    void anOverflowInTheMiddleShouldKeepWhatLiesBefore() {
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                MemoryType.GENERIC,
                List.of(new PfnRange(PFN, 16)),
                Geometry.BASE,
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        try (Bench b = new Bench(new ActorBench(), spec)) {
            int nearly = (Integer.MAX_VALUE - 1) / 1024;
            assertNull(b.grab(1, 1, GrabKind.PIN, List.of(new Run(PFN + 4, 1, nearly)))
                    .refusal());

            b.section.tell(
                    new Section.Grab("w7", b.holder.getRef(), 2, 2, GrabKind.PIN, List.of(new Run(PFN, 8, 2)), 1));
            Section.GrabAnswer answer = b.holder.expectMessageClass(Section.GrabAnswer.class);

            assertEquals(Refusal.OVERFLOW, answer.refusal());
            assertEquals(8, answer.refs(), "two references on each head before the full one");
            Awaitility.await().untilAsserted(() -> assertEquals(0, b.census().requestsUnderWay()));
            assertEquals(8, b.release(3, 3, 2, GrabKind.PIN, List.of()).refs());
            b.bench.assertClean();
        }
    }

    @Test
    void aHeadOfAGibibyteShouldLiveInItsFirstSection() {
        long first = 1L << 18;
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                MemoryType.GENERIC,
                List.of(new PfnRange(first, 2L << 18)),
                Geometry.ofPages(1 << 18),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        try (Bench b = new Bench(new ActorBench(Link.direct(), "pagepool.heads.hosting = actor"), spec)) {
            assertEquals(
                    300,
                    b.grab(1, 1, GrabKind.PIN, List.of(new Run(first, 1, 300))).refs());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    b.grab(2, 2, GrabKind.PIN, List.of(new Run(first + (1 << 18), 1, 1)))
                            .refusal());
            assertEquals(1, b.census().liveHeads());
            b.section.tell(new Section.CloseGate(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.GateClosed(8, 1));
            b.section.tell(new Section.DropBase(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.BaseDropped(8));
            assertEquals(300, b.release(3, 3, 1, GrabKind.PIN, List.of()).refs());
            b.teardown.expectMessage(new Teardown.ShareDrained(8));
        }
    }

    @Test
    void aHeadSweptAndStartedAgainAfterItsBaseWasDroppedShouldStayFree() {
        try (Bench b = new Bench(
                new ActorBench(Link.direct(), "pagepool.heads.idle-timeout = 20ms, pagepool.heads.hosting = actor"),
                ActorBench.spec(Protocol.PAGEPOOL.with("gup.pgmap-ref", "none")))) {
            b.bench.record(new Event.Killed("pmem0", org.pagepool.runtime.event.CloseVerb.WHEN_IDLE, "test"));
            b.grab(1, 1, GrabKind.PIN, List.of(new Run(PFN, 2, 1)));
            b.release(2, 2, 1, GrabKind.PIN, List.of(new Run(PFN, 1, 1)));
            b.section.tell(new Section.CloseGate(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.GateClosed(17, 64));
            b.section.tell(new Section.DropBase(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.BaseDropped(17));

            Awaitility.await().untilAsserted(() -> assertEquals(1, b.census().liveHeads()));
            assertEquals(Refusal.FREE, b.grab(3, 3, GrabKind.PIN, ONE_PAGE).refusal());
            assertEquals(1, b.release(4, 4, 1, GrabKind.PIN, List.of()).refs());
            b.teardown.expectMessage(new Teardown.ShareDrained(17));
            b.bench.assertClean();
        }
    }

    @Test
    void headsApartShouldBeSweptAndStartedAgainEachOnItsOwn() {
        List<Run> apart =
                Stream.of(0, 15, 16, 63).map(i -> new Run(PFN + i * 512L, 1, 1)).toList();
        List<Run> others = List.of(apart.get(0), apart.get(1), apart.get(3));
        try (Bench b = new Bench(
                new ActorBench(Link.direct(), "pagepool.heads.idle-timeout = 20ms, pagepool.heads.hosting = actor"),
                ActorBench.spec(Protocol.PAGEPOOL.with("gup.pgmap-ref", "none")))) {
            b.grab(1, 1, GrabKind.PIN, apart);
            assertEquals(4, b.census().liveHeads());
            b.release(2, 2, 1, GrabKind.PIN, others);
            Awaitility.await().untilAsserted(() -> assertEquals(1, b.census().liveHeads()));

            assertEquals(3, b.grab(3, 3, GrabKind.PIN, others).refs());
            assertEquals(4, b.census().liveHeads());
            b.bench.record(new Event.Killed("pmem0", org.pagepool.runtime.event.CloseVerb.WHEN_IDLE, "test"));
            b.section.tell(new Section.CloseGate(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.GateClosed(17, 64));
            b.section.tell(new Section.DropBase(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.BaseDropped(17));
            assertEquals(1, b.release(4, 4, 1, GrabKind.PIN, List.of()).refs());
            b.teardown.expectNoMessage();
            assertEquals(3, b.release(5, 5, 3, GrabKind.PIN, List.of()).refs());
            b.teardown.expectMessage(new Teardown.ShareDrained(17));
            b.bench.assertClean();
        }
    }

    // ---- what a walk keeps of the pgmap (B6)

    private static void killed(Bench b) {
        b.bench.record(new Event.Killed("pmem0", org.pagepool.runtime.event.CloseVerb.WHEN_IDLE, "test"));
        b.section.tell(new Section.CloseGate(b.teardown.getRef()));
    }

    private static Section.GrabAnswer walk(Bench b, long sequence, List<Run> runs) {
        b.section.tell(new Section.Grab("w7", b.holder.getRef(), sequence, sequence, GrabKind.PIN, runs, 512, true));
        return b.holder.expectMessageClass(Section.GrabAnswer.class);
    }

    @ParameterizedTest
    @CsvSource({"per-entry-cached, 1", "per-page, 515", "none, 0"})
    @DisplayName("B6, D2: a walk keeps one pgmap reference, or one per page, until it says that it has ended")
    void aWalkShouldKeepItsPgmapReferenceUntilItEnds(String kept, long refs) {
        try (Bench b = new Bench(Protocol.V6_1.with("gup.pgmap-ref", kept))) {
            walk(b, 1, List.of(new Run(PFN, 1, 512), new Run(PFN + 512, 1, 3)));
            killed(b);
            b.teardown.expectMessage(new Teardown.GateClosed(17, 64 + refs));
            b.section.tell(new Section.DropBase(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.BaseDropped(17));
            assertEquals(515, b.release(2, 2, 1, GrabKind.PIN, List.of()).refs());
            if (refs > 0) {
                b.teardown.expectNoMessage();
                b.section.tell(new Section.EndWalk("w7", b.holder.getRef(), 3, 3, 1));
                assertNull(
                        b.holder.expectMessageClass(Section.ReleaseAnswer.class).refusal());
            }

            b.teardown.expectMessage(new Teardown.ShareDrained(17));
            b.bench.assertClean();
        }
    }

    @Test
    @DisplayName(
            "B6, I7: the end of a walk that is said twice changes nothing, and of one that keeps nothing is refused")
    void aWalkShouldEndOnce() {
        try (Bench b = new Bench(Protocol.V6_1)) {
            walk(b, 1, ONE_PAGE);
            Section.EndWalk end = new Section.EndWalk("w7", b.holder.getRef(), 2, 2, 1);
            b.section.tell(end);
            b.section.tell(end);
            b.section.tell(new Section.EndWalk("w7", b.holder.getRef(), 3, 3, 1));

            assertNull(b.holder.expectMessageClass(Section.ReleaseAnswer.class).refusal());
            assertNull(b.holder.expectMessageClass(Section.ReleaseAnswer.class).refusal());
            assertEquals(
                    Refusal.UNKNOWN_PIN,
                    b.holder.expectMessageClass(Section.ReleaseAnswer.class).refusal());
            assertEquals(1, b.bench.events(Event.WalkEnded.class, e -> true).size());
            killed(b);
            b.teardown.expectMessage(new Teardown.GateClosed(17, 64));
            b.bench.assertClean();
        }
    }

    @Test
    @DisplayName("B6: a walker that dies ends its walks, behind what it held")
    void theDeathOfAWalkerShouldEndItsWalks() {
        try (Bench b = new Bench(Protocol.V6_15)) {
            walk(b, 1, ONE_PAGE);
            walk(b, 2, List.of(new Run(PFN + 512, 2, 7)));
            killed(b);
            b.teardown.expectMessage(new Teardown.GateClosed(17, 66));
            b.section.tell(new Section.DropBase(b.teardown.getRef()));
            b.teardown.expectMessage(new Teardown.BaseDropped(17));

            b.holder.stop();

            b.teardown.expectMessage(new Teardown.ShareDrained(17));
            assertEquals(2, b.bench.events(Event.WalkEnded.class, e -> true).size());
            assertEquals(2, b.bench.events(Event.Released.class, e -> true).size());
            b.bench.assertClean();
        }
    }

    @Test
    @DisplayName("B6, R2: a walk that is granted nothing keeps nothing, and a holder that is no walk neither")
    void nothingShouldBeKeptForNothing() {
        try (Bench b = new Bench(Protocol.V6_1)) {
            List<Run> all = List.of(new Run(PFN, 1, Integer.MAX_VALUE - 1));
            b.section.tell(new Section.Grab("w7", b.holder.getRef(), 1, 1, GrabKind.GET, all, Integer.MAX_VALUE));
            assertNull(b.holder.expectMessageClass(Section.GrabAnswer.class).refusal());
            assertEquals(
                    Refusal.OVERFLOW,
                    walk(b, 2, List.of(new Run(PFN, 1, 1), new Run(PFN + 512, 1, 1)))
                            .refusal());
            Awaitility.await()
                    .atMost(PoolHarness.SOON)
                    .until(() ->
                            b.bench.events(Event.WalkEnded.class, e -> true).size() == 2);
            killed(b);
            b.teardown.expectMessage(new Teardown.GateClosed(17, 64));
            b.bench.assertClean();
        }
    }
}
