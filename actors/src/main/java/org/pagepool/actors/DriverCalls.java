package org.pagepool.actors;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.PgmapOps.Handled;
import org.slf4j.Logger;

/**
 * The operations of one device's driver, made safe to call: what they throw is logged and counted, and nobody who calls them
 * fails with it. Shared by the pgmap, its sections and its teardown; each of them calls from its own thread.
 */
final class DriverCalls {
    /** A device without a driver. */
    static final DriverCalls NONE =
            new DriverCalls("none", PgmapOps.NONE, org.slf4j.LoggerFactory.getLogger(DriverCalls.class));

    private final String pgmap;
    private final PgmapOps ops;
    private final Logger log;
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean cleaningUp;
    private volatile PgmapOps attached = PgmapOps.NONE;
    private volatile boolean taken;

    DriverCalls(String pgmap, PgmapOps ops, Logger log) {
        this.pgmap = pgmap;
        this.ops = ops;
        this.log = log;
    }

    /** How often an operation threw. */
    long failures() {
        return failures.get();
    }

    /**
     * From now on a driver that is an actor is told of free pages and of CPUs that touch private ones too; false if there is
     * one already. For the pgmap alone.
     */
    boolean attach(PgmapOps more) {
        if (taken) {
            return false;
        }
        attached = more;
        taken = true;
        return true;
    }

    /** The driver that was attached is no more. */
    void detach() {
        attached = PgmapOps.NONE;
        taken = false;
    }

    /** A page became free: tells the driver, if it wants to know. */
    void pageFree(long pfn, int order) {
        pageFree(ops.pageFree(), pfn, order);
        pageFree(attached.pageFree(), pfn, order);
    }

    private void pageFree(PgmapOps.@Nullable PageFree op, long pfn, int order) {
        if (op != null) {
            guard("page-free", () -> op.pageFree(pfn, order));
        }
    }

    /** Whether the driver brings a reference of its own, to be killed and waited for (E1). */
    boolean hasReference() {
        return ops.kill() != null && ops.cleanup() != null;
    }

    /** Whether its cleanup operation has been called and is not done. */
    boolean cleaningUp() {
        return cleaningUp;
    }

    /** Kills the driver's own reference. */
    void kill() {
        Runnable op = ops.kill();
        if (op != null) {
            guard("kill", op);
        }
    }

    /** Completes when the driver's own reference has come back, or with what went wrong, which has been counted then. */
    CompletionStage<?> cleanup() {
        var op = ops.cleanup();
        if (op == null) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            cleaningUp = true;
            CompletionStage<?>[] stage = new CompletionStage<?>[1];
            FairForkJoin.far(() -> stage[0] = op.get());
            return stage[0].whenComplete((done, failed) -> {
                cleaningUp = false;
                if (failed != null) {
                    failed("cleanup", failed);
                }
            });
        } catch (RuntimeException thrown) {
            cleaningUp = false;
            failed("cleanup", thrown);
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /** Whether the driver has brought the page at {@code pfn} back to RAM. */
    boolean migrateToRam(long pfn) {
        return migrateToRam(ops.migrateToRam(), pfn) || migrateToRam(attached.migrateToRam(), pfn);
    }

    private boolean migrateToRam(PgmapOps.@Nullable MigrateToRam op, long pfn) {
        boolean[] done = new boolean[1];
        if (op != null) {
            guard("migrate-to-ram", () -> done[0] = op.migrateToRam(pfn));
        }
        return done[0];
    }

    /** What the driver did about poison; one that throws has tried and failed. */
    Handled memoryFailure(long pfn, long pages) {
        PgmapOps.MemoryFailure op = ops.memoryFailure();
        Handled[] did = {op == null ? Handled.NOT_SUPPORTED : Handled.FAILED};
        if (op != null) {
            guard("memory-failure", () -> did[0] = op.memoryFailure(pfn, pages));
        }
        return did[0];
    }

    private void guard(String op, Runnable call) {
        try {
            FairForkJoin.far(call);
        } catch (RuntimeException thrown) {
            failed(op, thrown);
        }
    }

    private void failed(String op, Throwable thrown) {
        failures.incrementAndGet();
        log.error("driver operation failed: pgmap={} operation={}", pgmap, op, thrown);
    }
}
