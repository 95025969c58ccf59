package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Whoever comes from outside gets a turn, however busy the actors of a pool keep each other. */
class FairForkJoinTest {
    private static final int PAIRS = 16;

    private record Ball(ActorRef<Ball> from) {}

    private record Question(ActorRef<String> replyTo) {}

    private static Behavior<Ball> player(AtomicLong strokes) {
        return Behaviors.receive((context, ball) -> {
            strokes.incrementAndGet();
            ball.from.tell(new Ball(context.getSelf()));
            return Behaviors.same();
        });
    }

    private static Behavior<Question> guest() {
        return Behaviors.receiveMessage(question -> {
            question.replyTo.tell("here");
            return Behaviors.same();
        });
    }

    /** With Akka's own executor nobody is answered here, on Java 17. */
    @Test
    @DisplayName("a question from outside is answered while all threads are busy with actors that never stop")
    void shouldLetAQuestionFromOutsideBeAnswered() {
        ActorSystem<Void> system = ActorSystem.create(
                Behaviors.empty(),
                "busy",
                ConfigFactory.parseString(
                                "pagepool.dispatcher.fork-join-executor { parallelism-min = 2, parallelism-max = 2 }\n"
                                        + "akka.coordinated-shutdown.phases.actor-system-terminate.timeout = 60s")
                        .withFallback(ConfigFactory.load()));
        try {
            Props busy = DispatcherSelector.fromConfig("pagepool.dispatcher");
            AtomicLong strokes = new AtomicLong();
            ActorRef<Question> guest = system.systemActorOf(guest(), "guest", busy);
            assertEquals("here", ask(system, guest, Duration.ofSeconds(10)));
            for (int i = 0; i < PAIRS; i++) {
                ActorRef<Ball> one = system.systemActorOf(player(strokes), "one" + i, busy);
                ActorRef<Ball> other = system.systemActorOf(player(strokes), "other" + i, busy);
                one.tell(new Ball(other));
            }
            Awaitility.await().until(() -> strokes.get() > 10_000);
            for (int i = 0; i < 20; i++) {
                assertEquals("here", ask(system, guest, Duration.ofSeconds(10)));
            }
            assertTrue(strokes.get() > 10_000, "the players stopped");
        } finally {
            system.terminate();
        }
    }

    private static String ask(ActorSystem<?> system, ActorRef<Question> guest, Duration patience) {
        return AskPattern.ask(guest, Question::new, patience, system.scheduler())
                .toCompletableFuture()
                .join();
    }
}
