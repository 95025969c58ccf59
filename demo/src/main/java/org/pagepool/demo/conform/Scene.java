package org.pagepool.demo.conform;

import akka.actor.typed.ActorSystem;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.Link;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.Recorder;
import org.pagepool.persistence.durable.DurableJournals;
import org.pagepool.persistence.durable.JournalSettings;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What one check works with: its preset, ways to say what it expects, and, if it asks for one, a small pool of its own
 * whose every event is kept and audited. Used by the thread of one check, and closed after it: a check that used a pool
 * and said nothing about the auditor's verdict fails if that is not clean.
 *
 * <pre>
 *   scene.expect("references taken by mapping", 32L, refs);        // fails with both values
 *   Device pmem0 = scene.map(scene.device(MemoryType.FS_DAX));     // under the preset of the scene
 *   Walker w7 = scene.walker("w7", scene.space("vm1", pmem0));
 *   GupWalker.Walked walked = scene.get(w7.pin(0, 512));           // awaits
 *   scene.clean();                                                 // or scene.broken(Invariant.I6)
 * </pre>
 */
public final class Scene implements AutoCloseable {
    /** How long anything may take that is bound to happen. */
    public static final Duration SOON = Duration.ofSeconds(10);

    /** Size of {@link #device}. */
    public static final long DEVICE_BYTES = 64L << 20;

    private static final long LOOK_NANOS = 200_000;

    private final Protocol protocol;
    private final Supplier<ActorSystem<?>> system;
    private final String name;
    private final boolean durable;
    private final List<Recorded> history = new ArrayList<>();
    private final Auditor auditor = new Auditor();
    private final List<Consumer<Recorded>> acts = new ArrayList<>();
    private final Recorder recorder = new Recorder(
            SystemTime.MONOTONIC,
            List.of(history::add, auditor::observe, recorded -> acts.forEach(act -> act.accept(recorded))));
    private String settings = "";
    private Link link = Link.direct();
    private final List<Hog> hogs = new ArrayList<>();
    private @Nullable Pool pool;
    private boolean judged;

    /**
     * A scene under {@code protocol}.
     *
     * @param system where its pool would live
     * @param name of that pool, unique in the system
     * @param durable whether the pool writes down what it does, in the journal of the system
     */
    Scene(Protocol protocol, Supplier<ActorSystem<?>> system, String name, boolean durable) {
        this.protocol = protocol;
        this.system = system;
        this.name = name;
        this.durable = durable;
    }

    /** The preset the check runs under. */
    public Protocol protocol() {
        return protocol;
    }

    // ---- expectations

    /** Fails unless both are equal; whole numbers are if their values are, whatever their types. */
    public void expect(String what, @Nullable Object expected, @Nullable Object actual) {
        if (!Objects.equals(widened(expected), widened(actual))) {
            throw new CheckFailure(what, String.valueOf(expected), String.valueOf(actual));
        }
    }

    private static @Nullable Object widened(@Nullable Object value) {
        return value instanceof Integer number ? Long.valueOf(number) : value;
    }

    /** Fails unless it is true. */
    public void expect(String what, boolean holds) {
        expect(what, "true", String.valueOf(holds));
    }

    /** Fails unless {@code act} throws one of these; returns what it threw. */
    public <X extends Exception> X expectThrown(String what, Class<X> type, Callable<?> act) {
        try {
            act.call();
        } catch (Exception thrown) {
            if (type.isInstance(thrown)) {
                return type.cast(thrown);
            }
            throw new CheckFailure(what, type.getSimpleName(), String.valueOf(thrown));
        }
        throw new CheckFailure(what, type.getSimpleName(), "nothing thrown");
    }

    /** Fails unless the pool refuses with {@code refusal}; returns what it said. */
    public PoolRefusedException expectRefused(String what, @Nullable Refusal refusal, CompletionStage<?> stage) {
        PoolRefusedException refused = expectThrown(what, PoolRefusedException.class, () -> get(stage));
        expect(what, refusal, refused.refusal());
        return refused;
    }

    // ---- the pool

    /** Settings of its pool, such as {@code pagepool.teardown.grace = 1h}; to be said before the pool is used. */
    public Scene settings(String hocon) {
        unused();
        settings = hocon;
        return this;
    }

    /** The way between holders and sections; to be said before the pool is used. */
    public Scene link(Link way) {
        unused();
        link = way;
        return this;
    }

    private void unused() {
        if (pool != null) {
            throw new IllegalStateException("the pool of this scene is in use already: scene=" + name);
        }
    }

    /** Its pool, empty at first. */
    public Pool pool() {
        Pool there = pool;
        if (there == null) {
            ActorSystem<?> host = system.get();
            Config config = ConfigFactory.parseString(settings)
                    .withFallback(host.settings().config());
            Pool.Builder builder = Pool.builder().events(recorder).link(link).config(config);
            if (durable) {
                builder.journals(new DurableJournals(
                        JournalSettings.inMemory(config), recorder, SystemTime.SINCE_1970, name + "-"));
            }
            there = builder.attach(host, name);
            pool = there;
        }
        return there;
    }

    /** A device {@code pmem0} of 64 MiB in heads of 2 MiB under the preset; change it before it is mapped. */
    public DeviceSpec device(MemoryType type) {
        return DeviceSpec.of("pmem0", DEVICE_BYTES).type(type).protocol(protocol);
    }

    /** Maps a device. */
    public Device map(DeviceSpec spec) {
        return get(pool().map(spec));
    }

    /** A space that maps all of {@code device}, populated. */
    public Space space(String id, Device device) {
        Space space = get(pool().openSpace(id));
        get(space.map(device));
        return space;
    }

    /** A walker. */
    public Walker walker(String id, Space space) {
        return get(pool().openWalker(id, space));
    }

    /** A holder that asks the section of {@code pfn} itself. */
    Hog hog(String id, Device device, long pfn) {
        Hog hog = new Hog(this, id, device, pfn);
        hogs.add(hog);
        return hog;
    }

    /** A name that no other actor of any scene has. */
    String unique(String id) {
        return name + "-" + id + "-" + (hogs.size() + 1);
    }

    /** What a walk brought; fails if it brought nothing. */
    public Pin pinned(GupWalker.Walked walked) {
        Pin pin = walked.pin();
        if (pin == null) {
            throw new CheckFailure("references of a walk", "some", "none: " + walked.stop());
        }
        return pin;
    }

    /** The references one holder has on {@code device}, as its sections say. */
    public long heldBy(Device device, String holder) {
        return get(device.holders()).stream()
                .filter(x -> x.holder().equals(holder))
                .mapToLong(Holding::refs)
                .sum();
    }

    // ---- waiting

    /** What {@code stage} comes to; throws what it failed with. */
    public <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (TimeoutException stuck) {
            throw new CheckFailure("an answer within " + SOON.toSeconds() + " s", "an answer", "none");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new CheckFailure("interrupted");
        }
    }

    /** Waits until it is true; fails if that takes too long. */
    public void until(String what, Callable<Boolean> condition) throws Exception {
        long deadline = SystemTime.MONOTONIC.nanos() + SOON.toNanos();
        while (!condition.call()) {
            if (SystemTime.MONOTONIC.nanos() > deadline) {
                throw new CheckFailure(what, "true within " + SOON.toSeconds() + " s", "false");
            }
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new CheckFailure("interrupted");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Waits until such an event has happened. */
    public void untilSome(Class<? extends Event> type) throws Exception {
        until("a " + type.getSimpleName() + " event", () -> !events(type).isEmpty());
    }

    /**
     * Runs {@code act} at every event of that type, before its actor goes on: to be said before the pool is used. It runs
     * while no other event can happen, so it must only send a message.
     */
    public <E extends Event> Scene when(Class<E> type, Consumer<E> act) {
        unused();
        acts.add(recorded -> {
            if (type.isInstance(recorded.event())) {
                act.accept(type.cast(recorded.event()));
            }
        });
        return this;
    }

    // ---- what happened

    /** The events so far that are of that type, in order. */
    public <E extends Event> List<E> events(Class<E> type) {
        return events(type, event -> true);
    }

    /** The events so far that are of that type and pass the test, in order. */
    public <E extends Event> List<E> events(Class<E> type, Predicate<E> which) {
        return recorder.quietly(() -> history.stream()
                .map(Recorded::event)
                .filter(type::isInstance)
                .map(type::cast)
                .filter(which)
                .toList());
    }

    /** Number of the first event of that type in the history, or -1. */
    public long first(Class<? extends Event> type) {
        return recorder.quietly(() -> history.stream()
                .filter(r -> type.isInstance(r.event()))
                .mapToLong(Recorded::ordinal)
                .findFirst()
                .orElse(-1));
    }

    /** Number of the last event of that type in the history, or -1. */
    public long last(Class<? extends Event> type) {
        return recorder.quietly(() -> history.stream()
                .filter(r -> type.isInstance(r.event()))
                .mapToLong(Recorded::ordinal)
                .max()
                .orElse(-1));
    }

    /** Fails unless both have happened, and the last of one before the first of the other. */
    public void expectBefore(Class<? extends Event> earlier, Class<? extends Event> later) {
        long before = last(earlier);
        long after = first(later);
        if (before < 0 || after < 0 || before > after) {
            throw new CheckFailure(
                    "order of events",
                    "every " + earlier.getSimpleName() + " before any " + later.getSimpleName(),
                    earlier.getSimpleName() + " last " + at(before) + ", " + later.getSimpleName() + " first "
                            + at(after));
        }
    }

    private static String at(long ordinal) {
        return ordinal < 0 ? "never" : "at event " + ordinal;
    }

    // ---- the verdict

    /** Fails unless the auditor finds the whole history clean; to be said when everything has been given back. */
    public void clean() {
        broken(Set.of(), true);
    }

    /** Fails unless the auditor finds exactly these invariants broken. */
    public Verdict broken(Invariant... invariants) {
        return broken(Set.of(invariants), true);
    }

    /** The invariants broken so far; says nothing about what must follow. For histories that no one can finish. */
    public Set<Invariant> brokenSoFar() {
        judged = true;
        return recorder.quietly(() -> auditor.verdict(false)).broken();
    }

    private Verdict broken(Set<Invariant> expected, boolean complete) {
        judged = true;
        Verdict verdict = recorder.quietly(() -> auditor.verdict(complete));
        if (!verdict.broken().equals(expected)) {
            throw new CheckFailure(
                    "invariants broken", expected.isEmpty() ? "none" : expected.toString(), said(verdict));
        }
        return verdict;
    }

    private static String said(Verdict verdict) {
        return verdict.clean() ? "none" : verdict.violations().get(0).toString();
    }

    /** Judges what has not been judged, and stops the pool. */
    void finish() {
        if (pool != null && !judged) {
            broken(Set.of(), false);
        }
    }

    /** Stops its pool. */
    @Override
    public void close() {
        hogs.forEach(Hog::exit);
        Pool there = pool;
        if (there != null) {
            there.close();
        }
    }
}
