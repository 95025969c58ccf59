package org.pagepool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.persistence.rocks.NewRow;
import org.pagepool.persistence.rocks.RocksStore;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.section.SectionState;

/**
 * What a durable section does for one row besides its messages: to bytes and, with others, onto the disk by one forced write; and
 * into the state its writer keeps. Varies how many sections share the write: 128 are a walk over 16 GiB. The journal lies in the
 * directory for temporary files.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar JournalBench -prof gc}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class JournalBench {
    /** Sections that write a row each. */
    @Param({"1", "128"})
    public int sections;

    private final PoolSerializer serializer = new PoolSerializer();
    private @Nullable Path directory;
    private @Nullable RocksStore store;
    private long rows;
    private List<SectionState> states = List.of();

    /** Opens an empty journal. */
    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("pagepool-journal-bench-");
        store = RocksStore.open(directory.resolve("journal"));
        rows = 0;
        states = Stream.generate(SectionRows::empty).limit(sections).toList();
    }

    /** Turns a row of every section into bytes and writes all of them. */
    @Benchmark
    public List<?> write() {
        Batch row = SectionRows.row(rows++);
        List<List<NewRow>> writes = new ArrayList<>(sections);
        for (int section = 0; section < sections; section++) {
            writes.add(List.of(new NewRow(
                    "section-pmem0-" + section,
                    rows,
                    PoolSerializer.IDENTIFIER,
                    serializer.manifest(row),
                    serializer.toBinary(row),
                    0,
                    "",
                    "")));
        }
        return Objects.requireNonNull(store).append(writes);
    }

    /** Folds a row into the state of every section. */
    @Benchmark
    public List<SectionState> fold() {
        Batch row = SectionRows.row(rows++);
        List<SectionState> next = new ArrayList<>(sections);
        for (SectionState state : states) {
            next.add(row.fold(state));
        }
        states = next;
        return next;
    }

    /** Closes and removes the journal. */
    @TearDown
    public void close() throws IOException {
        Objects.requireNonNull(store).close();
        try (Stream<Path> files = Files.walk(Objects.requireNonNull(directory))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
