package org.pagepool.demo.run;

import java.util.Map;
import java.util.TreeMap;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;

/**
 * What a journal says, added up. Memory depends on what is held and can still come again, not on the length of the journal.
 *
 * @param events how many events there are
 * @param held what each holder holds
 * @param grants requests that were granted
 * @param grantedTwice requests that were granted more than once; there must be none
 * @param killed devices whose teardown had begun, with the number of the event
 * @param cleanedUp devices that were cleaned up last
 */
record JournalSums(
        long events,
        HeldSums held,
        long grants,
        long grantedTwice,
        Map<String, Long> killed,
        Map<String, Long> cleanedUp) {
    /** Adds up the journal in that directory, which nobody has open. */
    static JournalSums of(String directory) {
        try (LogSource source = LogSources.open(directory)) {
            GrantsOnce grants = new GrantsOnce();
            try (LogEvents all = new LogEvents(source.name(), source.rows(), 0, grants::row)) {
                return of(all, grants);
            }
        }
    }

    private static JournalSums of(LogEvents all, GrantsOnce grants) {
        HeldSums held = new HeldSums();
        Map<String, Long> killed = new TreeMap<>();
        Map<String, Long> cleanedUp = new TreeMap<>();
        long events = 0;
        for (Recorded recorded = all.next(); recorded != null; recorded = all.next()) {
            events++;
            Event event = recorded.event();
            held.accept(event);
            grants.accept(event);
            if (event instanceof Event.Mapped e) {
                killed.remove(e.pgmap());
                cleanedUp.remove(e.pgmap());
            } else if (event instanceof Event.Killed e) {
                killed.put(e.pgmap(), recorded.ordinal());
            } else if (event instanceof Event.CleanedUp e) {
                cleanedUp.put(e.pgmap(), recorded.ordinal());
            }
        }
        return new JournalSums(events, held, grants.grants(), grants.twice(), killed, cleanedUp);
    }
}
