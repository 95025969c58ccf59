package org.pagepool.bench;

import java.io.NotSerializableException;
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
import org.openjdk.jmh.annotations.Warmup;
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.runtime.journal.Batch;

/**
 * A row of a section to bytes, and back; varies what the row says.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar SerializationBench -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SerializationBench {
    /** Whether it is the row of a pin or of an unpin. */
    @Param({"pin", "unpin"})
    public String row = "pin";

    private final PoolSerializer serializer = new PoolSerializer();
    private Batch batch = SectionRows.row(0);
    private String manifest = "";
    private byte[] bytes = {};

    /** Makes the row and its bytes. */
    @Setup
    public void make() {
        batch = SectionRows.row(row.equals("pin") ? 0 : 1);
        manifest = serializer.manifest(batch);
        bytes = serializer.toBinary(batch);
    }

    /** To bytes. */
    @Benchmark
    public byte[] write() {
        return serializer.toBinary(batch);
    }

    /** From bytes. */
    @Benchmark
    public Object read() throws NotSerializableException {
        return serializer.fromBinary(bytes, manifest);
    }
}
