package org.pagepool.demo.run;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.pagepool.actors.PagePool.Census;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.Pool;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;

/**
 * Goes on after a crash: brings the pool back, compares what is there with the journal and with what the load had been told, waits
 * until what nobody came back for is released, tears down what is left, and audits the journal from its first event to its last.
 */
final class ResumedRun {
    private static final TimeSource TIME = SystemTime.MONOTONIC;
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final Duration AGREE = Duration.ofSeconds(5);
    private static final long LOOK_NANOS = 20_000_000;

    private final RunDirectory kept;
    private final boolean temporary;
    private final List<String> wrong = new ArrayList<>();

    /**
     * Goes on with that run.
     *
     * @param temporary whether nobody has asked for its directory
     */
    ResumedRun(RunDirectory kept, boolean temporary) {
        this.kept = kept;
        this.temporary = temporary;
    }

    Continued run(StatusLine status) {
        long start = TIME.nanos();
        status.show(() -> "reading the journal");
        JournalSums before = JournalSums.of(kept.directory().toString());
        Map<String, AckLog.Account> witness = witness();
        compareWithWitness(before, witness);
        long recoverNanos;
        long reclaimedNanos;
        Pool.Recovery recovery;
        int sections;
        Map<String, Long> held;
        Map<String, String> endings = new LinkedHashMap<>();
        Config config = kept.over(PoolCalls.settings(
                "akka.scheduler.tick-duration = 1ms, pagepool.recovery.lease = " + LEASE.toMillis() + "ms"));
        status.show(() -> "bringing the pool back");
        try (Pool pool = Pool.builder()
                .config(config)
                .journals(kept.journals(config, before.held()))
                .start()) {
            long poolStart = TIME.nanos();
            recovery = PoolCalls.join(pool, pool.recovered());
            recoverNanos = TIME.nanos() - poolStart;
            Census census = PoolCalls.join(pool, pool.census());
            sections = census.sections();
            held = compareWithPool(before.held(), pool);
            status.show(() -> "waiting for holders that do not come back");
            awaitLease(pool);
            reclaimedNanos = TIME.nanos() - poolStart;
            status.show(() -> "tearing down what is left");
            for (Device device : recovery.devices()) {
                endings.put(device.spec().id(), end(pool, device.spec().id()));
            }
        }
        status.show(() -> "auditing the journal");
        return new Continued(
                kept.scenario(),
                kept.directory().toString(),
                temporary,
                kept.seed(),
                before,
                recovery.life(),
                recoverNanos,
                recovery.devices().stream().map(device -> device.spec().id()).toList(),
                sections,
                held.values().stream().mapToLong(Long::longValue).sum(),
                held.size(),
                List.copyOf(wrong),
                witness,
                reclaimedNanos,
                endings,
                audit(),
                TIME.nanos() - start);
    }

    private Map<String, AckLog.Account> witness() {
        if (!Files.isDirectory(kept.journal())) {
            throw new UsageException("--resume " + kept.directory() + ": has no journal; the run ended before it began."
                    + " Want it run again, with --data and a new directory");
        }
        try {
            return AckLog.read(kept.acknowledged());
        } catch (NoSuchFileException neverBegun) {
            return Map.of();
        } catch (IOException | NumberFormatException broken) {
            throw new UsageException(kept.acknowledged() + ": cannot be read: " + broken.getMessage());
        }
    }

    /** What the load knew is in the journal: nothing it was told is lost, and nothing is there that it never asked for. */
    private void compareWithWitness(JournalSums journal, Map<String, AckLog.Account> witness) {
        Map<String, Long> known = journal.held().known();
        witness.forEach((holder, account) -> {
            long has = known.getOrDefault(holder, 0L);
            if (has < account.least()) {
                wrong.add("lost: " + holder + " was told that it has " + Numbers.grouped(account.least())
                        + " pages, the journal knows of " + Numbers.grouped(has));
            }
            if (has > account.most()) {
                wrong.add("too many: " + holder + " can have " + Numbers.grouped(account.most())
                        + " pages, the journal knows of " + Numbers.grouped(has));
            }
        });
        if (journal.grantedTwice() > 0) {
            wrong.add("granted twice: " + Numbers.counted(journal.grantedTwice(), "request"));
        }
    }

    /**
     * What came back is what the journal says. Teardowns go on meanwhile and leases end, so the two are looked at until neither
     * moves.
     */
    private Map<String, Long> compareWithPool(HeldSums journal, Pool pool) {
        long deadline = TIME.nanos() + AGREE.toNanos();
        Map<String, Long> expected;
        Map<String, Long> held;
        boolean moving;
        do {
            long changes = journal.changes();
            expected = journal.held();
            held = held(pool, there(pool));
            moving = changes != journal.changes();
            LockSupport.parkNanos(LOOK_NANOS / 10);
        } while ((moving || !expected.equals(held)) && TIME.nanos() - deadline < 0);
        if (!expected.equals(held)) {
            Set<String> holders = new TreeSet<>(expected.keySet());
            holders.addAll(held.keySet());
            for (String holder : holders) {
                long pages = held.getOrDefault(holder, 0L);
                long known = expected.getOrDefault(holder, 0L);
                if (pages != known) {
                    wrong.add("not as it was: " + holder + " holds " + Numbers.grouped(pages)
                            + " pages, the journal says " + Numbers.grouped(known));
                }
            }
        }
        return held;
    }

    private static Map<String, Long> held(Pool pool, List<Device> devices) {
        Map<String, Long> held = new TreeMap<>();
        for (Device device : devices) {
            for (Holding holding : holders(pool, device)) {
                if (holding.gets() + holding.pins() > 0) {
                    held.merge(holding.holder(), holding.gets() + holding.pins(), Long::sum);
                }
            }
        }
        return held;
    }

    /** Nobody, where the device has ended since it was listed. */
    private static List<Holding> holders(Pool pool, Device device) {
        CompletableFuture<List<Holding>> asked = device.holders().toCompletableFuture();
        while (!asked.isDone() && isThere(pool, device.spec().id())) {
            LockSupport.parkNanos(LOOK_NANOS / 10);
        }
        return asked.isDone() ? PoolCalls.join(pool, asked) : List.of();
    }

    private void awaitLease(Pool pool) {
        long deadline = TIME.nanos() + LEASE.plus(kept.scenario().settle()).toNanos();
        Map<String, Long> left = held(pool, there(pool));
        while (!left.isEmpty() && TIME.nanos() - deadline < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
            left = held(pool, there(pool));
        }
        left.forEach((holder, pages) ->
                wrong.add("not released: " + holder + " still holds " + Numbers.grouped(pages) + " pages"));
    }

    /** The devices that are mapped now; those that have ended answer nobody any more. */
    private static List<Device> there(Pool pool) {
        return PoolCalls.join(pool, pool.recovered()).devices();
    }

    private String end(Pool pool, String device) {
        Duration settle = kept.scenario().settle();
        there(pool).stream().filter(d -> d.spec().id().equals(device)).forEach(d -> d.closeWhenIdle(settle));
        long deadline = TIME.nanos() + settle.toNanos();
        while (isThere(pool, device)) {
            if (TIME.nanos() - deadline > 0) {
                wrong.add("not torn down: " + device);
                return "still there";
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return "cleaned up";
    }

    private static boolean isThere(Pool pool, String device) {
        return there(pool).stream().anyMatch(d -> d.spec().id().equals(device));
    }

    private Verdict audit() {
        Auditor auditor = new Auditor();
        try (LogSource source = LogSources.open(kept.directory().toString());
                LogEvents all = LogEvents.of(source)) {
            for (Recorded recorded = all.next(); recorded != null; recorded = all.next()) {
                auditor.observe(recorded);
            }
        }
        return auditor.verdict(true);
    }
}
