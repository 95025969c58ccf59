package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.protocol.Protocol;

/** What a head does before it counts; what it counts is in {@link AlikeTest} and {@link SectionTest}. */
class HeadTest {
    private static final HeadRules RULES = ActorBench.spec(Protocol.PAGEPOOL).headRules();
    private static final HeadState PARKED = RULES.parked();

    private final TestInbox<Section.Command> section = TestInbox.create();
    private final BehaviorTestKit<Head.Command> head =
            BehaviorTestKit.create(Head.of(section.getRef(), new Alike(new HeadMachine(RULES, 16))));

    private static final class Request extends Section.Op {}

    @Test
    @DisplayName("a head is told which one it is, does not answer that, and answers for that one from then on")
    void shouldAnswerAsWhatItWasTold() {
        head.run(new Head.Be(new Request(), 7, PARKED, false));
        assertFalse(section.hasMessages());

        head.run(new Head.Report(new Request()));

        Section.HeadAnswered answer = (Section.HeadAnswered) section.receiveMessage();
        assertEquals(7, answer.index());
        assertEquals(PARKED, answer.step().after());
    }

    @Test
    void shouldRefuseToAnswerBeforeItIsToldWhichOneItIs() {
        assertThrows(IllegalStateException.class, () -> head.run(new Head.Report(new Request())));
        assertFalse(section.hasMessages());
    }

    @Test
    void shouldRefuseToBecomeAnotherOne() {
        head.run(new Head.Be(new Request(), 7, PARKED, false));

        assertThrows(IllegalStateException.class, () -> head.run(new Head.Be(new Request(), 8, PARKED, false)));
        assertFalse(section.hasMessages());
    }
}
