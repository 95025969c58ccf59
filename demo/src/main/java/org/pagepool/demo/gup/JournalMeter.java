package org.pagepool.demo.gup;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.journal.Batch;

/** Counts what a pool writes while it is measured, and works out afterwards how much that was. Thread-safe. */
final class JournalMeter implements Consumer<Batch> {
    /**
     * What was written.
     *
     * @param rows events of the journal, each a batch of the pool's
     * @param events the pool's
     * @param bytes of the rows' payloads, without keys and whatever the database adds
     */
    record Use(long rows, long events, long bytes) {
        static final Use NOTHING = new Use(0, 0, 0);

        Use plus(Use more) {
            return new Use(rows + more.rows, events + more.events, bytes + more.bytes);
        }
    }

    /** What was written to take references and to give them back; a row with both counts as the latter. */
    record Lap(Use take, Use give) {
        /** What several laps wrote. */
        static Lap sum(List<Lap> laps) {
            return new Lap(
                    laps.stream().map(Lap::take).reduce(Use.NOTHING, Use::plus),
                    laps.stream().map(Lap::give).reduce(Use.NOTHING, Use::plus));
        }
    }

    private final PoolSerializer serializer = new PoolSerializer();
    private final Queue<Batch> written = new ConcurrentLinkedQueue<>();

    @Override
    public void accept(Batch batch) {
        written.add(batch);
    }

    /** What was written since it was asked last. */
    Lap next() {
        Use take = Use.NOTHING;
        Use give = Use.NOTHING;
        for (Batch batch = written.poll(); batch != null; batch = written.poll()) {
            Use row = new Use(1, batch.entries().size(), serializer.toBinary(batch).length);
            if (batch.entries().stream().anyMatch(entry -> entry.event() instanceof Event.Released)) {
                give = give.plus(row);
            } else {
                take = take.plus(row);
            }
        }
        return new Lap(take, give);
    }
}
