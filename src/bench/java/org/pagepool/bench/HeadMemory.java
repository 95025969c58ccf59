package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What heads and holders cost, as the heap shows it after collections: an idle device, a head in use, one more holder of it.
 *
 * <pre>
 * java -Xmx4g -XX:+UseSerialGC -cp src/bench/target/pagepool-bench.jar org.pagepool.bench.HeadMemory actor|section
 * </pre>
 *
 * Entries hold no references here (the rules of v5.5), so that a mapped head that nobody pins is idle. What the pool needs once, and
 * what its actor system has at rest, is taken off.
 */
public final class HeadMemory {
    private static final long GIB = 1L << 30;
    private static final int COLLECTIONS = 5;

    private HeadMemory() {}

    /** Measures one way to host heads. */
    public static void main(String[] args) {
        if (args.length != 1) {
            System.err.println("want: actor or section");
            System.exit(2);
        }
        Config config = ConfigFactory.parseString("""
                        akka.loglevel = WARNING
                        akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                        pagepool.heads.idle-timeout = 1h
                        pagepool.heads.hosting =\s""" + args[0]).withFallback(ConfigFactory.load());
        try (Pool pool = Pool.builder().config(config).start()) {
            System.out.println("heads hosted by their " + args[0] + ", " + System.getProperty("java.vm.name") + " "
                    + System.getProperty("java.version"));
            once(pool);
            idle(pool);
            live(pool, args[0].equals("actor"));
        }
        System.exit(0);
    }

    /** Everything once, so that what is there only because it was needed once is there. */
    private static void once(Pool pool) {
        Device device = map(pool, "first", GIB);
        Walker walker = open(pool, "first", device);
        join(walker.unpin(Objects.requireNonNull(join(walker.pin(0, GIB >> 12)).pin())));
    }

    private static void idle(Pool pool) {
        long before = used();
        Device device = map(pool, "idle", 1024 * GIB);
        Space space = join(pool.openSpace("idle"));
        join(space.map(device));
        long bytes = used() - before;
        System.out.printf(
                Locale.ROOT,
                "idle: 1 TiB, %,d heads of 2 MiB, mapped: %,d bytes, %.3f per head%n",
                524_288,
                bytes,
                bytes / 524_288.0);
    }

    private static void live(Pool pool, boolean actors) {
        long size = 16 * GIB;
        int heads = (int) (size >> 21);
        int sections = (int) (size >> 27);
        Device device = map(pool, "live", size);
        Space space = join(pool.openSpace("live"));
        join(space.map(device));
        List<Walker> walkers = new ArrayList<>();
        int holders = actors ? 1 : 4; // one more is less than what mailboxes keep or let go of meanwhile
        for (int i = 0; i < holders; i++) {
            walkers.add(join(pool.openWalker("live-" + i, space)));
        }
        // A section each, so that the sections are there, and no other head.
        for (int s = 0; s < sections; s++) {
            long vpn = (long) s << 15;
            for (Walker walker : walkers) {
                join(walker.unpin(
                        Objects.requireNonNull(join(walker.pin(vpn, 512)).pin())));
            }
        }
        long before = used();
        for (Walker walker : walkers) {
            join(walker.pin(0, size >> 12));
            long now = used();
            boolean first = walker == walkers.get(0);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d bytes, %.1f per head, %.1f per section and holder%n",
                    first ? "live: 8,192 heads pinned by one walker" : "one more walker pins them",
                    now - before,
                    (now - before) / (double) (first ? heads - sections : heads),
                    (now - before) / (double) sections);
            before = now;
        }
    }

    private static Device map(Pool pool, String name, long bytes) {
        return join(pool.map(DeviceSpec.of(name, bytes).protocol(Protocol.V5_5)));
    }

    private static Walker open(Pool pool, String name, Device device) {
        Space space = join(pool.openSpace(name));
        join(space.map(device));
        return join(pool.openWalker(name + "-walker", space));
    }

    /** Bytes in use behind collections, the smallest of a few looks. */
    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
