package org.pagepool.runtime.audit;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * The auditor's own account of one section: what every head must count, who holds what, who waits (I1-I5, I7-I9). Confined
 * to its auditor.
 *
 * <p>The account of a head is one int, {@code held}: what its holders' references weigh on its refcount. The base is not in
 * it, for all heads of a section lose theirs at once; so a head is idle exactly if {@code held} is zero, and its refcount
 * must be {@code held + base()}. An event carries the sum of the refcounts its heads had afterwards, as each head itself
 * said. This fold walks over the same heads, changes {@code held} by what the event says was granted or given back, and
 * adds up what it then expects; a head that counted otherwise shows in the first event that touches it. Next to it each
 * head has an exact pincount where its order has one, and three marks:
 *
 * <pre>
 *   ACTIVE  granted since the last free notice; a notice without it is the second in a row
 *   OWED    a put brought it to its idle count, and the notice that must follow has not come yet
 *   WAITED  somebody waits for it
 *   OUT     handed out by its owner and not free again
 *   OWNED   handed out at least once: from then on its owner's word counts, and a grab alone does not bring it into use
 * </pre>
 *
 * <p>Where a page is handed out at the one it is parked with (E2), a head that is OUT has no base: its one is its holder's.
 *
 * <p>The marks are looked at only when a head leaves idle, so that the loops over heads stay a few instructions per head.
 */
final class SectionFold {
    private static final int RECENT_EVENTS = 32;

    private static final byte ACTIVE = 1;
    private static final byte OWED = 2;
    private static final byte WAITED = 4;
    private static final byte OUT = 8;
    private static final byte OWNED = 16;

    /** What can be wrong when a head leaves idle, or is said to be free. */
    private static final int FREE = 1;

    private static final int UNNOTICED = 2;
    private static final int UNTOLD = 4;
    private static final int HELD = 8;
    private static final int NOTICED_TWICE = 16;

    private final PgmapFold pgmap;
    private final Findings findings;
    private final HeadRules rules;
    private final Geometry geometry;
    private final int number;
    private final long firstPfn;
    private final int heads;
    private final int slots;
    private final int ownedFrom;
    private final int ownedTo;

    private int[] held = {};
    private int[] pincounts = {};
    private byte[] marks = {};
    private int used;
    private int owed;
    private int out;
    private int highest;
    private long heldSum;
    private long pincountSum;
    private long pinsAlive;

    private final Map<Reference.Name, Reference> references = new HashMap<>();
    private final Map<Reference.Name, Suspect> suspects = new LinkedHashMap<>();
    private final Waiters waiters = new Waiters();
    /** Those who wait by a rule of truncation (D8): what idle means to them is not what it means here. */
    private final Set<String> ruled = new HashSet<>();

    private final GateFold gate;
    private final Recent recent = new Recent(RECENT_EVENTS);

    private long epoch = -1;
    private @Nullable Recorded started;
    private Event.@Nullable Grabbed lastGrab;

    SectionFold(PgmapFold pgmap, int number) {
        PgmapSpec spec = pgmap.spec();
        this.pgmap = pgmap;
        this.findings = pgmap.findings();
        this.rules = spec.headRules();
        this.geometry = spec.geometry();
        this.number = number;
        this.firstPfn = spec.basePage().sectionFirstPfn(number);
        this.heads = spec.headsIn(number);
        this.slots = Math.toIntExact(Math.max(1, spec.basePage().sectionPages() >> geometry.order()));
        this.ownedFrom = firstOwned(spec);
        this.ownedTo = lastOwned(spec) + 1;
        this.gate = new GateFold(pgmap, here(), heads);
    }

    private int firstOwned(PgmapSpec spec) {
        int i = 0;
        while (i < slots && heads > 0 && !spec.owns(headAt(i))) {
            i++;
        }
        return i;
    }

    private int lastOwned(PgmapSpec spec) {
        int i = slots - 1;
        while (i >= 0 && (heads == 0 || !spec.owns(headAt(i)))) {
            i--;
        }
        return i;
    }

    int number() {
        return number;
    }

    int heads() {
        return heads;
    }

    long pinsAlive() {
        return pinsAlive;
    }

    Collection<Reference> outstanding() {
        return references.values();
    }

    GateFold gate() {
        return gate;
    }

    /** The references on the pgmap that this section must have. */
    long share() {
        return gate.share(used);
    }

    /** The count of a head that nobody holds. */
    private int base() {
        return gate.basePut() ? 0 : rules.base();
    }

    /** The counts of those heads if nobody held them: a page that was handed out at its base has none (E2). */
    private long bases(List<Run> runs) {
        long all = (long) base() * Runs.heads(runs);
        if (out == 0 || !rules.resets() || base() == 0) {
            return all;
        }
        for (int r = 0; r < runs.size(); r++) {
            int from = index(runs.get(r).firstHead());
            for (int i = from; i < from + runs.get(r).heads(); i++) {
                all -= (marks[i] & OUT) != 0 ? 1 : 0;
            }
        }
        return all;
    }

    // ---- grants and releases

    void grabbed(Recorded at, Event.Grabbed e) {
        recent.add(at);
        lastGrab = e;
        findings.judged(Invariant.I4);
        if (!headsAreHere(at, e.runs()) || !ownerGrants(at, e) || namesItsGrantTwice(at, e) || overflows(at, e)) {
            return;
        }
        gate.onGrabbed(at, e);
        touch();
        Reference reference = new Reference(e.kind(), e.runs(), at);
        references.put(new Reference.Name(e.holder(), e.sequence()), reference);
        pinsAlive += reference.pins();
        judgeSums(at, e.runs(), countUp(at, e), e.refcountSum(), e.pincountSum());
    }

    void released(Recorded at, Event.Released e) {
        recent.add(at);
        if (headsAreHere(at, e.runs()) && takeFromHolder(at, e)) {
            judgeSums(at, e.runs(), countDown(e), e.refcountSum(), e.pincountSum());
        }
    }

    private boolean ownerGrants(Recorded at, Event.Grabbed e) {
        if (started != null && e.epoch() == epoch) {
            return true;
        }
        broken(
                Invariant.I4,
                at,
                () -> "granted by one who does not own the section: " + here() + " epoch=" + e.epoch() + " owner="
                        + epoch,
                () -> new Witness(at).with(started).events());
        return false;
    }

    private boolean namesItsGrantTwice(Recorded at, Event.Grabbed e) {
        findings.judged(Invariant.I7);
        if (!references.containsKey(new Reference.Name(e.holder(), e.sequence()))) {
            return false;
        }
        broken(
                Invariant.I7,
                at,
                () -> "one request was granted twice: " + here() + " holder=" + e.holder() + " sequence="
                        + e.sequence(),
                () -> referenceWitness(at, e.holder(), e.sequence()));
        return true;
    }

    private boolean overflows(Recorded at, Event.Grabbed e) {
        for (Run run : e.runs()) {
            long weight = e.kind().refcountWeight(run.refs(), rules.order());
            if (highest + weight + base() > Integer.MAX_VALUE && highestIn(run) + weight + base() > Integer.MAX_VALUE) {
                broken(
                        Invariant.I4,
                        at,
                        () -> "granted past the largest count: " + here() + " run=" + run + " weight=" + weight,
                        () -> headWitness(at, List.of(run)));
                return true;
            }
        }
        return false;
    }

    private long highestIn(Run run) {
        touch();
        int max = 0;
        int from = index(run.firstHead());
        for (int i = from; i < from + run.heads(); i++) {
            max = Math.max(max, held[i]);
        }
        return max;
    }

    /** Takes what is given back out of the holder's account; false if it does not have it (I7, R30). */
    private boolean takeFromHolder(Recorded at, Event.Released e) {
        findings.judged(Invariant.I7);
        Reference.Name name = new Reference.Name(e.holder(), e.sequence());
        Reference before = references.get(name);
        if (before == null || before.kind() != e.kind()) {
            String what = before == null ? "given back what is not held: " : "given back as another kind: ";
            notHeld(at, e, what);
            return false;
        }
        List<Run> left = Runs.minus(before.runs(), e.runs(), geometry);
        if (left == null) {
            notHeld(at, e, "given back more than is held: ");
            return false;
        }
        judgeSuspect(e, name);
        Reference after = new Reference(before.kind(), left, before.granted());
        pinsAlive += after.pins() - before.pins();
        if (left.isEmpty()) {
            references.remove(name);
        } else {
            references.put(name, after);
        }
        return true;
    }

    private void notHeld(Recorded at, Event.Released e, String what) {
        broken(
                Invariant.I7,
                at,
                () -> what + here() + " holder=" + e.holder() + " sequence=" + e.sequence() + " kind=" + e.kind()
                        + " runs=" + e.runs() + " cause=" + e.cause(),
                () -> referenceWitness(at, e.holder(), e.sequence()));
    }

    /** Counts a grant on its heads; returns the sum of what is then held of them. */
    private long countUp(Recorded at, Event.Grabbed e) {
        boolean starts = e.kind() == GrabKind.MAP || e.kind() == GrabKind.REQUEST;
        long sum = 0;
        int top = highest;
        int reported = 0;
        for (int r = 0; r < e.runs().size(); r++) {
            Run run = e.runs().get(r);
            int weight = (int) e.kind().refcountWeight(run.refs(), rules.order());
            int from = index(run.firstHead());
            int to = from + run.heads();
            for (int i = from; i < to; i++) {
                int before = held[i];
                if (before == 0) {
                    int found = leaveIdle(i, starts) & ~reported;
                    reported |= found;
                    report(found, i, at);
                }
                int after = before + weight;
                held[i] = after;
                top = Math.max(top, after);
                sum += after;
            }
            if (e.kind() == GrabKind.REQUEST) {
                handOut(from, to);
            }
            heldSum += (long) weight * run.heads();
            countPins(e.kind(), run, 1);
        }
        highest = top;
        return sum;
    }

    /** Counts a release on its heads; returns the sum of what is then still held of them. */
    private long countDown(Event.Released e) {
        boolean owesNotice = rules.noticed() && !gate.basePut();
        if (owesNotice) {
            findings.judged(Invariant.I3);
        }
        long sum = 0;
        for (int r = 0; r < e.runs().size(); r++) {
            Run run = e.runs().get(r);
            int weight = (int) e.kind().refcountWeight(run.refs(), rules.order());
            int from = index(run.firstHead());
            int to = from + run.heads();
            for (int i = from; i < to; i++) {
                int after = held[i] - weight;
                held[i] = after;
                sum += after;
                if (after == 0) {
                    becomeIdle(i, owesNotice && (!rules.resets() || (marks[i] & OUT) != 0));
                }
            }
            heldSum -= (long) weight * run.heads();
            countPins(e.kind(), run, -1);
        }
        return sum;
    }

    private void countPins(GrabKind kind, Run run, int sign) {
        int weight = sign * kind.pincountWeight(run.refs(), rules.order());
        if (weight == 0) {
            return;
        }
        int from = index(run.firstHead());
        for (int i = from; i < from + run.heads(); i++) {
            pincounts[i] += weight;
        }
        pincountSum += (long) weight * run.heads();
    }

    private void handOut(int from, int to) {
        for (int i = from; i < to; i++) {
            out += (marks[i] & OUT) == 0 ? 1 : 0;
            marks[i] |= OUT | OWNED | ACTIVE;
        }
    }

    /** A page at 0 is free, and so is one whose owner has it back, whatever it counts (I4, R8, R25). */
    private int leaveIdle(int i, boolean starts) {
        byte mark = marks[i];
        boolean back = (mark & OWNED) != 0 && (mark & OUT) == 0;
        int problems = starts || (base() > 0 && !back) ? 0 : FREE;
        if ((mark & OWED) != 0) {
            owed--;
            problems |= UNNOTICED;
        }
        if ((mark & WAITED) != 0) {
            problems |= UNTOLD;
        }
        int kept = mark & (WAITED | OUT | OWNED | (back ? ACTIVE : 0));
        marks[i] = (byte) (kept | (starts || !back ? ACTIVE : 0));
        used++;
        return problems;
    }

    private void becomeIdle(int i, boolean owesNotice) {
        used--;
        if ((marks[i] & OUT) != 0) {
            marks[i] &= ~OUT;
            out--;
        }
        if (owesNotice) {
            owed++;
            marks[i] |= OWED;
        }
    }

    private void judgeSums(Recorded at, List<Run> runs, long heldThere, long refcounts, long pins) {
        findings.judged(Invariant.I1);
        long expected = heldThere + bases(runs);
        if (refcounts != expected) {
            broken(
                    Invariant.I1,
                    at,
                    () -> "refcounts differ from what is held: " + here() + " runs=" + runs + " refcounts=" + refcounts
                            + " expected=" + expected,
                    () -> headWitness(at, runs));
        }
        findings.judged(Invariant.I2);
        long expectedPins = pincountSum == 0 ? 0 : pincountsOf(runs);
        if (pins != expectedPins) {
            broken(
                    Invariant.I2,
                    at,
                    () -> "pincounts differ from the pins held: " + here() + " runs=" + runs + " pincounts=" + pins
                            + " expected=" + expectedPins,
                    () -> headWitness(at, runs));
        }
    }

    private long pincountsOf(List<Run> runs) {
        long sum = 0;
        for (int r = 0; r < runs.size(); r++) {
            int from = index(runs.get(r).firstHead());
            int to = from + runs.get(r).heads();
            for (int i = from; i < to; i++) {
                sum += pincounts[i];
            }
        }
        return sum;
    }

    /** A request that was accepted before the gate was closed has ended, unless its grant was seen just before. */
    void grabRefused(Recorded at, Event.GrabRefused e) {
        if (e.head() < 0) {
            return;
        }
        recent.add(at);
        Event.Grabbed before = lastGrab;
        boolean ended = before == null
                || before.sequence() != e.sequence()
                || !before.holder().equals(e.holder());
        if (headsAreHere(at, List.of(new Run(e.head(), 1, 1))) && ended) {
            gate.onRefused(e.kind());
        }
    }

    void walkEnded(Recorded at, Event.WalkEnded e) {
        recent.add(at);
        gate.onWalkEnded(at, e);
    }

    // ---- notices and waiters

    void freed(Recorded at, Event.Freed e) {
        recent.add(at);
        findings.judged(Invariant.I3);
        if (!headsAreHere(at, e.runs())) {
            return;
        }
        touch();
        int reported = 0;
        for (Run run : e.runs()) {
            int from = index(run.firstHead());
            for (int i = from; i < from + run.heads(); i++) {
                int found = notice(i) & ~reported;
                reported |= found;
                report(found, i, at);
            }
        }
    }

    /**
     * A block that is given back must be held by nobody (R14). A mapping or the entry itself must be gone by now. A walk may
     * have taken a reference and not yet looked again whether its entry is still there (R5): it is innocent if it gives it back
     * unseen, and that is known only later.
     */
    void blockFreed(Recorded at, Event.BlockFreed e, List<Run> runs) {
        recent.add(at);
        findings.judged(Invariant.I3);
        if (held.length == 0 || !headsAreHere(at, runs) || !anyHeld(runs)) {
            return;
        }
        references.forEach((name, reference) -> {
            List<Run> inUse = Witness.common(reference.runs(), runs, geometry);
            if (inUse.isEmpty()) {
                return;
            }
            Suspect suspect = new Suspect(at, e.file(), name, reference, inUse);
            if (reference.kind() == GrabKind.MAP || reference.kind() == GrabKind.REQUEST) {
                freedInUse(suspect, findings);
            } else {
                suspects.put(name, suspect);
            }
        });
    }

    private boolean anyHeld(List<Run> runs) {
        for (Run run : runs) {
            int from = index(run.firstHead());
            for (int i = from; i < from + run.heads(); i++) {
                if (held[i] > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private void judgeSuspect(Event.Released e, Reference.Name name) {
        Suspect suspect = suspects.get(name);
        if (suspect == null || Witness.common(suspect.inUse, e.runs(), geometry).isEmpty()) {
            return;
        }
        if (e.cause() != ReleaseCause.UNWIND) {
            suspects.remove(name);
            freedInUse(suspect, findings);
            return;
        }
        List<Run> left = Witness.without(suspect.inUse, e.runs(), geometry);
        if (left.isEmpty()) {
            suspects.remove(name);
        } else {
            suspects.put(name, new Suspect(suspect.freed, suspect.file, name, suspect.reference, left));
        }
    }

    private void freedInUse(Suspect suspect, Findings into) {
        into.broken(
                Invariant.I3,
                suspect.freed,
                () -> "block given back while it is in use: "
                        + at(suspect.inUse.get(0).firstHead()) + " file="
                        + suspect.file + " holder=" + suspect.name.holder() + " kind="
                        + suspect.reference.kind(),
                () -> new Witness(suspect.freed)
                        .with(suspect.reference.granted())
                        .withLatest(about(suspect.inUse))
                        .events());
    }

    /**
     * One who held a block when it was given back, and may have been about to let go.
     *
     * @param freed the event that gave it back
     * @param inUse which of its heads
     */
    private record Suspect(Recorded freed, String file, Reference.Name name, Reference reference, List<Run> inUse) {}

    private int notice(int i) {
        byte mark = marks[i];
        if (held[i] > 0) {
            return HELD;
        }
        owed -= (mark & OWED) != 0 ? 1 : 0;
        marks[i] = (byte) (mark & (WAITED | OUT | OWNED));
        return (mark & ACTIVE) != 0 ? 0 : NOTICED_TWICE;
    }

    void waiterAdded(Recorded at, Event.WaiterAdded e) {
        recent.add(at);
        findings.judged(Invariant.I8);
        if (!headsAreHere(at, List.of(new Run(e.head(), 1, 1)))) {
            return;
        }
        touch();
        if (e.rule() != null) {
            ruled.add(e.head() + "/" + e.waiter());
            return;
        }
        int i = index(e.head());
        if ((marks[i] & OWED) != 0) {
            owed--;
            marks[i] &= ~OWED;
            report(UNNOTICED, i, at);
        }
        marks[i] |= WAITED;
        waiters.add(e.head(), e.waiter(), at, epoch);
    }

    void waiterTold(Recorded at, Event.WaiterTold e) {
        recent.add(at);
        findings.judged(Invariant.I8);
        List<Run> head = List.of(new Run(Math.max(0, e.head()), 1, 1));
        if (ruled.remove(e.head() + "/" + e.waiter())) {
            return;
        }
        if (!waiters.remove(e.head(), e.waiter())) {
            broken(
                    Invariant.I8,
                    at,
                    () -> "told one who does not wait: " + at(e.head()) + " waiter=" + e.waiter(),
                    () -> headWitness(at, head));
            return;
        }
        int i = index(e.head());
        if (e.idle() && held[i] > 0) {
            broken(
                    Invariant.I8,
                    at,
                    () -> "told a waiter that a head is idle while it is held: " + at(e.head()) + " waiter="
                            + e.waiter(),
                    () -> headWitness(at, head));
        }
        if (!waiters.waitFor(e.head())) {
            marks[i] &= ~WAITED;
        }
    }

    /** What must have followed by now has not: notices that are owed, waiters whose head is idle or has gone. */
    void judgeEnd(Recorded end, boolean cleanedUp, Findings into) {
        suspects.values().forEach(suspect -> freedInUse(suspect, into));
        for (int i = 0; owed > 0 && i < marks.length; i++) {
            if ((marks[i] & OWED) != 0) {
                long head = headAt(i);
                into.broken(
                        Invariant.I3,
                        end,
                        () -> "a head became idle and nobody was told: " + at(head),
                        () -> headWitness(end, List.of(new Run(head, 1, 1))));
            }
        }
        waiters.forEach((head, waiter, added) -> {
            if (cleanedUp || held[index(head)] == 0) {
                into.broken(
                        Invariant.I8,
                        end,
                        () -> "a waiter was never told of an idle head: " + at(head) + " waiter=" + waiter,
                        () -> new Witness(end)
                                .with(added)
                                .withLatest(about(List.of(new Run(head, 1, 1))))
                                .events());
            }
        });
    }

    // ---- owner, gate, teardown

    void started(Recorded at, Event.SectionStarted e) {
        findings.judged(Invariant.I4);
        if (e.epoch() <= epoch) {
            broken(
                    Invariant.I4,
                    at,
                    () -> "an owner started that is not newer than the last: " + here() + " epoch=" + e.epoch()
                            + " owner=" + epoch,
                    () -> new Witness(at).with(started).events());
            return;
        }
        started = at;
        epoch = e.epoch();
        gate.onStarted(at);
        forgetWaiters();
    }

    /** A new owner does not know whom to tell; waiters have to come again. That they are told in the end stays due. */
    private void forgetWaiters() {
        for (int i = 0; i < marks.length; i++) {
            marks[i] &= ~WAITED;
        }
    }

    void gateClosed(Recorded at, Event.GateClosed e) {
        gate.onClosed(at, e, used);
    }

    void shareDrained(Recorded at) {
        gate.onShareDrained(at, used);
    }

    void baseDropped(Recorded at, Event.BaseDropped e) {
        if (!gate.onBaseDropped(at, e)) {
            return;
        }
        if (owed > 0) {
            report(UNNOTICED, firstOwed(), at);
        }
        findings.judged(Invariant.I1);
        long expected = heldSum + (long) base() * heads - (rules.resets() && base() > 0 ? out : 0);
        if (e.refcountSum() != expected) {
            broken(
                    Invariant.I1,
                    at,
                    () -> "refcounts differ from what is held: " + here() + " heads=" + heads + " refcounts="
                            + e.refcountSum() + " expected=" + expected,
                    () -> new Witness(at)
                            .with(started)
                            .withLatest(recent.where(any -> true))
                            .events());
        }
    }

    private int firstOwed() {
        int i = 0;
        while ((marks[i] & OWED) == 0) {
            i++;
        }
        return i;
    }

    // ---- where heads are

    /** Whether all of {@code runs} are heads of this section, each named once (I9). */
    private boolean headsAreHere(Recorded at, List<Run> runs) {
        findings.judged(Invariant.I9);
        long before = 0;
        for (int r = 0; r < runs.size(); r++) {
            Run run = runs.get(r);
            boolean inOrder = run.firstHead() >= before;
            before = run.end(geometry);
            if (!inOrder || !isHere(run)) {
                broken(
                        Invariant.I9,
                        at,
                        () -> (inOrder ? "no such heads: " : "heads out of order or named twice: ") + here() + " run="
                                + run,
                        () -> new Witness(at).with(started).events());
                return false;
            }
        }
        return true;
    }

    private boolean isHere(Run run) {
        long from = (run.firstHead() - firstPfn) >> geometry.order();
        if (!geometry.isHead(run.firstHead()) || from < ownedFrom || from + run.heads() > ownedTo) {
            return false;
        }
        if (ownedTo - ownedFrom == heads) {
            return true;
        }
        for (int i = 0; i < run.heads(); i++) {
            if (!pgmap.spec().owns(headAt((int) from + i))) {
                return false;
            }
        }
        return true;
    }

    private int index(long head) {
        return (int) ((head - firstPfn) >> geometry.order());
    }

    private long headAt(int index) {
        return firstPfn + ((long) index << geometry.order());
    }

    private void touch() {
        if (held.length == 0) {
            held = new int[slots];
            marks = new byte[slots];
            pincounts = new int[geometry.compound() ? slots : 0];
        }
    }

    // ---- reports

    /** Each problem is reported once for each event, at the first head that has it. */
    private void report(int problems, int index, Recorded at) {
        if (problems == 0) {
            return;
        }
        long head = headAt(index);
        List<Run> run = List.of(new Run(head, 1, 1));
        if ((problems & FREE) != 0) {
            broken(Invariant.I4, at, () -> "granted on a free page: " + at(head), () -> headWitness(at, run));
        }
        if ((problems & UNNOTICED) != 0) {
            broken(
                    Invariant.I3,
                    at,
                    () -> "a head became idle and nobody was told: " + at(head),
                    () -> headWitness(at, run));
        }
        if ((problems & UNTOLD) != 0) {
            broken(
                    Invariant.I8,
                    at,
                    () -> "a waiter was not told of an idle head: " + at(head),
                    () -> headWitness(at, run));
        }
        if ((problems & HELD) != 0) {
            broken(
                    Invariant.I3,
                    at,
                    () -> "said to be free while it is held: " + at(head) + " held=" + held[index],
                    () -> headWitness(at, run));
        }
        if ((problems & NOTICED_TWICE) != 0) {
            broken(
                    Invariant.I3,
                    at,
                    () -> "said to be free twice without use in between: " + at(head),
                    () -> headWitness(at, run));
        }
    }

    private void broken(Invariant rule, Recorded at, Supplier<String> what, Supplier<List<Recorded>> witness) {
        findings.broken(rule, at, what, witness);
    }

    private String here() {
        return "pgmap=" + pgmap.spec().id() + " section=" + number;
    }

    private String at(long head) {
        return here() + " head=0x" + Long.toHexString(head);
    }

    private List<Recorded> about(List<Run> runs) {
        return recent.where(r -> Witness.touches(r.event(), runs, geometry));
    }

    private List<Recorded> headWitness(Recorded at, List<Run> runs) {
        return new Witness(at).with(gate.baseDropped()).withLatest(about(runs)).events();
    }

    /** The grant, if it is still known, and what was done with it. */
    private List<Recorded> referenceWitness(Recorded at, String holder, long sequence) {
        Reference reference = references.get(new Reference.Name(holder, sequence));
        return new Witness(at)
                .with(reference == null ? null : reference.granted())
                .withLatest(recent.where(r -> Witness.concerns(r.event(), holder, sequence)))
                .events();
    }
}
