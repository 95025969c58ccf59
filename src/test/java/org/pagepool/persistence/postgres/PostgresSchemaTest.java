package org.pagepool.persistence.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;

/** Wrong tables are noticed before the first event is written, and said in one line. */
class PostgresSchemaTest {
    @RegisterExtension
    static final SharedCluster CLUSTER = new SharedCluster();

    @Test
    void shouldMakeTablesOnce() {
        PostgresAddress address = CLUSTER.get().empty();
        assertEquals(
                "journal " + address
                        + " has no table event_journal; set pagepool.journal.postgres.schema = create, or make it",
                wrong(() -> PostgresSchema.check(address)));
        IntStream.range(0, 8).parallel().forEach(n -> PostgresSchema.createOrCheck(address));
        PostgresSchema.check(address);
    }

    @Test
    void shouldNameTheColumnThatIsMissing() {
        PostgresAddress address = CLUSTER.get().empty();
        PostgresSchema.createOrCheck(address);
        PostgresCluster.execute(address, "alter table event_journal drop column writer");
        assertEquals(
                "journal " + address + " has a table event_journal without a column writer;"
                        + " move that table away, or name another database or schema",
                wrong(() -> PostgresSchema.createOrCheck(address)));
    }

    @Test
    void shouldNameTheColumnThatIsOfAnotherType() {
        PostgresAddress address = CLUSTER.get().empty();
        PostgresCluster.execute(address, "create table snapshot (persistence_id integer)");
        assertEquals(
                "journal " + address + " has a column snapshot.persistence_id of type integer, not character varying;"
                        + " move that table away, or name another database or schema",
                wrong(() -> PostgresSchema.createOrCheck(address)));
        // And nothing was begun.
        assertTrue(wrong(() -> PostgresSchema.check(address)).contains("has no table event_journal"));
    }

    @Test
    void shouldSayThatNobodyListens() {
        PostgresAddress nobody = new PostgresAddress("jdbc:postgresql://127.0.0.1:1/x?password=secret", "u", "p");
        JournalUnavailableException why =
                assertThrows(JournalUnavailableException.class, () -> PostgresSchema.check(nobody));
        assertEquals(Reason.NOT_WORKING, why.reason());
        assertTrue(
                why.getMessage().startsWith("journal jdbc:postgresql://127.0.0.1:1/x cannot be opened ("),
                why::getMessage);
        assertTrue(!why.getMessage().contains("secret") && !why.getMessage().contains("\n"), why::getMessage);
    }

    private static String wrong(Executable check) {
        JournalUnavailableException why = assertThrows(JournalUnavailableException.class, check);
        assertEquals(Reason.WRONG_SCHEMA, why.reason(), why::getMessage);
        return why.getMessage();
    }
}
