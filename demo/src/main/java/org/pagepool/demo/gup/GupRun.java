package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
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
import org.pagepool.persistence.JournalChoice;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.pgmap.Remap;

/**
 * Measures one plan: maps and populates the device, lets every walker go over the range a few times unmeasured, then once
 * for each repeat, all walkers at the same time. Nothing is recorded but in the journal that was asked for: only the actors are
 * measured. A floor is measured after each lap. Used once, on one thread.
 */
final class GupRun {
    private static final TimeSource TIME = SystemTime.MONOTONIC;
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration WARM_UP = Duration.ofMillis(1500);
    private static final Duration LAP_MAX = Duration.ofHours(1);

    private final GupPlan plan;
    private final Interrupts interrupts;
    private final StatusLine status;
    private final @Nullable GupJournal journal;
    private final List<JournalMeter.Lap> written = new ArrayList<>();
    private final List<FloorLoop.Lap> floor = new ArrayList<>();
    private List<ActorRef<FloorLoop.Command>> floorLoops = List.of();
    private int warmups;

    /** A run; the caller closes {@code journal} afterwards, if there is one. */
    GupRun(GupPlan plan, @Nullable GupJournal journal, Interrupts interrupts, StatusLine status) {
        this.plan = plan;
        this.journal = journal;
        this.interrupts = interrupts;
        this.status = status;
    }

    /** The settings of its pools. */
    static Config config() {
        return PoolCalls.settings("""
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
            PoolCalls.join(pool, pool.recovered());
            long mapStart = TIME.nanos();
            Space space = map(pool);
            mapNanos = TIME.nanos() - mapStart;
            List<ActorRef<GupLoop.Go>> loops = loops(pool, space);
            loops.forEach(loop -> laps.add(new ArrayList<>()));
            floorLoops = floorLoops(pool);
            written(); // what mapping wrote
            measure(pool, loops, laps);
        }
        GupResult.Durable durable =
                journal == null ? null : new GupResult.Durable(journal.label(), JournalMeter.Lap.sum(written), floor);
        return new GupResult(plan, laps, warmups, mapNanos, TIME.nanos() - start, interrupts.interrupted(), durable);
    }

    private Pool start() {
        Pool.Builder builder = Pool.builder().events(EventSink.NONE).time(TIME);
        return journal == null
                ? builder.config(config()).start()
                : builder.config(journal.settings())
                        .journals(journal.journals())
                        .start();
    }

    private Space map(Pool pool) {
        long subsection = 1L << Remap.SUBSECTION_SHIFT;
        DeviceSpec spec = DeviceSpec.of("gup0", (plan.bytes() + subsection - 1) & -subsection)
                .type(plan.type())
                .basePage(plan.basePage())
                .headBytes(plan.geometry().pages() * plan.basePage().bytes())
                .protocol(plan.protocol());
        Device device = PoolCalls.join(pool, pool.map(spec));
        Space space = PoolCalls.join(pool, pool.openSpace("vm1", plan.basePage()));
        Level level = plan.level();
        PoolCalls.join(
                pool, level == null ? space.map(device) : space.map(device, 0, 0, plan.pages(), level, true, true));
        return space;
    }

    private List<ActorRef<GupLoop.Go>> loops(Pool pool, Space space) {
        List<ActorRef<GupLoop.Go>> loops = new ArrayList<>();
        for (int i = 1; i <= plan.walkers(); i++) {
            Walker walker = PoolCalls.join(pool, pool.openWalker("gup-" + i, space));
            loops.add(pool.system()
                    .systemActorOf(
                            GupLoop.create(plan, plan.route(i - 1), walker.ref(), TIME), "loop-" + i, Props.empty()));
        }
        return loops;
    }

    private List<ActorRef<FloorLoop.Command>> floorLoops(Pool pool) {
        if (journal == null || !plan.floor()) {
            return List.of();
        }
        String plugin = JournalChoice.of(journal.settings()).plugin();
        List<ActorRef<FloorWriter.Write>> writers = new ArrayList<>();
        for (int i = 0; i < plan.sections(); i++) {
            String id = journal.prefix() + "floor-" + i;
            writers.add(pool.system().systemActorOf(FloorWriter.create(id, plugin), "floor-" + i, Props.empty()));
        }
        List<ActorRef<FloorLoop.Command>> loops = new ArrayList<>();
        for (int i = 1; i <= plan.walkers(); i++) {
            loops.add(pool.system()
                    .systemActorOf(
                            FloorLoop.create(plan, plan.route(i - 1), writers, TIME),
                            "floor-loop-" + i,
                            Props.empty()));
        }
        return loops;
    }

    /** Warms up, then measures; whoever is refused is refused in the first lap and need not be asked again. */
    private void measure(Pool pool, List<ActorRef<GupLoop.Go>> loops, List<List<GupLoop.Lap>> laps) {
        long enough = TIME.nanos() + WARM_UP.toNanos();
        while (moreToWarmUp(enough) && !interrupts.interrupted()) {
            warmups++;
            List<GupLoop.Lap> done = lap(pool, loops, "warming up, lap " + warmups);
            if (stopped(done)) {
                keep(done, laps);
                return;
            }
            floorLap(pool, written());
        }
        for (int i = 1; i <= plan.repeats() && !interrupts.interrupted(); i++) {
            List<GupLoop.Lap> done = lap(pool, loops, "repeat " + i + " of " + plan.repeats());
            keep(done, laps);
            JournalMeter.Lap wrote = written();
            if (journal != null && !done.isEmpty()) {
                written.add(wrote);
            }
            if (stopped(done)) {
                return;
            }
            floor.addAll(floorLap(pool, wrote));
        }
    }

    private JournalMeter.Lap written() {
        return journal == null
                ? JournalMeter.Lap.sum(List.of())
                : journal.meter().next();
    }

    /** The same events without the pool. */
    private List<FloorLoop.Lap> floorLap(Pool pool, JournalMeter.Lap wrote) {
        long events = plan.sectionGrabs();
        int takeBytes = Math.toIntExact(wrote.take().bytes() / events);
        int giveBytes = Math.toIntExact(wrote.give().bytes() / events);
        List<FloorLoop.Lap> laps = together(
                pool, floorLoops, replyTo -> new FloorLoop.Go(takeBytes, giveBytes, replyTo), "the journal on its own");
        if (laps.stream().anyMatch(FloorLoop.Lap::failed)) {
            throw new IllegalStateException("the journal failed on its own; what it said is on standard error");
        }
        return laps;
    }

    private boolean moreToWarmUp(long enoughNanos) {
        return plan.warmups() == GupPlan.WARM_UP_BY_TIME
                ? warmups == 0 || TIME.nanos() - enoughNanos < 0
                : warmups < plan.warmups();
    }

    private static boolean stopped(List<GupLoop.Lap> done) {
        return done.stream().anyMatch(lap -> lap.stop() != null);
    }

    private static void keep(List<GupLoop.Lap> done, List<List<GupLoop.Lap>> laps) {
        for (int i = 0; i < done.size(); i++) {
            laps.get(i).add(done.get(i));
        }
    }

    /** All walkers once over the range; nothing if the user does not want to wait for it. */
    private List<GupLoop.Lap> lap(Pool pool, List<ActorRef<GupLoop.Go>> loops, String what) {
        return together(pool, loops, GupLoop.Go::new, what);
    }

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
        }
        return all.isDone() ? running.stream().map(CompletableFuture::join).toList() : List.of();
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
