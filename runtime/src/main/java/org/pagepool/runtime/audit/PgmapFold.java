package org.pagepool.runtime.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * One life of one pgmap, from Mapped to CleanedUp: its gate and teardown (I5, I6, I12). What concerns its heads is kept by
 * its sections. Confined to its auditor.
 */
final class PgmapFold {
    private static final int NAMES_MAX = 3;

    private final PgmapSpec spec;
    private final Findings findings;
    private final boolean mapTakesRefs;
    private final Map<Integer, SectionFold> sections = new LinkedHashMap<>();
    private final Recorded mapped;
    private final BlockFold blocks;
    private @Nullable Recorded killed;
    private @Nullable Recorded confirmed;
    private @Nullable Recorded untouchedDropped;
    private @Nullable Recorded drained;
    private long pinsAcquired;
    private long pinsReleased;

    PgmapFold(Recorded mapped, PgmapSpec spec, Findings findings) {
        this.mapped = mapped;
        this.spec = spec;
        this.findings = findings;
        this.mapTakesRefs = spec.protocol().mapTakesPgmapRefs(spec.type());
        this.blocks = new BlockFold(spec, findings);
    }

    PgmapSpec spec() {
        return spec;
    }

    Findings findings() {
        return findings;
    }

    /** The event that began the teardown, if it has begun. */
    @Nullable
    Recorded killed() {
        return killed;
    }

    /** The event that said that nothing refers to the pgmap any more, if there was one. */
    @Nullable
    Recorded drained() {
        return drained;
    }

    void observe(Recorded at) {
        Event event = at.event();
        if (event instanceof Event.Grabbed e) {
            pinsAcquired += pins(e.kind(), e.runs());
            section(e.section()).grabbed(at, e);
        } else if (event instanceof Event.Released e) {
            pinsReleased += pins(e.kind(), e.runs());
            section(e.section()).released(at, e);
        } else if (event instanceof Event.WalkEnded e) {
            section(e.section()).walkEnded(at, e);
        } else if (event instanceof Event.Freed e) {
            section(e.section()).freed(at, e);
        } else if (event instanceof Event.GrabRefused e) {
            section(e.section()).grabRefused(at, e);
        } else if (event instanceof Event.WaiterAdded e) {
            section(e.section()).waiterAdded(at, e);
        } else if (event instanceof Event.WaiterTold e) {
            section(e.section()).waiterTold(at, e);
        } else if (event instanceof Event.SectionStarted e) {
            section(e.section()).started(at, e);
        } else if (event instanceof Event.BlockAllocated e) {
            blocks.allocated(at, e);
        } else if (event instanceof Event.BlockFreed e) {
            blocks.freed(at, e);
            onBlockFreed(at, e);
        } else {
            observeLife(at, event);
        }
    }

    private void observeLife(Recorded at, Event event) {
        if (event instanceof Event.GateClosed e) {
            section(e.section()).gateClosed(at, e);
        } else if (event instanceof Event.ShareDrained e) {
            section(e.section()).shareDrained(at);
        } else if (event instanceof Event.BaseDropped e) {
            if (e.section() == Event.UNTOUCHED_SECTIONS) {
                onUntouchedDropped(at, e);
            } else {
                section(e.section()).baseDropped(at, e);
            }
        } else if (event instanceof Event.Mapped) {
            findings.judged(Invariant.I6);
            broken(Invariant.I6, at, () -> "mapped again without cleanup: pgmap=" + spec.id());
        } else if (event instanceof Event.Killed) {
            onKilled(at);
        } else if (event instanceof Event.KillConfirmed e) {
            onKillConfirmed(at, e);
        } else if (event instanceof Event.Drained) {
            onDrained(at);
        } else if (event instanceof Event.CleanedUp) {
            onCleanedUp(at);
        }
    }

    private void onBlockFreed(Recorded at, Event.BlockFreed e) {
        spec.bySection(e.runs()).forEach((number, runs) -> {
            SectionFold fold = sections.get(number);
            if (fold != null) {
                fold.blockFreed(at, e, runs);
            }
        });
    }

    private void onKilled(Recorded at) {
        findings.judged(Invariant.I6);
        if (killed != null) {
            broken(Invariant.I6, at, () -> "killed a second time: pgmap=" + spec.id());
            return;
        }
        killed = at;
    }

    private void onKillConfirmed(Recorded at, Event.KillConfirmed e) {
        findings.judged(Invariant.I5);
        if (killed == null || confirmed != null) {
            broken(Invariant.I5, at, () -> "kill confirmed without a kill, or twice: pgmap=" + spec.id());
        }
        confirmed = at;
        long shares = mapTakesRefs ? untouchedHeads() : 0;
        for (SectionFold section : sections.values()) {
            shares += section.gate().shareAtClose();
            if (section.gate().open()) {
                broken(
                        Invariant.I5,
                        at,
                        () -> "kill confirmed while a section still gives live references: pgmap=" + spec.id()
                                + " section=" + section.number());
            }
        }
        long sum = shares;
        if (e.shares() != sum) {
            broken(
                    Invariant.I5,
                    at,
                    () -> "shares do not add up: pgmap=" + spec.id() + " shares=" + e.shares() + " expected=" + sum);
        }
    }

    private void onUntouchedDropped(Recorded at, Event.BaseDropped e) {
        findings.judged(Invariant.I5);
        findings.judged(Invariant.I1);
        long heads = untouchedHeads();
        boolean counts = spec.protocol().pageHoldsPgmapRef(spec.type());
        if (killed == null || untouchedDropped != null || !mapTakesRefs || e.counts() != counts || e.heads() != heads) {
            broken(
                    Invariant.I5,
                    at,
                    () -> "base references dropped that cannot be: pgmap=" + spec.id()
                            + " section=untouched heads=" + e.heads() + " expected=" + heads + " counts="
                            + e.counts());
        }
        untouchedDropped = at;
        long expected = counts ? 0 : heads * spec.headRules().base();
        if (e.refcountSum() != expected) {
            broken(
                    Invariant.I1,
                    at,
                    () -> "refcounts differ from what is held: pgmap=" + spec.id() + " section=untouched refcounts="
                            + e.refcountSum() + " expected=" + expected);
        }
    }

    private void onDrained(Recorded at) {
        findings.judged(Invariant.I5);
        if (confirmed == null || drained != null) {
            broken(Invariant.I5, at, () -> "drained before the kill was confirmed, or twice: pgmap=" + spec.id());
        }
        drained = at;
        for (SectionFold section : sections.values()) {
            if (!section.gate().drained()) {
                broken(
                        Invariant.I5,
                        at,
                        () -> "drained while a section has a share left: pgmap=" + spec.id() + " section="
                                + section.number() + " share=" + section.share());
            }
        }
        if (mapTakesRefs && untouchedDropped == null && untouchedHeads() > 0) {
            broken(
                    Invariant.I5,
                    at,
                    () -> "drained while mapping's references are not dropped: pgmap=" + spec.id()
                            + " section=untouched heads=" + untouchedHeads());
        }
    }

    private void onCleanedUp(Recorded at) {
        findings.judged(Invariant.I6);
        if (killed != null) {
            findings.judged(Invariant.I12);
        }
        if (drained == null) {
            broken(Invariant.I6, at, () -> "cleaned up before it was drained: pgmap=" + spec.id());
        }
        List<Reference> left = outstanding();
        if (!left.isEmpty()) {
            findings.broken(Invariant.I6, at, () -> stillHeld(left), () -> lifeWitness(at, left));
        }
        judgePins(at, findings);
        for (SectionFold section : sections.values()) {
            section.judgeEnd(at, true, findings);
        }
    }

    /** What can be said without another event; {@code complete} if there will be none. */
    void judgeNow(Recorded end, boolean complete, Findings into) {
        judgePins(end, into);
        if (!complete) {
            return;
        }
        for (SectionFold section : sections.values()) {
            section.judgeEnd(end, false, into);
        }
        if (killed != null) {
            into.judged(Invariant.I12);
            if (outstanding().isEmpty()) {
                into.broken(
                        Invariant.I12,
                        end,
                        () -> "nothing is held, and yet the teardown has not finished: pgmap=" + spec.id(),
                        () -> lifeWitness(end, List.of()));
            }
        }
    }

    private void judgePins(Recorded at, Findings into) {
        into.judged(Invariant.I2);
        long alive = 0;
        for (SectionFold section : sections.values()) {
            alive += section.pinsAlive();
        }
        long pins = alive;
        if (pinsAcquired - pinsReleased != pins) {
            into.broken(
                    Invariant.I2,
                    at,
                    () -> "pins do not balance: pgmap=" + spec.id() + " acquired=" + pinsAcquired + " released="
                            + pinsReleased + " alive=" + pins,
                    () -> lifeWitness(at, List.of()));
        }
    }

    private SectionFold section(int number) {
        SectionFold fold = sections.get(number);
        if (fold == null) {
            fold = new SectionFold(this, number);
            sections.put(number, fold);
        }
        return fold;
    }

    /** Heads of sections nobody ever asked for. */
    private long untouchedHeads() {
        long touched = 0;
        for (SectionFold section : sections.values()) {
            touched += section.heads();
        }
        return spec.heads() - touched;
    }

    private List<Reference> outstanding() {
        List<Reference> all = new ArrayList<>();
        for (SectionFold section : sections.values()) {
            all.addAll(section.outstanding());
        }
        return all;
    }

    private String stillHeld(List<Reference> left) {
        long refs = 0;
        Set<String> holders = new TreeSet<>();
        for (Reference reference : left) {
            refs += Runs.totalRefs(reference.runs());
            if (reference.granted().event() instanceof Event.Grabbed grabbed) {
                holders.add(grabbed.holder());
            }
        }
        String names = String.join(",", holders.stream().limit(NAMES_MAX).toList());
        String more = holders.size() > NAMES_MAX ? ",and " + (holders.size() - NAMES_MAX) + " more" : "";
        return "cleaned up while references are held: pgmap=" + spec.id() + " refs=" + refs + " holders=" + names
                + more;
    }

    private static long pins(GrabKind kind, List<Run> runs) {
        return kind == GrabKind.PIN ? Runs.totalRefs(runs) : 0;
    }

    private void broken(Invariant rule, Recorded at, Supplier<String> what) {
        findings.broken(rule, at, what, () -> lifeWitness(at, List.of()));
    }

    /** The life of the pgmap, and the first few of the references that were still held, if that is what is wrong. */
    private List<Recorded> lifeWitness(Recorded at, List<Reference> held) {
        List<Recorded> grants = held.stream().map(Reference::granted).toList();
        return new Witness(at)
                .with(killed)
                .with(confirmed)
                .with(untouchedDropped)
                .with(drained)
                .withEarliest(grants, NAMES_MAX)
                .with(mapped)
                .events();
    }
}
