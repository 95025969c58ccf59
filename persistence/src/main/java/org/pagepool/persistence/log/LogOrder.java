package org.pagepool.persistence.log;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether rows come as they were written: ordinals go up, and so, by one, do the sequences of each owner, from 1 or,
 * where earlier rows were deleted, from wherever they begin. Memory for each owner, none for each row. Not thread-safe.
 */
public final class LogOrder {
    /** The number that each owner's next row must have. */
    private final Map<String, Long> next = new HashMap<>();

    private long last = -1;
    private long missing;
    private long deleted;

    /** Notes the next row; what is wrong with its place, or null. */
    public @Nullable String check(LogRow row) {
        long before = last;
        last = Math.max(last, row.ordinal());
        Long want = next.get(row.owner());
        next.merge(row.owner(), row.sequence() + 1, Math::max);
        if (before >= 0 && row.ordinal() <= before) {
            return row.ordinal() == before
                    ? "row " + before + " comes twice"
                    : "row " + row.ordinal() + " comes behind row " + before;
        }
        if (want != null && row.sequence() != want) {
            String who = "row " + row.ordinal() + " is number " + row.sequence() + " of " + row.owner();
            return row.sequence() > want
                    ? who + ", and number " + want + (row.sequence() > want + 1 ? " and more are" : " is") + " missing"
                    : who + ", which came before";
        }
        if (want == null) {
            deleted += row.sequence() - 1;
        }
        if (before >= 0) {
            missing += row.ordinal() - before - 1;
        } else {
            missing += row.ordinal() - 1;
        }
        return null;
    }

    /**
     * What is wrong with the log as a whole, or null: rows that are not there, and were not deleted at the beginning of an owner
     * either.
     */
    public @Nullable String whole() {
        return missing > deleted ? (missing - deleted) + " of the ordinals up to " + last + " are missing" : null;
    }

    /** Owners seen. */
    public int owners() {
        return next.size();
    }
}
