package org.pagepool.actors;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import java.util.function.Function;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;

/** Where actors write down what happened: {@link #volatileTo nowhere that lasts}, or in journals that outlive the process. */
public interface Journals {
    /** True if what was written is there after a crash. */
    boolean durable();

    /** The behaviour of an actor that has a log, once it knows what it was. */
    <T, S> Behavior<T> open(Owner<T, S> owner);

    /**
     * An actor with a log.
     *
     * @param id its name in the journal: letters, digits and {@code . _ ~ : -}; the same in every life, and nobody else's
     * @param empty what it is when it has never been
     * @param fold the next state after a batch; must not change the state it is given
     * @param wrap a message of the actor around a signal of its log
     * @param then the actor, given what it was
     * @param snapshots whether snapshots are taken of it
     */
    record Owner<T, S>(
            String id, S empty, Fold<S> fold, Function<LogSignal, T> wrap, Birth<T, S> then, boolean snapshots) {
        /** An actor of which snapshots are taken. */
        public Owner(String id, S empty, Fold<S> fold, Function<LogSignal, T> wrap, Birth<T, S> then) {
            this(id, empty, fold, wrap, then, true);
        }
    }

    /** How batches make states. */
    @FunctionalInterface
    interface Fold<S> {
        /** The state after {@code batch}. */
        S apply(S state, Batch batch);
    }

    /** How an actor begins. */
    @FunctionalInterface
    interface Birth<T, S> {
        /**
         * Its behaviour.
         *
         * @param recovered whether it has been before
         */
        Behavior<T> begin(ActorContext<T> context, EventLog log, S state, boolean recovered);
    }

    /** Logs that hand each event to {@code sink} and keep nothing. */
    static Journals volatileTo(EventSink sink) {
        EventLog log = volatileLog(sink);
        return new Journals() {
            @Override
            public boolean durable() {
                return false;
            }

            @Override
            public <T, S> Behavior<T> open(Owner<T, S> owner) {
                return akka.actor.typed.javadsl.Behaviors.setup(
                        context -> owner.then.begin(context, log, owner.empty, false));
            }
        };
    }

    /** A log that hands each event to {@code sink} and keeps nothing. */
    static EventLog volatileLog(EventSink sink) {
        return new EventLog() {
            @Override
            public void record(Event event) {
                sink.accept(event);
            }

            @Override
            public void receipt(Receipt receipt) {}

            @Override
            public void then(Runnable tell) {
                tell.run();
            }

            @Override
            public void on(LogSignal signal) {}

            @Override
            public boolean stuck() {
                return false;
            }
        };
    }
}
