package org.pagepool.demo.run;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * Follows the events of a run for what two protocols differ in: which pages were announced as idle, when and whether they
 * were; who was granted a page that was out of use; who waited for a page and when he was told. Keeps one number for each
 * head of the sections that were touched. For one thread at a time; the recorder sees to that.
 */
final class Notices {
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private final Map<String, PgmapSpec> devices = new HashMap<>();
    private final Map<Place, Section> sections = new HashMap<>();
    private final Map<ReleaseCause, Long> freedBy = new EnumMap<>(ReleaseCause.class);
    private final Map<ReleaseCause, Long> toldBy = new EnumMap<>(ReleaseCause.class);
    private final Map<GrabKind, Long> late = new EnumMap<>(GrabKind.class);
    private final Map<Waiting, Since> waiting = new HashMap<>();
    private final Histogram waitNanos = new Histogram(HOUR_NANOS, DIGITS);
    private final Map<String, Long> sharesAtKill = new TreeMap<>();
    private final Set<String> killed = new HashSet<>();
    private final Set<Long> outCounts = new TreeSet<>();
    private final Set<Long> backCounts = new TreeSet<>();
    private long freed;
    private long freedByTeardown;
    private long freedWhileHeld;
    private long waiters;
    private long toldIdle;
    private long toldWhileHeld;

    private record Place(String pgmap, int section) {}

    private record Waiting(String pgmap, long head, String waiter) {}

    private record Since(long atNanos, long releases) {}

    /** A section's heads: how many references each has, its base not counted; and why the last ones went. */
    private static final class Section {
        final PgmapSpec spec;
        final long firstPfn;
        final int[] held;

        /** Null where teardown took the base. */
        @Nullable
        ReleaseCause lastCause = ReleaseCause.PUT;

        /** How often references were given back. */
        long releases;

        Section(PgmapSpec spec, int number) {
            this.spec = spec;
            this.firstPfn = spec.basePage().sectionFirstPfn(number);
            this.held = new int
                    [Math.toIntExact(Math.max(
                            1, spec.basePage().sectionPages() >> spec.geometry().order()))];
        }

        int index(long head) {
            return (int) ((head - firstPfn) >> spec.geometry().order());
        }
    }

    /**
     * What was seen.
     *
     * @param freed heads that were announced as idle
     * @param freedBy of these, by what the reference that went last went by
     * @param freedByTeardown of these, by teardown putting the base
     * @param freedWhileHeld of these, while somebody held them (R32)
     * @param late heads that were granted while nobody held them, and given back by their own walk, which then found their
     *     entry changed, by kind (R5)
     * @param waiters who asked to be told of an idle head
     * @param toldIdle of these, who were told that it is
     * @param toldBy of these, by what the reference that went last went by; the others found it idle
     * @param toldWhileHeld of these, while somebody held it
     * @param waitNanos how long those waited who were told that it is
     * @param outCounts refcounts that heads had when they had just been handed out, before the kill
     * @param backCounts refcounts that they had when their owner had just given them back
     * @param sharesAtKill pgmap references when the kill was confirmed, by device
     */
    record Noted(
            long freed,
            Map<ReleaseCause, Long> freedBy,
            long freedByTeardown,
            long freedWhileHeld,
            Map<GrabKind, Long> late,
            long waiters,
            long toldIdle,
            Map<ReleaseCause, Long> toldBy,
            long toldWhileHeld,
            Histogram waitNanos,
            Set<Long> outCounts,
            Set<Long> backCounts,
            Map<String, Long> sharesAtKill) {

        /** Heads announced as idle when a reference went by that. */
        long freedBy(ReleaseCause cause) {
            return freedBy.getOrDefault(cause, 0L);
        }

        /** Waiters told when a reference went by that. */
        long toldBy(ReleaseCause cause) {
            return toldBy.getOrDefault(cause, 0L);
        }

        /** Heads granted late, by gets and pins. */
        long lateGrants() {
            return late.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    Noted noted() {
        return new Noted(
                freed,
                Collections.unmodifiableMap(new EnumMap<>(freedBy)),
                freedByTeardown,
                freedWhileHeld,
                Collections.unmodifiableMap(new EnumMap<>(late)),
                waiters,
                toldIdle,
                Collections.unmodifiableMap(new EnumMap<>(toldBy)),
                toldWhileHeld,
                waitNanos.copy(),
                Collections.unmodifiableSet(new TreeSet<>(outCounts)),
                Collections.unmodifiableSet(new TreeSet<>(backCounts)),
                Collections.unmodifiableMap(new TreeMap<>(sharesAtKill)));
    }

    /** Takes note of the next event. */
    void observe(Recorded recorded) {
        Event event = recorded.event();
        if (event instanceof Event.Grabbed e) {
            count(section(e.pgmap(), e.section()), e.runs(), 1, null, e.kind());
            if (e.kind() == GrabKind.REQUEST && !killed.contains(e.pgmap())) {
                outCounts.add(e.refcountSum() / Math.max(1, Runs.heads(e.runs())));
            }
        } else if (event instanceof Event.KillConfirmed e) {
            sharesAtKill.put(e.pgmap(), e.shares());
            killed.add(e.pgmap());
        } else if (event instanceof Event.Released e) {
            Section section = section(e.pgmap(), e.section());
            count(section, e.runs(), -1, e.cause(), e.kind());
            section.lastCause = e.cause();
            section.releases++;
            if (e.kind() == GrabKind.REQUEST && !killed.contains(e.pgmap())) {
                backCounts.add(e.refcountSum() / Math.max(1, Runs.heads(e.runs())));
            }
        } else if (event instanceof Event.Freed e) {
            freed(section(e.pgmap(), e.section()), e);
        } else if (event instanceof Event.WaiterAdded e && e.rule() == null) {
            waiters++;
            waiting.put(
                    new Waiting(e.pgmap(), e.head(), e.waiter()),
                    new Since(recorded.atNanos(), section(e.pgmap(), e.section()).releases));
        } else if (event instanceof Event.WaiterTold e) {
            told(recorded.atNanos(), e);
        } else if (event instanceof Event.Mapped e) {
            devices.put(e.pgmap(), e.spec());
            killed.remove(e.pgmap());
        } else if (event instanceof Event.BaseDropped e && e.section() != Event.UNTOUCHED_SECTIONS) {
            section(e.pgmap(), e.section()).lastCause = null;
        } else if (event instanceof Event.CleanedUp e) {
            sections.keySet().removeIf(place -> place.pgmap.equals(e.pgmap()));
        }
    }

    private Section section(String pgmap, int number) {
        PgmapSpec spec = devices.get(pgmap);
        if (spec == null) {
            throw new IllegalStateException("an event before its device was mapped: pgmap=" + pgmap);
        }
        return sections.computeIfAbsent(new Place(pgmap, number), place -> new Section(spec, number));
    }

    private void count(Section section, Iterable<Run> runs, int sign, @Nullable ReleaseCause cause, GrabKind kind) {
        long idle = 0;
        for (Run run : runs) {
            int from = section.index(run.firstHead());
            for (int i = from; i < from + run.heads(); i++) {
                section.held[i] += sign * run.refs();
                idle += section.held[i] == 0 ? 1 : 0;
            }
        }
        if (cause == ReleaseCause.UNWIND && idle > 0) {
            late.merge(kind, idle, Long::sum);
        }
    }

    private void freed(Section section, Event.Freed e) {
        ReleaseCause cause = section.lastCause;
        for (Run run : e.runs()) {
            int from = section.index(run.firstHead());
            for (int i = from; i < from + run.heads(); i++) {
                freedWhileHeld += section.held[i] > 0 ? 1 : 0;
            }
            freed += run.heads();
            if (cause == null) {
                freedByTeardown += run.heads();
            } else {
                freedBy.merge(cause, (long) run.heads(), Long::sum);
            }
        }
    }

    private void told(long now, Event.WaiterTold e) {
        Since since = waiting.remove(new Waiting(e.pgmap(), e.head(), e.waiter()));
        if (!e.idle() || since == null) {
            return; // a truncation, to which idle means something else (D8)
        }
        Section section = section(e.pgmap(), e.section());
        toldIdle++;
        toldWhileHeld += section.held[section.index(e.head())] > 0 ? 1 : 0;
        waitNanos.recordValue(Math.min(HOUR_NANOS, Math.max(0, now - since.atNanos)));
        ReleaseCause cause = section.lastCause;
        if (cause != null && section.releases > since.releases) {
            toldBy.merge(cause, 1L, Long::sum);
        }
    }
}
