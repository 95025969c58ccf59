package org.pagepool.runtime.audit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One pgmap without actors, as simple as can be: it does what it is told over {@link HeadState} and writes down what a real
 * pool would record. The auditor's tests take their histories from it.
 */
final class TinyPool {
    /** What somebody holds. */
    record Grant(int section, String holder, long sequence, GrabKind kind, List<Run> runs) {}

    private static final class Part {
        final int number;
        final Map<Long, HeadState> heads = new HashMap<>();
        final ArrayDeque<Grant> underWay = new ArrayDeque<>();
        final Map<Long, List<String>> waiters = new TreeMap<>();
        long epoch;
        long share;
        boolean closed;
        boolean basePut;
        boolean drained;

        Part(int number) {
            this.number = number;
        }
    }

    final PgmapSpec spec;
    final List<Recorded> history = new ArrayList<>();
    final Map<String, Grant> held = new LinkedHashMap<>();
    private final HeadRules rules;
    private final boolean pageHolds;
    private final boolean mapTakes;
    private final long refsPerHead;
    private final Map<Integer, Part> parts = new TreeMap<>();
    private final Set<Long> owned = new HashSet<>();
    private boolean killed;

    TinyPool(PgmapSpec spec) {
        this.spec = spec;
        this.rules = spec.headRules();
        this.pageHolds = spec.protocol().pageHoldsPgmapRef(spec.type());
        this.mapTakes = spec.protocol().mapTakesPgmapRefs(spec.type());
        this.refsPerHead =
                spec.protocol().pgmapRefsPerHead(spec.type(), spec.geometry().order());
        record(new Event.Mapped(spec));
    }

    /** Heads at the end of section 1, in section 2, and in section 4. */
    static PgmapSpec spec(Protocol protocol, MemoryType type, int order) {
        long head = 1L << order;
        return new PgmapSpec(
                "pmem0",
                type,
                List.of(new PfnRange(2 * 32768L - 8 * head, 16 * head), new PfnRange(4 * 32768L, 8 * head)),
                new Geometry(order),
                BasePage.KIB_4,
                protocol);
    }

    static TinyPool of(Protocol protocol, MemoryType type) {
        return new TinyPool(spec(protocol, type, 9));
    }

    /** Heads from the {@code from}-th of section 2 on. */
    Run run(int from, int heads, int refs) {
        return run(2, from, heads, refs);
    }

    Run run(int section, int from, int heads, int refs) {
        long first = section == 1 ? 2 * 32768 - 8 * spec.geometry().pages() : 32768L * section;
        return new Run(first + from * spec.geometry().pages(), heads, refs);
    }

    long head(int index) {
        return run(index, 1, 1).firstHead();
    }

    void record(Event event) {
        long ordinal = history.size() + 1L;
        history.add(new Recorded(ordinal, ordinal * 1000, event));
    }

    // ---- holders

    void grab(String holder, long sequence, GrabKind kind, Run... runs) {
        int section = spec.sectionOf(runs[0].firstHead());
        accept(section, holder, sequence, kind, List.of(runs));
        finishAll(section);
    }

    void accept(int section, String holder, long sequence, GrabKind kind, List<Run> runs) {
        Part part = part(section);
        if (part.closed && countsOnGate(kind)) {
            record(new Event.GrabRefused(spec.id(), section, holder, sequence, kind, -1, Refusal.DYING));
            return;
        }
        part.share += countsOnGate(kind) ? 1 : 0;
        part.underWay.add(new Grant(section, holder, sequence, kind, runs));
    }

    void finishAll(int section) {
        while (finishNext(section)) {
            // one after another
        }
    }

    boolean finishNext(int section) {
        Part part = part(section);
        Grant grant = part.underWay.poll();
        if (grant == null) {
            return false;
        }
        finish(part, grant);
        reportDrained(part);
        return true;
    }

    private void finish(Part part, Grant asked) {
        List<Run> granted = new ArrayList<>();
        List<Run> behind = new ArrayList<>();
        long refusedHead = -1;
        Refusal refusal = null;
        for (Run one : singles(asked.runs())) {
            Refusal here = state(part, one).refuses(asked.kind(), one.refs(), rules);
            if (here == null) {
                grabHead(part, asked.kind(), one);
                Runs.append(granted, one.firstHead(), 1, one.refs(), spec.geometry());
                if (refusal != null) {
                    Runs.append(behind, one.firstHead(), 1, one.refs(), spec.geometry());
                }
            } else if (refusal == null) {
                refusal = here;
                refusedHead = one.firstHead();
            }
        }
        part.share -= countsOnGate(asked.kind()) ? 1 : 0;
        if (!granted.isEmpty()) {
            recordGrant(part, new Grant(part.number, asked.holder(), asked.sequence(), asked.kind(), granted));
        }
        if (refusal != null) {
            record(new Event.GrabRefused(
                    spec.id(), part.number, asked.holder(), asked.sequence(), asked.kind(), refusedHead, refusal));
        }
        if (!behind.isEmpty()) {
            release(asked.holder(), asked.sequence(), ReleaseCause.UNWIND, behind.toArray(Run[]::new));
        }
    }

    /** Grants without asking anybody: what a broken section would do. */
    void forceGrab(String holder, long sequence, GrabKind kind, Run... runs) {
        Part part = part(spec.sectionOf(runs[0].firstHead()));
        singles(List.of(runs)).forEach(one -> grabHead(part, kind, one));
        recordGrant(part, new Grant(part.number, holder, sequence, kind, List.of(runs)));
    }

    private void recordGrant(Part part, Grant grant) {
        held.put(name(grant.holder(), grant.sequence()), grant);
        record(new Event.Grabbed(
                spec.id(),
                part.number,
                part.epoch,
                grant.holder(),
                grant.sequence(),
                grant.kind(),
                grant.runs(),
                refcounts(part, grant.runs()),
                pincounts(part, grant.runs())));
        boolean walks = grant.kind() == GrabKind.GET || grant.kind() == GrabKind.PIN;
        if (walks && spec.protocol().walkKeepsPgmapRef(spec.type())) {
            record(new Event.WalkEnded(spec.id(), part.number, grant.holder(), grant.sequence()));
        }
    }

    void release(String holder, long sequence) {
        Grant grant = held.get(name(holder, sequence));
        release(holder, sequence, ReleaseCause.PUT, grant.runs().toArray(Run[]::new));
    }

    void release(String holder, long sequence, ReleaseCause cause, Run... given) {
        Grant grant = held.get(name(holder, sequence));
        List<Run> runs = List.of(given);
        List<Run> left = Runs.minus(grant.runs(), runs, spec.geometry());
        if (left.isEmpty()) {
            held.remove(name(holder, sequence));
        } else {
            held.put(name(holder, sequence), new Grant(grant.section(), holder, sequence, grant.kind(), left));
        }
        Part part = part(grant.section());
        List<Run> freed = new ArrayList<>();
        for (Run one : singles(runs)) {
            HeadState after = putDown(part, one, state(part, one).put(grant.kind(), one.refs(), rules), freed);
            part.share -= pageHolds && after.refcount() == 0 ? refsPerHead : 0;
        }
        record(new Event.Released(
                spec.id(),
                part.number,
                holder,
                sequence,
                grant.kind(),
                runs,
                cause,
                refcounts(part, runs),
                pincounts(part, runs)));
        tellIdle(part, runs, freed);
        reportDrained(part);
    }

    /** What a head does whenever its count has come down. */
    private HeadState putDown(Part part, Run one, HeadState put, List<Run> freed) {
        if (put.announces(rules)) {
            Runs.append(freed, one.firstHead(), 1, 1, spec.geometry());
        }
        HeadState after = put.free(rules) ? put.freed(rules, part.basePut) : put;
        part.heads.put(one.firstHead(), after);
        return after;
    }

    void releaseAll() {
        while (!held.isEmpty()) {
            Grant first = held.values().iterator().next();
            release(first.holder(), first.sequence());
        }
    }

    private void tellIdle(Part part, List<Run> runs, List<Run> freed) {
        if (!freed.isEmpty()) {
            record(new Event.Freed(spec.id(), part.number, freed));
        }
        for (Run one : singles(runs)) {
            if (idle(part, one.firstHead()) && part.waiters.containsKey(one.firstHead())) {
                tellWaiters(part, one.firstHead(), true);
            }
        }
    }

    private void tellWaiters(Part part, long head, boolean idle) {
        part.waiters
                .remove(head)
                .forEach(waiter -> record(new Event.WaiterTold(spec.id(), part.number, head, waiter, idle)));
    }

    void await(long head, String waiter) {
        Part part = part(spec.sectionOf(head));
        record(new Event.WaiterAdded(spec.id(), part.number, head, waiter));
        if (idle(part, head)) {
            record(new Event.WaiterTold(spec.id(), part.number, head, waiter, true));
        } else {
            part.waiters.computeIfAbsent(head, h -> new ArrayList<>()).add(waiter);
        }
    }

    // ---- teardown

    void kill() {
        killed = true;
        record(new Event.Killed(spec.id(), CloseVerb.WHEN_IDLE, "test"));
    }

    void closeGates() {
        long shares = mapTakes ? untouched() : 0;
        for (Part part : parts.values()) {
            long walks =
                    part.underWay.stream().filter(g -> countsOnGate(g.kind())).count();
            part.closed = true;
            record(new Event.GateClosed(spec.id(), part.number, part.share, walks));
            reportDrained(part);
            shares += part.share;
        }
        record(new Event.KillConfirmed(spec.id(), shares));
        record(new Event.Zapped(spec.id(), "vm1", 0));
    }

    void dropBases() {
        if (!mapTakes) {
            return;
        }
        if (untouched() > 0) {
            long sum = pageHolds ? 0 : untouched() * rules.base();
            record(new Event.BaseDropped(spec.id(), Event.UNTOUCHED_SECTIONS, untouched(), pageHolds, sum));
        }
        parts.values().forEach(this::dropBase);
    }

    private void dropBase(Part part) {
        int heads = spec.headsIn(part.number);
        part.basePut = pageHolds;
        long sum = (long) (heads - part.heads.size()) * (pageHolds ? 0 : rules.base());
        part.share -= pageHolds ? heads - part.heads.size() : heads;
        List<Run> all = new ArrayList<>();
        List<Run> freed = new ArrayList<>();
        for (Map.Entry<Long, HeadState> head : new TreeMap<>(part.heads).entrySet()) {
            HeadState before = head.getValue();
            boolean puts = pageHolds && !(rules.resets() && before.active());
            HeadState after = puts ? putDown(part, new Run(head.getKey(), 1, 1), before.putBase(), freed) : before;
            part.share -= pageHolds && after.refcount() == 0 ? 1 : 0;
            sum += after.refcount();
            all.add(new Run(head.getKey(), 1, 1));
        }
        record(new Event.BaseDropped(spec.id(), part.number, heads, pageHolds, sum));
        if (pageHolds) {
            tellIdle(part, all, freed);
        }
        reportDrained(part);
    }

    private void reportDrained(Part part) {
        if (part.closed && part.share == 0 && !part.drained) {
            part.drained = true;
            record(new Event.ShareDrained(spec.id(), part.number));
        }
    }

    void drained() {
        record(new Event.Drained(spec.id()));
    }

    void cleanUp() {
        for (Part part : parts.values()) {
            List.copyOf(part.waiters.keySet()).forEach(head -> tellWaiters(part, head, false));
        }
        record(new Event.CleanedUp(spec.id()));
    }

    /** The whole of it, everything given back before the base references are dropped. */
    TinyPool tearDown() {
        kill();
        closeGates();
        List.copyOf(parts.keySet()).forEach(this::finishAll);
        releaseAll();
        dropBases();
        drained();
        cleanUp();
        return this;
    }

    boolean killed() {
        return killed;
    }

    // ---- heads

    /** Starts the section if nobody has used it yet. */
    void start(int section) {
        part(section);
    }

    List<Integer> started() {
        return List.copyOf(parts.keySet());
    }

    /** A new owner takes over where the old one was; what was under way is lost. */
    void restart(int section) {
        Part part = part(section);
        part.share -= part.underWay.stream().filter(g -> countsOnGate(g.kind())).count();
        part.underWay.clear();
        part.epoch++;
        record(new Event.SectionStarted(spec.id(), section, part.epoch));
    }

    private Part part(int section) {
        Part part = parts.get(section);
        if (part == null) {
            part = new Part(section);
            part.epoch = parts.size() + 1L;
            part.share = mapTakes ? spec.headsIn(section) : 0;
            parts.put(section, part);
            record(new Event.SectionStarted(spec.id(), section, part.epoch));
        }
        return part;
    }

    private long untouched() {
        return spec.heads() - parts.keySet().stream().mapToLong(spec::headsIn).sum();
    }

    private boolean countsOnGate(GrabKind kind) {
        return kind.holdsPgmap(spec.protocol(), spec.type());
    }

    private void grabHead(Part part, GrabKind kind, Run one) {
        HeadState before = state(part, one);
        part.heads.put(one.firstHead(), before.grab(kind, one.refs(), rules));
        if (kind == GrabKind.REQUEST) {
            owned.add(one.firstHead());
        }
        part.share += pageHolds && before.refcount() == 0 ? refsPerHead : 0;
    }

    /** Whether any of these was handed out once and is back with its owner. */
    boolean back(List<Run> runs) {
        Part part = part(spec.sectionOf(runs.get(0).firstHead()));
        return singles(runs).stream()
                .anyMatch(one ->
                        owned.contains(one.firstHead()) && !state(part, one).active());
    }

    private HeadState state(Part part, Run one) {
        return part.heads.getOrDefault(one.firstHead(), part.basePut ? HeadState.AT_ZERO : rules.parked());
    }

    private boolean idle(Part part, long head) {
        HeadState state = state(part, new Run(head, 1, 1));
        boolean outAtOne = rules.resets() && state.active();
        return state.refcount() == (part.basePut ? 0 : rules.base()) && !outAtOne;
    }

    private long refcounts(Part part, List<Run> runs) {
        return singles(runs).stream()
                .mapToLong(one -> state(part, one).refcount())
                .sum();
    }

    private long pincounts(Part part, List<Run> runs) {
        return singles(runs).stream()
                .mapToLong(one -> state(part, one).pincount())
                .sum();
    }

    private List<Run> singles(List<Run> runs) {
        List<Run> out = new ArrayList<>();
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                out.add(new Run(run.firstHead() + i * spec.geometry().pages(), 1, run.refs()));
            }
        }
        return out;
    }

    private static String name(String holder, long sequence) {
        return holder + "/" + sequence;
    }
}
