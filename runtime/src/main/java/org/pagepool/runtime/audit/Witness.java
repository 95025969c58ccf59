package org.pagepool.runtime.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;

/** Collects the few events that show a violation: those without which it makes no sense, then the latest of the rest. */
final class Witness {
    private static final Comparator<Recorded> LATEST_FIRST =
            Comparator.comparingLong(Recorded::ordinal).reversed();

    private final TreeMap<Long, Recorded> events = new TreeMap<>();

    Witness(Recorded broken) {
        with(broken);
    }

    /** One that must be in it, if there is one. */
    Witness with(@Nullable Recorded event) {
        if (event != null && events.size() < Violation.WITNESS_MAX) {
            events.put(event.ordinal(), event);
        }
        return this;
    }

    /** As many of the latest of {@code others} as there is room for. */
    Witness withLatest(Collection<Recorded> others) {
        others.stream().sorted(LATEST_FIRST).forEach(this::with);
        return this;
    }

    /** As many of the earliest of {@code others} as there is room for, at most {@code atMost}. */
    Witness withEarliest(Collection<Recorded> others, int atMost) {
        others.stream().sorted(LATEST_FIRST.reversed()).limit(atMost).forEach(this::with);
        return this;
    }

    /** In the order of the history. */
    List<Recorded> events() {
        return List.copyOf(events.values());
    }

    /** Whether the event is about one of the heads of {@code runs}. */
    static boolean touches(Event event, List<Run> runs, Geometry geometry) {
        if (event instanceof Event.Grabbed e) {
            return overlap(e.runs(), runs, geometry);
        }
        if (event instanceof Event.Released e) {
            return overlap(e.runs(), runs, geometry);
        }
        if (event instanceof Event.Freed e) {
            return overlap(e.runs(), runs, geometry);
        }
        if (event instanceof Event.BlockFreed e) {
            return overlap(e.runs(), runs, geometry);
        }
        if (event instanceof Event.WaiterAdded e) {
            return contains(runs, e.head(), geometry);
        }
        if (event instanceof Event.WaiterTold e) {
            return contains(runs, e.head(), geometry);
        }
        return event instanceof Event.GrabRefused e && contains(runs, e.head(), geometry);
    }

    /** Whether the event is about what grab {@code sequence} of {@code holder} brought. */
    static boolean concerns(Event event, String holder, long sequence) {
        if (event instanceof Event.Grabbed e) {
            return e.sequence() == sequence && e.holder().equals(holder);
        }
        return event instanceof Event.Released e
                && e.sequence() == sequence
                && e.holder().equals(holder);
    }

    /** The heads that are in both, refs 1; both sorted. */
    static List<Run> common(List<Run> some, List<Run> others, Geometry geometry) {
        List<Run> out = new ArrayList<>();
        for (Run a : some) {
            for (Run b : others) {
                long from = Math.max(a.firstHead(), b.firstHead());
                long to = Math.min(a.end(geometry), b.end(geometry));
                if (from < to) {
                    Runs.append(out, from, Math.toIntExact((to - from) >> geometry.order()), 1, geometry);
                }
            }
        }
        return out;
    }

    /** The heads of {@code some}, refs 1 each, that are not in {@code others}. */
    static List<Run> without(List<Run> some, List<Run> others, Geometry geometry) {
        List<Run> left = Runs.minus(some, common(some, others, geometry), geometry);
        return left == null ? List.of() : left;
    }

    private static boolean overlap(List<Run> some, List<Run> others, Geometry geometry) {
        for (Run a : some) {
            for (Run b : others) {
                if (a.firstHead() < b.end(geometry) && b.firstHead() < a.end(geometry)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean contains(List<Run> runs, long head, Geometry geometry) {
        for (Run run : runs) {
            if (head >= run.firstHead() && head < run.end(geometry)) {
                return true;
            }
        }
        return false;
    }
}
