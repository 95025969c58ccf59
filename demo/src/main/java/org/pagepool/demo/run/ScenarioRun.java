package org.pagepool.demo.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Props;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.AddressSpace;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.PagePool.Census;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.File;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.FileSpec;
import org.pagepool.demo.scenario.MappingSpec;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.demo.scenario.SpaceSpec;
import org.pagepool.demo.scenario.TimelineEntry;
import org.pagepool.demo.scenario.WorkloadPlan;
import org.pagepool.persistence.Recorder;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Counters;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/**
 * Runs one scenario from an empty pool to an empty pool: maps its devices, opens its spaces and walkers, has the conductor
 * play it, takes everything down and asks the auditor. Used once, on one thread, which waits; the pool's threads never do.
 */
final class ScenarioRun {
    /** Walks of each walker that the workload's digest covers. */
    static final int DIGEST_OPS = 256;

    private static final TimeSource TIME = SystemTime.MONOTONIC;
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final Scenario scenario;
    private final WorkloadPlan plan;
    private final Console console;
    private final Auditor auditor = new Auditor();
    private final Counters counters = new Counters();
    private final Chronicle chronicle = new Chronicle();
    private final Notices notices = new Notices();
    private final Recorder recorder =
            new Recorder(TIME, List.of(auditor::observe, counters::observe, chronicle::observe, notices::observe));
    private final Meter meter = new Meter();
    private final Glance glance = new Glance();
    private final Conductor.Ends ends = new Conductor.Ends(new CompletableFuture<>(), new CompletableFuture<>());
    private final LateLink late;
    private final Map<String, org.pagepool.actors.api.Driver> drivers = new LinkedHashMap<>();
    private Footprint footprint = Footprint.NONE;

    private final @Nullable RunDirectory kept;
    private AckLog acks = AckLog.NONE;

    ScenarioRun(Scenario scenario, long seed, Console console) {
        this(scenario, seed, console, null);
    }

    /** One that keeps what must outlive it in {@code kept}. */
    ScenarioRun(Scenario scenario, long seed, Console console, @Nullable RunDirectory kept) {
        this.scenario = scenario;
        this.kept = kept;
        this.plan = new WorkloadPlan(scenario, seed);
        this.console = console;
        this.late = new LateLink(plan.walkers().stream()
                .filter(walker -> walker.group().late())
                .collect(Collectors.toMap(
                        WorkloadPlan.Walker::name, walker -> walker.group().space())));
    }

    /** Runs it. */
    RunResult run(String file, String again, StatusLine status) {
        long start = TIME.nanos();
        Census left;
        Play played;
        try (Pool pool = start();
                AckLog witness = kept == null ? AckLog.NONE : AckLog.create(kept.acknowledged())) {
            acks = witness;
            Stage stage = setUp(pool);
            played = play(pool, stage, status);
            left = takeDown(pool, stage);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write what was acknowledged", failed);
        }
        long elapsed = TIME.nanos() - start;
        return recorder.quietly(() -> result(file, again, played, left, elapsed));
    }

    private Pool start() {
        Pool.Builder builder = Pool.builder().events(recorder).time(TIME).link(late);
        if (kept == null) {
            return builder.config(config()).start();
        }
        Config config = kept.over(config());
        return builder.config(config).journals(kept.journals(config, recorder)).start();
    }

    private RunResult result(String file, String again, Play played, Census left, long elapsed) {
        Verdict verdict = auditor.verdict(!played.interrupted());
        Map<String, Chronicle.Story> stories = new LinkedHashMap<>();
        for (PgmapSpec device : scenario.devices()) {
            stories.put(device.id(), chronicle.story(device.id(), waitNanos(played, device.id())));
        }
        return new RunResult(
                scenario,
                file,
                again,
                plan.seed(),
                plan.digest(DIGEST_OPS),
                DIGEST_OPS,
                played,
                meter.load(),
                stories,
                counters,
                notices.noted(),
                verdict,
                left,
                footprint,
                elapsed);
    }

    /** When its teardown began to wait; never, if it did not come to that. */
    private static long waitNanos(Play played, String device) {
        for (Play.Closing closing : played.closings()) {
            Pgmap.Closed closed = closing.closed();
            if (closing.device().equals(device) && closed != null) {
                return closed.enteredNanos().getOrDefault(Phase.WAIT, Long.MAX_VALUE);
            }
        }
        return Long.MAX_VALUE;
    }

    // ---- setting up

    private Config config() {
        return PoolCalls.settings("akka.scheduler.tick-duration = 1ms, pagepool.heads.idle-timeout = "
                + scenario.headIdleTimeout().toMillis() + "ms, pagepool.heads.hosting = "
                + scenario.hosting().label());
    }

    /** What a run stands on. */
    private record Stage(
            Map<String, File> files,
            Map<String, Space> spaces,
            List<Walker> walkers,
            List<Driver.Part> parts,
            ActorRef<Conductor.Command> conductor) {}

    private Stage setUp(Pool pool) {
        Map<String, Device> devices = mapDevices(pool);
        long start = TIME.nanos();
        Map<String, File> files = new LinkedHashMap<>();
        scenario.files().forEach(spec -> files.put(spec.id(), open(pool, spec, devices)));
        Map<String, Space> spaces = new LinkedHashMap<>();
        scenario.spaces().forEach(spec -> spaces.put(spec.id(), open(pool, spec, devices, files)));
        footprint = footprint.filled(TIME.nanos() - start);
        ActorRef<Conductor.Command> conductor = startConductor(pool, devices, files, spaces);
        ActorRef<GupWalker.Revocation> revocations =
                pool.system().systemActorOf(relay(conductor), "revocations", Props.empty());
        List<Walker> walkers = new ArrayList<>();
        List<Driver.Part> parts = new ArrayList<>();
        for (WorkloadPlan.Walker planned : plan.walkers()) {
            Space space = spaces.get(planned.group().space());
            if (space == null) {
                throw new IllegalStateException("a walker without a space: walker=" + planned.name());
            }
            Walker walker = join(pool, pool.openWalker(planned.name(), space, revocations));
            walkers.add(walker);
            parts.add(new Driver.Part(
                    planned.name(), walker.ref(), planned.group(), plan.script(planned), devicesOf(planned), acks));
        }
        return new Stage(files, spaces, walkers, parts, conductor);
    }

    /** Waits for an answer, but no longer than the user wants to. */
    private <T> T join(Pool pool, CompletionStage<T> answer) {
        CompletableFuture<T> waiting = answer.toCompletableFuture();
        while (!waiting.isDone()) {
            if (console.interrupts().interrupted()) {
                throw new StoppedBeforeLoadException(scenario.label());
            }
            try {
                waiting.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException goesOn) {
                PoolCalls.checkAlive(pool, waiting);
            } catch (ExecutionException failed) {
                break; // what it failed with is told below
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the run's thread was interrupted", stopped);
            }
        }
        return PoolCalls.join(pool, waiting);
    }

    private Map<String, Device> mapDevices(Pool pool) {
        join(pool, pool.census()); // it has started when it answers: what starting took is not what devices take
        long heapBefore = Footprint.heapInUse();
        Map<String, Device> devices = new LinkedHashMap<>();
        Map<String, Long> mapNanos = new LinkedHashMap<>();
        for (PgmapSpec spec : scenario.devices()) {
            long start = TIME.nanos();
            devices.put(spec.id(), join(pool, pool.map(describe(spec))));
            mapNanos.put(spec.id(), TIME.nanos() - start);
        }
        footprint = Footprint.mapped(mapNanos, heapBefore);
        return devices;
    }

    private Set<String> devicesOf(WorkloadPlan.Walker walker) {
        return scenario.mapsOf(walker.group()).stream().map(MappingSpec::device).collect(Collectors.toSet());
    }

    private static DeviceSpec describe(PgmapSpec spec) {
        return new DeviceSpec(
                spec.id(),
                spec.pages() * spec.basePage().bytes(),
                spec.type(),
                spec.geometry().pages() * spec.basePage().bytes(),
                spec.basePage(),
                spec.protocol(),
                spec.ranges());
    }

    private File open(Pool pool, FileSpec spec, Map<String, Device> devices) {
        Device device = devices.get(spec.device());
        if (device == null) {
            throw new IllegalStateException("a file without a device: file=" + spec.id());
        }
        return join(pool, pool.openFile(spec.id(), device, spec.pages()));
    }

    private Space open(Pool pool, SpaceSpec spec, Map<String, Device> devices, Map<String, File> files) {
        Space space = join(pool, pool.openSpace(spec.id(), scenario.basePage()));
        for (MappingSpec map : spec.maps()) {
            Device device = devices.get(map.device());
            File file = files.get(map.file().orElse(""));
            if (device == null || (file == null && map.file().isPresent())) {
                throw new IllegalStateException("a mapping without a device or file: mapping=" + map.id());
            }
            if (file != null) {
                join(
                        pool,
                        space.map(
                                file,
                                map.firstVpn(),
                                map.deviceOffset(),
                                map.pages(),
                                map.entry(),
                                map.writable(),
                                map.populate()));
                continue;
            }
            join(
                    pool,
                    space.map(
                            device,
                            map.firstVpn(),
                            map.deviceOffset(),
                            map.pages(),
                            map.entry(),
                            map.writable(),
                            map.populate()));
        }
        return space;
    }

    private ActorRef<Conductor.Command> startConductor(
            Pool pool, Map<String, Device> devices, Map<String, File> files, Map<String, Space> spaces) {
        Map<String, ActorRef<AddressSpace.Command>> spaceRefs = new LinkedHashMap<>();
        spaces.forEach((id, space) -> spaceRefs.put(id, space.ref()));
        Behavior<Conductor.Command> conductor = Conductor.create(
                scenario,
                new Conductor.Targets(pool.ref(), devices, files, spaceRefs, openDrivers(pool, devices), late),
                meter,
                TIME,
                glance,
                ends);
        return pool.system().systemActorOf(guarded(conductor), "conductor", Props.empty());
    }

    /** Devices of which the timeline wants pages have a driver. */
    private Map<String, org.pagepool.actors.api.Driver> openDrivers(Pool pool, Map<String, Device> devices) {
        for (TimelineEntry entry : scenario.timeline()) {
            Device device = entry instanceof TimelineEntry.Request request ? devices.get(request.device()) : null;
            if (device != null && !drivers.containsKey(device.spec().id())) {
                drivers.put(device.spec().id(), join(pool, pool.driver(device)));
            }
        }
        return drivers;
    }

    /** A conductor that fails ends the run with its failure, rather than leaving it waiting. */
    private Behavior<Conductor.Command> guarded(Behavior<Conductor.Command> conductor) {
        return Behaviors.setup(context -> {
            ActorRef<Conductor.Command> child = context.spawn(conductor, "lead");
            context.watch(child);
            return Behaviors.receive(Conductor.Command.class)
                    .onAnyMessage(message -> {
                        child.tell(message);
                        return Behaviors.same();
                    })
                    .onSignal(ChildFailed.class, failed -> {
                        ends.play().completeExceptionally(failed.getCause());
                        return Behaviors.stopped();
                    })
                    .onSignal(Terminated.class, ended -> Behaviors.stopped())
                    .build();
        });
    }

    private static Behavior<GupWalker.Revocation> relay(ActorRef<Conductor.Command> conductor) {
        return Behaviors.receiveMessage(revocation -> {
            conductor.tell(new Conductor.Revoked(revocation));
            return Behaviors.same();
        });
    }

    // ---- playing

    private Play play(Pool pool, Stage stage, StatusLine status) {
        stage.conductor.tell(new Conductor.Begin(stage.parts));
        Interrupts.Handle handle =
                console.interrupts().onInterrupt(() -> stage.conductor.tell(Conductor.Interrupt.INSTANCE));
        try {
            while (!ends.play().isDone()) {
                status.show(glance::get);
                await();
                PoolCalls.checkAlive(pool, ends.play());
                checkKept();
                if (ends.rested().isDone() && !footprint.rested()) {
                    footprint = footprint.atRest(ends.rested().join());
                    stage.conductor.tell(Conductor.GoOn.INSTANCE);
                }
            }
            return ends.play().join();
        } finally {
            handle.close();
        }
    }

    /** A run that can no longer be kept is no run that was asked for. */
    private void checkKept() {
        if (kept == null) {
            return;
        }
        IOException failure = acks.failure();
        if (failure != null || kept.journalFailed()) {
            String why = failure != null ? String.valueOf(failure.getMessage()) : "a write of its journal failed";
            throw new UsageException("--data " + kept.directory() + ": cannot be written to any more: " + why
                    + "; want a disk with room, and another directory");
        }
    }

    private void await() {
        try {
            ends.play().get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException goesOn) {
            // The caller looks again.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the run's thread was interrupted", stopped);
        } catch (ExecutionException failed) {
            throw new IllegalStateException("the run failed: " + failed.getCause(), failed.getCause());
        }
    }

    // ---- taking down

    /** Ends every holder, and looks until nothing is left or the time to settle is over. */
    private Census takeDown(Pool pool, Stage stage) {
        stage.walkers.forEach(Walker::close);
        stage.spaces.values().forEach(Space::close);
        stage.files.values().forEach(File::close);
        drivers.values().forEach(org.pagepool.actors.api.Driver::close);
        long deadline = TIME.nanos()
                + Conductor.settle(scenario, console.interrupts().interrupted()).toNanos();
        Census left = PoolCalls.join(pool, pool.census());
        while (left.holders() > 0 && TIME.nanos() - deadline < 0) {
            left = PoolCalls.join(pool, pool.census());
        }
        return left;
    }
}
