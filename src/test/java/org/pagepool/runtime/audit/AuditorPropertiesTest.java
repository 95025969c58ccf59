package org.pagepool.runtime.audit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** No legal history is reported, and no history with one thing wrong passes. */
class AuditorPropertiesTest {
    private static final int OPS_MAX = 60;
    private static final List<GrabKind> KINDS = List.of(GrabKind.values());
    private static final List<ReleaseCause> CAUSES = List.of(ReleaseCause.values());

    private static final List<Protocol> PROTOCOLS = List.of(
            Protocol.V5_5,
            Protocol.V6_15,
            Protocol.V5_18.with("request.require-free", "true"),
            Protocol.V6_1.with("request.require-free", "true"),
            Protocol.REQUEST_FOLIO.with("request.require-free", "true"),
            Protocol.PAGEPOOL,
            Protocol.PAGEPOOL.with("gup.pgmap-ref", "none"),
            Protocol.V6_15.with("gup.pgmap-ref", "none"));

    /** What may be missing without anybody being able to tell. */
    private static final Set<Class<?>> OPTIONAL =
            Set.of(Event.Zapped.class, Event.GrabRefused.class, Event.Repeated.class);

    @Provide
    Arbitrary<PgmapSpec> specs() {
        return Combinators.combine(
                        Arbitraries.of(PROTOCOLS),
                        Arbitraries.of(MemoryType.GENERIC, MemoryType.FS_DAX, MemoryType.COHERENT, MemoryType.PRIVATE),
                        Arbitraries.of(0, 9))
                .as(TinyPool::spec);
    }

    @Property
    void shouldFindNothingInLegalHistories(@ForAll("specs") PgmapSpec spec, @ForAll Random random) {
        Verdict verdict = Mutations.audit(history(spec, random));
        assertTrue(verdict.clean(), () -> verdict.violations().toString());
    }

    @Property
    void shouldFindNothingInAnyBeginningOfALegalHistory(@ForAll("specs") PgmapSpec spec, @ForAll Random random) {
        List<Recorded> history = history(spec, random);
        Verdict verdict = Mutations.audit(history.subList(0, random.nextInt(history.size() + 1)), false);
        assertTrue(verdict.clean(), () -> verdict.violations().toString());
    }

    @Property
    void shouldNoticeAMissingEvent(@ForAll("specs") PgmapSpec spec, @ForAll Random random) {
        List<Recorded> history = history(spec, random);
        int ordinal = pick(history, random, e -> !OPTIONAL.contains(e.getClass()));
        assertCaught(history, ordinal, Mutations.without(history, ordinal));
    }

    @Property
    void shouldNoticeAnEventThatComesTwice(@ForAll("specs") PgmapSpec spec, @ForAll Random random) {
        List<Recorded> history = history(spec, random);
        int ordinal = pick(history, random, e -> !OPTIONAL.contains(e.getClass()) && !(e instanceof Event.WaiterAdded));
        assertCaught(history, ordinal, Mutations.twice(history, ordinal));
    }

    @Property
    void shouldNoticeAWrongSum(@ForAll("specs") PgmapSpec spec, @ForAll Random random) {
        List<Recorded> history = history(spec, random);
        int ordinal = pick(
                history,
                random,
                e -> e instanceof Event.Grabbed || e instanceof Event.Released || e instanceof Event.BaseDropped);
        long off = random.nextBoolean() ? 1 : -1;
        assertCaught(history, ordinal, Mutations.changed(history, ordinal, e -> Mutations.sums(e, off, 0)));
    }

    @Property
    void shouldNoticeAWrongKind(@ForAll("specs") PgmapSpec spec, @ForAll Random random) {
        List<Recorded> history = history(spec, random);
        int ordinal = pick(history, random, e -> e instanceof Event.Grabbed || e instanceof Event.Released);
        int by = 1 + random.nextInt(2);
        assertCaught(history, ordinal, Mutations.changed(history, ordinal, e -> Mutations.kind(e, other(e, by))));
    }

    private static GrabKind other(Event event, int by) {
        GrabKind kind = event instanceof Event.Grabbed grabbed ? grabbed.kind() : ((Event.Released) event).kind();
        return KINDS.get((KINDS.indexOf(kind) + by) % KINDS.size());
    }

    private static void assertCaught(List<Recorded> history, int ordinal, List<Recorded> mutated) {
        Verdict verdict = Mutations.audit(mutated);
        assertFalse(verdict.clean(), () -> "unnoticed: " + history.get(ordinal - 1) + " of " + history);
        assertTrue(verdict.violations().stream().allMatch(v -> v.witness().size() <= Violation.WITNESS_MAX));
        long earliest = Math.min(ordinal, mutated.size());
        assertTrue(verdict.violations().get(0).ordinal() >= earliest, "not before it happened");
    }

    private static int pick(List<Recorded> history, Random random, Predicate<Event> wanted) {
        List<Recorded> candidates =
                history.stream().filter(r -> wanted.test(r.event())).toList();
        return (int) candidates.get(random.nextInt(candidates.size())).ordinal();
    }

    /** A random life of a pgmap, to its end: at least one grant, walks under way at the kill, all given back. */
    private static List<Recorded> history(PgmapSpec spec, Random random) {
        TinyPool pool = new TinyPool(spec);
        pool.grab("vm0", 0, GrabKind.MAP, pool.run(0, 2, 1));
        int ops = random.nextInt(OPS_MAX);
        for (int i = 1; i <= ops; i++) {
            step(pool, random, i);
        }
        pool.kill();
        pool.closeGates();
        for (int i = 1; i <= ops / 4; i++) {
            step(pool, random, OPS_MAX + i);
        }
        boolean noticesWhileHeld =
                spec.headRules().noticed() && spec.headRules().base() == 1;
        if (noticesWhileHeld) {
            pool.started().forEach(pool::finishAll);
            pool.releaseAll();
        }
        pool.dropBases();
        pool.started().forEach(pool::finishAll);
        pool.releaseAll();
        pool.drained();
        pool.cleanUp();
        return pool.history;
    }

    private static void step(TinyPool pool, Random random, int sequence) {
        List<TinyPool.Grant> held = new ArrayList<>(pool.held.values());
        int section = section(pool, random);
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                GrabKind kind = KINDS.get(random.nextInt(KINDS.size()));
                String holder = (kind == GrabKind.MAP ? "vm" : "w") + random.nextInt(3);
                ask(pool, section, holder, sequence, kind, runs(pool, random, section));
            }
            case 3, 4 -> pool.finishNext(section);
            case 5 -> pool.finishAll(section);
            case 6, 7, 8 -> {
                if (!held.isEmpty()) {
                    giveBack(pool, random, held.get(random.nextInt(held.size())));
                }
            }
            default -> pool.await(runs(pool, random, section).get(0).firstHead(), "t" + sequence);
        }
    }

    /**
     * Where a page counts 1 on its owner's list, nobody gets it once it was handed out and is back: a grab of it is the hazard
     * R25, which is no legal history. So nothing comes between asking and granting there.
     */
    private static void ask(TinyPool pool, int section, String holder, int sequence, GrabKind kind, List<Run> runs) {
        boolean atOne = pool.spec.headRules().base() == 1;
        if (kind == GrabKind.REQUEST) {
            boolean refusedWhenUsed = pool.spec.headRules().requestNeedsFree();
            if (!refusedWhenUsed || pool.spec.type() == MemoryType.GENERIC) {
                return;
            }
            runs = runs.stream()
                    .map(run -> new Run(run.firstHead(), run.heads(), 1))
                    .toList();
        }
        if (atOne) {
            pool.finishAll(section);
            if (kind != GrabKind.REQUEST && pool.back(runs)) {
                return;
            }
        }
        pool.accept(section, holder, sequence, kind, runs);
        if (atOne) {
            pool.finishAll(section);
        }
    }

    /** Section 4 is left alone now and then; after a kill no section is started any more. */
    private static int section(TinyPool pool, Random random) {
        if (pool.killed()) {
            return pool.started().get(random.nextInt(pool.started().size()));
        }
        return List.of(1, 2, 2, 2, 2, 2, 2, 4).get(random.nextInt(8));
    }

    private static List<Run> runs(TinyPool pool, Random random, int section) {
        int from = random.nextInt(4);
        Run first = pool.run(section, from, 1 + random.nextInt(2), 1 + random.nextInt(3));
        return random.nextBoolean()
                ? List.of(first)
                : List.of(first, pool.run(section, from + 2, 1 + random.nextInt(2), 1 + random.nextInt(3)));
    }

    private static void giveBack(TinyPool pool, Random random, TinyPool.Grant grant) {
        ReleaseCause cause = CAUSES.get(random.nextInt(CAUSES.size()));
        Run run = grant.runs().get(random.nextInt(grant.runs().size()));
        Run part = new Run(run.firstHead(), 1 + random.nextInt(run.heads()), 1 + random.nextInt(run.refs()));
        if (random.nextBoolean()) {
            pool.release(grant.holder(), grant.sequence(), cause, part);
        } else {
            pool.release(grant.holder(), grant.sequence());
        }
    }
}
