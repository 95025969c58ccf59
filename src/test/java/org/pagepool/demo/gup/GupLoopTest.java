package org.pagepool.demo.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.SystemTime;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadState;

/** When loops of several walkers do what. */
class GupLoopTest {
    private static final int PAGES = 1024;

    private final ActorTestKit kit = ActorTestKit.create();
    private final ActorRef<Muster.Here> muster = kit.spawn(Muster.of(2));
    private final Lane one = new Lane();
    private final Lane other = new Lane();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    /** One loop, and a probe for its walker. */
    private final class Lane {
        final TestProbe<GupWalker.Command> walker = kit.createTestProbe();
        final TestProbe<GupLoop.Lap> laps = kit.createTestProbe();
        final ActorRef<GupLoop.Go> loop;

        Lane() {
            GupPlan plan = GupResultTest.plan("-a -m 4 -n -1 -j 2");
            loop = kit.spawn(GupLoop.create(plan, plan.route(0), walker.getRef(), muster, SystemTime.MONOTONIC));
        }

        GupWalker.WalkLoop begins() {
            loop.tell(new GupLoop.Go(laps.getRef()));
            return walker.expectMessageClass(GupWalker.WalkLoop.class);
        }

        void takes(GupWalker.WalkLoop asked, List<Pin> pins) {
            asked.replyTo()
                    .tell(new GupWalker.LoopWalked(pins, pins.isEmpty() ? 0 : PAGES, 1, null, false, 2, 1, 1, 0));
        }

        void looks(GupWalker.Verify asked) {
            asked.replyTo().tell(new GupWalker.Verified(PAGES, 0, 0, -1, HeadState.AT_ZERO));
        }

        void gives(GupWalker.Put asked) {
            asked.replyTo().tell(new GupWalker.PutDone(asked.pin(), PAGES, null, 2));
        }
    }

    private static Pin pin(long id) {
        return new Pin("w1", id, GrabKind.PIN, 0, 0, List.of());
    }

    @Test
    @DisplayName("nobody looks at pages before all have taken theirs, and nobody gives back before all have looked")
    void shouldLookTogether() {
        for (int lap = 0; lap < 3; lap++) {
            GupWalker.WalkLoop first = one.begins();
            GupWalker.WalkLoop second = other.begins();

            one.takes(first, List.of(pin(1)));
            one.walker.expectNoMessage();
            other.takes(second, List.of(pin(2)));
            GupWalker.Verify look = one.walker.expectMessageClass(GupWalker.Verify.class);
            GupWalker.Verify otherLook = other.walker.expectMessageClass(GupWalker.Verify.class);
            other.looks(otherLook);
            other.walker.expectNoMessage();
            one.looks(look);

            one.gives(one.walker.expectMessageClass(GupWalker.Put.class));
            assertEquals(PAGES, one.laps.receiveMessage().pages());
            other.gives(other.walker.expectMessageClass(GupWalker.Put.class));
            assertEquals(PAGES, other.laps.receiveMessage().pages());
        }
    }

    @Test
    @DisplayName("one that got nothing has nothing to look at, and keeps nobody waiting")
    void shouldNotWaitForWhoHasNothing() {
        GupWalker.WalkLoop first = one.begins();
        other.takes(other.begins(), List.of());
        one.takes(first, List.of(pin(1)));

        one.looks(one.walker.expectMessageClass(GupWalker.Verify.class));
        one.gives(one.walker.expectMessageClass(GupWalker.Put.class));

        assertEquals(PAGES, one.laps.receiveMessage().pages());
        GupLoop.Lap nothing = other.laps.receiveMessage();
        assertEquals(0, nothing.pages());
        assertNull(nothing.verified());
    }
}
