package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
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
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;

/**
 * A device is mapped, and torn down; varies its size, that of its heads, and whether an address space has entries for all of it, so
 * that every head is an actor. What {@code -prof gc} says of {@code map} and {@code tearDown} is of both, for each undoes the other
 * outside the time.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar MapBench -prof gc}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class MapBench {
    /** Longer than any teardown. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** GiB of the device. */
    @Param({"16", "128"})
    public int gib;

    /** MiB of a head. */
    @Param({"2", "1024"})
    public int headMib;

    /** Whether an address space maps all of it, with every entry filled. */
    @Param({"false", "true"})
    public boolean populated;

    /** Where heads count. */
    @Param({"actor", "section"})
    public String hosting;

    @SuppressWarnings("NullAway.Init")
    private Pool pool;

    private int devices;

    /** A device, and who maps it. */
    private record Mapped(Device device, Space space) {}

    /** Starts the pool. */
    @Setup
    public void start() {
        pool = Pool.builder()
                .config(ConfigFactory.parseString("pagepool.heads.hosting = " + hosting)
                        .withFallback(ConfigFactory.load()))
                .start();
    }

    /** Ends the pool. */
    @TearDown
    public void close() {
        pool.close();
    }

    private Mapped newDevice() {
        int number = devices++;
        Device device =
                join(pool.map(DeviceSpec.of("pmem" + number, (long) gib << 30).headBytes((long) headMib << 20)));
        Space space = join(pool.openSpace("vm" + number));
        if (populated) {
            join(space.map(device));
        }
        return new Mapped(device, space);
    }

    private Pgmap.CloseAnswer end(Mapped mapped) {
        Pgmap.CloseAnswer answer = join(mapped.device.closeWhenIdle(PATIENCE));
        if (!(answer instanceof Pgmap.Closed)) {
            throw new IllegalStateException("was not torn down: " + answer);
        }
        mapped.space.close();
        return answer;
    }

    /** A device that was mapped inside the time and is torn down outside. */
    @State(Scope.Benchmark)
    public static class After {
        @SuppressWarnings("NullAway.Init")
        private Mapped mapped;

        /** Tears it down. */
        @TearDown(Level.Invocation)
        public void end(MapBench bench) {
            bench.end(mapped);
        }
    }

    /** A device that was mapped outside the time. */
    @State(Scope.Benchmark)
    public static class Before {
        @SuppressWarnings("NullAway.Init")
        private Mapped mapped;

        /** Maps it. */
        @Setup(Level.Invocation)
        public void begin(MapBench bench) {
            mapped = bench.newDevice();
        }
    }

    /** Maps a device. */
    @Benchmark
    public Object map(After after) {
        after.mapped = newDevice();
        return after.mapped;
    }

    /** Tears a device down. */
    @Benchmark
    public Object tearDown(Before before) {
        return end(before.mapped);
    }

    /** Both. */
    @Benchmark
    public Object mapAndTearDown() {
        return end(newDevice());
    }
}
