package org.pagepool.persistence.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.persistence.jdbc.query.javadsl.JdbcReadJournal;
import akka.persistence.query.EventEnvelope;
import akka.persistence.query.PersistenceQuery;
import akka.stream.javadsl.Sink;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.pagepool.persistence.JournalChoice;
import org.pagepool.persistence.journal.JournalContract;
import org.pagepool.persistence.journal.JournalReader;

class PostgresJournalTest extends JournalContract {
    @RegisterExtension
    static final SharedCluster CLUSTER = new SharedCluster();

    private PostgresAddress address;

    @BeforeEach
    @Override
    protected void start() {
        address = CLUSTER.get().empty();
        super.start();
    }

    @Override
    protected Config config() {
        Config few = ConfigFactory.parseString("pagepool.journal.postgres.connections = 4");
        return JournalChoice.prepare(
                few.withFallback(JournalChoice.postgres(address)).withFallback(ConfigFactory.load()));
    }

    @Override
    protected String plugin() {
        return JournalChoice.POSTGRES.plugin();
    }

    @Override
    protected JournalReader reader() {
        return JournalChoice.reader(config());
    }

    @Test
    void shouldAnswerQueries() throws Exception {
        journal.store("a", 1, 3);
        JdbcReadJournal queries = PersistenceQuery.get(journal.system)
                .getReadJournalFor(JdbcReadJournal.class, JournalChoice.POSTGRES.query());

        assertEquals(
                List.of("a"),
                queries.currentPersistenceIds()
                        .runWith(Sink.seq(), journal.system)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS));
        assertEquals(
                List.of("a-2", "a-3"),
                queries.currentEventsByPersistenceId("a", 2, Long.MAX_VALUE)
                        .map(EventEnvelope::event)
                        .runWith(Sink.seq(), journal.system)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS));
    }
}
