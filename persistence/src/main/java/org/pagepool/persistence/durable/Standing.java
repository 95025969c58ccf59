package org.pagepool.persistence.durable;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.actors.Journals;
import org.pagepool.runtime.journal.Batch;

/**
 * What an actor is by its journal: a state, and the batches behind it. The state is asked for by snapshots and when the actor begins; a
 * writer that worked it out for every batch would meet its memory cold each time. So batches are kept, some of them, and folded together.
 * Confined to its writer.
 *
 * @param <S> what the actor is
 */
final class Standing<S> {
    /** Batches that are kept unfolded. */
    private static final int BEHIND_MAX = 32;

    private final Journals.Fold<S> fold;
    private final List<Batch> behind = new ArrayList<>();
    private S state;

    Standing(Journals.Fold<S> fold, S state) {
        this.fold = fold;
        this.state = state;
    }

    /** One more batch. */
    Standing<S> add(Batch batch) {
        behind.add(batch);
        if (behind.size() == BEHIND_MAX) {
            now();
        }
        return this;
    }

    /** The state after all batches. */
    S now() {
        for (Batch batch : behind) {
            state = fold.apply(state, batch);
        }
        behind.clear();
        return state;
    }
}
