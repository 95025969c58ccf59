package org.pagepool.bench;

import java.util.ArrayList;
import java.util.List;
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
import org.pagepool.demo.log.LogGenerator;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.journal.Batch;

/**
 * Events judged in a second, of a history as {@code pagepool log generate} makes it, read before; varies its length. At its end it
 * begins again with a new auditor.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar AuditBench -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AuditBench {
    private static final long SEED = 7;

    /** Events of the history, about. */
    @Param({"10000", "1000000"})
    public long events;

    private List<Recorded> history = List.of();
    private Auditor auditor = new Auditor();
    private int at;

    /** Makes the history, and sees that it is clean. */
    @Setup
    public void generate() {
        List<Recorded> all = new ArrayList<>();
        new LogGenerator(SEED).generate(events, row -> {
            for (Batch.Entry entry : row.batch().entries()) {
                all.add(new Recorded(all.size() + 1L, entry.atNanos(), entry.event()));
            }
            return true;
        });
        history = all;
        Auditor whole = new Auditor();
        all.forEach(whole::observe);
        if (!whole.verdict(true).violations().isEmpty()) {
            throw new IllegalStateException("the history breaks its own rules: " + whole.verdict(true));
        }
    }

    /** Judges one event. */
    @Benchmark
    public Auditor observe() {
        if (at == history.size()) {
            at = 0;
            auditor = new Auditor();
        }
        auditor.observe(history.get(at++));
        return auditor;
    }
}
