package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Collects a known number of answers and hands them on together; after a deadline, those there are. Lives for one
 * question.
 */
final class Gather {
    private Gather() {}

    /** The deadline has passed. */
    private enum Late {
        INSTANCE
    }

    /**
     * @param type class of the answers
     * @param expected how many; with 0 it hands on an empty list at once
     * @param then receives them, inside this actor
     */
    static <T> Behavior<T> of(Class<T> type, int expected, Duration deadline, Consumer<List<T>> then) {
        return Behaviors.<Object>setup(context -> {
                    List<T> answers = new ArrayList<>(expected);
                    if (expected == 0) {
                        then.accept(answers);
                        return Behaviors.stopped();
                    }
                    return Behaviors.withTimers(timers -> {
                        timers.startSingleTimer(Late.INSTANCE, deadline);
                        return Behaviors.receive(Object.class)
                                .onMessage(Late.class, late -> {
                                    then.accept(answers);
                                    return Behaviors.stopped();
                                })
                                .onMessage(type, answer -> {
                                    answers.add(answer);
                                    if (answers.size() < expected) {
                                        return Behaviors.same();
                                    }
                                    then.accept(answers);
                                    return Behaviors.stopped();
                                })
                                .build();
                    });
                })
                .narrow();
    }

    /** For asking all of {@code targets} the same. */
    static <M> void ask(List<ActorRef<M>> targets, M question) {
        targets.forEach(target -> target.tell(question));
    }
}
