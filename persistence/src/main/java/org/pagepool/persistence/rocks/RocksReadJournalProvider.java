package org.pagepool.persistence.rocks;

import akka.NotUsed;
import akka.actor.ExtendedActorSystem;
import akka.persistence.query.EventEnvelope;
import akka.persistence.query.ReadJournalProvider;
import akka.persistence.query.scaladsl.CurrentEventsByPersistenceIdQuery;
import akka.persistence.query.scaladsl.CurrentPersistenceIdsQuery;
import akka.stream.scaladsl.Source;
import com.typesafe.config.Config;

/** How Akka finds {@link RocksReadJournal}. */
public final class RocksReadJournalProvider implements ReadJournalProvider {
    private final RocksReadJournal journal;

    /** As Akka makes it; the settings are the journal's, one level up. */
    public RocksReadJournalProvider(ExtendedActorSystem system, Config config, String path) {
        String parent = path.substring(0, path.lastIndexOf('.'));
        journal = new RocksReadJournal(system, system.settings().config().getConfig(parent));
    }

    @Override
    public RocksReadJournal javadslReadJournal() {
        return journal;
    }

    @Override
    public akka.persistence.query.scaladsl.ReadJournal scaladslReadJournal() {
        return new ForScala(journal);
    }

    private record ForScala(RocksReadJournal journal)
            implements CurrentPersistenceIdsQuery, CurrentEventsByPersistenceIdQuery {
        @Override
        public Source<String, NotUsed> currentPersistenceIds() {
            return journal.currentPersistenceIds().asScala();
        }

        @Override
        public Source<EventEnvelope, NotUsed> currentEventsByPersistenceId(
                String persistenceId, long fromSequenceNr, long toSequenceNr) {
            return journal.currentEventsByPersistenceId(persistenceId, fromSequenceNr, toSequenceNr)
                    .asScala();
        }
    }
}
