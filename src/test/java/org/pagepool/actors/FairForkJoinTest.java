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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Whoever comes from outside gets a turn, however busy the actors of a pool keep each other; what belongs together stays on one thread. */
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

    private static ActorSystem<Void> system(int threads) {
        return ActorSystem.create(
                Behaviors.empty(),
                "turns",
                ConfigFactory.parseString("pagepool.dispatcher.fork-join-executor { parallelism-min = " + threads
                                + ", parallelism-max = " + threads + " }")
                        .withFallback(ConfigFactory.load()));
    }

    @Test
    @DisplayName("two actors that only wake each other are not handed from thread to thread")
    void shouldKeepAChainOfTurnsOnOneThread() {
        ActorSystem<Void> system = system(4);
        try {
            AtomicLong strokes = new AtomicLong();
            AtomicLong handed = new AtomicLong();
            AtomicReference<Thread> last = new AtomicReference<>(Thread.currentThread());
            Behavior<Ball> player = Behaviors.receive((context, ball) -> {
                Thread now = Thread.currentThread();
                if (last.getAndSet(now) != now) {
                    handed.incrementAndGet();
                }
                if (strokes.incrementAndGet() < 100_000) {
                    ball.from.tell(new Ball(context.getSelf()));
                }
                return Behaviors.same();
            });
            Props here = DispatcherSelector.fromConfig("pagepool.dispatcher");
            ActorRef<Ball> one = system.systemActorOf(player, "one", here);
            one.tell(new Ball(system.systemActorOf(player, "other", here)));
            Awaitility.await().until(() -> strokes.get() == 100_000);
            assertTrue(handed.get() < 1_000, "handed to another thread: " + handed.get() + " times of 100,000");
        } finally {
            system.terminate();
        }
    }

    @Test
    @DisplayName("chains that never end do not keep one another from going on, on one thread")
    void shouldLetEveryChainGoOn() {
        ActorSystem<Void> system = system(1);
        try {
            Props here = DispatcherSelector.fromConfig("pagepool.dispatcher");
            List<AtomicLong> pairs = new ArrayList<>();
            for (int i = 0; i < PAIRS; i++) {
                AtomicLong strokes = new AtomicLong();
                ActorRef<Ball> one = system.systemActorOf(player(strokes), "one" + i, here);
                one.tell(new Ball(system.systemActorOf(player(strokes), "other" + i, here)));
                pairs.add(strokes);
            }
            pairs.forEach(strokes -> Awaitility.await().until(() -> strokes.get() > 10_000));
        } finally {
            system.terminate();
        }
    }

    @Test
    @DisplayName("those who are told something near are dealt with on the thread that told them")
    void shouldKeepNearWhoIsToldNear() {
        ActorSystem<Void> system = system(4);
        try {
            Props here = DispatcherSelector.fromConfig("pagepool.dispatcher");
            Queue<Thread> told = new ConcurrentLinkedQueue<>();
            List<ActorRef<String>> children = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                Behavior<String> child = Behaviors.receiveMessage(text -> {
                    told.add(Thread.currentThread());
                    return Behaviors.same();
                });
                children.add(system.systemActorOf(child, "child" + i, here));
            }
            AtomicReference<Thread> teller = new AtomicReference<>();
            Behavior<String> parent = Behaviors.receiveMessage(text -> {
                teller.set(Thread.currentThread());
                FairForkJoin.near(() -> children.forEach(child -> child.tell(text)));
                return Behaviors.same();
            });
            ActorRef<String> parentRef = system.systemActorOf(parent, "parent", here);
            long there = 0;
            for (int round = 1; round <= 20; round++) {
                told.clear();
                parentRef.tell("go");
                Awaitility.await().until(() -> told.size() == 64);
                there += told.stream().filter(teller.get()::equals).count();
            }
            // a child that another thread has not let go of since it was started, or told before, is told there
            assertTrue(there > 18 * 64, "told on the same thread: " + there + " of " + 20 * 64);
        } finally {
            system.terminate();
        }
    }

    @Test
    @DisplayName("code that waits although it should not is given a thread to wait for, and keeps nobody else waiting")
    void shouldOfferToOthersWhatForeignCodeWaitsFor() {
        ActorSystem<Void> system = system(2);
        try {
            Props here = DispatcherSelector.fromConfig("pagepool.dispatcher");
            ActorRef<String> bystander = system.systemActorOf(Behaviors.<String>ignore(), "bystander", here);
            ActorRef<Question> guest = system.systemActorOf(guest(), "guest", here);
            assertEquals("here", ask(system, guest, Duration.ofSeconds(10)));
            Queue<String> heard = new ConcurrentLinkedQueue<>();
            Behavior<String> waiting = Behaviors.receiveMessage(text -> {
                bystander.tell(text); // kept
                FairForkJoin.far(() -> heard.add(ask(system, guest, Duration.ofSeconds(10))));
                return Behaviors.same();
            });
            ActorRef<String> ref = system.systemActorOf(waiting, "waiting", here);
            for (int i = 1; i <= 20; i++) {
                int asked = i;
                ref.tell("go");
                Awaitility.await().until(() -> heard.size() == asked);
            }
            assertEquals(20, heard.stream().filter("here"::equals).count());
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
