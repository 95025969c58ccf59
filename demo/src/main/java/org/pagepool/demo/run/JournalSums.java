package org.pagepool.demo.run;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Runs;

/**
 * What a journal says that holders hold by gets and pins, added up in base pages.
 *
 * @param events how many events there are
 * @param held what each holder holds, by name
 * @param taken what teardown took from each, by name
 * @param grants requests that were granted
 * @param grantedTwice requests that were granted more than once; there must be none
 * @param killed devices whose teardown had begun, with the number of the event
 * @param cleanedUp devices that were cleaned up last
 */
record JournalSums(
        long events,
        Map<String, Long> held,
        Map<String, Long> taken,
        long grants,
        long grantedTwice,
        Map<String, Long> killed,
        Map<String, Long> cleanedUp) {
    private record Request(String pgmap, int section, String holder, long sequence) {}

    /** Adds up the journal in that directory, which nobody has open. */
    static JournalSums of(String directory) {
        try (LogSource source = LogSources.open(directory);
                LogEvents all = LogEvents.of(source)) {
            return of(all);
        }
    }

    private static JournalSums of(LogEvents all) {
        Map<String, Long> held = new TreeMap<>();
        Map<String, Long> taken = new TreeMap<>();
        Map<Request, Boolean> seen = new HashMap<>();
        Map<String, Long> killed = new TreeMap<>();
        Map<String, Long> cleanedUp = new TreeMap<>();
        long twice = 0;
        long events = 0;
        for (Recorded recorded = all.next(); recorded != null; recorded = all.next()) {
            events++;
            Event event = recorded.event();
            if (event instanceof Event.Grabbed e && counted(e.kind())) {
                held.merge(e.holder(), Runs.totalRefs(e.runs()), Long::sum);
                Request request = new Request(e.pgmap(), e.section(), e.holder(), e.sequence());
                twice += seen.put(request, true) == null ? 0 : 1;
            } else if (event instanceof Event.Released e && counted(e.kind())) {
                held.merge(e.holder(), -Runs.totalRefs(e.runs()), Long::sum);
                if (e.cause() == ReleaseCause.REVOKE) {
                    taken.merge(e.holder(), Runs.totalRefs(e.runs()), Long::sum);
                }
            } else if (event instanceof Event.Mapped e) {
                killed.remove(e.pgmap());
                cleanedUp.remove(e.pgmap());
            } else if (event instanceof Event.Killed e) {
                killed.put(e.pgmap(), recorded.ordinal());
            } else if (event instanceof Event.CleanedUp e) {
                cleanedUp.put(e.pgmap(), recorded.ordinal());
            }
        }
        held.values().removeIf(pages -> pages == 0);
        return new JournalSums(events, held, taken, seen.size(), twice, killed, cleanedUp);
    }

    private static boolean counted(GrabKind kind) {
        return kind == GrabKind.GET || kind == GrabKind.PIN;
    }
}
