package org.pagepool.persistence.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.pagepool.actors.GupWalker.Walked;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.JournalChoice;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.StoredRow;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.persistence.postgres.PostgresAddress;
import org.pagepool.persistence.postgres.SharedCluster;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;

/** A database that goes away under a running pool, and comes back. */
final class PostgresOutageTest {
    private static final long MIB = 1 << 20;
    private static final long PAGES = (512 * MIB) >> 12;
    private static final Duration WALK_MAX = Duration.ofSeconds(1);
    private static final Duration ASK_MAX = Duration.ofSeconds(5);

    /** What a call may take, and a machine that has other things to do. */
    private static final Duration ANSWER_MAX = WALK_MAX.plus(ASK_MAX).plusSeconds(5);

    private static final Duration BACK = Duration.ofSeconds(60);

    /** What whoever asks is told while nothing can be written. */
    private static final Set<Refusal> NOT_NOW = EnumSet.of(Refusal.JOURNAL, Refusal.TIMEOUT);

    @RegisterExtension
    static final SharedCluster CLUSTER = new SharedCluster();

    private PostgresAddress address;

    @AfterEach
    void startAgain() {
        CLUSTER.get().startAgain();
    }

    private Config config(String more) {
        address = CLUSTER.get().empty();
        String settings = """
                akka.loglevel = error
                pagepool.journal { patience = 500ms, retry-min = 50ms, retry-max = 500ms, postgres.connections = 4 }
                pagepool.limits { retry-after = 200ms, walk-timeout = %dms, ask-timeout = %dms }
                pagepool.recovery.lease = 500ms
                """.formatted(WALK_MAX.toMillis(), ASK_MAX.toMillis());
        return JournalChoice.prepare(ConfigFactory.parseString(more)
                .withFallback(ConfigFactory.parseString(settings))
                .withFallback(JournalChoice.postgres(address))
                .withFallback(ConfigFactory.load()));
    }

    /** One walker that pins and unpins, again and again, and writes down what it is told. */
    private static final class Load {
        private final Walker walker;
        private final Random random;
        private final AtomicInteger granted = new AtomicInteger();
        private final Map<Refusal, AtomicInteger> refused = new ConcurrentHashMap<>();
        private final Queue<Pin> inDoubt = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private volatile long slowestNanos;
        private volatile boolean stop;

        Load(Walker walker, long seed) {
            this.walker = walker;
            this.random = new Random(seed);
            walk();
        }

        private void walk() {
            if (stop) {
                ended.complete(null);
                return;
            }
            long pages = 1L + random.nextInt(5000);
            long start = System.nanoTime();
            walker.pin(random.nextLong(PAGES - pages), pages).whenComplete((walked, failed) -> {
                answered(start);
                if (failed == null) {
                    walked(walked);
                } else if (notNow(failed)) {
                    later();
                }
            });
        }

        private void walked(Walked walked) {
            if (walked.stop() != null) {
                count(walked.stop());
            }
            Pin pin = walked.pin();
            if (pin == null) {
                later();
                return;
            }
            granted.incrementAndGet();
            long start = System.nanoTime();
            walker.unpin(pin).whenComplete((pages, failed) -> {
                answered(start);
                if (failed == null) {
                    walk();
                } else if (notNow(failed)) {
                    inDoubt.add(pin);
                    later();
                }
            });
        }

        /** Whether it was refused and is to be asked again; else the test has failed. */
        private boolean notNow(Throwable failed) {
            Refusal why = refusal(failed);
            if (why == null) {
                ended.completeExceptionally(failed);
                return false;
            }
            count(why);
            return true;
        }

        /** Whoever is refused does not ask at once again. */
        private void later() {
            CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS).execute(this::walk);
        }

        private synchronized void answered(long start) {
            slowestNanos = Math.max(slowestNanos, System.nanoTime() - start);
        }

        private void count(Refusal why) {
            refused.computeIfAbsent(why, any -> new AtomicInteger()).incrementAndGet();
        }

        int refusals() {
            return refused.values().stream().mapToInt(AtomicInteger::get).sum();
        }

        void checkAlive() {
            if (ended.isCompletedExceptionally()) {
                await(ended);
            }
        }

        void end() {
            stop = true;
            await(ended);
        }
    }

    /** Why, as a value. */
    private static Refusal refusal(Throwable failed) {
        Throwable at = failed instanceof CompletionException ? failed.getCause() : failed;
        return at instanceof PoolRefusedException refused ? refused.refusal() : null;
    }

    private static List<Load> loads(DurablePool durable, Space space, int walkers, long seed) {
        List<Load> loads = new ArrayList<>();
        for (int i = 0; i < walkers; i++) {
            loads.add(new Load(durable.walker("w" + i, space), seed + i));
        }
        return loads;
    }

    private static void awaitGrants(List<Load> loads, int more) {
        List<Integer> before = loads.stream().map(load -> load.granted.get()).toList();
        Awaitility.await().atMost(BACK).until(() -> {
            loads.forEach(Load::checkAlive);
            for (int i = 0; i < loads.size(); i++) {
                if (loads.get(i).granted.get() < before.get(i) + more) {
                    return false;
                }
            }
            return true;
        });
    }

    private static void awaitRefusals(List<Load> loads, int more) {
        List<Integer> before = loads.stream().map(Load::refusals).toList();
        Awaitility.await().atMost(BACK).until(() -> {
            loads.forEach(Load::checkAlive);
            for (int i = 0; i < loads.size(); i++) {
                if (loads.get(i).refusals() < before.get(i) + more) {
                    return false;
                }
            }
            return true;
        });
    }

    /** A pin of which nobody said that it was given back: asked again, it goes, or has gone before. */
    private static void settle(Walker walker, Pin pin) {
        try {
            assertEquals(pin.pages(), await(walker.unpin(pin)));
        } catch (PoolRefusedException refused) {
            assertEquals(Refusal.ALREADY_RELEASED, refused.refusal(), refused.getMessage());
        }
    }

    @Test
    @DisplayName(
            "I7, I11: a database that goes down in the middle of walks costs refusals within their deadline, and nothing else")
    void shouldAnswerWhileTheDatabaseIsAwayAndGoOnAfterwards() {
        long seed = System.nanoTime();
        try (DurablePool durable = new DurablePool(config(""))) {
            Device device = await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB)));
            Space space = durable.space("vm1", device);
            Walker keeper = durable.walker("keeper", space);
            Walked kept = await(keeper.pin(0, 1000));
            assertEquals(1000, kept.pages());
            List<Load> loads = loads(durable, space, 4, seed);
            awaitGrants(loads, 10);

            CLUSTER.get().crash();
            awaitRefusals(loads, 2);
            CLUSTER.get().startAgain();
            awaitGrants(loads, 10);

            loads.forEach(Load::end);
            for (Load load : loads) {
                assertTrue(NOT_NOW.containsAll(load.refused.keySet()), () -> load.refused + ", seed " + seed);
                assertTrue(
                        load.slowestNanos < ANSWER_MAX.toNanos(),
                        () -> load.slowestNanos / 1_000_000 + " ms, seed " + seed);
                load.inDoubt.forEach(pin -> settle(load.walker, pin));
                load.walker.close(); // with what a walk was granted whose caller had gone
            }
            Awaitility.await()
                    .atMost(BACK)
                    .untilAsserted(() -> assertEquals(
                            Map.of("keeper", 1000L),
                            await(device.holders()).stream()
                                    .filter(held -> held.pins() > 0)
                                    .collect(Collectors.toMap(Holding::holder, Holding::pins)),
                            "seed " + seed));
            assertNotNull(kept.pin());
            assertEquals(1000, await(keeper.unpin(kept.pin())));
            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(BACK)));
            assertClean(durable, seed);
        }
    }

    @Test
    @DisplayName("I12: a teardown over whose head the database goes down ends once when it is back")
    void shouldEndTheTeardownThatHadBegun() {
        long seed = System.nanoTime();
        try (DurablePool durable = new DurablePool(config(""))) {
            Device device = await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB)));
            Space space = durable.space("vm1", device);
            Walker keeper = durable.walker("keeper", space);
            Walked kept = await(keeper.pin(0, 70_000));
            assertEquals(70_000, kept.pages());
            List<Load> loads = loads(durable, space, 2, seed);
            awaitGrants(loads, 5);

            CompletionStage<Pgmap.CloseAnswer> closing = device.closeWhenIdle(BACK);
            CLUSTER.get().crash();
            awaitRefusals(loads, 1);
            CLUSTER.get().startAgain();
            loads.forEach(Load::end);
            loads.forEach(load -> load.walker.close());
            keeper.close();

            assertInstanceOf(Pgmap.Closed.class, await(closing), "seed " + seed);
            assertClean(durable, seed);
        }
    }

    @Test
    @DisplayName("I11: a pool that dies while the database is down finds all that was acknowledged when both are back")
    void shouldRecoverWhatWasAcknowledgedBeforeTheDatabaseWentDown() {
        try (DurablePool durable = new DurablePool(config("pagepool.recovery.lease = 1h"))) {
            Device device = await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB)));
            Walker keeper = durable.walker("keeper", durable.space("vm1", device));
            Walked kept = await(keeper.pin(0, 1000));
            assertEquals(1000, kept.pages());

            CLUSTER.get().crash();
            Walked refused = await(keeper.pin(5000, 100));
            assertTrue(NOT_NOW.contains(refused.stop()), () -> "stopped by " + refused.stop());
            durable.crash(CLUSTER.get()::startAgain);

            Pool.Recovery recovery = durable.recovery();
            assertEquals(2, recovery.life());
            Device back = recovery.devices().get(0);
            assertEquals(
                    List.of(1000L),
                    await(back.holders()).stream()
                            .filter(held -> held.holder().equals("keeper"))
                            .map(Holding::pins)
                            .toList());
            assertInstanceOf(Pgmap.Closed.class, await(back.revoke("the test is over")));
            assertClean(durable, 0);
        }
    }

    /** The auditor found nothing wrong with what was heard, nor with what is in the database, and both are as much. */
    private void assertClean(DurablePool durable, long seed) {
        assertEquals(1, durable.events(Event.Drained.class, e -> true).size(), "seed " + seed);
        assertEquals(1, durable.events(Event.CleanedUp.class, e -> true).size(), "seed " + seed);
        Verdict verdict = durable.verdict(true);
        assertTrue(verdict.clean(), () -> verdict.violations() + ", seed " + seed);
        Auditor auditor = new Auditor();
        long[] events = new long[1];
        try (JournalReader reader =
                JournalChoice.reader(JournalChoice.postgres(address).withFallback(ConfigFactory.load()))) {
            for (var rows = reader.rows(1); rows.hasNext(); ) {
                StoredRow row = rows.next();
                LogRow.of(
                                row.ordinal(),
                                row.persistenceId(),
                                row.sequence(),
                                row.writtenMillis(),
                                row.manifest(),
                                row.payload())
                        .batch()
                        .entries()
                        .forEach(entry -> auditor.observe(new Recorded(++events[0], entry.atNanos(), entry.event())));
            }
        }
        Verdict stored = auditor.verdict(true);
        assertTrue(stored.clean(), () -> stored.violations() + ", seed " + seed);
        assertEquals(verdict.events(), stored.events(), "seed " + seed);
    }
}
