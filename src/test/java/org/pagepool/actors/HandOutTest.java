package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.ActorBench.PFN;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.record.PageFlag;
import org.pagepool.runtime.record.PageRecord;

/** A section whose pages are handed out, come back, belong to files and go bad: probes play whoever asks. */
class HandOutTest {
    private static final List<Run> PAGE = List.of(new Run(PFN, 1, 1));

    private static final class Bench implements AutoCloseable {
        final ActorBench bench;
        final PgmapSpec spec;
        final List<String> told = Collections.synchronizedList(new ArrayList<>());
        final ActorRef<Section.Command> section;
        final TestProbe<Teardown.Command> teardown;

        Bench(Protocol protocol, MemoryType type) {
            this(new ActorBench(), protocol, type);
        }

        Bench(ActorBench bench, Protocol protocol, MemoryType type) {
            this.bench = bench;
            spec = new PgmapSpec(
                    "dev0", type, List.of(new PfnRange(PFN, 1 << 15)), Geometry.ofPages(512), BasePage.KIB_4, protocol);
            bench.record(new Event.Mapped(spec));
            PgmapOps ops = PgmapOps.NONE.pageFree(
                    (pfn, order) -> told.add("0x" + Long.toHexString(pfn) + "/" + order + " drained="
                            + !bench.events(Event.ShareDrained.class, e -> true).isEmpty()));
            DriverCalls driver = new DriverCalls("dev0", ops, bench.kit.system().log());
            section = bench.kit.spawn(Section.create(spec, driver, spec.sectionOf(PFN), 1, "section", bench.wiring));
            teardown = bench.kit.createTestProbe();
        }

        Holder holder(String name) {
            return new Holder(this, name);
        }

        Section.PageShown page() {
            TestProbe<Section.PageShown> asks = bench.kit.createTestProbe();
            section.tell(new Section.AskPage(PFN + 7, asks.getRef()));
            return asks.receiveMessage();
        }

        void kill() {
            bench.record(new Event.Killed("dev0", CloseVerb.WHEN_IDLE, "test"));
            section.tell(new Section.CloseGate(teardown.getRef()));
            teardown.expectMessageClass(Teardown.GateClosed.class);
        }

        int warnings(String row) {
            return bench.events(Event.Warned.class, e -> e.row().equals(row)).size();
        }

        @Override
        public void close() {
            bench.close();
        }
    }

    private static final class Holder {
        final Bench bench;
        final String name;
        final TestProbe<Section.ToHolder> probe;
        long sequence;

        Holder(Bench bench, String name) {
            this.bench = bench;
            this.name = name;
            this.probe = bench.bench.kit.createTestProbe();
        }

        void ask(GrabKind kind) {
            sequence++;
            bench.section.tell(new Section.Grab(name, probe.getRef(), sequence, sequence, kind, PAGE, 512));
        }

        Refusal answer() {
            return probe.expectMessageClass(Section.GrabAnswer.class).refusal();
        }

        Refusal grab(GrabKind kind) {
            ask(kind);
            return answer();
        }

        Refusal put(GrabKind kind, long grab) {
            sequence++;
            bench.section.tell(new Section.Release(
                    name, probe.getRef(), sequence, sequence, name, grab, kind, List.of(), ReleaseCause.PUT));
            return probe.expectMessageClass(Section.ReleaseAnswer.class).refusal();
        }

        Refusal tie(String file, long index) {
            sequence++;
            Section.Tie tie = new Section.Tie(name, probe.getRef(), sequence, sequence, file, PAGE, index);
            bench.section.tell(tie);
            Refusal first = probe.expectMessageClass(Section.TieAnswer.class).refusal();
            bench.section.tell(tie);
            assertEquals(
                    first, probe.expectMessageClass(Section.TieAnswer.class).refusal(), "a repeat");
            return first;
        }

        Refusal untie(String file) {
            sequence++;
            bench.section.tell(new Section.Untie(name, probe.getRef(), sequence, sequence, file, PAGE));
            return probe.expectMessageClass(Section.TieAnswer.class).refusal();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5,     PRIVATE,    1, 2, 1",
        "v5.13,    COHERENT,   1, 2, 1",
        "v5.18,    PRIVATE,    1, 1, 1",
        "v5.18,    PCI_P2PDMA, 1, 1, 1",
        "v6.1,     PRIVATE,    0, 1, 0",
        "v6.1,     PCI_P2PDMA, 1, 1, 1",
        "v6.15,    COHERENT,   0, 1, 0",
        "v6.15,    PCI_P2PDMA, 0, 1, 0",
        "pagepool, PRIVATE,    0, 1, 0",
    })
    @DisplayName(
            "section 2.1, B1, B4: counts before, during and after a page is handed out, and its driver is called once")
    void shouldCountHandOutAsItsEraDoes(String preset, MemoryType type, int before, int out, int after) {
        try (Bench b = new Bench(Protocol.preset(preset), type)) {
            Holder driver = b.holder("driver");
            assertEquals(before, b.page().counts().refcount());
            assertNull(driver.grab(GrabKind.REQUEST));
            assertEquals(new HeadState(out, 0, 0, true), b.page().counts());
            assertNull(driver.put(GrabKind.REQUEST, 1));
            assertEquals(new HeadState(after, 0, 0, false), b.page().counts());
            boolean called = type != MemoryType.PCI_P2PDMA || !preset.equals("v5.5");
            assertEquals(called ? List.of("0x88000/9 drained=false") : List.of(), b.told);
            assertEquals(1, b.bench.events(Event.Freed.class, e -> true).size());
            b.bench.assertClean();
        }
    }

    @Test
    @DisplayName("B4: the driver hears of its page before the page's pgmap reference goes back")
    void shouldCallTheDriverBeforeThePgmapReferenceGoesBack() {
        try (Bench b = new Bench(Protocol.V6_15, MemoryType.PRIVATE)) {
            Holder driver = b.holder("driver");
            assertNull(driver.grab(GrabKind.REQUEST));
            b.kill();
            assertNull(driver.put(GrabKind.REQUEST, 1));
            b.teardown.expectMessageClass(Teardown.ShareDrained.class);
            assertEquals(List.of("0x88000/9 drained=false"), b.told);
            assertEquals(
                    512,
                    b.bench.events(Event.GateClosed.class, e -> true).get(0).share());
            b.bench.assertClean();
        }
    }

    @ParameterizedTest
    @CsvSource({"by-type, 1", "callback, 1", "wake, 0", "both, 1"})
    @DisplayName("D6: a driver nobody calls never learns that its page is free")
    void shouldCallTheDriverAsTheSwitchSays(String who, int calls) {
        try (Bench b = new Bench(Protocol.V6_15.with("page.on-free", who), MemoryType.COHERENT)) {
            Holder driver = b.holder("driver");
            assertNull(driver.grab(GrabKind.REQUEST));
            assertNull(driver.put(GrabKind.REQUEST, 1));
            assertEquals(calls, b.told.size());
        }
    }

    @Test
    @DisplayName(
            "B3, B4, D7: driver memory is scrubbed, a file's page keeps its file, and what was never charged is not uncharged")
    void shouldCleanByType() {
        try (Bench b = new Bench(Protocol.V6_15, MemoryType.COHERENT)) {
            Holder driver = b.holder("driver");
            assertNull(driver.grab(GrabKind.REQUEST));
            PageRecord used = b.page().record();
            assertEquals("driver", used.charge());
            assertEquals("anon:driver", used.mapping());
            assertEquals(Set.of(PageFlag.ACTIVE, PageFlag.ANON_EXCLUSIVE), used.flags());
            assertNull(driver.put(GrabKind.REQUEST, 1));
            assertEquals(PageRecord.BLANK, b.page().record());
        }
        try (Bench b = new Bench(Protocol.V5_13, MemoryType.FS_DAX)) {
            Holder file = b.holder("f1");
            assertNull(file.tie("f1", 512));
            assertNull(file.grab(GrabKind.GET));
            assertNull(file.put(GrabKind.GET, 2));
            assertEquals(new PageRecord("f1", 512, 0, null, Set.of()), b.page().record());
            assertEquals(0, b.warnings("D7"));
        }
        try (Bench b = new Bench(Protocol.V5_5, MemoryType.FS_DAX)) {
            Holder file = b.holder("f1");
            assertNull(file.grab(GrabKind.GET));
            assertNull(file.put(GrabKind.GET, 1));
            assertEquals(1, b.warnings("D7"));
        }
    }

    @Test
    @DisplayName("R8: a late get takes a page back from its owner's list; it is announced twice, and that is seen")
    void shouldSeeThePageThatIsFreedTwice() {
        try (Bench b = new Bench(Protocol.V5_13, MemoryType.COHERENT)) {
            Holder driver = b.holder("driver");
            Holder late = b.holder("late");
            assertNull(driver.grab(GrabKind.REQUEST));
            assertNull(driver.put(GrabKind.REQUEST, 1));
            assertNull(late.grab(GrabKind.GET));
            assertNull(late.put(GrabKind.GET, 1));
            assertEquals(2, b.told.size());
            assertEquals(Set.of(Invariant.I3, Invariant.I4), b.bench.verdict().broken());
        }
    }

    @Test
    @DisplayName(
            "R25: parked at 1 a page can be taken and then handed out over the taker's head; parked at 0 it is refused")
    void shouldSeeTheDoubleOwner() {
        try (Bench b = new Bench(Protocol.V5_18, MemoryType.PRIVATE)) {
            Holder driver = b.holder("driver");
            Holder late = b.holder("late");
            assertNull(driver.grab(GrabKind.REQUEST));
            assertNull(driver.put(GrabKind.REQUEST, 1));
            assertNull(late.grab(GrabKind.GET));
            assertNull(driver.grab(GrabKind.REQUEST));
            assertEquals(Set.of(Invariant.I1, Invariant.I4), b.bench.verdict().broken());
            assertNull(driver.put(GrabKind.REQUEST, 3));
            assertNull(late.put(GrabKind.GET, 1), "the put of what was overwritten");
        }
        try (Bench b = new Bench(Protocol.V6_1, MemoryType.PRIVATE)) {
            assertEquals(Refusal.FREE, b.holder("late").grab(GrabKind.GET));
            b.bench.assertClean();
        }
    }

    @ParameterizedTest
    @CsvSource({"v6.15, NOT_FREE", "pagepool, NOT_FREE", "request-folio,", "v5.13,"})
    @DisplayName("B37, D11: a page in use is handed out again only where requests do not ask for a free one")
    void shouldHandOutAUsedPageOnlyWhereItsEraDoes(String preset, Refusal second) {
        try (Bench b = new Bench(Protocol.preset(preset), MemoryType.COHERENT)) {
            assertNull(b.holder("a").grab(GrabKind.REQUEST));
            assertEquals(second, b.holder("b").grab(GrabKind.REQUEST));
            b.bench.assertClean();
        }
    }

    @ParameterizedTest
    @CsvSource({"v6.15, DYING, 1", "pagepool, DYING, 0", "request-folio, DYING, 0", "v5.13,, 0"})
    @DisplayName("R26, D11: a request on a dying pgmap is refused, quietly or with a warning; in E1 nobody looks")
    void shouldRefuseToHandOutOfADyingPgmap(String preset, Refusal refusal, int warnings) {
        try (Bench b = new Bench(Protocol.preset(preset), MemoryType.PRIVATE)) {
            b.kill();
            assertEquals(refusal, b.holder("a").grab(GrabKind.REQUEST));
            assertEquals(warnings, b.warnings("B38"));
            assertEquals(refusal == null ? 2 : 0, b.page().counts().refcount());
            b.bench.assertClean();
        }
    }

    /** A section and the head of its first page, each run by hand, so that what overtakes what is said in the test. */
    private static final class Schedule implements AutoCloseable {
        final ActorBench bench = new ActorBench(Link.direct(), "pagepool.heads.hosting = actor");
        final PgmapSpec spec;
        final BehaviorTestKit<Section.Command> section;
        final TestInbox<Section.Command> toSection = TestInbox.create();
        final TestInbox<Teardown.Command> teardown = TestInbox.create();
        private final BehaviorTestKit<Head.Command> head;

        Schedule(Protocol protocol) {
            spec = new PgmapSpec(
                    "dev0",
                    MemoryType.PRIVATE,
                    List.of(new PfnRange(PFN, 1 << 15)),
                    Geometry.ofPages(512),
                    BasePage.KIB_4,
                    protocol);
            bench.record(new Event.Mapped(spec));
            section = BehaviorTestKit.create(
                    Section.create(spec, DriverCalls.NONE, spec.sectionOf(PFN), 1, "section", bench.wiring));
            head = BehaviorTestKit.create(
                    Head.of(toSection.getRef(), new Alike(new HeadMachine(spec.headRules(), 16))));
        }

        TestInbox<Section.ToHolder> request(String name) {
            TestInbox<Section.ToHolder> answers = TestInbox.create();
            section.run(new Section.Grab(name, answers.getRef(), 1, 1, GrabKind.REQUEST, PAGE, 512));
            return answers;
        }

        void kill() {
            bench.record(new Event.Killed("dev0", CloseVerb.WHEN_IDLE, "test"));
            section.run(new Section.CloseGate(teardown.getRef()));
        }

        /** The head does what it has been asked, and the section hears of it, until neither has anything to do. */
        void settle() {
            boolean more = true;
            while (more) {
                List<Head.Command> asked =
                        section.<Head.Command>childInbox("0x88000-0").getAllReceived();
                asked.forEach(head::run);
                List<Section.Command> answers = toSection.getAllReceived();
                answers.forEach(section::run);
                more = !asked.isEmpty();
            }
        }

        static Refusal refusal(TestInbox<Section.ToHolder> answers) {
            return ((Section.GrabAnswer) answers.receiveMessage()).refusal();
        }

        @Override
        public void close() {
            bench.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"dax-gup-fix,, 0, I5", "request-folio,, 1,", "pagepool, NOT_FREE, 512,"})
    @DisplayName("R10: two requests that read after they counted both see two, and nobody takes the pgmap reference")
    void shouldTakeThePgmapReferenceOnce(String preset, Refusal second, long share, Invariant broken) {
        try (Schedule s = new Schedule(Protocol.preset(preset))) {
            TestInbox<Section.ToHolder> one = s.request("a");
            TestInbox<Section.ToHolder> two = s.request("b");
            s.settle();
            s.kill();
            assertNull(Schedule.refusal(one));
            assertEquals(second, Schedule.refusal(two));
            assertEquals(
                    share,
                    s.bench.events(Event.GateClosed.class, e -> true).get(0).share());
            assertEquals(
                    broken == null ? Set.of() : Set.of(broken),
                    s.bench.verdict().broken());
        }
    }

    @ParameterizedTest
    @CsvSource({"request-folio, false,, I6", "request-folio, true, NOT_FREE,", "pagepool, true, NOT_FREE,"})
    @DisplayName(
            "R11, R33: the first request finds its pgmap dead and is undone; the second must not live on its count")
    void shouldNotLetASecondRequestLiveOnAFirstThatIsUndone(
            String preset, boolean needsFree, Refusal second, Invariant broken) {
        Protocol protocol = Protocol.preset(preset).with("request.require-free", String.valueOf(needsFree));
        try (Schedule s = new Schedule(protocol)) {
            TestInbox<Section.ToHolder> one = s.request("a");
            TestInbox<Section.ToHolder> two = s.request("b");
            s.kill();
            s.settle();
            boolean undone = !protocol.requestHoldsPgmap(MemoryType.PRIVATE);
            assertEquals(undone ? Refusal.DYING : null, Schedule.refusal(one), "who holds the pgmap is not undone");
            assertEquals(second, Schedule.refusal(two));
            if (!s.bench.events(Event.ShareDrained.class, e -> true).isEmpty()) {
                s.bench.record(new Event.KillConfirmed("dev0", 0));
                s.bench.record(new Event.Drained("dev0"));
                s.bench.record(new Event.CleanedUp("dev0"));
            }
            assertEquals(
                    undone, !s.bench.events(Event.CleanedUp.class, e -> true).isEmpty());
            assertEquals(
                    broken == null ? Set.of() : Set.of(broken),
                    s.bench.verdict().broken());
        }
    }

    @Test
    @DisplayName("B36: the first file is named, from the second on they are counted, the last one resets")
    void shouldCountFilesThatShareAPage() {
        try (Bench b = new Bench(Protocol.V6_15, MemoryType.FS_DAX)) {
            Holder f1 = b.holder("f1");
            Holder f2 = b.holder("f2");
            assertEquals(Refusal.UNKNOWN_PIN, f1.untie("f1"));
            assertNull(f1.tie("f1", 1024));
            assertEquals(new PageRecord("f1", 1024, 0, null, Set.of()), b.page().record());
            assertNull(f2.tie("f2", 0));
            assertEquals(new PageRecord(null, 0, 2, null, Set.of()), b.page().record());
            assertNull(f1.untie("f1"));
            assertEquals(1, b.page().record().share());
            assertNull(f2.untie("f2"));
            assertEquals(PageRecord.BLANK, b.page().record());
            b.kill();
            assertEquals(Refusal.DYING, f1.tie("f1", 0));
        }
    }

    @Test
    @DisplayName("B39, R18: poison on a tail marks its head, once, and stays")
    void shouldMarkTheHeadOfAPoisonedTail() {
        try (Bench b = new Bench(Protocol.V6_15, MemoryType.COHERENT)) {
            Holder driver = b.holder("driver");
            assertNull(driver.grab(GrabKind.REQUEST));
            TestProbe<Section.PageShown> asks = b.bench.kit.createTestProbe();
            b.section.tell(new Section.Poison(PFN + 65, asks.getRef()));
            Section.PageShown shown = asks.receiveMessage();
            assertEquals(PFN, shown.head());
            assertTrue(shown.record().has(PageFlag.HWPOISON));
            assertEquals(List.of("driver"), shown.holders());
            b.section.tell(new Section.Poison(PFN + 66, asks.getRef()));
            asks.receiveMessage();
            assertEquals(1, b.bench.events(Event.Poisoned.class, e -> true).size());
            assertNull(driver.put(GrabKind.REQUEST, 1));
            assertEquals(Set.of(PageFlag.HWPOISON), b.page().record().flags());
        }
    }

    @Test
    @DisplayName("B32, B33, D8: the first head that is busy by a rule, and whoever waits by it")
    void shouldFindWhoIsBusyAndTellWhenNotAnyMore() {
        try (Bench b = new Bench(Protocol.V6_15, MemoryType.FS_DAX)) {
            Holder map = b.holder("vm1");
            Holder dma = b.holder("dma");
            assertNull(map.grab(GrabKind.MAP));
            assertNull(dma.grab(GrabKind.GET));
            assertEquals(PFN, busy(b, LayoutIdle.COUNT_MINUS_MAPCOUNT).head());
            assertEquals(
                    List.of("dma", "vm1"),
                    busy(b, LayoutIdle.COUNT_MINUS_MAPCOUNT).holders());
            assertEquals(-1, busy(b, LayoutIdle.NOT_PINNED).head());
            TestProbe<Section.IdleAnswer> waits = b.bench.kit.createTestProbe();
            b.section.tell(new Section.AwaitIdle(PFN, "t1", LayoutIdle.COUNT_MINUS_MAPCOUNT, waits.getRef()));
            waits.expectNoMessage(java.time.Duration.ofMillis(50));
            assertNull(dma.put(GrabKind.GET, 1));
            assertTrue(waits.receiveMessage().idle());
            assertEquals(-1, busy(b, LayoutIdle.COUNT_MINUS_MAPCOUNT).head());
            assertEquals(PFN, busy(b, LayoutIdle.COUNT_EQ_0).head());
            b.bench.assertClean();
        }
    }

    private static Section.BusyFound busy(Bench b, LayoutIdle rule) {
        TestProbe<Section.BusyFound> asks = b.bench.kit.createTestProbe();
        b.section.tell(new Section.FindBusy(PAGE, rule, asks.getRef()));
        return asks.receiveMessage();
    }
}
