package org.pagepool.persistence.durable;

import static org.pagepool.actors.PoolHarness.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assertions;
import org.pagepool.actors.PoolHarness;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.Recorder;
import org.pagepool.persistence.journal.FaultyJournal;
import org.pagepool.persistence.journal.FaultyJournal.Attempt;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;

/** A pool, mostly an impatient one, on a journal that fails on purpose, in one life after another; one auditor follows them all. */
final class FaultyPool implements AutoCloseable {
    private static final String SETTINGS = """
            akka.persistence.journal.plugin = "pagepool.test.faulty-journal"
            akka.loglevel = "ERROR"
            akka.scheduler.tick-duration = 1ms
            pagepool.recovery.lease = 300ms
            pagepool.limits { retry-after = 100ms, walk-timeout = 600ms, ask-timeout = 5s }
            """;

    private static final String PATIENT = """
            pagepool.limits { walk-timeout = 1m, ask-timeout = 1m }
            """;

    private final Config config;
    private final ActorTestKit kit;
    private final List<Recorded> history = new ArrayList<>();
    private final Auditor auditor = new Auditor();
    private final Recorder recorder = new Recorder(SystemTime.SINCE_1970, List.of(history::add, auditor::observe));
    private final JournalSettings settings;
    final FaultyJournal.Faults faults;
    private int lives;
    Pool pool;

    FaultyPool() {
        this("", Duration.ofMillis(200));
    }

    /** One that gives its journal a minute: where what comes is asked for, not whether it comes in time. */
    static FaultyPool patient() {
        return new FaultyPool(PATIENT, Duration.ofMinutes(1));
    }

    private FaultyPool(String more, Duration patience) {
        config = ConfigFactory.parseString(SETTINGS + more)
                .withFallback(ConfigFactory.load())
                .resolve();
        kit = ActorTestKit.create("faulty", config);
        settings = new JournalSettings(
                FaultyJournal.PLUGIN,
                "akka.persistence.no-snapshot-store",
                0,
                0,
                patience,
                Duration.ofMillis(800),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                1000);
        faults = FaultyJournal.faults(kit.system());
        start();
    }

    /** Begins the next life; nobody waits until it has recovered. */
    void start() {
        pool = Pool.builder()
                .journals(new DurableJournals(settings, recorder, SystemTime.SINCE_1970))
                .config(config)
                .attach(kit.system(), "pool-" + ++lives);
    }

    /** Ends this life as a crash would: nothing more is written, and nobody is told anything. */
    void crash() {
        faults.only(of(""), FaultyJournal.Fault.HANG);
        TestProbe<Object> probe = kit.createTestProbe();
        pool.close();
        probe.expectTerminated(pool.ref(), PoolHarness.SOON);
        faults.heal();
    }

    /** Writes of owners whose name begins like that. */
    static Predicate<Attempt> of(String owner) {
        return attempt -> attempt.persistenceId().startsWith(owner);
    }

    Space space(String name, Device device) {
        Space space = await(pool.openSpace(name));
        await(space.map(device));
        return space;
    }

    Walker walker(String name, Space space) {
        return await(pool.openWalker(name, space));
    }

    <E extends Event> List<E> events(Class<E> type) {
        return recorder.quietly(() -> history.stream()
                .map(Recorded::event)
                .filter(type::isInstance)
                .map(type::cast)
                .toList());
    }

    void assertClean() {
        Verdict verdict = recorder.quietly(() -> auditor.verdict(true));
        Assertions.assertTrue(verdict.clean(), () -> verdict.violations().toString());
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
