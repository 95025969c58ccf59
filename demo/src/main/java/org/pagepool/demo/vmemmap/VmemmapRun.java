package org.pagepool.demo.vmemmap;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.demo.cli.Heap;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.demo.vmemmap.VmemmapResult.Case;
import org.pagepool.demo.vmemmap.VmemmapResult.Idle;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.Vmemmap;
import org.pagepool.runtime.vmemmap.VmemmapFigures;

/**
 * Computes one plan: populates the model of each memmap and counts in it; then maps the device in a pool of this process,
 * one pool for each geometry, and looks at the heap. It maps several of them and divides, because a garbage collector's
 * figure is off by a few KiB, and so is what else goes on in a process. Used once, on one thread.
 */
final class VmemmapRun {
    private static final TimeSource TIME = SystemTime.MONOTONIC;

    /** The smallest device a pool maps: a subsection. */
    private static final long SMALLEST_BYTES = 2L << 20;

    /** One is so cheap that chance would be seen. */
    private static final int DEVICES = 16;

    private final VmemmapPlan plan;
    private final Interrupts interrupts;
    private final StatusLine status;

    VmemmapRun(VmemmapPlan plan, Interrupts interrupts, StatusLine status) {
        this.plan = plan;
        this.interrupts = interrupts;
        this.status = status;
    }

    VmemmapResult run(List<Case> cases) {
        long start = TIME.nanos();
        List<Idle> idle = new ArrayList<>();
        for (Geometry geometry : plan.measure() ? plan.geometries() : List.<Geometry>of()) {
            if (!interrupts.interrupted()) {
                String heads = Sizes.exact(plan.headBytes(geometry));
                status.show(() -> "vmemmap: mapping the device in heads of " + heads);
                idle.add(measure(geometry));
            }
        }
        return new VmemmapResult(plan, cases, idle, TIME.nanos() - start, interrupts.interrupted());
    }

    /**
     * What the kernel spends, case by case.
     *
     * @throws UsageException if the altmap is too small for the metadata
     */
    static List<Case> cases(VmemmapPlan plan) {
        List<Case> cases = new ArrayList<>();
        for (Geometry geometry : plan.geometries()) {
            for (VmemmapDedup dedup : plan.dedups()) {
                cases.add(new Case(geometry, dedup, figures(plan.spec(geometry, dedup))));
            }
        }
        return cases;
    }

    private static VmemmapFigures figures(PgmapSpec spec) {
        if (Vmemmap.populateAll(spec) instanceof Vmemmap.Populated.Done done) {
            return VmemmapFigures.measured(spec, done.memmap());
        }
        int shift = spec.basePage().shift();
        long head = spec.geometry().pages() << shift;
        VmemmapFigures need = VmemmapFigures.of(spec);
        Altmap altmap = spec.altmap();
        throw new UsageException("--altmap " + Sizes.exact(altmap == null ? 0 : altmap.pages() << shift)
                + ": too small for the records of --size " + Sizes.exact(need.deviceBytes()) + "; want "
                + Sizes.exact((need.vmemmapBytes() + head - 1) / head * head) + " or more");
    }

    // ---- this process

    private Idle measure(Geometry geometry) {
        try (Pool pool = Pool.builder()
                .events(EventSink.NONE)
                .time(TIME)
                .config(config())
                .start()) {
            // What the first device of any size loads and allocates would be taken for the cost of this one.
            long head = plan.headBytes(geometry);
            PoolCalls.join(pool, pool.map(device("first", Math.max(head, SMALLEST_BYTES), head)));
            long before = Heap.inUse();
            List<Long> nanos = new ArrayList<>();
            for (int i = 0; i < DEVICES; i++) {
                long start = TIME.nanos();
                String refused = map(pool, "pmem" + i, geometry);
                nanos.add(TIME.nanos() - start);
                if (refused != null) {
                    return new Idle(geometry, 0, 0, 0, refused);
                }
            }
            long bytes = Math.max(0, Heap.inUse() - before) / DEVICES;
            int heads = PoolCalls.join(pool, pool.census()).liveHeads();
            Collections.sort(nanos);
            return new Idle(geometry, bytes, nanos.get(DEVICES / 2), heads, null);
        }
    }

    private @Nullable String map(Pool pool, String id, Geometry geometry) {
        try {
            DeviceSpec device = device(id, plan.bytes(), plan.headBytes(geometry));
            PoolCalls.join(pool, pool.map(device.altmap(plan.altmap())));
            return null;
        } catch (UsageException refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    private DeviceSpec device(String id, long bytes, long headBytes) {
        return DeviceSpec.of(id, bytes)
                .type(plan.type())
                .basePage(plan.basePage())
                .headBytes(headBytes)
                .protocol(plan.protocol());
    }

    private static Config config() {
        return PoolCalls.settings("");
    }
}
