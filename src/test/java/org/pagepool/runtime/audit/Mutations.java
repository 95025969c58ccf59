package org.pagepool.runtime.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;

/** Histories with one thing wrong. Ordinals count from 1 before and after. */
final class Mutations {
    private Mutations() {}

    static Verdict audit(List<Recorded> history) {
        return audit(history, true);
    }

    static Verdict audit(List<Recorded> history, boolean complete) {
        Auditor auditor = new Auditor();
        history.forEach(auditor::observe);
        return auditor.verdict(complete);
    }

    static <E extends Event> int nth(List<Recorded> history, Class<E> kind, int n) {
        int left = n;
        for (Recorded recorded : history) {
            if (kind.isInstance(recorded.event()) && --left == 0) {
                return (int) recorded.ordinal();
            }
        }
        throw new AssertionError("no such event: kind=" + kind.getSimpleName() + " n=" + n);
    }

    static List<Recorded> without(List<Recorded> history, int ordinal) {
        List<Event> events = events(history);
        events.remove(ordinal - 1);
        return numbered(events);
    }

    /** With {@code event} as number {@code ordinal}, what was there and after it moved on by one. */
    static List<Recorded> with(List<Recorded> history, int ordinal, Event event) {
        List<Event> events = events(history);
        events.add(ordinal - 1, event);
        return numbered(events);
    }

    /** With the event said once more right after itself. */
    static List<Recorded> twice(List<Recorded> history, int ordinal) {
        return with(history, ordinal + 1, history.get(ordinal - 1).event());
    }

    static List<Recorded> changed(List<Recorded> history, int ordinal, UnaryOperator<Event> change) {
        List<Event> events = events(history);
        events.set(ordinal - 1, change.apply(events.get(ordinal - 1)));
        return numbered(events);
    }

    static Event sums(Event event, long refcounts, long pincounts) {
        if (event instanceof Event.Grabbed e) {
            return new Event.Grabbed(
                    e.pgmap(),
                    e.section(),
                    e.epoch(),
                    e.holder(),
                    e.sequence(),
                    e.kind(),
                    e.runs(),
                    e.refcountSum() + refcounts,
                    e.pincountSum() + pincounts);
        }
        if (event instanceof Event.Released e) {
            return new Event.Released(
                    e.pgmap(),
                    e.section(),
                    e.holder(),
                    e.sequence(),
                    e.kind(),
                    e.runs(),
                    e.cause(),
                    e.refcountSum() + refcounts,
                    e.pincountSum() + pincounts);
        }
        Event.BaseDropped e = (Event.BaseDropped) event;
        return new Event.BaseDropped(e.pgmap(), e.section(), e.heads(), e.counts(), e.refcountSum() + refcounts);
    }

    static Event kind(Event event, GrabKind kind) {
        if (event instanceof Event.Grabbed e) {
            return new Event.Grabbed(
                    e.pgmap(),
                    e.section(),
                    e.epoch(),
                    e.holder(),
                    e.sequence(),
                    kind,
                    e.runs(),
                    e.refcountSum(),
                    e.pincountSum());
        }
        Event.Released e = (Event.Released) event;
        return new Event.Released(
                e.pgmap(),
                e.section(),
                e.holder(),
                e.sequence(),
                kind,
                e.runs(),
                e.cause(),
                e.refcountSum(),
                e.pincountSum());
    }

    static List<Event> events(List<Recorded> history) {
        return new ArrayList<>(history.stream().map(Recorded::event).toList());
    }

    static List<Recorded> numbered(List<Event> events) {
        List<Recorded> out = new ArrayList<>();
        for (Event event : events) {
            long ordinal = out.size() + 1L;
            out.add(new Recorded(ordinal, ordinal * 1000, event));
        }
        return out;
    }
}
