package org.pagepool.bench;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * One pin and one unpin of a whole device of 2 MiB heads, through all actors; varies its size.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar WalkBench -prof gc}
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

    @SuppressWarnings("NullAway.Init")
    private Pool pool;

    @SuppressWarnings("NullAway.Init")
    private Walker walker;

    private long pages;

    /** Maps a device of that size. */
    @Setup
    public void map() {
        pool = Pool.start();
        pages = (long) gib << 18;
        Device device = join(pool.map(DeviceSpec.of("pmem0", pages << 12)));
        Space space = join(pool.openSpace("vm1"));
        join(space.map(device));
        walker = join(pool.openWalker("w1", space));
    }

    /** Pins and unpins every page. */
    @Benchmark
    public long pinAndUnpin() {
        GupWalker.Walked walked = join(walker.pin(0, pages));
        Pin pin = walked.pin();
        if (pin == null || walked.stop() != null) {
            throw new IllegalStateException("walk was cut short: " + walked.stop());
        }
        return join(walker.unpin(pin));
    }

    /** Ends the pool. */
    @TearDown
    public void close() {
        pool.close();
    }

    private static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }
}
