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
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.pgmap.Remap;

/**
 * Measures one plan: maps and populates the device, lets every walker go over the range a few times unmeasured, then once
 * for each repeat, all walkers at the same time. Nothing is recorded: only the actors are measured. Used once, on one
 * thread.
 */
final class GupRun {
    private static final TimeSource TIME = SystemTime.MONOTONIC;
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration WARM_UP = Duration.ofMillis(1500);
    private static final Duration LAP_MAX = Duration.ofHours(1);

    private final GupPlan plan;
    private final Interrupts interrupts;
    private final StatusLine status;
    private int warmups;

    GupRun(GupPlan plan, Interrupts interrupts, StatusLine status) {
        this.plan = plan;
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
        try (Pool pool = Pool.builder()
                .events(EventSink.NONE)
                .time(TIME)
                .config(config())
                .start()) {
            long mapStart = TIME.nanos();
            Space space = map(pool);
            mapNanos = TIME.nanos() - mapStart;
            List<ActorRef<GupLoop.Go>> loops = loops(pool, space);
            loops.forEach(loop -> laps.add(new ArrayList<>()));
            measure(pool, loops, laps);
        }
        return new GupResult(plan, laps, warmups, mapNanos, TIME.nanos() - start, interrupts.interrupted());
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
            loops.add(
                    pool.system().systemActorOf(GupLoop.create(plan, walker.ref(), TIME), "loop-" + i, Props.empty()));
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
        }
        for (int i = 1; i <= plan.repeats() && !interrupts.interrupted(); i++) {
            List<GupLoop.Lap> done = lap(pool, loops, "repeat " + i + " of " + plan.repeats());
            keep(done, laps);
            if (stopped(done)) {
                return;
            }
        }
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
        List<CompletableFuture<GupLoop.Lap>> running = loops.stream()
                .map(loop -> AskPattern.ask(
                                loop, GupLoop.Go::new, LAP_MAX, pool.system().scheduler())
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
