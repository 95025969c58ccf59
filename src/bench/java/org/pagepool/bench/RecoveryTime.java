package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.SpawnProtocol;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.JournalChoice;
import org.pagepool.persistence.durable.DurableJournals;
import org.pagepool.persistence.durable.JournalSettings;
import org.pagepool.runtime.event.EventSink;

/**
 * How long a pool takes to come back that held all 8192 heads of a 16 GiB device when its process ended.
 *
 * <pre>
 * P=src/bench/target/pagepool-bench.jar
 * java -cp $P org.pagepool.bench.RecoveryTime write DIR [WALKS [SNAPSHOT_EVERY]]
 * java -cp $P org.pagepool.bench.RecoveryTime recover DIR [TIMES]
 * </pre>
 *
 * {@code write} pins and unpins everything WALKS times (1), pins it once more, and ends with everything held; sections take a
 * snapshot every SNAPSHOT_EVERY rows (0: none). {@code recover} prints how long the actor system took, from the start of the
 * process, and then the pool; and how long in the same process, which is warm now, TIMES - 1 times again.
 */
public final class RecoveryTime {
    private static final long PAGES = 16L << 18;

    private RecoveryTime() {}

    /** Writes or recovers. */
    public static void main(String[] args) {
        if (args.length >= 2 && args[0].equals("write")) {
            write(Path.of(args[1]), number(args, 2, 1), number(args, 3, 0));
        } else if (args.length >= 2 && args[0].equals("recover")) {
            recover(Path.of(args[1]), number(args, 2, 1));
        } else {
            System.err.println("want: write DIR [WALKS [SNAPSHOT_EVERY]], or recover DIR [TIMES]");
            System.exit(2);
        }
    }

    private static int number(String[] args, int at, int otherwise) {
        return args.length > at ? Integer.parseInt(args[at]) : otherwise;
    }

    private static Config config(Path directory, String more) {
        return JournalChoice.prepare(ConfigFactory.parseString(more + """

                        akka.loglevel = WARNING
                        akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                        pagepool.recovery.lease = 1h
                        pagepool.limits.ask-timeout = 10m
                        pagepool.limits.retry-after = 10m
                        pagepool.limits.walk-timeout = 10m
                        pagepool.journal.patience = 10m
                        """)
                .withFallback(JournalChoice.rocks(directory))
                .withFallback(ConfigFactory.load()));
    }

    private static Pool.Builder pool(Config config) {
        return Pool.builder()
                .journals(new DurableJournals(JournalSettings.from(config), EventSink.NONE, SystemTime.SINCE_1970))
                .config(config);
    }

    private static void write(Path directory, int walks, int snapshotEvery) {
        Pool pool = pool(config(directory, "pagepool.journal.snapshot-every = " + snapshotEvery))
                .start();
        join(pool.recovered());
        Device device = join(pool.map(DeviceSpec.of("pmem0", PAGES << 12)));
        Space space = join(pool.openSpace("vm1"));
        join(space.map(device));
        Walker walker = join(pool.openWalker("w1", space));
        for (int i = 0; i < walks; i++) {
            join(walker.unpin(Objects.requireNonNull(join(walker.pin(0, PAGES)).pin())));
        }
        GupWalker.Walked held = join(walker.pin(0, PAGES));
        System.out.println("held " + held.pages() + " pages after " + walks + " walks");
        Runtime.getRuntime().halt(0);
    }

    /** The first time in a process that has just started; then again, in one that is warm. */
    private static void recover(Path directory, int times) {
        long started = ManagementFactory.getRuntimeMXBean().getStartTime();
        for (int i = 0; i < times; i++) {
            long begin = i == 0 ? started : System.currentTimeMillis();
            Config config = config(directory, "pagepool.journal.snapshot-every = 0");
            ActorSystem<?> system = ActorSystem.create(
                    SpawnProtocol.create(),
                    "pagepool",
                    ConfigFactory.parseString("akka.actor.default-dispatcher = ${pagepool.dispatcher}")
                            .withFallback(config)
                            .resolve());
            long up = System.currentTimeMillis();
            long cpu = cpuMillis();
            Pool pool = pool(config).attach(system);
            Pool.Recovery recovery = join(pool.recovered());
            long ready = System.currentTimeMillis();
            System.out.println("system " + (up - begin) + " ms, pool " + (ready - up) + " ms (processor "
                    + (cpuMillis() - cpu) + " ms), life " + recovery.life());
            system.terminate();
            join(system.getWhenTerminated());
        }
        System.exit(0);
    }

    private static long cpuMillis() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toMillis)
                .orElse(0L);
    }
}
