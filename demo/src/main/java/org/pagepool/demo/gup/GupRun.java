package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.HeadHosting;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.persistence.JournalChoice;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.pgmap.Remap;

/**
 * Measures one plan: maps and populates the device, lets every walker go over the range a few times unmeasured, then once
 * for each repeat, all walkers at the same time. Nothing is recorded but in the journal that was asked for: only the actors are
 * measured. Where floors are wanted each lap is one of the walkers and one of every floor; their actors live as long as the walkers
 * do, and are warmed up as often. Used once, on one thread.
 */
final class GupRun {
    private static final TimeSource TIME = SystemTime.MONOTONIC;
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration WARM_UP = Duration.ofMillis(1500);
    private static final Duration LAP_MAX = Duration.ofHours(1);

    /** Walks, counters and bare actors. */
    private static final int TURNS = 3;

    private final GupPlan plan;
    private final Interrupts interrupts;
    private final StatusLine status;
    private final @Nullable GupJournal journal;
    private final List<JournalMeter.Lap> written = new ArrayList<>();
    private final List<FloorLap> counters = new ArrayList<>();
    private final List<FloorLap> actors = new ArrayList<>();
    private final List<FloorLap> floor = new ArrayList<>();
    private int warmups;
    private long grabs;

    /** Who runs in a lap, one of each for every walker; floors that are not wanted have nobody. */
    private record Lanes(
            List<ActorRef<GupLoop.Go>> walks,
            List<ActorRef<FloorCounters.Go>> counters,
            List<ActorRef<FloorWalker.Go>> actors,
            List<ActorRef<FloorLoop.Command>> journal) {}

    /** What a lap of everything has brought. */
    private static final class Round {
        List<GupLoop.Lap> walks = List.of();
        JournalMeter.Lap wrote = JournalMeter.Lap.sum(List.of());
        List<FloorLap> counters = List.of();
        List<FloorLap> actors = List.of();
        List<FloorLap> journal = List.of();

        boolean stopped() {
            return walks.stream().anyMatch(lap -> lap.stop() != null);
        }
    }

    /** A run; the caller closes {@code journal} afterwards, if there is one. */
    GupRun(GupPlan plan, @Nullable GupJournal journal, Interrupts interrupts, StatusLine status) {
        this.plan = plan;
        this.journal = journal;
        this.interrupts = interrupts;
        this.status = status;
    }

    /** The settings of its pools. */
    static Config config(HeadHosting hosting) {
        return PoolCalls.settings("pagepool.heads.hosting = " + hosting.label() + """

                pagepool.heads.idle-timeout = 1h
                pagepool.limits.walk-timeout = 1h
                pagepool.limits.retry-after = 1h
                pagepool.limits.ask-timeout = 1h
                """);
    }

    GupResult run() {
        long start = TIME.nanos();
        List<List<GupLoop.Lap>> laps = new ArrayList<>();
        long mapNanos;
        try (Pool pool = start()) {
            join(pool, pool.recovered());
            long mapStart = TIME.nanos();
            Device device = join(pool, pool.map(spec()));
            Space space = populate(pool, device);
            mapNanos = TIME.nanos() - mapStart;
            Lanes lanes = lanes(pool, device, space);
            lanes.walks.forEach(walk -> laps.add(new ArrayList<>()));
            written(); // what mapping wrote
            measure(pool, lanes, laps);
        }
        GupResult.Durable durable =
                journal == null ? null : new GupResult.Durable(journal.label(), JournalMeter.Lap.sum(written), floor);
        GupResult.Floors floors = plan.floor() ? new GupResult.Floors(grabs, counters, actors) : null;
        return new GupResult(
                plan, laps, warmups, mapNanos, TIME.nanos() - start, interrupts.interrupted(), durable, floors);
    }

    private Pool start() {
        Pool.Builder builder = Pool.builder().events(EventSink.NONE).time(TIME);
        return journal == null
                ? builder.config(config(plan.hosting())).start()
                : builder.config(journal.settings())
                        .journals(journal.journals())
                        .start();
    }

    private DeviceSpec spec() {
        long subsection = 1L << Remap.SUBSECTION_SHIFT;
        return DeviceSpec.of("gup0", (plan.bytes() + subsection - 1) & -subsection)
                .type(plan.type())
                .basePage(plan.basePage())
                .headBytes(plan.geometry().pages() * plan.basePage().bytes())
                .protocol(plan.protocol());
    }

    private Space populate(Pool pool, Device device) {
        Space space = join(pool, pool.openSpace("vm1", plan.basePage()));
        Level level = plan.level();
        join(pool, level == null ? space.map(device) : space.map(device, 0, 0, plan.pages(), level, true, true));
        return space;
    }

    private Lanes lanes(Pool pool, Device device, Space space) {
        ActorRef<Muster.Here> muster = plan.walkers() > 1 && plan.mode().verifies()
                ? pool.system().systemActorOf(Muster.of(plan.walkers()), "muster", Props.empty())
                : null;
        List<ActorRef<GupLoop.Go>> walks = forEachWalker(pool, "loop-", i -> {
            Walker walker = join(pool, pool.openWalker("gup-" + (i + 1), space));
            return GupLoop.create(plan, plan.route(i), walker.ref(), muster, TIME);
        });
        if (!plan.floor()) {
            return new Lanes(walks, List.of(), List.of(), List.of());
        }
        int refsPerGrab = plan.refsPerGrab(device.spec());
        grabs = plan.takes(0, refsPerGrab).inAll();
        AtomicLongArray cells = FloorCounters.counters(plan.heads());
        List<ActorRef<FloorHead.Add>> heads = new ArrayList<>();
        for (int i = 0; i < plan.heads(); i++) {
            heads.add(pool.system().systemActorOf(FloorHead.create(), "floor-head-" + i, Props.empty()));
        }
        return new Lanes(
                walks,
                forEachWalker(
                        pool,
                        "floor-counters-",
                        i -> FloorCounters.create(plan.takes(i, refsPerGrab), plan.gives(i), cells, TIME)),
                forEachWalker(
                        pool,
                        "floor-walker-",
                        i -> FloorWalker.create(
                                plan.takes(i, refsPerGrab), plan.gives(i), plan.callsUnderWay(), heads, TIME)),
                journalLoops(pool));
    }

    private <M> List<ActorRef<M>> forEachWalker(Pool pool, String name, IntFunction<Behavior<M>> behavior) {
        List<ActorRef<M>> refs = new ArrayList<>();
        for (int i = 0; i < plan.walkers(); i++) {
            refs.add(pool.system().systemActorOf(behavior.apply(i), name + (i + 1), Props.empty()));
        }
        return refs;
    }

    private List<ActorRef<FloorLoop.Command>> journalLoops(Pool pool) {
        if (journal == null) {
            return List.of();
        }
        String plugin = JournalChoice.of(journal.settings()).plugin();
        List<ActorRef<FloorWriter.Write>> writers = new ArrayList<>();
        for (int i = 0; i < plan.sections(); i++) {
            String id = journal.prefix() + "floor-" + i;
            writers.add(pool.system().systemActorOf(FloorWriter.create(id, plugin), "floor-" + i, Props.empty()));
        }
        return forEachWalker(pool, "floor-loop-", i -> FloorLoop.create(plan, plan.route(i), writers, TIME));
    }

    /** Warms up, then measures; whoever is refused is refused in the first lap and need not be asked again. */
    private void measure(Pool pool, Lanes lanes, List<List<GupLoop.Lap>> laps) {
        long enough = TIME.nanos() + WARM_UP.toNanos();
        while (moreToWarmUp(enough) && !interrupts.interrupted()) {
            Round round = round(pool, lanes, warmups++, "warming up, lap " + warmups);
            if (round.stopped()) {
                keep(round.walks, laps);
                return;
            }
        }
        for (int i = 1; i <= plan.repeats() && !interrupts.interrupted(); i++) {
            Round round = round(pool, lanes, warmups + i - 1, "repeat " + i + " of " + plan.repeats());
            keep(round.walks, laps);
            if (journal != null && !round.walks.isEmpty()) {
                written.add(round.wrote);
            }
            if (round.stopped()) {
                return;
            }
            counters.addAll(round.counters);
            actors.addAll(round.actors);
            floor.addAll(round.journal);
        }
    }

    /**
     * A lap of everything. Who begins changes from lap to lap, so that nobody always finds the caches, or the garbage, of the same
     * other; only the journal on its own is always last, for it writes as much as the walks have written.
     */
    private Round round(Pool pool, Lanes lanes, int number, String what) {
        Round round = new Round();
        for (int turn = 0; turn < TURNS && !interrupts.interrupted(); turn++) {
            switch ((number + turn) % TURNS) {
                case 0 -> {
                    round.walks = together(pool, lanes.walks, GupLoop.Go::new, what);
                    round.wrote = written();
                }
                case 1 -> round.counters = together(pool, lanes.counters, FloorCounters.Go::new, "plain counters");
                default -> round.actors = together(pool, lanes.actors, FloorWalker.Go::new, "bare actors");
            }
        }
        if (!round.stopped() && !interrupts.interrupted()) {
            round.journal = journalAlone(pool, lanes.journal, round.wrote);
        }
        return round;
    }

    private JournalMeter.Lap written() {
        return journal == null
                ? JournalMeter.Lap.sum(List.of())
                : journal.meter().next();
    }

    /** The same events without the pool. */
    private List<FloorLap> journalAlone(Pool pool, List<ActorRef<FloorLoop.Command>> loops, JournalMeter.Lap wrote) {
        long events = plan.sectionGrabs();
        int takeBytes = Math.toIntExact(wrote.take().bytes() / events);
        int giveBytes = Math.toIntExact(wrote.give().bytes() / events);
        List<FloorLap> laps = together(
                pool, loops, replyTo -> new FloorLoop.Go(takeBytes, giveBytes, replyTo), "the journal on its own");
        if (laps.stream().anyMatch(FloorLap::failed)) {
            throw journal == null ? new IllegalStateException("no journal") : journal.stopped("");
        }
        return laps;
    }

    private boolean moreToWarmUp(long enoughNanos) {
        return plan.warmups() == GupPlan.WARM_UP_BY_TIME
                ? warmups == 0 || TIME.nanos() - enoughNanos < 0
                : warmups < plan.warmups();
    }

    private static void keep(List<GupLoop.Lap> done, List<List<GupLoop.Lap>> laps) {
        for (int i = 0; i < done.size(); i++) {
            laps.get(i).add(done.get(i));
        }
    }

    /** One lap of each; nothing if the user does not want to wait for it. */
    private <M, L> List<L> together(
            Pool pool, List<ActorRef<M>> loops, akka.japi.function.Function<ActorRef<L>, M> go, String what) {
        List<CompletableFuture<L>> running = loops.stream()
                .map(loop -> AskPattern.ask(loop, go, LAP_MAX, pool.system().scheduler())
                        .toCompletableFuture())
                .toList();
        CompletableFuture<Void> all = CompletableFuture.allOf(running.toArray(CompletableFuture<?>[]::new));
        while (!all.isDone() && !interrupts.interrupted()) {
            status.show(() -> "gup-test: " + what);
            await(all);
            PoolCalls.checkAlive(pool, all);
            checkJournal();
        }
        return all.isDone() ? running.stream().map(CompletableFuture::join).toList() : List.of();
    }

    /** Waits for an answer, unless the journal does not work any more. */
    private <T> T join(Pool pool, CompletionStage<T> stage) {
        if (journal != null) {
            CompletableFuture<T> answer = stage.toCompletableFuture();
            CompletableFuture.anyOf(
                            answer,
                            journal.trouble(),
                            pool.system().getWhenTerminated().toCompletableFuture())
                    .exceptionally(failed -> null)
                    .join();
            if (!answer.isDone()) {
                checkJournal();
            }
        }
        return PoolCalls.join(pool, stage);
    }

    private void checkJournal() {
        if (journal == null || !journal.trouble().isCompletedExceptionally()) {
            return;
        }
        try {
            journal.trouble().join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof UsageException stopped) {
                throw stopped;
            }
            throw failed;
        }
    }

    private static void await(CompletableFuture<Void> all) {
        try {
            all.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException goesOn) {
            // The caller looks again.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the measuring thread was interrupted", stopped);
        } catch (ExecutionException failed) {
            throw new IllegalStateException("a lap failed: " + failed.getCause(), failed.getCause());
        }
    }
}
