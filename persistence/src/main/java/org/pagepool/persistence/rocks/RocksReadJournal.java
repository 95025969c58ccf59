package org.pagepool.persistence.rocks;

import akka.NotUsed;
import akka.actor.ExtendedActorSystem;
import akka.persistence.query.EventEnvelope;
import akka.persistence.query.Offset;
import akka.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import akka.persistence.query.javadsl.CurrentPersistenceIdsQuery;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.stream.ActorAttributes;
import akka.stream.javadsl.Source;
import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Function;
import org.pagepool.persistence.journal.StoredId;
import org.pagepool.persistence.journal.StoredRow;

/**
 * What is in the journal at the moment a query starts, as Akka streams. Each query opens the directory for reading, so it needs no
 * journal that runs and disturbs none.
 */
public final class RocksReadJournal implements CurrentPersistenceIdsQuery, CurrentEventsByPersistenceIdQuery {
    /** Under this name in the configuration; {@code PersistenceQuery} wants to know. */
    public static final String IDENTIFIER = "pagepool.journal.rocks.query";

    private final Path directory;
    private final String dispatcher;
    private final Serialization serialization;

    RocksReadJournal(ExtendedActorSystem system, Config config) {
        directory = Path.of(config.getString("dir"));
        dispatcher = config.getString("reader-dispatcher");
        serialization = SerializationExtension.get(system);
    }

    @Override
    public Source<String, NotUsed> currentPersistenceIds() {
        return stream(RocksStore::persistenceIds, StoredId::persistenceId);
    }

    @Override
    public Source<EventEnvelope, NotUsed> currentEventsByPersistenceId(
            String persistenceId, long fromSequenceNr, long toSequenceNr) {
        return stream(store -> store.rowsOf(persistenceId, fromSequenceNr, toSequenceNr), this::envelope);
    }

    /** The events of all writers in the one order of the journal, from this ordinal on; the ordinal is the offset. */
    public Source<EventEnvelope, NotUsed> currentEvents(long fromOrdinal) {
        return stream(store -> store.rows(fromOrdinal), this::envelope);
    }

    private <T, R> Source<R, NotUsed> stream(Function<RocksStore, Iterator<T>> query, Function<T, R> view) {
        return Source.<R, Cursor<T>>unfoldResource(
                        () -> {
                            RocksStore store = RocksStore.openReadOnly(directory);
                            return new Cursor<>(store, query.apply(store));
                        },
                        cursor ->
                                cursor.rows.hasNext() ? Optional.of(view.apply(cursor.rows.next())) : Optional.empty(),
                        cursor -> cursor.store.close())
                .withAttributes(ActorAttributes.dispatcher(dispatcher));
    }

    private EventEnvelope envelope(StoredRow row) {
        Object event = serialization
                .deserialize(row.payload(), row.serializerId(), row.manifest())
                .get();
        return EventEnvelope.apply(
                Offset.sequence(row.ordinal()), row.persistenceId(), row.sequence(), event, row.writtenMillis());
    }

    private record Cursor<T>(RocksStore store, Iterator<T> rows) {}
}
