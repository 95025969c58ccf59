package org.pagepool.persistence.durable;

import org.jspecify.annotations.Nullable;
import org.pagepool.actors.Journals;
import org.pagepool.runtime.journal.Batch;

/**
 * What an actor is by its journal: a state, and the batches behind it. The state is asked for by snapshots and when the actor begins; a
 * writer that worked it out for every batch would meet its memory cold each time. So batches are kept, some of them, and folded together.
 * Immutable: Akka begins again with the first one after a write that failed.
 *
 * @param <S> what the actor is
 */
final class Standing<S> {
    /** Batches that are kept unfolded. */
    private static final int BEHIND_MAX = 32;

    private record Behind(Batch batch, @Nullable Behind before) {}

    private final Journals.Fold<S> fold;
    private final S state;
    private final @Nullable Behind last;
    private final int count;

    Standing(Journals.Fold<S> fold, S state) {
        this(fold, state, null, 0);
    }

    private Standing(Journals.Fold<S> fold, S state, @Nullable Behind last, int count) {
        this.fold = fold;
        this.state = state;
        this.last = last;
        this.count = count;
    }

    /** With one more batch. */
    Standing<S> add(Batch batch) {
        Standing<S> next = new Standing<>(fold, state, new Behind(batch, last), count + 1);
        return next.count < BEHIND_MAX ? next : new Standing<>(fold, next.now());
    }

    /** The state after all batches. */
    S now() {
        Batch[] inOrder = new Batch[count];
        int at = count;
        for (Behind each = last; each != null; each = each.before) {
            inOrder[--at] = each.batch;
        }
        S now = state;
        for (Batch batch : inOrder) {
            now = fold.apply(now, batch);
        }
        return now;
    }
}
