package org.pagepool.actors;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.PgmapOp;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What a driver does for its device, given when it is mapped: {@code PgmapOps.NONE.pageFree((pfn, order) -> ...)}. Which
 * operations there must be depends on the memory type (B9); a device that names none gets those its type needs, doing
 * nothing.
 *
 * <p>Operations are called by the device's actors, on their threads, one at a time per actor but at the same time by
 * different ones; they must be quick and must not block. Whoever has more to do sends a message. What an operation throws is
 * logged, counted and otherwise ignored: no count is lost by it.
 *
 * @param pageFree a page became free; called by the section of the page
 * @param kill stop giving out the driver's own reference; called once, by the teardown, before anything else (B11)
 * @param cleanup wait for the driver's own reference: the stage it returns completes when all have come back; called once, by
 *     the teardown, which goes on when it has completed, normally or not (B11)
 * @param migrateToRam a CPU touched a private page; called by the section of the page
 * @param memoryFailure pages were found to be poisoned; called before anything else is done about them (B39)
 */
public record PgmapOps(
        @Nullable PageFree pageFree,
        @Nullable Runnable kill,
        @Nullable Supplier<CompletionStage<?>> cleanup,
        @Nullable MigrateToRam migrateToRam,
        @Nullable MemoryFailure memoryFailure) {

    /** A driver without operations. */
    public static final PgmapOps NONE = new PgmapOps(null, null, null, null, null);

    /** Told of a page that became free. */
    @FunctionalInterface
    public interface PageFree {
        /** The page at {@code pfn}, a head of {@code 2^order} base pages, is the driver's again. */
        void pageFree(long pfn, int order);
    }

    /** Asked to bring a private page back to RAM. */
    @FunctionalInterface
    public interface MigrateToRam {
        /** A CPU touched the page at {@code pfn}, which it cannot address: whether its data is in RAM now. */
        boolean migrateToRam(long pfn);
    }

    /** Asked to handle poison. */
    @FunctionalInterface
    public interface MemoryFailure {
        /** Pages from {@code pfn} on are poisoned. Any answer but {@link Handled#NOT_SUPPORTED} is final. */
        Handled memoryFailure(long pfn, long pages);
    }

    /** What a driver did about poison. */
    public enum Handled {
        /** It dealt with it, and whoever uses the pages has been told. */
        HANDLED,
        /** It tried and could not. */
        FAILED,
        /** It leaves this to the generic handling. */
        NOT_SUPPORTED
    }

    /** Operations that do nothing, as many as {@code device} needs. */
    public static PgmapOps idle(PgmapSpec device) {
        PgmapOps ops = idle(device.type(), device.protocol());
        PgmapOps all = device.ops().contains(PgmapOp.KILL)
                ? ops.reference(() -> {}, () -> CompletableFuture.completedFuture(null))
                : ops;
        return device.ops().contains(PgmapOp.PAGE_FREE) ? all.pageFree((pfn, order) -> {}) : all;
    }

    /** Operations that do nothing, as many as a device of that type needs. */
    static PgmapOps idle(MemoryType type, Protocol protocol) {
        Set<PgmapOp> needed = PgmapOp.required(type, protocol);
        PgmapOps ops = needed.contains(PgmapOp.PAGE_FREE) ? NONE.pageFree((pfn, order) -> {}) : NONE;
        return needed.contains(PgmapOp.MIGRATE_TO_RAM) ? ops.migrateToRam(pfn -> false) : ops;
    }

    /** These with that one for free pages. */
    public PgmapOps pageFree(PageFree op) {
        return new PgmapOps(op, kill, cleanup, migrateToRam, memoryFailure);
    }

    /** These with a reference of the driver's own: {@code whenKilled} stops it, {@code whenDrained} waits for it. */
    public PgmapOps reference(Runnable whenKilled, Supplier<CompletionStage<?>> whenDrained) {
        return new PgmapOps(pageFree, whenKilled, whenDrained, migrateToRam, memoryFailure);
    }

    /** These with that one for CPU faults on private pages. */
    public PgmapOps migrateToRam(MigrateToRam op) {
        return new PgmapOps(pageFree, kill, cleanup, op, memoryFailure);
    }

    /** These with that one for poison. */
    public PgmapOps memoryFailure(MemoryFailure op) {
        return new PgmapOps(pageFree, kill, cleanup, migrateToRam, op);
    }

    /** Which operations there are. */
    public Set<PgmapOp> present() {
        Set<PgmapOp> all = EnumSet.noneOf(PgmapOp.class);
        add(all, pageFree, PgmapOp.PAGE_FREE);
        add(all, kill, PgmapOp.KILL);
        add(all, cleanup, PgmapOp.CLEANUP);
        add(all, migrateToRam, PgmapOp.MIGRATE_TO_RAM);
        add(all, memoryFailure, PgmapOp.MEMORY_FAILURE);
        return all;
    }

    private static void add(Set<PgmapOp> all, @Nullable Object given, PgmapOp op) {
        if (given != null) {
            all.add(op);
        }
    }
}
