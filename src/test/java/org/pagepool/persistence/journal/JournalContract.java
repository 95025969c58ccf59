package org.pagepool.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.persistence.journal.JournalDriver.atomic;
import static org.pagepool.persistence.journal.JournalDriver.event;
import static org.pagepool.persistence.journal.JournalDriver.together;

import akka.persistence.PersistentRepr;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pagepool.persistence.journal.JournalDriver.Outcome;
import org.pagepool.persistence.journal.JournalDriver.Outcome.Kind;

/** What every journal of pagepool does. Each test begins with an empty one. */
public abstract class JournalContract {
    private static final Config NO_JAVA_SERIALIZATION =
            ConfigFactory.parseString("akka.actor.allow-java-serialization = off");

    protected JournalDriver journal;

    /** Settings of the journal under test, on the same data for every call within one test. */
    protected abstract Config config();

    /** Its plugin id. */
    protected abstract String plugin();

    /** Reads the same data without an actor system. */
    protected abstract JournalReader reader();

    @BeforeEach
    protected void start() {
        journal = startAgain();
    }

    @AfterEach
    void stop() {
        if (journal != null) {
            journal.close();
        }
    }

    protected final JournalDriver startAgain() {
        return new JournalDriver(config().withFallback(NO_JAVA_SERIALIZATION), plugin());
    }

    @Test
    void shouldReplayWhatWasWritten() {
        journal.store("a", 1, 5);
        journal.store("b", 1, 2);

        List<PersistentRepr> events = journal.replay("a", 1, Long.MAX_VALUE, Long.MAX_VALUE);

        assertEquals(List.of("a-1", "a-2", "a-3", "a-4", "a-5"), payloads(events));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), sequences(events));
        assertTrue(events.stream().allMatch(one -> one.writerUuid().equals("w")));
        assertTrue(events.stream().allMatch(one -> one.timestamp() > 0));
        assertEquals(List.of("b-1", "b-2"), journal.payloads("b"));
        assertEquals(List.of(), journal.payloads("c"));
    }

    @Test
    void shouldReplayWithinBounds() {
        journal.store("a", 1, 8);

        assertEquals(List.of(3L, 4L, 5L), sequences(journal.replay("a", 3, 5, Long.MAX_VALUE)));
        assertEquals(List.of(3L, 4L), sequences(journal.replay("a", 3, 8, 2)));
        assertEquals(List.of(7L, 8L), sequences(journal.replay("a", 7, Long.MAX_VALUE, Long.MAX_VALUE)));
        assertEquals(List.of(4L), sequences(journal.replay("a", 4, 4, Long.MAX_VALUE)));
        assertEquals(List.of(), sequences(journal.replay("a", 5, 4, Long.MAX_VALUE)));
        assertEquals(List.of(), sequences(journal.replay("a", 1, 8, 0)));
        assertEquals(List.of(), sequences(journal.replay("a", 9, Long.MAX_VALUE, Long.MAX_VALUE)));
    }

    @Test
    void shouldStoreAListWholeOrNotAtAll() {
        List<Outcome> outcomes = journal.write(together("a", 1, 3));
        assertEquals(List.of(Kind.STORED, Kind.STORED, Kind.STORED), kinds(outcomes));

        outcomes = journal.write(
                atomic(event("a", 4, "four", "w"), event("a", 5, new Object(), "w"), event("a", 6, "six", "w")));

        assertEquals(List.of(Kind.REJECTED, Kind.REJECTED, Kind.REJECTED), kinds(outcomes));
        assertEquals(List.of("a-1", "a-2", "a-3"), journal.payloads("a"));
        assertEquals(3, journal.highest("a"));
        assertEquals(List.of(Kind.STORED), kinds(journal.write(together("a", 4, 4))));
    }

    @Test
    void shouldTellWhatCannotBeStoredFromWhatFailed() {
        journal.store("a", 1, 1);

        Outcome rejected =
                journal.write(atomic(event("a", 2, new Object(), "w"))).get(0);
        Outcome failed = journal.write(together("a", 1, 1)).get(0);

        assertEquals(Kind.REJECTED, rejected.kind());
        assertNotNull(rejected.cause());
        assertEquals(Kind.FAILED, failed.kind());
        assertEquals(List.of(Kind.STORED), kinds(journal.write(together("a", 2, 2))));
    }

    /** At most one: a database may fail both, because it fails all that was sent to it together. */
    @Test
    void shouldNeverGiveANumberToTwoWriters() {
        List<Object> stored = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            long next = stored.size() + 1L;
            JournalDriver.Sent left = journal.send(atomic(event("a", next, "left" + i, "left")));
            JournalDriver.Sent right = journal.send(atomic(event("a", next, "right" + i, "right")));
            boolean leftWon = left.outcomes().get(0).kind() == Kind.STORED;
            boolean rightWon = right.outcomes().get(0).kind() == Kind.STORED;
            assertFalse(leftWon && rightWon);
            if (leftWon || rightWon) {
                stored.add((leftWon ? "left" : "right") + i);
            }
        }

        // Not by replay: Akka takes it for a fault that a writer comes back after another, which the numbers prevent in
        // practice.
        List<Object> found = new ArrayList<>();
        try (JournalReader reader = reader()) {
            reader.rowsOf("a", 0, Long.MAX_VALUE).forEachRemaining(row -> found.add(journal.decode(row)));
        }
        assertEquals(stored, found);
    }

    @Test
    void shouldKeepTheHighestNumberThroughDeletes() {
        journal.store("a", 1, 5);
        journal.store("b", 1, 3);

        journal.deleteTo("a", 3);
        assertEquals(List.of("a-4", "a-5"), journal.payloads("a"));
        assertEquals(5, journal.highest("a"));

        journal.deleteTo("a", 5);
        assertEquals(List.of(), journal.payloads("a"));
        assertEquals(5, journal.highest("a"));

        journal.deleteTo("b", Long.MAX_VALUE);
        assertEquals(3, journal.highest("b"));
        journal.store("b", 4, 4);
        journal.close();
        journal = startAgain();
        assertEquals(5, journal.highest("a"));
        assertEquals(4, journal.highest("b"));
        journal.store("a", 6, 7);
        assertEquals(List.of("a-6", "a-7"), journal.payloads("a"));
        assertEquals(List.of("b-4"), journal.payloads("b"));
    }

    @Test
    void shouldFindEverythingAgainInTheNextSystem() {
        for (int round = 0; round < 3; round++) {
            journal.store("a", 1 + 4 * round, 4 + 4 * round);
            journal.write(together("b" + round, 1, 3));
            journal.close();
            journal = startAgain();
        }

        assertEquals(12, journal.payloads("a").size());
        assertEquals(12, journal.highest("a"));
        assertEquals(List.of("b1-1", "b1-2", "b1-3"), journal.payloads("b1"));
        assertEquals(0, journal.highest("nobody"));
    }

    @Test
    void shouldWriteForManyAtOnceAndKeepTheOrderOfEach() {
        int writers = 64;
        int events = 20;
        for (int n = 1; n <= events; n++) {
            int number = n;
            List<JournalDriver.Sent> sent = IntStream.range(0, writers)
                    .mapToObj(w -> journal.send(together("w" + w, number, number)))
                    .toList();
            sent.forEach(one -> assertEquals(List.of(Kind.STORED), kinds(one.outcomes())));
        }

        Map<String, Long> last = new HashMap<>();
        try (JournalReader reader = reader()) {
            long ordinal = 0;
            for (Iterator<StoredRow> rows = reader.rows(0); rows.hasNext(); ) {
                StoredRow row = rows.next();
                assertTrue(row.ordinal() > ordinal);
                ordinal = row.ordinal();
                assertEquals(last.getOrDefault(row.persistenceId(), 0L) + 1, row.sequence());
                last.put(row.persistenceId(), row.sequence());
            }
        }
        assertEquals(writers, last.size());
        assertTrue(last.values().stream().allMatch(n -> n == events));
    }

    @Test
    void shouldListWhoHasWritten() {
        List<String> ids =
                IntStream.range(0, 300).mapToObj(n -> "p" + n).sorted().toList();
        List<JournalDriver.Sent> sent = ids.stream()
                .map(id -> journal.send(together(id, 1, 1 + id.length())))
                .toList();
        sent.forEach(JournalDriver.Sent::outcomes);

        List<StoredId> found = new ArrayList<>();
        try (JournalReader reader = reader()) {
            reader.persistenceIds().forEachRemaining(found::add);
        }

        assertEquals(ids.stream().map(id -> new StoredId(id, 1 + id.length())).toList(), found);
    }

    @Test
    void shouldBeReadWithoutAnActorSystem() {
        journal.store("a", 1, 4);
        journal.store("ab", 1, 2);
        journal.deleteTo("a", 1);

        try (JournalReader reader = reader()) {
            List<StoredRow> rows = new ArrayList<>();
            reader.rowsOf("a", 1, 3).forEachRemaining(rows::add);
            assertEquals(List.of(2L, 3L), rows.stream().map(StoredRow::sequence).toList());
            assertEquals("a-2", journal.decode(rows.get(0)));
            assertTrue(rows.get(0).writtenMillis() > 0);

            List<StoredRow> all = new ArrayList<>();
            reader.rows(0).forEachRemaining(all::add);
            assertEquals(
                    List.of("a2", "a3", "a4", "ab1", "ab2"),
                    all.stream()
                            .map(row -> row.persistenceId() + row.sequence())
                            .toList());
            List<StoredRow> late = new ArrayList<>();
            reader.rows(all.get(3).ordinal()).forEachRemaining(late::add);
            assertEquals(2, late.size());
            assertFalse(reader.rows(all.get(4).ordinal() + 1).hasNext());
        }
    }

    @Test
    void shouldKeepLargeEventsAndReadThemAPageAtATime() {
        String large = "x".repeat(300_000);
        for (int n = 1; n <= 12; n++) {
            assertEquals(List.of(Kind.STORED), kinds(journal.write(atomic(event("a", n, large + n, "w")))));
        }
        journal.write(together("a", 13, 2500));

        List<Object> payloads = journal.payloads("a");
        assertEquals(2500, payloads.size());
        assertEquals(large + 12, payloads.get(11));
        assertEquals("a-2500", payloads.get(2499));
        try (JournalReader reader = reader()) {
            long n = 0;
            for (Iterator<StoredRow> rows = reader.rowsOf("a", 0, Long.MAX_VALUE); rows.hasNext(); ) {
                assertEquals(++n, rows.next().sequence());
            }
            assertEquals(2500, n);
        }
        journal.deleteTo("a", 2400);
        assertEquals(
                LongStream.rangeClosed(2401, 2500).boxed().toList(),
                sequences(journal.replay("a", 0, Long.MAX_VALUE, Long.MAX_VALUE)));
    }

    protected static List<Kind> kinds(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome::kind).toList();
    }

    private static List<Object> payloads(List<PersistentRepr> events) {
        return events.stream().map(PersistentRepr::payload).toList();
    }

    private static List<Long> sequences(List<PersistentRepr> events) {
        return events.stream().map(PersistentRepr::sequenceNr).toList();
    }
}
