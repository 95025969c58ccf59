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

/** An impatient pool on a journal that fails on purpose, in one life after another; one auditor follows them all. */
final class FaultyPool implements AutoCloseable {
    private static final String SETTINGS = """
            akka.persistence.journal.plugin = "pagepool.test.faulty-journal"
            akka.loglevel = "ERROR"
            akka.scheduler.tick-duration = 1ms
            pagepool.recovery.lease = 300ms
            pagepool.limits { retry-after = 100ms, walk-timeout = 600ms, ask-timeout = 5s }
            """;

    private final Config config = ConfigFactory.parseString(SETTINGS)
            .withFallback(ConfigFactory.load())
            .resolve();
    private final ActorTestKit kit = ActorTestKit.create("faulty", config);
    private final List<Recorded> history = new ArrayList<>();
    private final Auditor auditor = new Auditor();
    private final Recorder recorder = new Recorder(SystemTime.SINCE_1970, List.of(history::add, auditor::observe));
    private final JournalSettings settings = new JournalSettings(
            FaultyJournal.PLUGIN,
            "akka.persistence.no-snapshot-store",
            0,
            0,
            Duration.ofMillis(200),
            Duration.ofMillis(800),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            1000);

    final FaultyJournal.Faults faults = FaultyJournal.faults(kit.system());
    private int lives;
    Pool pool;

    FaultyPool() {
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
        faults.heal();
        faults.always(of(""), FaultyJournal.Fault.HANG);
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
