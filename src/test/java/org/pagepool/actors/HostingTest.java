package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.ActorBench.PFN;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** Where heads count decides nothing: asked the same, one thing after another, a section records and answers the same. */
class HostingTest {
    private static final int STEPS = 60;

    /** What a section recorded and answered. */
    private record History(List<Event> events, List<Object> answers, boolean clean) {}

    @Property(tries = 40)
    @Label("hosting: the same events and answers, whether a head is an actor or counted by its section")
    void shouldRecordAndAnswerTheSame(@ForAll long seed) {
        History actors = play(HeadHosting.ACTOR, new Random(seed));
        History section = play(HeadHosting.SECTION, new Random(seed));
        assertEquals(actors.events, section.events);
        assertEquals(actors.answers, section.answers);
        assertEquals(actors.clean, section.clean);
        assertTrue(actors.events.stream().anyMatch(Event.Grabbed.class::isInstance), "nothing was granted");
    }

    private static History play(HeadHosting hosting, Random random) {
        Protocol protocol = any(Protocol.PRESETS, random);
        MemoryType type = any(List.of(MemoryType.values()), random);
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                type,
                List.of(new PfnRange(PFN, 1 << 15)),
                Geometry.ofPages(random.nextBoolean() ? 512 : 4096),
                BasePage.KIB_4,
                protocol);
        try (ActorBench bench = new ActorBench(Link.direct(), "pagepool.heads.hosting = " + hosting.label())) {
            bench.record(new Event.Mapped(spec));
            Play play = new Play(bench, spec, random);
            for (int i = 0; i < STEPS; i++) {
                play.step();
            }
            play.tearDown();
            return new History(
                    bench.events(Event.class, e -> true),
                    play.answers,
                    bench.verdict().clean());
        }
    }

    private static <T> T any(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    /** Two holders, and whoever waits for a head; what is asked next waits until what was asked before has happened. */
    private static final class Play {
        private final ActorBench bench;
        private final PgmapSpec spec;
        private final Random random;
        private final ActorRef<Section.Command> section;
        private final List<TestProbe<Section.ToHolder>> holders = new ArrayList<>();
        private final TestProbe<Section.IdleAnswer> waiters;
        private final TestProbe<Section.Holdings> holdings;
        private final TestProbe<Teardown.Command> teardown;
        private final List<Section.Grab> grabs = new ArrayList<>();
        private final List<Object> answers = new ArrayList<>();
        private long sequence;

        Play(ActorBench bench, PgmapSpec spec, Random random) {
            this.bench = bench;
            this.spec = spec;
            this.random = random;
            this.section =
                    bench.kit.spawn(Section.create(spec, DriverCalls.NONE, spec.sectionOf(PFN), 1, "s", bench.wiring));
            this.waiters = bench.kit.createTestProbe();
            this.holdings = bench.kit.createTestProbe();
            this.teardown = bench.kit.createTestProbe();
            holders.add(bench.kit.createTestProbe());
            holders.add(bench.kit.createTestProbe());
        }

        void step() {
            int who = random.nextInt(holders.size());
            TestProbe<Section.ToHolder> holder = holders.get(who);
            switch (random.nextInt(9)) {
                case 0, 1, 2 -> {
                    section.tell(grab(who));
                    answers.add(holder.receiveMessage());
                }
                case 8 -> grabTogether(who);
                case 3, 4 -> release(false);
                case 5 -> release(true);
                case 6 -> section.tell(new Section.AwaitIdle(head(), "x" + random.nextInt(3), waiters.getRef()));
                default -> section.tell(new Section.CancelAwait(head(), "x" + random.nextInt(3)));
            }
            settle();
        }

        private Section.Grab grab(int who) {
            GrabKind kind = any(List.of(GrabKind.values()), random);
            Section.Grab grab = new Section.Grab(
                    "w" + who,
                    holders.get(who).getRef(),
                    ++sequence,
                    1,
                    kind,
                    runs(kind),
                    1 << random.nextInt(10),
                    false);
            grabs.add(grab);
            return grab;
        }

        private void grabTogether(int who) {
            List<Section.Grab> together = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                together.add(grab(who));
            }
            section.tell(new Section.Grabs(together));
            for (int missing = together.size(); missing > 0; ) {
                Section.ToHolder answer = holders.get(who).receiveMessage();
                answers.add(answer);
                missing -= answer instanceof Section.GrabAnswers several
                        ? several.answers().size()
                        : 1;
            }
        }

        private void release(boolean part) {
            if (grabs.isEmpty()) {
                return;
            }
            Section.Grab grab = grabs.get(random.nextInt(grabs.size()));
            TestProbe<Section.ToHolder> holder =
                    holders.get(Integer.parseInt(grab.holder().substring(1)));
            List<Run> runs = part ? Runs.firstHeads(grab.runs(), 1, spec.geometry()) : List.of();
            section.tell(new Section.Release(
                    grab.holder(),
                    holder.getRef(),
                    ++sequence,
                    1,
                    grab.holder(),
                    grab.sequence(),
                    grab.kind(),
                    runs,
                    ReleaseCause.PUT,
                    random.nextBoolean()));
            answers.add(holder.receiveMessage());
        }

        private long head() {
            return PFN + random.nextInt(4) * spec.geometry().pages();
        }

        private List<Run> runs(GrabKind kind) {
            int first = random.nextInt(4);
            int heads = 1 + random.nextInt(4);
            int refs = kind == GrabKind.REQUEST ? 1 : 1 + random.nextInt(1000);
            return List.of(new Run(PFN + first * spec.geometry().pages(), heads, refs));
        }

        /** Behind everything that was asked, also what a refusal sends back (B24). */
        private void settle() {
            for (int i = 0; i < 2; i++) {
                section.tell(new Section.AskHoldings(holdings.getRef()));
                holdings.receiveMessage();
            }
        }

        void tearDown() {
            bench.record(new Event.Killed(spec.id(), CloseVerb.WHEN_IDLE, "test"));
            section.tell(new Section.CloseGate(teardown.getRef()));
            answers.add(teardown.receiveMessage());
            section.tell(new Section.DropBase(teardown.getRef()));
            settle();
            section.tell(new Section.RevokeHolders("test"));
            settle();
            section.tell(new Section.Retire(teardown.getRef()));
            settle();
        }
    }
}
