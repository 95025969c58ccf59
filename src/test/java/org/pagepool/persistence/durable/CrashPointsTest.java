package org.pagepool.persistence.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.persistence.testkit.PersistenceTestKitPlugin;
import akka.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import akka.persistence.testkit.javadsl.PersistenceTestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.File;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.Recorder;
import org.pagepool.persistence.codec.Records;
import org.pagepool.persistence.journal.StoredRow;
import org.pagepool.persistence.rocks.RocksStore;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * A crash after every single write of a history that has everything in it: walks, one that is refused half-way, unpins, some of
 * them of parts, a holder that dies, somebody who waits, a file that is truncated, a kill, a cleanup. Whatever was written last,
 * the pool comes back, keeps every rule, and comes to the same end.
 */
final class CrashPointsTest {
    private static final long MIB = 1 << 20;

    private static ActorTestKit kit;
    private static PersistenceTestKit journal;

    @TempDir
    Path directory;

    /** One write, in its place. */
    private record Write(String owner, Batch batch) {}

    @BeforeAll
    static void start() {
        Config config = PersistenceTestKitPlugin.config()
                .withFallback(PersistenceTestKitSnapshotPlugin.config())
                .withFallback(ConfigFactory.parseString("akka.loglevel = warning, pagepool.recovery.lease = 50ms"))
                .withFallback(ConfigFactory.load());
        kit = ActorTestKit.create("crash-points", config);
        journal = PersistenceTestKit.create(kit.system());
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    /** Plays it all in one life; returns what was written, in order. */
    private List<Write> history(String preset) {
        Protocol protocol = Protocol.preset(preset);
        try (DurablePool durable = new DurablePool(directory, "")) {
            Pool pool = durable.pool();
            Device pmem0 = await(pool.map(DeviceSpec.of("pmem0", 512 * MIB).protocol(protocol)));
            Device pmem1 = await(pool.map(
                    DeviceSpec.of("pmem1", 64 * MIB).type(MemoryType.FS_DAX).protocol(protocol)));
            Space vm1 = durable.space("vm1", pmem0);
            Walker w7 = durable.walker("w7", vm1);
            GupWalker.Walked wide = await(w7.pin(30_000, 40_000));
            Walker hog = durable.walker("hog", vm1);
            await(hog.get(100, 1));
            Walker dies = durable.walker("dies", vm1);
            await(dies.pin(20_000, 5_000));
            await(w7.unpin(wide.pin(), 100, 10_000));
            File file = await(pool.openFile("f1", pmem1, 4096));
            Space vm2 = await(pool.openSpace("vm2"));
            await(vm2.map(file, 0, 0, 4096, Level.PMD, true, true));
            Walker w8 = durable.walker("w8", vm2);
            GupWalker.Walked ofFile = await(w8.pin(1024, 100));
            var cut = file.truncate(512, SOON);
            dies.close();
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> await(pmem0.holders()).stream()
                            .noneMatch(h -> h.holder().equals("dies")));
            await(w8.unpin(ofFile.pin()));
            assertEquals(null, await(cut).refusal());
            var closed = pmem0.closeWhenIdle(SOON);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> !durable.events(Event.Zapped.class, e -> true).isEmpty());
            await(w7.unpin(wide.pin(), 0, 100));
            hog.close();
            w7.close();
            await(closed);
            vm2.close();
            file.close();
            await(pmem1.revoke("the end"));
        }
        List<Write> writes = new ArrayList<>();
        try (RocksStore store = RocksStore.openReadOnly(directory)) {
            for (Iterator<StoredRow> rows = store.rows(1); rows.hasNext(); ) {
                StoredRow row = rows.next();
                writes.add(new Write(row.persistenceId(), (Batch) Records.read(row.manifest(), row.payload())));
            }
        }
        return writes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pagepool", "v5.5"})
    @DisplayName("I11, I12: from every prefix of its journal a pool comes back and ends as it would have")
    void shouldComeBackFromEveryPrefix(String preset) {
        List<Write> history = history(preset);
        assertTrue(history.size() > 40, () -> "writes: " + history.size());
        for (int length = 0; length <= history.size(); length++) {
            String where = preset + "-" + length + "-";
            comeBack(history.subList(0, length), where);
        }
    }

    private void comeBack(List<Write> prefix, String where) {
        Auditor auditor = new Auditor();
        List<Recorded> lives = new ArrayList<>();
        Recorder recorder = new Recorder(SystemTime.SINCE_1970, List.of(auditor::observe, lives::add));
        for (Write write : prefix) {
            journal.persistForRecovery(where + write.owner(), List.of((Object) write.batch()));
            write.batch().entries().forEach(entry -> recorder.accept(entry.event()));
        }
        long mapped = count(recorder, lives, Event.Mapped.class);
        JournalSettings settings = new JournalSettings(
                PersistenceTestKitPlugin.PluginId(),
                PersistenceTestKitSnapshotPlugin.PluginId(),
                0,
                1,
                Duration.ofSeconds(2),
                Duration.ofSeconds(30),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                65_536);
        EventSink sink = recorder;
        try (Pool pool = Pool.builder()
                .journals(new DurableJournals(settings, sink, SystemTime.SINCE_1970, where))
                .attach(kit.system(), "pool-" + where)) {
            Pool.Recovery back = await(pool.recovered());
            Awaitility.await().atMost(SOON).until(() -> holders(pool) == 0);
            back.devices().forEach(device -> device.closeWhenIdle(SOON));
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> await(pool.recovered()).devices().isEmpty());
        }
        assertEquals(mapped, count(recorder, lives, Event.CleanedUp.class), where + " cleaned up once each");
        Verdict verdict = recorder.quietly(() -> auditor.verdict(true));
        assertTrue(verdict.clean(), () -> where + " after " + prefix.size() + " writes: " + verdict.violations());
        assertTrue(verdict.judged().containsKey(Invariant.I12));
    }

    private static long holders(Pool pool) {
        long held = 0;
        for (Device device : await(pool.recovered()).devices()) {
            held += await(device.holders()).size();
        }
        return held;
    }

    private static long count(Recorder recorder, List<Recorded> lives, Class<? extends Event> type) {
        return recorder.quietly(() -> lives.stream()
                .filter(recorded -> type.isInstance(recorded.event()))
                .count());
    }
}
