package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import akka.actor.testkit.typed.javadsl.TestInbox;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;

/** What heads that count the same share is what each of them would have worked out. */
class AlikeTest {
    private static final HeadRules RULES = new HeadRules(9, 1, true, false);
    private static final HeadMachine MACHINE = new HeadMachine(RULES, 4);
    private static final int HEADS = 3;

    private static final class Request extends Section.Op {}

    /** What is asked of one head. */
    record Ask(int head, Head.Command message, boolean basePut) {}

    private static Head.Grab pin(int refs) {
        return new Head.Grab(new Request(), GrabKind.PIN, refs, true);
    }

    @Provide
    Arbitrary<List<Ask>> asks() {
        Arbitrary<GrabKind> kinds = Arbitraries.of(GrabKind.GET, GrabKind.PIN, GrabKind.MAP);
        Arbitrary<Integer> refs = Arbitraries.of(1, 2, 512, 1 << 30);
        Arbitrary<Boolean> last = Arbitraries.of(true, false);
        Arbitrary<Head.Command> grabs = Combinators.combine(kinds, refs, last)
                .as((kind, count, end) -> new Head.Grab(new Request(), kind, count, end));
        Arbitrary<Head.Command> puts = Combinators.combine(kinds, refs, last)
                .as((kind, count, end) -> new Head.Put(new Request(), kind, count, end));
        Arbitrary<Head.Command> bases = Arbitraries.create(() -> new Head.PutBase(new Request()));
        Arbitrary<Head.Command> looks = Arbitraries.create(() -> new Head.Report(new Request()));
        return Combinators.combine(
                        Arbitraries.integers().between(0, HEADS - 1),
                        Arbitraries.oneOf(grabs, puts, bases, looks),
                        Arbitraries.of(false, true))
                .as(Ask::new)
                .list()
                .ofMaxSize(60);
    }

    @Property
    void eachHeadShouldCountAsIfItWereAlone(@ForAll("asks") List<Ask> asks) {
        Alike alike = new Alike(MACHINE);
        HeadState[] states = {RULES.parked(), RULES.parked(), RULES.parked()};
        for (Ask ask : asks) {
            HeadState before = states[ask.head];
            HeadStep alone = MACHINE.on(ask.message, before, List.of(), ask.basePut);

            HeadStep step = alike.on(ask.message, before, List.of(), ask.basePut);

            assertEquals(alone, step);
            states[ask.head] = step.after();
        }
    }

    @Test
    void headsThatAreAskedTheSameShouldShareTheirCounts() {
        Alike alike = new Alike(MACHINE);
        HeadStep first = alike.on(pin(512), RULES.parked(), List.of(), false);
        HeadStep second = alike.on(pin(512), RULES.parked(), List.of(), false);

        assertSame(first, second);
        assertNotSame(first, alike.on(pin(511), RULES.parked(), List.of(), false));
    }

    @Test
    void headsThatPutTheirBasesShouldShareThemToo() {
        Alike alike = new Alike(MACHINE);
        HeadStep first = alike.on(new Head.PutBase(new Request()), RULES.parked(), List.of(), true);
        HeadStep second = alike.on(new Head.PutBase(new Request()), RULES.parked(), List.of(), true);

        assertSame(first, second);
        assertEquals(0, first.after().refcount());
    }

    @Test
    void headsThatCountTheSameAgainShouldShareAgain() {
        Alike alike = new Alike(MACHINE);
        HeadState one = new HeadState(8, 1, 0);
        HeadState other = new HeadState(8, 1, 0);
        assertNotSame(one, other);

        assertSame(
                alike.on(pin(2), one, List.of(), false).after(),
                alike.on(pin(2), other, List.of(), false).after());
    }

    @Test
    void requestsInTurnShouldNotPushEachOtherOut() {
        Alike alike = new Alike(MACHINE);
        HeadState parked = RULES.parked();
        HeadStep first = alike.on(pin(512), parked, List.of(), false);
        HeadStep second = alike.on(pin(512), first.after(), List.of(), false);

        assertSame(first, alike.on(pin(512), parked, List.of(), false));
        assertSame(second, alike.on(pin(512), first.after(), List.of(), false));
    }

    @Test
    void headsOnManyThreadsShouldCountEachForItself() {
        Alike alike = new Alike(MACHINE);
        int turns = 20_000;

        List<HeadState> ends = IntStream.range(0, 8)
                .parallel()
                .mapToObj(head -> {
                    HeadState state = RULES.parked();
                    for (int i = 0; i < turns; i++) {
                        int refs = 1 + (i * (head + 1)) % 5;
                        state = alike.on(pin(refs), state, List.of(), false).after();
                        Head.Put put = new Head.Put(new Request(), GrabKind.PIN, refs, true);
                        state = i % 3 == 0
                                ? state
                                : alike.on(put, state, List.of(), false).after();
                    }
                    return state;
                })
                .toList();

        for (int head = 0; head < 8; head++) {
            int kept = 0;
            for (int i = 0; i < turns; i += 3) {
                kept += 1 + (i * (head + 1)) % 5;
            }
            assertEquals(kept, ends.get(head).pincount());
        }
    }

    @Test
    void aHeadThatSomebodyWaitsForShouldTellHim() {
        Alike alike = new Alike(MACHINE);
        HeadState held = alike.on(pin(1), RULES.parked(), List.of(), false).after();
        Head.Put put = new Head.Put(new Request(), GrabKind.PIN, 1, true);
        alike.on(put, held, List.of(), false);
        List<Section.Waiter> waiting = List.of(new Section.Waiter(
                "truncate", null, TestInbox.<Section.IdleAnswer>create().getRef()));

        assertEquals(waiting, alike.on(put, held, waiting, false).told());
    }
}
