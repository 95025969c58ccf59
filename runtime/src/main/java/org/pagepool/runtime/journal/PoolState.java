package org.pagepool.runtime.journal;

import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pcollections.TreePMap;

/**
 * Everything of a pool that must survive it. Immutable; {@link #apply} is the only way from one state to the next.
 *
 * @param mapped the pgmaps that are mapped, by the number of their mapping, from 1
 * @param mappings how many mappings there ever were
 * @param life how often the pool was started
 */
public record PoolState(TreePMap<Long, PgmapSpec> mapped, long mappings, int life) {
    /** A pool that was never started. */
    public static final PoolState EMPTY = new PoolState(TreePMap.empty(), 0, 0);

    /** The next state. Events that say nothing of it leave it as it is. */
    public PoolState apply(Event event) {
        if (event instanceof Event.Mapped e) {
            return new PoolState(mapped.plus(mappings + 1, e.spec()), mappings + 1, life);
        }
        return event instanceof Event.Started e ? new PoolState(mapped, mappings, e.life()) : this;
    }

    /** The state after a batch, in which a mapping that is over is {@link Receipt#gone gone} by its number. */
    public PoolState apply(Batch batch) {
        return batch.fold(this, (before, entry) -> before.apply(entry.event()), PoolState::after);
    }

    private PoolState after(Receipt over) {
        return new PoolState(mapped.minus(Long.valueOf(over.holder())), mappings, life);
    }
}
