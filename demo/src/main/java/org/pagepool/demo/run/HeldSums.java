package org.pagepool.demo.run;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Runs;

/** What holders hold by gets and pins, in base pages, added up event by event. Thread-safe. */
final class HeldSums implements EventSink {
    private final Map<String, Map<String, Long>> byDevice = new HashMap<>();
    private final Map<String, Long> taken = new TreeMap<>();
    private Map<String, Long> known = Map.of();
    private boolean crashed;
    private long changes;

    @Override
    public synchronized void accept(Event event) {
        if (event instanceof Event.Grabbed e && counted(e.kind())) {
            add(e.pgmap(), e.holder(), Runs.totalRefs(e.runs()));
        } else if (event instanceof Event.Released e && counted(e.kind())) {
            add(e.pgmap(), e.holder(), -Runs.totalRefs(e.runs()));
            if (e.cause() == ReleaseCause.REVOKE) {
                taken.merge(e.holder(), Runs.totalRefs(e.runs()), Long::sum);
            }
        } else if (event instanceof Event.CleanedUp e) {
            changes++;
            byDevice.getOrDefault(e.pgmap(), Map.of())
                    .forEach((holder, pages) -> taken.merge(holder, pages, Long::sum));
            byDevice.remove(e.pgmap());
        } else if (event instanceof Event.Started e && e.life() > 1 && !crashed) {
            known = withTaken();
            crashed = true;
        }
    }

    private void add(String device, String holder, long pages) {
        changes++;
        byDevice.computeIfAbsent(device, any -> new HashMap<>())
                .merge(holder, pages, (had, more) -> had + more == 0 ? null : Long.valueOf(had + more));
    }

    static boolean counted(GrabKind kind) {
        return kind == GrabKind.GET || kind == GrabKind.PIN;
    }

    /** What each holder holds now, by name. */
    synchronized Map<String, Long> held() {
        Map<String, Long> held = new TreeMap<>();
        byDevice.values().forEach(of -> of.forEach((holder, pages) -> held.merge(holder, pages, Long::sum)));
        return held;
    }

    /** What each holder held, or teardown had taken from it, when the first life ended: what the load can have known. */
    synchronized Map<String, Long> known() {
        return crashed ? known : withTaken();
    }

    private Map<String, Long> withTaken() {
        Map<String, Long> all = held();
        taken.forEach((holder, pages) -> all.merge(holder, pages, Long::sum));
        return all;
    }

    /** Grows with every event that changes anything. */
    synchronized long changes() {
        return changes;
    }
}
