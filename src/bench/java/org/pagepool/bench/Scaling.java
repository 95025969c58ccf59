package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;
import static org.pagepool.bench.Medians.median;

import com.typesafe.config.ConfigFactory;
import java.util.Locale;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.gup.Pin;

/**
 * How much longer a walk takes over eight times as much memory: 16 GiB and 128 GiB of 2 MiB heads in one pool, in turn, so that what
 * else the machine does slows both alike.
 *
 * <pre>
 * java -cp src/bench/target/pagepool-bench.jar org.pagepool.bench.Scaling [ROUNDS [actor|section]]
 * </pre>
 *
 * A round is one walk over 128 GiB, and eight over 16 GiB after one that is not counted: the heads of 16 GiB fit a cache that those of
 * 128 GiB have just filled. As many rounds come before those that count. Prints the median pin and unpin of each, and their ratios.
 */
public final class Scaling {
    private static final int SMALL_LAPS = 8;
    private static final int SMALL_GIB = 16;
    private static final int TIMES = 8;

    private Scaling() {}

    /** One device that one walker pins and unpins as a whole. */
    private record Target(Walker walker, long pages) {
        static Target of(Pool pool, int gib) {
            String name = "pmem" + gib;
            Device device = join(pool.map(DeviceSpec.of(name, (long) gib << 30)));
            Space space = join(pool.openSpace(name));
            join(space.map(device));
            return new Target(join(pool.openWalker(name + "-walker", space)), (long) gib << 18);
        }

        /** Microseconds of a pin, and of its unpin. */
        double[] lap() {
            long start = System.nanoTime();
            GupWalker.Walked walked = join(walker.pin(0, pages));
            long pinned = System.nanoTime();
            Pin pin = walked.pin();
            if (pin == null || walked.pages() != pages) {
                throw new IllegalStateException(
                        "pinned " + walked.pages() + " of " + pages + " pages: " + walked.stop());
            }
            join(walker.unpin(pin));
            return new double[] {(pinned - start) / 1e3, (System.nanoTime() - pinned) / 1e3};
        }
    }

    /** Measures. */
    public static void main(String[] args) {
        int rounds = args.length < 1 ? 60 : Integer.parseInt(args[0]);
        String hosting = args.length < 2 ? "actor" : args[1];
        double[][] small = new double[2][rounds * SMALL_LAPS];
        double[][] large = new double[2][rounds];
        try (Pool pool = Pool.builder()
                .config(ConfigFactory.parseString("akka.loglevel = WARNING, pagepool.heads.hosting = " + hosting)
                        .withFallback(ConfigFactory.load()))
                .start()) {
            Target some = Target.of(pool, SMALL_GIB);
            Target all = Target.of(pool, SMALL_GIB * TIMES);
            for (int i = -rounds; i < rounds; i++) {
                put(large, i, all.lap());
                some.lap();
                for (int lap = 0; lap < SMALL_LAPS; lap++) {
                    put(small, i * SMALL_LAPS + lap, some.lap());
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "heads hosted by their %s, %d rounds: %d GiB pin %,.0f us unpin %,.0f us, %d GiB pin %,.0f us unpin %,.0f us,"
                        + " ratio %.2f and %.2f%n",
                hosting,
                rounds,
                SMALL_GIB,
                median(small[0]),
                median(small[1]),
                SMALL_GIB * TIMES,
                median(large[0]),
                median(large[1]),
                median(large[0]) / median(small[0]),
                median(large[1]) / median(small[1]));
        System.exit(0);
    }

    /** Those before the first are not counted. */
    private static void put(double[][] micros, int at, double[] lap) {
        if (at >= 0) {
            micros[0][at] = lap[0];
            micros[1][at] = lap[1];
        }
    }
}
