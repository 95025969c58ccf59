package org.pagepool.runtime.audit;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.section.WalkRefs;

/**
 * One section's share of its pgmap's reference (I5): nobody counts it while the gate is open; once it is closed it must be
 * what the section's pages and the requests accepted before hold, and only those requests may still be granted. Confined
 * to its auditor.
 */
final class GateFold {
    private final PgmapFold pgmap;
    private final Findings findings;
    private final String here;
    private final int heads;
    private final boolean mapTakesRefs;
    private final boolean pageHoldsRef;
    private final long refsPerHead;

    private @Nullable Recorded owner;
    private @Nullable Recorded closed;
    private @Nullable Recorded baseDropped;
    private @Nullable Recorded drained;
    private boolean closedByOwner;
    private boolean drainedByOwner;
    private long shareAtClose;
    private long walksLeft;
    private WalkRefs kept;

    /** The gate of a section of {@code heads} heads, called {@code here} in messages. */
    GateFold(PgmapFold pgmap, String here, int heads) {
        PgmapSpec spec = pgmap.spec();
        this.pgmap = pgmap;
        this.findings = pgmap.findings();
        this.here = here;
        this.heads = heads;
        this.mapTakesRefs = spec.protocol().mapTakesPgmapRefs(spec.type());
        this.pageHoldsRef = spec.protocol().pageHoldsPgmapRef(spec.type());
        this.refsPerHead =
                spec.protocol().pgmapRefsPerHead(spec.type(), spec.geometry().order());
        this.kept = WalkRefs.none(spec);
    }

    boolean open() {
        return closed == null;
    }

    boolean drained() {
        return drained != null;
    }

    /** What the section said its share was when it closed the gate. */
    long shareAtClose() {
        return shareAtClose;
    }

    /** What its share must be while that many of its heads are held. */
    long share(int used) {
        return pageRefs(used) + walksLeft + kept.total();
    }

    /** The event that dropped what mapping had taken, if there was one. */
    @Nullable
    Recorded baseDropped() {
        return baseDropped;
    }

    /** True once the heads' own base counts are put, so that they idle at 0. */
    boolean basePut() {
        return baseDropped != null && pageHoldsRef;
    }

    private long pageRefs(int used) {
        if (mapTakesRefs && baseDropped == null) {
            return heads;
        }
        return pageHoldsRef ? used * refsPerHead : 0;
    }

    /** A new owner knows nothing of requests that were not finished, and may say again what the last one said. */
    void onStarted(Recorded started) {
        owner = started;
        closedByOwner = false;
        drainedByOwner = false;
        walksLeft = 0;
    }

    /** After the gate was closed only requests accepted before may still be granted, and nothing at all once drained. */
    void onGrabbed(Recorded at, Event.Grabbed e) {
        if (pgmap.drained() != null) {
            findings.broken(
                    Invariant.I4,
                    at,
                    () -> "granted on a drained pgmap: " + here + " holder=" + e.holder(),
                    () -> new Witness(at)
                            .with(pgmap.killed())
                            .with(pgmap.drained())
                            .events());
        }
        kept = kept.apply(e);
        if (closed == null || !countsOnGate(e.kind())) {
            return;
        }
        findings.judged(Invariant.I5);
        if (walksLeft == 0) {
            broken(
                    at,
                    "granted to a newcomer after the gate was closed: " + here + " holder=" + e.holder() + " sequence="
                            + e.sequence());
            return;
        }
        walksLeft--;
    }

    /** A walk gives back what it kept, once. */
    void onWalkEnded(Recorded at, Event.WalkEnded e) {
        findings.judged(Invariant.I5);
        if (kept.of(e.holder(), e.sequence()) == 0) {
            broken(
                    at,
                    "a walk ended that keeps no reference: " + here + " holder=" + e.holder() + " sequence="
                            + e.sequence());
        }
        kept = kept.apply(e);
    }

    /** A request accepted before the gate was closed was refused by its heads. */
    void onRefused(GrabKind kind) {
        if (countsOnGate(kind) && walksLeft > 0) {
            walksLeft--;
        }
    }

    private boolean countsOnGate(GrabKind kind) {
        return kind.holdsPgmap(pgmap.spec().protocol(), pgmap.spec().type());
    }

    void onClosed(Recorded at, Event.GateClosed e, int used) {
        findings.judged(Invariant.I5);
        if (pgmap.killed() == null || owner == null || closedByOwner) {
            broken(at, "gate closed without a kill or an owner, or twice: " + here);
        }
        if (e.walks() < kept.total() || e.share() != pageRefs(used) + e.walks()) {
            broken(
                    at,
                    "share differs from what pages and walks hold: " + here + " share=" + e.share() + " pages="
                            + pageRefs(used) + " walks=" + e.walks() + " kept=" + kept.total());
        }
        closed = at;
        closedByOwner = true;
        shareAtClose = e.share();
        walksLeft = Math.max(0, e.walks() - kept.total());
    }

    /** Whether the references of mapping could be dropped now; if so, they are. */
    boolean onBaseDropped(Recorded at, Event.BaseDropped e) {
        findings.judged(Invariant.I5);
        boolean due = closed != null && baseDropped == null && mapTakesRefs;
        if (!due || e.counts() != pageHoldsRef || e.heads() != heads) {
            broken(
                    at,
                    "base references dropped that cannot be: " + here + " heads=" + e.heads() + " expected=" + heads
                            + " counts=" + e.counts());
            return false;
        }
        baseDropped = at;
        return true;
    }

    void onShareDrained(Recorded at, int used) {
        findings.judged(Invariant.I5);
        if (closed == null || share(used) != 0 || drainedByOwner) {
            broken(
                    at,
                    "share drained that is not, or twice: " + here + " pages=" + pageRefs(used) + " walks="
                            + (walksLeft + kept.total())
                            + " closed=" + (closed != null));
        }
        drained = at;
        drainedByOwner = true;
    }

    private void broken(Recorded at, String what) {
        findings.broken(Invariant.I5, at, () -> what, () -> witness(at));
    }

    private List<Recorded> witness(Recorded at) {
        return new Witness(at)
                .with(owner)
                .with(pgmap.killed())
                .with(closed)
                .with(baseDropped)
                .with(drained)
                .events();
    }
}
