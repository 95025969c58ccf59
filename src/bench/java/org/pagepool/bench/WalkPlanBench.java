package org.pagepool.bench;

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
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.WalkPlan;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Lookup and planning of one walk on a 16 GiB device of 2 MiB heads, without any actor; varies the length of the walk.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar WalkPlanBench -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WalkPlanBench {
    private static final long PAGES = 4194304;

    /** Base pages of the walk. */
    @Param({"512", "4194304"})
    public long pages;

    private PageTable table = PageTable.empty(BasePage.KIB_4);
    private final PgmapSpec spec = new PgmapSpec(
            "pmem0",
            MemoryType.GENERIC,
            List.of(new PfnRange(0x880000, PAGES)),
            Geometry.ofPages(512),
            BasePage.KIB_4,
            Protocol.PAGEPOOL);

    /** Maps the device. */
    @Setup
    public void map() {
        table = PageTable.empty(BasePage.KIB_4).insert(new Mapping(0, 0x880000, PAGES, Level.PMD, true));
    }

    /** Looks up and plans. */
    @Benchmark
    public WalkPlan lookUpAndPlan() {
        Lookup lookup = table.lookup(0, pages, true);
        return WalkPlan.of(lookup.seen(), pfn -> spec, spec.protocol().batch());
    }
}
