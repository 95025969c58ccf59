package org.pagepool.runtime.gup;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;

/**
 * The first step of a walk: which entries map a virtual range, without a gap from its first page on.
 *
 * @param seen what was found, in the order of virtual pages
 * @param pages base pages in all of {@code seen}, 0 or more
 * @param stop why the lookup ended before the range did: {@link Refusal#NOT_MAPPED} or {@link Refusal#PERMISSION}, on the
 *     slow path also what the area refuses; null when the whole range was found
 */
public record Lookup(List<Seen> seen, long pages, @Nullable Refusal stop) {
    /** Nothing was asked for. */
    public static final Lookup NOTHING = new Lookup(List.of(), 0, null);

    /** Nothing was found, for that reason. */
    public static Lookup nothing(Refusal why) {
        return new Lookup(List.of(), 0, why);
    }

    /** Copies the list. */
    public Lookup {
        seen = List.copyOf(seen);
    }
}
