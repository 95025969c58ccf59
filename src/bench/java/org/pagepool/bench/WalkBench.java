package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;

import com.typesafe.config.ConfigFactory;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.gup.Pin;

/**
 * One walk on a device of 2 MiB heads, through all actors, and its end; varies the size of the device and the pages of a walk, which
 * goes on where the last one ended. What {@code -prof gc} says of {@code pin} and {@code unpin} is of both, for each undoes the other
 * outside the time.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar WalkBench -prof gc}; only the walk over all of 16 GiB: {@code -p gib=16 -p
 * pagesPerCall=-1}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class WalkBench {
    /** GiB of the device. */
    @Param({"1", "16"})
    public int gib;

    /** Base pages of a walk; -1: all of the device. */
    @Param({"-1", "512", "1"})
    public long pagesPerCall;

    /** Where heads count. */
    @Param({"actor", "section"})
    public String hosting;

    @SuppressWarnings("NullAway.Init")
    private Pool pool;

    @SuppressWarnings("NullAway.Init")
    private Walker walker;

    private long pages;
    private long at;

    /** Maps a device of that size, with every head an actor. */
    @Setup
    public void map() {
        pool = Pool.builder()
                .config(ConfigFactory.parseString(
                                "pagepool.heads.idle-timeout = 1h, pagepool.heads.hosting = " + hosting)
                        .withFallback(ConfigFactory.load()))
                .start();
        pages = (long) gib << 18;
        Device device = join(pool.map(DeviceSpec.of("pmem0", pages << 12)));
        Space space = join(pool.openSpace("vm1"));
        join(space.map(device));
        walker = join(pool.openWalker("w1", space));
    }

    /** Ends the pool. */
    @TearDown
    public void close() {
        pool.close();
    }

    private Pin walk() {
        long count = pagesPerCall < 0 ? pages : pagesPerCall;
        GupWalker.Walked walked = join(walker.pin(at, count));
        at = (at + count) % pages;
        Pin pin = walked.pin();
        if (pin == null || walked.stop() != null) {
            throw new IllegalStateException("walk was cut short: " + walked.stop());
        }
        return pin;
    }

    /** Pages that were pinned inside the time and are unpinned outside. */
    @State(Scope.Benchmark)
    public static class After {
        @SuppressWarnings("NullAway.Init")
        private Pin pin;

        /** Unpins them. */
        @TearDown(Level.Invocation)
        public void unpin(WalkBench bench) {
            join(bench.walker.unpin(pin));
        }
    }

    /** Pages that were pinned outside the time. */
    @State(Scope.Benchmark)
    public static class Before {
        @SuppressWarnings("NullAway.Init")
        private Pin pin;

        /** Pins them. */
        @Setup(Level.Invocation)
        public void pin(WalkBench bench) {
            pin = bench.walk();
        }
    }

    /** Pins. */
    @Benchmark
    public Pin pin(After after) {
        after.pin = walk();
        return after.pin;
    }

    /** Unpins. */
    @Benchmark
    public long unpin(Before before) {
        return join(walker.unpin(before.pin));
    }

    /** Both. */
    @Benchmark
    public long pinAndUnpin() {
        return join(walker.unpin(walk()));
    }
}
