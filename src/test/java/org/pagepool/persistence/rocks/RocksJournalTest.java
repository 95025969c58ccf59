package org.pagepool.persistence.rocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.pagepool.persistence.journal.JournalDriver.atomic;
import static org.pagepool.persistence.journal.JournalDriver.event;
import static org.pagepool.persistence.journal.JournalDriver.together;

import akka.persistence.query.EventEnvelope;
import akka.persistence.query.PersistenceQuery;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.persistence.journal.JournalBusyException;
import org.pagepool.persistence.journal.JournalContract;
import org.pagepool.persistence.journal.JournalDriver;
import org.pagepool.persistence.journal.JournalDriver.Outcome;
import org.pagepool.persistence.journal.JournalDriver.Outcome.Kind;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.SequenceConflictException;

class RocksJournalTest extends JournalContract {
    @TempDir
    Path temp;

    @Override
    protected Config config() {
        return ConfigFactory.empty()
                .withValue(
                        "pagepool.journal.rocks.dir",
                        ConfigValueFactory.fromAnyRef(directory().toString()));
    }

    @Override
    protected String plugin() {
        return "pagepool.journal.rocks";
    }

    @Override
    protected JournalReader reader() {
        return RocksStore.openReadOnly(directory());
    }

    private Path directory() {
        return temp.resolve("journal");
    }

    @Test
    void shouldRefuseANumberThatIsNotTheNext() {
        journal.store("a", 1, 2);

        SequenceConflictException gap = assertInstanceOf(
                SequenceConflictException.class,
                journal.write(together("a", 4, 4)).get(0).cause());
        SequenceConflictException late = assertInstanceOf(
                SequenceConflictException.class,
                journal.write(together("a", 2, 3)).get(0).cause());

        assertEquals(3, gap.expected());
        assertEquals(4, gap.actual());
        assertEquals(2, late.actual());
        assertEquals(2, journal.highest("a"));
    }

    /** Sent without waiting: the one writer of the store sees them all, in order. */
    @Test
    void shouldGiveEachNumberToTheFirstOfTwoWriters() {
        List<JournalDriver.Sent> sent = new java.util.ArrayList<>();
        for (int n = 1; n <= 200; n++) {
            sent.add(journal.send(atomic(event("a", n, "left", "left"))));
            sent.add(journal.send(atomic(event("a", n, "right", "right"))));
        }
        for (int i = 0; i < sent.size(); i++) {
            Outcome outcome = sent.get(i).outcomes().get(0);
            assertEquals(i % 2 == 0 ? Kind.STORED : Kind.FAILED, outcome.kind());
        }
        assertEquals(200, journal.highest("a"));
    }

    @Test
    void shouldRejectWithAnEventWhatFollowsIt() {
        List<Outcome> outcomes =
                journal.write(together("a", 1, 1), atomic(event("a", 2, new Object(), "w")), together("a", 3, 3));

        assertEquals(List.of(Kind.STORED, Kind.REJECTED, Kind.REJECTED), kinds(outcomes));
        journal.store("a", 2, 2);
    }

    @Test
    void shouldRefuseAtOnceWhatTheQueueCannotHold() {
        journal.close();
        journal = null;
        Config small = ConfigFactory.parseString("pagepool.journal.rocks.queue { writes = 4, bytes = 10000 }");
        try (JournalDriver driver = new JournalDriver(small.withFallback(config()), plugin())) {
            List<JournalDriver.Sent> sent = new java.util.ArrayList<>();
            for (int i = 0; i < 500; i++) {
                sent.add(driver.send(together("w" + i, 1, 1)));
            }
            List<Outcome> outcomes =
                    sent.stream().map(one -> one.outcomes().get(0)).toList();
            List<Outcome> refused =
                    outcomes.stream().filter(one -> one.kind() == Kind.FAILED).toList();

            assertEquals(
                    500,
                    outcomes.stream().filter(one -> one.kind() == Kind.STORED).count() + refused.size());
            refused.forEach(one -> assertInstanceOf(JournalBusyException.class, one.cause()));
            // Nothing of what was refused is there, and the journal goes on.
            for (int i = 0; i < 500; i++) {
                assertEquals(outcomes.get(i).kind() == Kind.STORED ? 1 : 0, driver.highest("w" + i));
            }
            driver.store("late", 1, 1);
            // One write may be larger than the queue.
            driver.write(atomic(event("large", 1, "x".repeat(50_000), "w")))
                    .forEach(outcome -> assertEquals(Kind.STORED, outcome.kind()));
        }
    }

    @Test
    void shouldTellASecondSystemThatTheDirectoryIsTaken() {
        journal.store("a", 1, 1);
        try (JournalDriver second = startAgain()) {
            Outcome outcome = second.write(together("a", 2, 2)).get(0);
            JournalUnavailableException why = assertInstanceOf(JournalUnavailableException.class, outcome.cause());
            assertEquals(JournalUnavailableException.Reason.IN_USE, why.reason());
            assertEquals(
                    "journal " + directory()
                            + " is open already, here or in another process; end that one, or name another directory",
                    why.getMessage());
            assertThrows(JournalDriver.ReplayFailedException.class, () -> second.highest("a"));

            journal.close();
            journal = null;
            second.store("a", 2, 2);
        }
    }

    @Test
    void shouldAnswerQueries() throws Exception {
        journal.store("a", 1, 3);
        journal.store("b", 1, 2);
        RocksReadJournal queries = PersistenceQuery.get(journal.system)
                .getReadJournalFor(RocksReadJournal.class, RocksReadJournal.IDENTIFIER);

        assertEquals(List.of("a", "b"), all(queries.currentPersistenceIds()));
        assertEquals(
                List.of("a-2", "a-3"),
                all(queries.currentEventsByPersistenceId("a", 2, Long.MAX_VALUE)).stream()
                        .map(EventEnvelope::event)
                        .toList());
        List<EventEnvelope> everything = all(queries.currentEvents(2));
        assertEquals(
                List.of("a-2", "a-3", "b-1", "b-2"),
                everything.stream().map(EventEnvelope::event).toList());
        assertEquals(
                akka.persistence.query.Offset.sequence(5), everything.get(3).offset());
        assertEquals(
                List.of("a", "b"),
                all(
                        PersistenceQuery.get(journal.system)
                                                .readJournalFor(RocksReadJournal.IDENTIFIER, ConfigFactory.empty())
                                        instanceof akka.persistence.query.scaladsl.CurrentPersistenceIdsQuery scala
                                ? scala.currentPersistenceIds().asJava()
                                : Source.empty()));
    }

    private <T> List<T> all(Source<T, ?> source) throws Exception {
        return source.runWith(Sink.seq(), journal.system)
                .toCompletableFuture()
                .get(30, java.util.concurrent.TimeUnit.SECONDS);
    }
}
