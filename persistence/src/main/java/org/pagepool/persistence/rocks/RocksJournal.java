package org.pagepool.persistence.rocks;

import akka.actor.ActorRef;
import akka.dispatch.Futures;
import akka.dispatch.MessageDispatcher;
import akka.persistence.AtomicWrite;
import akka.persistence.PersistentRepr;
import akka.persistence.journal.Tagged;
import akka.persistence.journal.japi.AsyncWriteJournal;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;
import com.typesafe.config.Config;
import java.io.NotSerializableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.pagepool.actors.FairForkJoin;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;

/**
 * The Akka journal on a {@link RocksStore}; started by Akka from the configuration under {@code pagepool.journal.rocks}, which
 * says what each setting is.
 *
 * <p>An event that has no serializer, or whose serializer fails, is rejected, and with it all that the same call brought after it:
 * numbers never have gaps. A number that is not the next one, a full queue and a failing disk are failures; then nothing of the
 * call is stored. Tags are not kept.
 */
public final class RocksJournal extends AsyncWriteJournal {
    private final RocksStore store;
    private final GroupCommit writer;
    private final MessageDispatcher readers;
    private final Serialization serialization;

    /** As Akka starts it. Nothing is opened before the first use, so what is wrong is told to whoever uses it. */
    public RocksJournal(Config config) {
        store = RocksStore.openLater(Path.of(config.getString("dir")));
        readers = context().system().dispatchers().lookup(config.getString("reader-dispatcher"));
        serialization = SerializationExtension.get(context().system());
        writer = new GroupCommit(
                store,
                context().system().dispatchers().lookup(config.getString("writer-dispatcher")),
                context().dispatcher(),
                config.getInt("queue.writes"),
                config.getBytes("queue.bytes"));
    }

    @Override
    public void postStop() {
        writer.close();
        FairForkJoin.far(store::close); // waits for the write under way
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        List<NewRow> rows = new ArrayList<>();
        List<Optional<Exception>> rejections = new ArrayList<>();
        Optional<Exception> rejection = Optional.empty();
        for (AtomicWrite write : messages) {
            if (rejection.isEmpty()) {
                rejection = serialize(write, rows);
                rejections.add(rejection);
            } else {
                rejections.add(Optional.of(new NotSerializableException("events of " + write.persistenceId() + " from "
                        + write.lowestSequenceNr() + " come after one that cannot be serialized")));
            }
        }
        return rows.isEmpty()
                ? Futures.successful(rejections)
                : FutureConverters.asScala(writer.write(rows, rejections));
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        return FutureConverters.asScala(writer.betweenWrites(() -> {
            store.deleteTo(persistenceId, toSequenceNr);
            return null;
        }));
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        return FutureConverters.asScala(writer.afterWrites(() -> store.highestForWriting(persistenceId)));
    }

    @Override
    public Future<Void> doAsyncReplayMessages(
            String persistenceId,
            long fromSequenceNr,
            long toSequenceNr,
            long max,
            Consumer<PersistentRepr> replayCallback) {
        return Futures.future(
                () -> {
                    Iterator<NewRow> rows = store.replay(persistenceId, fromSequenceNr, toSequenceNr);
                    for (long left = max; left > 0 && rows.hasNext(); left--) {
                        replayCallback.accept(deserialize(rows.next()));
                    }
                    return null;
                },
                readers);
    }

    /** Adds the rows of one atomic write, or none of them and says why. */
    private Optional<Exception> serialize(AtomicWrite write, List<NewRow> rows) {
        List<NewRow> all = new ArrayList<>(write.size());
        try {
            for (PersistentRepr event : CollectionConverters.asJava(write.payload())) {
                all.add(serialize(event));
            }
        } catch (Exception e) {
            return Optional.of(e);
        }
        rows.addAll(all);
        return Optional.empty();
    }

    private NewRow serialize(PersistentRepr event) throws NotSerializableException {
        if (event.metadata().isDefined()) {
            throw new NotSerializableException("this journal keeps no metadata, event " + event.sequenceNr() + " of "
                    + event.persistenceId() + " has some");
        }
        Object payload = event.payload() instanceof Tagged tagged ? tagged.payload() : event.payload();
        Serializer serializer = serialization.findSerializerFor(payload);
        byte[] bytes = serialization.serialize(payload).get();
        return new NewRow(
                event.persistenceId(),
                event.sequenceNr(),
                serializer.identifier(),
                Serializers.manifestFor(serializer, payload),
                bytes,
                event.timestamp() == 0 ? System.currentTimeMillis() : event.timestamp(),
                event.manifest(),
                event.writerUuid());
    }

    private PersistentRepr deserialize(NewRow row) {
        Object payload = serialization
                .deserialize(row.payload(), row.serializerId(), row.manifest())
                .get();
        return PersistentRepr.apply(
                        payload,
                        row.sequence(),
                        row.persistenceId(),
                        row.adapterManifest(),
                        false,
                        ActorRef.noSender(),
                        row.writer())
                .withTimestamp(row.writtenMillis());
    }
}
