package org.pagepool.actors;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;

/**
 * What one message did to one head.
 *
 * @param before the counts before
 * @param after the counts after; the same if it was refused
 * @param refusal why nothing was counted, or null
 * @param refs references asked for, or given back
 * @param last false if more messages for this head follow in the same request
 * @param freed the page became free by it, and its type has a notice of that
 * @param told who has waited long enough
 * @param waiting who waits now
 */
record HeadStep(
        HeadState before,
        HeadState after,
        @Nullable Refusal refusal,
        int refs,
        boolean last,
        boolean freed,
        List<Section.Waiter> told,
        List<Section.Waiter> waiting) {}
