package org.pagepool.runtime.journal;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.section.Answer;
import org.pcollections.TreePMap;

/**
 * Everything of a pgmap that must survive it. Immutable; {@link #apply} is the only way from one state to the next.
 *
 * @param sections its sections that were started, with the number of their last owner
 * @param killed how its teardown began, or null
 * @param reason why, or empty
 * @param cleanedUp its pages are gone
 */
public record PgmapState(
        TreePMap<Integer, Long> sections, @Nullable CloseVerb killed, String reason, boolean cleanedUp) {
    /** A pgmap that was just mapped. */
    public static final PgmapState LIVE = new PgmapState(TreePMap.empty(), null, "", false);

    private static final String SECTION = "section";

    /** That a section was started and may be found from here on: a line of the pgmap's own book, and no event. */
    public static Receipt sectionStarted(int number, long epoch) {
        return new Receipt(SECTION, number, epoch, new Answer(0, null));
    }

    /** The next state. Events that say nothing of it leave it as it is. */
    public PgmapState apply(Event event) {
        if (event instanceof Event.Killed e) {
            return new PgmapState(sections, e.verb(), e.reason(), cleanedUp);
        }
        return event instanceof Event.CleanedUp ? new PgmapState(sections, killed, reason, true) : this;
    }

    /** The state after a batch. */
    public PgmapState apply(Batch batch) {
        return batch.fold(this, (before, entry) -> before.apply(entry.event()), PgmapState::after);
    }

    private PgmapState after(Receipt started) {
        int number = Math.toIntExact(started.sequence());
        return new PgmapState(sections.plus(number, started.floor()), killed, reason, cleanedUp);
    }

    /** The highest number any owner of its sections had. */
    public long lastEpoch() {
        return sections.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
