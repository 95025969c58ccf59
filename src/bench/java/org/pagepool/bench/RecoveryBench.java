package org.pagepool.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
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
import org.openjdk.jmh.annotations.Warmup;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.section.SectionState;

/**
 * A section's state from the rows it has written, without the journal they are read from; varies how many there are. How long a
 * whole pool takes, {@link RecoveryTime} says.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar RecoveryBench -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RecoveryBench {
    /** Rows of the section; an odd number, so that everything is held at the end. */
    @Param({"1", "43", "1001"})
    public int rows;

    private List<Batch> written = List.of();

    /** Makes the rows. */
    @Setup
    public void write() {
        written = LongStream.range(0, rows).mapToObj(SectionRows::row).toList();
    }

    /** Folds them all, and counts the heads as a section does that comes back. */
    @Benchmark
    public int recover() {
        SectionState state = SectionRows.empty();
        for (Batch row : written) {
            state = row.fold(state);
        }
        return state.counts().length;
    }
}
