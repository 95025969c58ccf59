package org.pagepool.persistence.durable;

import static org.pagepool.actors.PoolHarness.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.Recorder;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;

/** A pool on a journal in a directory, in one life after another; one auditor follows them all. */
final class DurablePool implements AutoCloseable {
    private final Config config;
    private final List<Recorded> history = new ArrayList<>();
    private final Auditor auditor = new Auditor();
    private final Recorder recorder = new Recorder(SystemTime.SINCE_1970, List.of(history::add, auditor::observe));
    private Pool pool;
    private Pool.Recovery recovery;

    DurablePool(Path directory, String settings) {
        this(ConfigFactory.parseString(
                        settings + "\npagepool.journal.rocks.dir = \"" + directory + "\"\nakka.loglevel = warning")
                .withFallback(ConfigFactory.load()));
    }

    /** On whatever journal those settings choose. */
    DurablePool(Config config) {
        this.config = config;
        start();
    }

    private void start() {
        pool = Pool.builder()
                .journals(new DurableJournals(JournalSettings.from(config), recorder, SystemTime.SINCE_1970))
                .config(config)
                .start();
        recovery = await(pool.recovered());
    }

    Pool pool() {
        return pool;
    }

    Pool.Recovery recovery() {
        return recovery;
    }

    /** Ends this life as a crash would: nobody is told anything; and begins the next. */
    DurablePool crash() {
        return crash(() -> {});
    }

    /** The same; {@code meanwhile} happens between the two lives. */
    DurablePool crash(Runnable meanwhile) {
        pool.close();
        meanwhile.run();
        start();
        return this;
    }

    Space space(String name, Device device) {
        Space space = await(pool.openSpace(name));
        await(space.map(device));
        return space;
    }

    Walker walker(String name, Space space) {
        return await(pool.openWalker(name, space));
    }

    <E extends Event> List<E> events(Class<E> type, Predicate<E> which) {
        return recorder.quietly(() -> history.stream()
                .map(Recorded::event)
                .filter(type::isInstance)
                .map(type::cast)
                .filter(which)
                .toList());
    }

    Verdict verdict(boolean complete) {
        return recorder.quietly(() -> auditor.verdict(complete));
    }

    @Override
    public void close() {
        pool.close();
    }
}
