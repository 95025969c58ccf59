package org.pagepool.demo.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.TeardownWait;

/**
 * What the events of a log would have meant under another protocol: the holdings are taken from the log as they are, and the
 * counts they make, and what follows from those, by the other rules. No event is moved: what anybody would have done differently
 * because of it is not known. Memory for heads in use, waiters, and what is listed. For one thread.
 */
final class Rejudged {
    /** What this can and cannot say. */
    static final List<String> LIMITS = List.of(
            "Holdings are the log's; counts, notices, refusals and the ends of waits are what the other rules make of them.",
            "No event is moved, left out or made up: who would have retried, waited longer or gone away is not known.",
            "The races that a rule opens or closes between messages cannot be seen in a log that was written without it.");

    /** More are only counted. */
    static final int LISTED_MAX = 20;

    private final Protocol protocol;
    private final Map<String, Device> devices = new HashMap<>();
    private final List<Tally> tallies = new ArrayList<>();
    private final List<Ended> waits = new ArrayList<>();
    private final List<Teardown> teardowns = new ArrayList<>();
    private long waitsMore;

    private final Tally noticesInLog = tally("heads announced as idle, in the log");
    private final Tally notices = tally("heads announced as idle, under the other rules");
    private final Tally whileUsed = tally("announced in the log while the other rules count the page in use");
    private final Tally missed = tally("announced under the other rules while the log has somebody holding it");
    private final Tally refused = tally("heads granted in the log that the other rules refuse (FREE)");
    private final Tally granted = tally("heads refused in the log (FREE) that the other rules grant");

    Rejudged(Protocol protocol) {
        this.protocol = protocol;
    }

    /** How often something was seen, and where first. */
    static final class Tally {
        private final String what;
        private long heads;
        private long firstEvent = -1;
        private long firstHead = -1;

        Tally(String what) {
            this.what = what;
        }

        void add(Recorded at, long head) {
            if (heads++ == 0) {
                firstEvent = at.ordinal();
                firstHead = head;
            }
        }

        String what() {
            return what;
        }

        long heads() {
            return heads;
        }

        long firstEvent() {
            return firstEvent;
        }

        long firstHead() {
            return firstHead;
        }
    }

    /**
     * Somebody who waited for a page.
     *
     * @param added the event that said so
     * @param toldInLog number of the event that told it, or -1
     * @param endsAt number of the event at which the other rules would have, or -1
     */
    record Ended(String waiter, long head, long added, long toldInLog, long endsAt) {}

    /**
     * A teardown.
     *
     * @param killed number of the event that began it
     * @param drainedInLog number of the event at which the log calls it drained, or -1
     * @param drainsAt number of the event at which the other rules have nothing left to wait for, or -1
     * @param heldThen references on its pages at that moment
     */
    record Teardown(String pgmap, long killed, long drainedInLog, long drainsAt, long heldThen) {}

    private static final class Use {
        private int users;
        private int pins;
        private int maps;
        private int entries;

        boolean nobody() {
            return users == 0 && maps == 0 && entries == 0;
        }
    }

    private static final class Waiting {
        private final long added;
        private final boolean byRule;
        private long told = -1;
        private long ends = -1;

        Waiting(long added, boolean byRule) {
            this.added = added;
            this.byRule = byRule;
        }
    }

    private record Waiter(String name, long head) {}

    private static final class Device {
        private final PgmapSpec spec;
        private final Map<Long, Use> uses = new HashMap<>();
        private final Map<Waiter, Waiting> waiting = new HashMap<>();
        private long refs;
        private long killed = -1;
        private long drained = -1;
        private long drains = -1;
        private long heldThen;

        Device(PgmapSpec spec) {
            this.spec = spec;
        }
    }

    private Tally tally(String what) {
        Tally tally = new Tally(what);
        tallies.add(tally);
        return tally;
    }

    void observe(Recorded at) {
        Event event = at.event();
        if (event instanceof Event.Mapped mapped) {
            devices.put(mapped.pgmap(), new Device(mapped.spec()));
            return;
        }
        Device device = devices.get(event.pgmap());
        if (device == null) {
            return;
        }
        if (event instanceof Event.Grabbed e) {
            grabbed(at, device, e);
        } else if (event instanceof Event.Released e) {
            for (Run run : e.runs()) {
                each(at, device, run, e.kind(), -run.refs());
            }
        } else if (event instanceof Event.Freed e) {
            freed(at, device, e);
        } else if (event instanceof Event.GrabRefused e) {
            grabRefused(at, device, e);
        } else if (event instanceof Event.EntryInserted e) {
            entries(at, device, e.runs(), 1);
        } else if (event instanceof Event.EntryDeleted e) {
            entries(at, device, e.runs(), -1);
        } else {
            others(at, device, event);
        }
    }

    private void others(Recorded at, Device device, Event event) {
        if (event instanceof Event.WaiterAdded e) {
            Waiting waiting = new Waiting(at.ordinal(), e.rule() != null);
            device.waiting.put(new Waiter(e.waiter(), e.head()), waiting);
            end(at, device, e.head(), waiting);
        } else if (event instanceof Event.WaiterTold e) {
            Waiter waiter = new Waiter(e.waiter(), e.head());
            Waiting waiting = device.waiting.get(waiter);
            if (waiting != null) {
                waiting.told = at.ordinal();
                if (waiting.ends >= 0) {
                    list(waiter, waiting);
                    device.waiting.remove(waiter);
                }
            }
        } else if (event instanceof Event.Killed) {
            device.killed = at.ordinal();
        } else if (event instanceof Event.KillConfirmed || event instanceof Event.BaseDropped) {
            drain(at, device);
        } else if (event instanceof Event.Drained) {
            device.drained = at.ordinal();
        } else if (event instanceof Event.CleanedUp) {
            finish(device);
            devices.remove(device.spec.id());
        }
    }

    private void grabbed(Recorded at, Device device, Event.Grabbed e) {
        boolean asks = e.kind() == GrabKind.GET || e.kind() == GrabKind.PIN;
        for (Run run : e.runs()) {
            if (asks) {
                for (int i = 0; i < run.heads(); i++) {
                    long head = head(device, run, i);
                    if (count(device, device.uses.get(head)) == 0) {
                        refused.add(at, head);
                    }
                }
            }
            each(at, device, run, e.kind(), run.refs());
        }
    }

    private void grabRefused(Recorded at, Device device, Event.GrabRefused e) {
        if (e.refusal() == Refusal.FREE && e.head() >= 0 && count(device, device.uses.get(e.head())) > 0) {
            granted.add(at, e.head());
        }
    }

    private void freed(Recorded at, Device device, Event.Freed e) {
        for (Run run : e.runs()) {
            for (int i = 0; i < run.heads(); i++) {
                long head = head(device, run, i);
                noticesInLog.add(at, head);
                if (users(device, device.uses.get(head)) > 0) {
                    whileUsed.add(at, head);
                }
            }
        }
    }

    private void entries(Recorded at, Device device, List<Run> runs, int by) {
        if (protocol.entriesHoldRefs()) {
            for (Run run : runs) {
                each(at, device, run, null, by);
            }
        }
    }

    /** Changes what is held of each head of a run; {@code kind} null for the entry of a file. */
    private void each(Recorded at, Device device, Run run, @Nullable GrabKind kind, int by) {
        for (int i = 0; i < run.heads(); i++) {
            long head = head(device, run, i);
            Use use = device.uses.computeIfAbsent(head, h -> new Use());
            long before = users(device, use);
            if (kind == null) {
                use.entries += by;
            } else if (kind == GrabKind.MAP) {
                use.maps += by;
            } else {
                use.users += by;
                use.pins += kind == GrabKind.PIN ? by : 0;
            }
            long after = users(device, use);
            device.refs += after - before;
            if (before > 0 && after == 0 && protocol.noticesFree(device.spec.type())) {
                notices.add(at, head);
                if (!use.nobody()) {
                    missed.add(at, head);
                }
            }
            if (!device.waiting.isEmpty()) {
                device.waiting.forEach((waiter, waiting) -> {
                    if (waiter.head == head) {
                        end(at, device, head, waiting);
                    }
                });
                device.waiting.entrySet().removeIf(entry -> {
                    boolean over = entry.getValue().told >= 0 && entry.getValue().ends >= 0;
                    if (over) {
                        list(entry.getKey(), entry.getValue());
                    }
                    return over;
                });
            }
            if (use.nobody()) {
                device.uses.remove(head);
            }
        }
        if (device.killed >= 0) {
            drain(at, device);
        }
    }

    /** A wait ends when its page is idle: for truncation by the rule of the protocol, else when nobody has it. */
    private void end(Recorded at, Device device, long head, Waiting waiting) {
        if (waiting.ends >= 0) {
            return;
        }
        Use use = device.uses.get(head);
        long count = count(device, use);
        int pins = use == null ? 0 : use.pins;
        int maps = use == null ? 0 : use.maps;
        boolean idle = !waiting.byRule
                ? users(device, use) == 0
                : switch (protocol.idleRule()) {
                    case NOT_PINNED -> pins == 0;
                    case COUNT_EQ_1 -> count == 1;
                    case COUNT_EQ_0 -> count == 0;
                    case COUNT_MINUS_MAPCOUNT -> count == (protocol.mapHoldsRefs(device.spec.type()) ? maps : 0);
                };
        if (idle) {
            waiting.ends = at.ordinal();
        }
    }

    private void drain(Recorded at, Device device) {
        boolean waits = protocol.waitsFor() == TeardownWait.PAGE_PINS;
        boolean dropped = at.event() instanceof Event.BaseDropped || at.event() instanceof Event.KillConfirmed;
        if (device.drains < 0 && device.killed >= 0 && (waits ? device.refs == 0 : dropped)) {
            device.drains = at.ordinal();
            device.heldThen = device.refs;
        }
    }

    private void list(Waiter waiter, Waiting waiting) {
        if (waits.size() < LISTED_MAX) {
            waits.add(new Ended(waiter.name, waiter.head, waiting.added, waiting.told, waiting.ends));
        } else {
            waitsMore++;
        }
    }

    private void finish(Device device) {
        device.waiting.forEach(this::list);
        device.waiting.clear();
        if (device.killed >= 0) {
            teardowns.add(
                    new Teardown(device.spec.id(), device.killed, device.drained, device.drains, device.heldThen));
        }
    }

    /** The log has ended. */
    void finish() {
        devices.values().forEach(this::finish);
        devices.clear();
    }

    private static long head(Device device, Run run, int i) {
        return run.firstHead() + ((long) i << device.spec.geometry().order());
    }

    /** References on a head that the other rules count, the base left out. */
    private long users(Device device, @Nullable Use use) {
        if (use == null) {
            return 0;
        }
        return (long) use.users + (protocol.mapHoldsRefs(device.spec.type()) ? use.maps : 0) + use.entries;
    }

    private long count(Device device, @Nullable Use use) {
        return protocol.base(device.spec.type()) + users(device, use);
    }

    Protocol protocol() {
        return protocol;
    }

    List<Tally> tallies() {
        return tallies;
    }

    List<Ended> waits() {
        return waits;
    }

    long waitsMore() {
        return waitsMore;
    }

    List<Teardown> teardowns() {
        return teardowns;
    }
}
