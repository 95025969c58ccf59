package org.pagepool.runtime.section;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;

/**
 * What a section answered to a request, kept until its sender says it has seen it.
 *
 * @param pages for a grab: base pages granted, from the first page of the request on. For a release: references given back
 * @param refusal why no more was done, or null if all was
 */
public record Answer(long pages, @Nullable Refusal refusal) {
    /** Nothing was done, for that reason. */
    public static Answer refused(Refusal refusal) {
        return new Answer(0, refusal);
    }
}
