package org.pagepool.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assertions;
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
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;

/**
 * A pool whose every event is kept and audited, for one test. Closing it asserts that no invariant was broken. With {@code
 * -Dpagepool.test.durable=true} (the profile {@code durable}) the pool writes down what it does, in Akka's journal in memory.
 */
public final class PoolHarness implements AutoCloseable {
    public static final Duration SOON = Duration.ofSeconds(20);

    /** Whether pools are durable where a test does not say. */
    public static final boolean DURABLE = Boolean.getBoolean("pagepool.test.durable");

    /** Where heads count where a test does not say: {@code -Dpagepool.heads.hosting=section} for the other way. */
    public static final HeadHosting HOSTING = HeadHosting.from(ConfigFactory.load());

    private static final String IN_MEMORY = """
            akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
            akka.persistence.journal.inmem.test-serialization = on
            """;

    public final Pool pool;
    private final List<Recorded> history = new ArrayList<>();
    private final Auditor auditor = new Auditor();
    private final Recorder recorder;
    private boolean expectClean = true;

    public PoolHarness() {
        this(Link.direct(), "");
    }

    public PoolHarness(Link link, String settings) {
        this(link, settings, DURABLE);
    }

    public PoolHarness(Link link, String settings, boolean durable) {
        recorder = new Recorder(SystemTime.MONOTONIC, List.of(history::add, auditor::observe));
        Config config = ConfigFactory.parseString(settings)
                .withFallback(ConfigFactory.parseString(durable ? IN_MEMORY : ""))
                .withFallback(ConfigFactory.load());
        Pool.Builder builder = Pool.builder().events(recorder).link(link).config(config);
        if (durable) {
            builder.journals(new DurableJournals(JournalSettings.inMemory(config), recorder, SystemTime.SINCE_1970));
        }
        pool = builder.start();
    }

    public Device map(DeviceSpec spec) {
        return await(pool.map(spec));
    }

    /** A space that maps all of {@code device}. */
    public Space space(String name, Device device) {
        Space space = await(pool.openSpace(name));
        await(space.map(device));
        return space;
    }

    public Walker walker(String name, Space space) {
        return await(pool.openWalker(name, space));
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

    /** Events recorded so far. */
    public long eventsSoFar() {
        return recorder.events();
    }

    /** Drops the events kept so far; the auditor keeps what it has to. */
    public void forget() {
        recorder.quietly(() -> {
            history.clear();
            return true;
        });
    }

    public long ordinalOfLast(Class<? extends Event> type) {
        return recorder.quietly(() -> history.stream()
                .filter(r -> type.isInstance(r.event()))
                .mapToLong(Recorded::ordinal)
                .max()
                .orElse(-1));
    }

    public Verdict verdict(boolean complete) {
        return recorder.quietly(() -> auditor.verdict(complete));
    }

    /** This test shows a hazard; the auditor is meant to find something. */
    public void expectViolations() {
        expectClean = false;
    }

    @Override
    public void close() {
        pool.close();
        if (expectClean) {
            Verdict verdict = verdict(false);
            Assertions.assertTrue(verdict.clean(), () -> "auditor: " + verdict.violations());
        }
    }

    public static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException cause
                    ? cause
                    : new CompletionException(failed.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException stuck) {
            throw new AssertionError("no answer in time", stuck);
        }
    }

    public static PoolRefusedException refused(CompletionStage<?> stage) {
        return Assertions.assertThrows(PoolRefusedException.class, () -> await(stage));
    }
}
