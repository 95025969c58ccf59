package org.pagepool.persistence.journal;

import akka.actor.AbstractActor;
import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.Props;
import akka.persistence.AtomicWrite;
import akka.persistence.DeleteMessagesSuccess;
import akka.persistence.JournalProtocol;
import akka.persistence.Persistence;
import akka.persistence.PersistentEnvelope;
import akka.persistence.PersistentRepr;
import akka.testkit.javadsl.TestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import scala.jdk.javaapi.CollectionConverters;

/** Talks to a journal as persistent actors do, message by message. */
public final class JournalDriver implements AutoCloseable {
    /** What became of one event: stored, rejected or failed. */
    public record Outcome(
            long sequence, Kind kind, @Nullable Throwable cause) {
        public enum Kind {
            STORED,
            REJECTED,
            FAILED
        }
    }

    public final ActorSystem system;
    private final ActorRef journal;

    /** A system of its own with this configuration, and the journal of that plugin id. */
    public JournalDriver(Config config, String plugin) {
        system = ActorSystem.create("journal", config.withFallback(ConfigFactory.load()));
        journal = Persistence.get(system).journalFor(plugin, ConfigFactory.empty());
    }

    /** One event by a writer of that incarnation. */
    public static PersistentRepr event(String id, long sequence, Object payload, String writer) {
        return PersistentRepr.apply(payload, sequence, id, "", false, ActorRef.noSender(), writer);
    }

    /** Events {@code id-from} to {@code id-to}, to be stored together or not at all. */
    public static AtomicWrite together(String id, long from, long to) {
        return atomic(LongStream.rangeClosed(from, to)
                .mapToObj(n -> event(id, n, id + "-" + n, "w"))
                .toArray(PersistentRepr[]::new));
    }

    public static AtomicWrite atomic(PersistentRepr... events) {
        return AtomicWrite.apply(
                CollectionConverters.asScala(Arrays.asList(events)).toList());
    }

    /** Sends these in one call; {@link Sent#outcomes} waits. */
    public Sent send(AtomicWrite... writes) {
        Ear actor = new Ear(system);
        List<PersistentEnvelope> all = List.of(writes);
        journal.tell(
                new JournalProtocol.WriteMessages(
                        CollectionConverters.asScala(all).toList(), actor.ref, 1),
                actor.ref);
        return new Sent(actor, Arrays.stream(writes).mapToInt(AtomicWrite::size).sum());
    }

    /** Writes these in one call and waits. */
    public List<Outcome> write(AtomicWrite... writes) {
        return send(writes).outcomes();
    }

    /** Writes events {@code id-from} to {@code id-to}, one after another, and expects success. */
    public void store(String id, long from, long to) {
        for (long n = from; n <= to; n++) {
            Outcome outcome = write(together(id, n, n)).get(0);
            Assertions.assertEquals(Outcome.Kind.STORED, outcome.kind(), outcome::toString);
        }
    }

    /** What a recovering actor would be shown. */
    public List<PersistentRepr> replay(String id, long from, long to, long max) {
        return replayed(id, from, to, max).events();
    }

    /** The highest number a recovering actor would be told. */
    public long highest(String id) {
        return replayed(id, 0, 0, 0).highest();
    }

    /** All payloads of one writer. */
    public List<Object> payloads(String id) {
        return replay(id, 0, Long.MAX_VALUE, Long.MAX_VALUE).stream()
                .map(PersistentRepr::payload)
                .toList();
    }

    public void deleteTo(String id, long to) {
        Ear actor = new Ear(system);
        journal.tell(new JournalProtocol.DeleteMessagesTo(id, to, actor.ref), actor.ref);
        Assertions.assertInstanceOf(DeleteMessagesSuccess.class, actor.next());
    }

    private Replayed replayed(String id, long from, long to, long max) {
        Ear actor = new Ear(system);
        journal.tell(new JournalProtocol.ReplayMessages(from, to, max, id, actor.ref), actor.ref);
        List<PersistentRepr> events = new ArrayList<>();
        while (true) {
            Object answer = actor.next();
            if (answer instanceof JournalProtocol.ReplayedMessage one) {
                events.add(one.persistent());
            } else if (answer instanceof JournalProtocol.RecoverySuccess end) {
                return new Replayed(events, end.highestSequenceNr());
            } else if (answer instanceof JournalProtocol.ReplayMessagesFailure failure) {
                throw new ReplayFailedException(failure.cause());
            } else {
                throw new AssertionError("answer to a replay: " + answer);
            }
        }
    }

    /** Bytes as the system's serializers read them. */
    public Object decode(StoredRow row) {
        return akka.serialization.SerializationExtension.get(system)
                .deserialize(row.payload(), row.serializerId(), row.manifest())
                .get();
    }

    /** Ends the system and waits until all of it is closed. */
    @Override
    public void close() {
        TestKit.shutdownActorSystem(system, scala.concurrent.duration.Duration.create(30, "s"), true);
        Assertions.assertTrue(((ExtendedActorSystem) system).whenTerminated().isCompleted());
    }

    /** Hears answers. Lighter than a test kit, of which a thousand take seconds. */
    private static final class Ear {
        final ActorRef ref;
        private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

        Ear(ActorSystem system) {
            ref = system.actorOf(Props.create(AbstractActor.class, () -> new AbstractActor() {
                @Override
                public Receive createReceive() {
                    return receiveBuilder().matchAny(heard::add).build();
                }
            }));
        }

        Object next() {
            try {
                Object answer = heard.poll(30, TimeUnit.SECONDS);
                if (answer == null) {
                    throw new AssertionError("no answer from the journal");
                }
                return answer;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private record Replayed(List<PersistentRepr> events, long highest) {}

    /** A replay came to a bad end. */
    public static final class ReplayFailedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ReplayFailedException(Throwable cause) {
            super(cause);
        }
    }

    /** A call under way. */
    public static final class Sent {
        private final Ear actor;
        private final int events;

        private Sent(Ear actor, int events) {
            this.actor = actor;
            this.events = events;
        }

        /** One for each event, in order. */
        public List<Outcome> outcomes() {
            List<Outcome> outcomes = new ArrayList<>();
            while (outcomes.size() < events) {
                Object answer = actor.next();
                if (answer instanceof JournalProtocol.WriteMessageSuccess stored) {
                    outcomes.add(new Outcome(stored.persistent().sequenceNr(), Outcome.Kind.STORED, null));
                } else if (answer instanceof JournalProtocol.WriteMessageRejected rejected) {
                    outcomes.add(new Outcome(rejected.message().sequenceNr(), Outcome.Kind.REJECTED, rejected.cause()));
                } else if (answer instanceof JournalProtocol.WriteMessageFailure failed) {
                    outcomes.add(new Outcome(failed.message().sequenceNr(), Outcome.Kind.FAILED, failed.cause()));
                }
            }
            return outcomes;
        }
    }
}
