package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;
import static org.pagepool.bench.Medians.median;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;

/**
 * What walkers of one device notice of the kill of another one in the same pool, which is under load itself.
 *
 * <pre>
 * java -cp src/bench/target/pagepool-bench.jar org.pagepool.bench.Bystanders [ROUNDS [actor|section [WARM_UP [GIB]]]]
 * </pre>
 *
 * Two walkers pin and unpin 64 MiB of {@code here}, over and over, and four 256 MiB of {@code there}, which has 16 GiB unless GIB
 * says otherwise. Each round measures the pages of the first two while both are under load, then while {@code there} is asked for its
 * status, then while it is killed and until it is cleaned up. Prints pages per second of the bystanders before and during kills, the
 * median of all rounds, their ratio, and the ratio for the question: a caller is a thread too, and where there are as many busy
 * threads as cores, it takes what it needs to ask from one of them. A small device is dead before that evens out. The first kills of a
 * process are compiled while they last, and take twice as long: a hundred rounds come before those that count, unless WARM_UP
 * says how many.
 */
public final class Bystanders {
    private static final int WARM_UP_ROUNDS = 100;
    private static final int THERE_GIB = 16;
    private static final long BEFORE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Bystanders() {}

    /** One that pins and unpins until it is refused or told to stop. */
    private static final class Loop {
        final AtomicLong pages = new AtomicLong();
        private final Walker walker;
        private final long range;
        private volatile boolean stop;

        Loop(Walker walker, long range) {
            this.walker = walker;
            this.range = range;
        }

        void next() {
            if (stop) {
                return;
            }
            walker.pin(0, range).thenAccept(walked -> {
                pages.addAndGet(walked.pages());
                if (walked.pin() == null) {
                    stop = true;
                    return;
                }
                walker.unpin(walked.pin()).thenRun(this::next);
            });
        }
    }

    /** Measures. */
    public static void main(String[] args) {
        int rounds = args.length < 1 ? 40 : Integer.parseInt(args[0]);
        String hosting = args.length < 2 ? "actor" : args[1];
        int warmUp = args.length < 3 ? WARM_UP_ROUNDS : Integer.parseInt(args[2]);
        int gib = args.length < 4 ? THERE_GIB : Integer.parseInt(args[3]);
        try (Pool pool = Pool.builder()
                .config(ConfigFactory.parseString("akka.loglevel = WARNING, pagepool.heads.hosting = " + hosting)
                        .withFallback(ConfigFactory.load()))
                .start()) {
            List<Loop> here = loops(pool, map(pool, "here", 1), "here", 2, 64 << 8);
            here.forEach(Loop::next);
            double[] before = new double[rounds];
            double[] asked = new double[rounds];
            double[] during = new double[rounds];
            double[] kills = new double[rounds];
            for (int i = 0; i < warmUp; i++) {
                round(pool, here, "warm-up" + i, gib, WARM_UP_NANOS);
            }
            for (int i = 0; i < rounds; i++) {
                Round round = round(pool, here, "there" + i, gib, BEFORE_NANOS);
                before[i] = round.before;
                asked[i] = round.asked;
                during[i] = round.during;
                kills[i] = round.killNanos;
            }
            here.forEach(loop -> loop.stop = true);
            System.out.printf(
                    Locale.ROOT,
                    "%d GiB killed, heads hosted by their %s, %d rounds after %d: bystanders %,.0f pages/s before, %,.0f during"
                            + " kills of %.2f ms, ratio %.2f; while the device is asked for its status, ratio %.2f%n",
                    gib,
                    hosting,
                    rounds,
                    warmUp,
                    median(before),
                    median(during),
                    median(kills) / 1e6,
                    median(during) / median(before),
                    median(asked) / median(before));
        }
        System.exit(0);
    }

    /** Pages per second of the bystanders before a kill, while its device is asked for its status, and during the kill. */
    private record Round(double before, double asked, double during, long killNanos) {}

    private static Round round(Pool pool, List<Loop> here, String name, int gib, long beforeNanos) {
        Device device = map(pool, name, gib);
        List<Loop> there = loops(pool, device, name, 4, 256 << 8);
        there.forEach(Loop::next);
        double before = rate(here, () -> LockSupport.parkNanos(beforeNanos));
        double asked = rate(here, () -> join(device.status()));
        LockSupport.parkNanos(SETTLE_NANOS);
        long start = System.nanoTime();
        double during = rate(here, () -> join(device.closeWhenIdle(PATIENCE)));
        long nanos = System.nanoTime() - start;
        there.forEach(loop -> loop.stop = true);
        return new Round(before, asked, during, nanos);
    }

    /** Pages per second while that goes on. */
    private static double rate(List<Loop> loops, Runnable meanwhile) {
        long from = sum(loops);
        long start = System.nanoTime();
        meanwhile.run();
        return (sum(loops) - from) * 1e9 / (System.nanoTime() - start);
    }

    private static long sum(List<Loop> loops) {
        return loops.stream().mapToLong(loop -> loop.pages.get()).sum();
    }

    private static Device map(Pool pool, String name, int gib) {
        return join(pool.map(DeviceSpec.of(name, (long) gib << 30)));
    }

    private static List<Loop> loops(Pool pool, Device device, String name, int walkers, long range) {
        Space space = join(pool.openSpace(name));
        join(space.map(device));
        List<Loop> loops = new ArrayList<>();
        for (int i = 0; i < walkers; i++) {
            loops.add(new Loop(join(pool.openWalker(name + "-w" + i, space)), range));
        }
        return loops;
    }
}
