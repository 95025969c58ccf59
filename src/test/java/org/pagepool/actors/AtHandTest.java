package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.pagepool.actors.PoolHarness.SOON;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import java.lang.ref.WeakReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is read before heads are told: known when they have answered, forgotten when they are gone. */
final class AtHandTest {
    private static final int[] IDLE = {0, 0};

    /** What only this actor keeps. */
    private static final class Load {
        final byte[] bytes = new byte[1 << 16];
    }

    private static Behavior<TestProbe<Integer>> holding(Load load) {
        return Behaviors.receiveMessage(probe -> {
            probe.getRef().tell(load.bytes.length);
            return Behaviors.same();
        });
    }

    @Test
    @DisplayName("an actor is known once it has answered, and told as before")
    void anActorThatHasAnsweredShouldBeKnown() {
        ActorTestKit kit = ActorTestKit.create();
        try {
            ActorRef<TestProbe<Integer>> ref = kit.spawn(holding(new Load()));
            TestProbe<Integer> probe = kit.createTestProbe();
            ref.tell(probe);
            probe.receiveMessage();
            ActorRef<?>[] refs = {null, ref};
            AtHand atHand = new AtHand(refs.length);

            atHand.read(refs, new int[] {0, 1});
            atHand.read(refs, new int[] {0, 1});
            assertEquals(0, atHand.known(), "it is at work, on a thread of its own");
            atHand.read(refs, IDLE);
            atHand.read(refs, new int[] {0, 1});
            assertEquals(1, atHand.known());
            ref.tell(probe);

            assertEquals(1 << 16, probe.receiveMessage());
        } finally {
            kit.shutdownTestKit();
        }
    }

    @Test
    @DisplayName("a ref that is not of an actor of this process is left out")
    void aForeignRefShouldBeLeftOut() {
        ActorRef<?>[] refs = {TestInbox.create().getRef()};
        AtHand atHand = new AtHand(1);

        atHand.read(refs, IDLE);
        atHand.read(refs, IDLE);

        assertEquals(0, atHand.known());
    }

    @Test
    @DisplayName("an actor that was forgotten leaves nothing behind")
    void aForgottenActorShouldLeaveNothing() {
        ActorTestKit kit = ActorTestKit.create();
        try {
            AtHand atHand = new AtHand(1);
            WeakReference<Load> load = knowAndStop(kit, atHand);

            atHand.forget(0);

            Awaitility.await().atMost(SOON).untilAsserted(() -> {
                System.gc();
                assertNull(load.get());
            });
        } finally {
            kit.shutdownTestKit();
        }
    }

    private static WeakReference<Load> knowAndStop(ActorTestKit kit, AtHand atHand) {
        Load load = new Load();
        ActorRef<TestProbe<Integer>> ref = kit.spawn(holding(load));
        TestProbe<Integer> probe = kit.createTestProbe();
        ref.tell(probe);
        probe.receiveMessage();
        ActorRef<?>[] refs = {ref};
        atHand.read(refs, IDLE);
        atHand.read(refs, IDLE);
        assertEquals(1, atHand.known());
        kit.stop(ref);
        return new WeakReference<>(load);
    }
}
