package org.pagepool.persistence.journal;

import akka.actor.AbstractActor;
import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.persistence.AtomicWrite;
import akka.persistence.JournalProtocol;
import akka.persistence.Persistence;
import akka.persistence.PersistentRepr;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.NotSerializableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Predicate;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A journal that fails on purpose. It passes everything on to {@code pagepool.test.faulty-journal.delegate} (Akka's journal in
 * memory, or for example {@code pagepool.journal.rocks}) except what {@link #faults} was told to spoil. Of the others one in
 * {@code late-one-in} is passed on {@code late} later; none where that is 0.
 *
 * <pre>{@code
 * akka.persistence.journal.plugin = "pagepool.test.faulty-journal"
 *
 * FaultyJournal.faults(system).on(write -> write.persistenceId().startsWith("section"), Fault.FAIL, 1);
 * }</pre>
 */
public final class FaultyJournal extends AbstractActor {
    /** The plugin id. */
    public static final String PLUGIN = "pagepool.test.faulty-journal";

    private static final Map<ActorSystem, Faults> FAULTS = Collections.synchronizedMap(new WeakHashMap<>());

    private final Faults faults;
    private final ActorRef delegate;
    private final Duration late;
    private final int lateOneIn;

    /** As Akka makes it. */
    public FaultyJournal(Config config) {
        faults = faults(getContext().getSystem());
        delegate = Persistence.get(getContext().getSystem())
                .journalFor(config.getString("delegate"), ConfigFactory.empty());
        late = config.getDuration("late");
        lateOneIn = config.getInt("late-one-in");
    }

    /** What goes wrong with a write. */
    public enum Fault {
        /** Nothing. For a rule that shields some writes from the rules after it. */
        NONE,
        /** Nothing is stored, and the writer is told that it failed. */
        FAIL,
        /** It is stored, and the writer is told that it failed all the same. */
        FAIL_STORED,
        /** Nothing is stored, and the writer is told that it cannot be. */
        REJECT,
        /** Nothing is stored, and nobody is told anything. */
        HANG,
        /** It is stored after a while, see {@link Faults#delay}. */
        SLOW
    }

    /** A write that is about to be made. */
    public record Attempt(String persistenceId, long firstSequence, List<Object> events) {}

    /** The plan of one actor system. Rules are asked in the order in which they were given; the first that matches counts. */
    public static final class Faults {
        private final List<Rule> rules = new ArrayList<>();
        private final List<Attempt> spoiled = new ArrayList<>();
        private Predicate<String> failedReplays = id -> false;
        private Duration delay = Duration.ofMillis(200);

        /** Spoils the next {@code times} writes that match. */
        public synchronized Faults on(Predicate<Attempt> which, Fault fault, int times) {
            rules.add(new Rule(which, fault, times));
            return this;
        }

        /** Spoils every write that matches. */
        public Faults always(Predicate<Attempt> which, Fault fault) {
            return on(which, fault, Integer.MAX_VALUE);
        }

        /** Forgets every other rule, and spoils every write that matches: no write slips through in between. */
        public synchronized Faults only(Predicate<Attempt> which, Fault fault) {
            heal();
            return always(which, fault);
        }

        /** Replays for these writers fail, until told otherwise. */
        public synchronized Faults failReplays(Predicate<String> persistenceIds) {
            failedReplays = persistenceIds;
            return this;
        }

        /** How long {@link Fault#SLOW} takes. */
        public synchronized Faults delay(Duration delay) {
            this.delay = delay;
            return this;
        }

        /** From now on everything works. */
        public synchronized void heal() {
            rules.clear();
            failedReplays = id -> false;
        }

        /** Writes that were spoiled so far. */
        public synchronized List<Attempt> spoiled() {
            return List.copyOf(spoiled);
        }

        private synchronized Fault judge(Attempt attempt) {
            for (Rule rule : rules) {
                if (rule.left > 0 && rule.which.test(attempt)) {
                    rule.left--;
                    if (rule.fault != Fault.NONE) {
                        spoiled.add(attempt);
                    }
                    return rule.fault;
                }
            }
            return Fault.NONE;
        }

        private synchronized boolean failsReplay(String persistenceId) {
            return failedReplays.test(persistenceId);
        }

        private synchronized Duration delay() {
            return delay;
        }
    }

    private static final class Rule {
        private final Predicate<Attempt> which;
        private final Fault fault;
        private int left;

        Rule(Predicate<Attempt> which, Fault fault, int left) {
            this.which = which;
            this.fault = fault;
            this.left = left;
        }
    }

    /** What goes wrong in this system. */
    public static Faults faults(ActorSystem system) {
        return FAULTS.computeIfAbsent(system, any -> new Faults());
    }

    /** What goes wrong in this system. */
    public static Faults faults(akka.actor.typed.ActorSystem<?> system) {
        return faults(system.classicSystem());
    }

    @Override
    public Receive createReceive() {
        return receiveBuilder()
                .match(JournalProtocol.WriteMessages.class, this::write)
                .match(
                        JournalProtocol.ReplayMessages.class,
                        replay -> faults.failsReplay(replay.persistenceId()),
                        replay -> replay.persistentActor()
                                .tell(new JournalProtocol.ReplayMessagesFailure(broken()), getSelf()))
                .matchAny(message -> delegate.forward(message, getContext()))
                .build();
    }

    private void write(JournalProtocol.WriteMessages call) {
        List<PersistentRepr> events = events(call);
        Fault fault = events.isEmpty()
                ? Fault.NONE
                : faults.judge(new Attempt(
                        events.get(0).persistenceId(),
                        events.get(0).sequenceNr(),
                        events.stream().map(PersistentRepr::payload).toList()));
        switch (fault) {
            case NONE -> {
                if (isLate(events)) {
                    passOn(call, late);
                } else {
                    delegate.forward(call, getContext());
                }
            }
            case FAIL -> fail(call, events);
            case FAIL_STORED -> {
                delegate.tell(
                        call.copy(call.messages(), getContext().getSystem().deadLetters(), call.actorInstanceId()),
                        ActorRef.noSender());
                fail(call, events);
            }
            case REJECT -> reject(call, events);
            case HANG -> {}
            case SLOW -> passOn(call, faults.delay());
        }
    }

    /** Which ones are late depends on whose they are and on their numbers alone. */
    private boolean isLate(List<PersistentRepr> events) {
        if (lateOneIn == 0 || events.isEmpty()) {
            return false;
        }
        PersistentRepr first = events.get(0);
        int mixed = (first.persistenceId().hashCode() * 31 + Long.hashCode(first.sequenceNr())) * 0x9E3779B9;
        return (mixed >>> 16) % lateOneIn == 0;
    }

    private void passOn(JournalProtocol.WriteMessages call, Duration after) {
        getContext()
                .getSystem()
                .scheduler()
                .scheduleOnce(after, delegate, call, getContext().getDispatcher(), getSender());
    }

    private void fail(JournalProtocol.WriteMessages call, List<PersistentRepr> events) {
        IOException cause = broken();
        ActorRef writer = call.persistentActor();
        writer.tell(new JournalProtocol.WriteMessagesFailed(cause, events.size()), getSelf());
        for (PersistentRepr event : events) {
            writer.tell(new JournalProtocol.WriteMessageFailure(event, cause, call.actorInstanceId()), getSelf());
        }
    }

    private void reject(JournalProtocol.WriteMessages call, List<PersistentRepr> events) {
        NotSerializableException cause = new NotSerializableException("rejected on purpose");
        ActorRef writer = call.persistentActor();
        writer.tell(JournalProtocol.WriteMessagesSuccessful$.MODULE$, getSelf());
        for (PersistentRepr event : events) {
            writer.tell(new JournalProtocol.WriteMessageRejected(event, cause, call.actorInstanceId()), getSelf());
        }
    }

    private static IOException broken() {
        return new IOException("failed on purpose");
    }

    private static List<PersistentRepr> events(JournalProtocol.WriteMessages call) {
        List<PersistentRepr> events = new ArrayList<>();
        CollectionConverters.asJava(call.messages()).forEach(message -> {
            if (message instanceof AtomicWrite write) {
                events.addAll(CollectionConverters.asJava(write.payload()));
            }
        });
        return events;
    }
}
