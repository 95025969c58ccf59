package org.pagepool.runtime.section;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.Gate;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.record.PageRecords;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * Everything of a section that must survive it. Immutable; {@link #apply} is the only way from one state to the next, in
 * recovery and in replay. The counts of heads are not in it, nor is the share of the pgmap's reference: both follow from who
 * holds what ({@link #counts}, {@link #gate}), and cannot contradict it.
 *
 * @param spec its pgmap
 * @param number its number
 * @param epoch the number of its last owner; 0 before the first
 * @param ledger who holds what, and what was answered
 * @param records page records
 * @param walkRefs what walks keep of the pgmap
 * @param cuts grants that were refused at some head, by who asked: what was granted behind that head is on its way back
 * @param waiting who waits for which head
 * @param closedShare its share of the pgmap's reference when the gate was closed; -1 while it is open
 * @param baseDropped what mapping had taken was put
 * @param drained that its share has reached zero was recorded
 */
public record SectionState(
        PgmapSpec spec,
        int number,
        long epoch,
        SectionLedger ledger,
        PageRecords records,
        WalkRefs walkRefs,
        PMap<WalkRefs.Grant, Long> cuts,
        PSet<Waiting> waiting,
        long closedShare,
        boolean baseDropped,
        boolean drained) {
    /** In this order what holders have is counted: a request brings a page into use, and pins need one that is. */
    private static final List<GrabKind> COUNTED = List.of(GrabKind.REQUEST, GrabKind.MAP, GrabKind.GET, GrabKind.PIN);

    /** Somebody who waits for a head. */
    public record Waiting(long head, String waiter) {}

    /** A section that nobody has asked for anything. */
    public static SectionState empty(PgmapSpec spec, int number) {
        return new SectionState(
                spec,
                number,
                0,
                SectionLedger.empty(spec.geometry()),
                PageRecords.empty(spec),
                WalkRefs.none(spec),
                HashTreePMap.empty(),
                HashTreePSet.empty(),
                -1,
                false,
                false);
    }

    /** The next state. Events that say nothing of this section's state leave it as it is. */
    public SectionState apply(Event event, long atNanos) {
        if (event instanceof Event.Grabbed || event instanceof Event.Released) {
            return counted(event, atNanos);
        }
        if (event instanceof Event.GrabRefused e && e.head() >= 0) {
            WalkRefs.Grant grant = new WalkRefs.Grant(e.holder(), e.sequence());
            boolean granted = ledger.of(e.holder()).held().containsKey(e.sequence());
            return granted ? with(ledger, records, walkRefs, cuts.plus(grant, e.head()), waiting) : this;
        }
        if (event instanceof Event.WaiterAdded e) {
            return with(ledger, records, walkRefs, cuts, waiting.plus(new Waiting(e.head(), e.waiter())));
        }
        if (event instanceof Event.WaiterTold e) {
            return with(ledger, records, walkRefs, cuts, waiting.minus(new Waiting(e.head(), e.waiter())));
        }
        if (event instanceof Event.SectionStarted e) {
            return owned(e.epoch());
        }
        if (event instanceof Event.GateClosed e) {
            return in(e.share(), baseDropped, drained);
        }
        if (event instanceof Event.BaseDropped) {
            return in(closedShare, true, drained);
        }
        if (event instanceof Event.ShareDrained) {
            return in(closedShare, baseDropped, true);
        }
        return with(ledger, records.apply(event), walkRefs.apply(event), cuts, waiting);
    }

    private SectionState counted(Event event, long atNanos) {
        SectionLedger next = ledger.apply(event, atNanos);
        PMap<WalkRefs.Grant, Long> left = cuts;
        if (event instanceof Event.Released e) {
            if (!next.of(e.holder()).held().containsKey(e.sequence())) {
                left = cuts.minus(new WalkRefs.Grant(e.holder(), e.sequence()));
            }
            if (e.cause() == ReleaseCause.RECLAIM && next.of(e.holder()).idle()) {
                next = next.forget(e.holder());
            }
        }
        return with(next, records.apply(event), walkRefs.apply(event), left, waiting);
    }

    /** The state after a request was answered. */
    public SectionState answered(String holder, long sequence, long floor, Answer answer) {
        return with(ledger.answered(holder, sequence, floor, answer), records, walkRefs, cuts, waiting);
    }

    /** The state without the account of a holder that is gone; the same if it holds something. */
    public SectionState gone(String holder) {
        return ledger.of(holder).idle() ? with(ledger.forget(holder), records, walkRefs, cuts, waiting) : this;
    }

    /** What was granted to requests behind the head that refused them, and has not gone back yet. */
    public Map<WalkRefs.Grant, List<Run>> surplus() {
        Map<WalkRefs.Grant, List<Run>> out = new LinkedHashMap<>();
        cuts.forEach((grant, head) -> {
            Held held = ledger.of(grant.holder()).held().get(grant.sequence());
            List<Run> behind = held == null ? List.of() : behind(held.runs(), head);
            if (!behind.isEmpty()) {
                out.put(grant, behind);
            }
        });
        return out;
    }

    private List<Run> behind(List<Run> runs, long head) {
        Geometry geometry = spec.geometry();
        int before = 0;
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                before += run.firstHead() + i * geometry.pages() <= head ? 1 : 0;
            }
        }
        return Runs.afterHeads(runs, before, geometry);
    }

    /** Counts of a head that nobody refers to. */
    public HeadState parked() {
        return parked(spec, baseDropped);
    }

    /** Counts of a head of {@code spec} that nobody refers to, before or after its base was dropped. */
    public static HeadState parked(PgmapSpec spec, boolean baseDropped) {
        boolean atZero = baseDropped && spec.protocol().pageHoldsPgmapRef(spec.type());
        return atZero ? HeadState.AT_ZERO : spec.headRules().parked();
    }

    /**
     * The counts of its heads, in their order: what they had when idle, and what their holders have taken. Null for a head that
     * nobody refers to, which is {@link #parked}.
     */
    public @Nullable HeadState[] counts() {
        HeadState[] counts = new HeadState
                [Math.toIntExact(Math.max(
                        1, spec.basePage().sectionPages() >> spec.geometry().order()))];
        for (GrabKind kind : COUNTED) {
            for (HolderLedger account : ledger.holders().values()) {
                for (Held held : account.held().values()) {
                    if (held.kind() == kind) {
                        count(counts, held);
                    }
                }
            }
        }
        return counts;
    }

    /**
     * Heads with the same counts share them, for they are worked out once. A page that was handed out at the one it was parked with
     * has no base that teardown could have put (E2).
     */
    @SuppressWarnings("ReferenceEquality")
    private void count(@Nullable HeadState[] counts, Held held) {
        HeadRules rules = spec.headRules();
        HeadState start = held.kind() == GrabKind.REQUEST && rules.resets() ? rules.parked() : parked();
        long firstPfn = spec.basePage().sectionFirstPfn(number);
        for (Run run : held.runs()) {
            int first = (int) ((run.firstHead() - firstPfn) >> spec.geometry().order());
            HeadState before = start;
            HeadState after = before.grab(held.kind(), run.refs(), rules);
            for (int i = first; i < first + run.heads(); i++) {
                HeadState now = counts[i] == null ? start : counts[i];
                if (now != before) {
                    before = now;
                    after = before.grab(held.kind(), run.refs(), rules);
                }
                counts[i] = after;
            }
        }
    }

    /** Its share of the pgmap's reference, {@code counts} being {@link #counts}. */
    public Gate gate(@Nullable HeadState[] counts) {
        Protocol protocol = spec.protocol();
        MemoryType type = spec.type();
        int all = spec.headsIn(number);
        long share = protocol.mapTakesPgmapRefs(type) ? all : 0;
        if (protocol.pageHoldsPgmapRef(type)) {
            long inUse = 0;
            long referredTo = 0;
            for (HeadState head : counts) {
                inUse += head != null && head.refcount() > 0 ? 1 : 0;
                referredTo += head != null ? 1 : 0;
            }
            long others = parked().refcount() > 0 ? all - referredTo : 0;
            long atFirst = spec.headRules().base() > 0 ? all : 0;
            share += (inUse + others - atFirst)
                    * protocol.pgmapRefsPerHead(type, spec.geometry().order());
        } else if (baseDropped && protocol.mapTakesPgmapRefs(type)) {
            share -= all;
        }
        Gate gate = Gate.open(Math.max(0, share) + walkRefs.total());
        return closedShare >= 0 ? gate.kill() : gate;
    }

    private SectionState with(
            SectionLedger newLedger,
            PageRecords newRecords,
            WalkRefs newWalkRefs,
            PMap<WalkRefs.Grant, Long> newCuts,
            PSet<Waiting> newWaiting) {
        return new SectionState(
                spec,
                number,
                epoch,
                newLedger,
                newRecords,
                newWalkRefs,
                newCuts,
                newWaiting,
                closedShare,
                baseDropped,
                drained);
    }

    private SectionState owned(long owner) {
        return new SectionState(
                spec, number, owner, ledger, records, walkRefs, cuts, waiting, closedShare, baseDropped, drained);
    }

    private SectionState in(long nowClosed, boolean nowDropped, boolean nowDrained) {
        return new SectionState(
                spec, number, epoch, ledger, records, walkRefs, cuts, waiting, nowClosed, nowDropped, nowDrained);
    }
}
