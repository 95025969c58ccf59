package org.pagepool.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;

/**
 * One grab and one put of a head's state, without any actor; varies the order of the head.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar HeadStateBench -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeadStateBench {
    /** log2 of the base pages of the head: 0 has the pin bias, 9 an exact pincount. */
    @Param({"0", "9"})
    public int order;

    private HeadState state = HeadState.AT_ONE;

    /** Pins and unpins all pages of a head. */
    @Benchmark
    public HeadState grabAndPut() {
        HeadRules rules = new HeadRules(order, 1, false, false);
        int refs = 1 << order;
        if (state.refuses(GrabKind.PIN, refs, rules) != null) {
            throw new IllegalStateException("an idle head refused");
        }
        state = state.grab(GrabKind.PIN, refs, rules).put(GrabKind.PIN, refs, rules);
        return state;
    }
}
