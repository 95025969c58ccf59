package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.pagepool.actors.Limits;
import org.pagepool.actors.PagePool;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.PgmapHandle;
import org.pagepool.actors.Section;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/** A mapped device. */
public final class Device {
    private static final AtomicLong WAITERS = new AtomicLong();

    private final Pool pool;
    private final PgmapHandle handle;

    Device(Pool pool, PgmapHandle handle) {
        this.pool = pool;
        this.handle = handle;
    }

    /** What it is. */
    public PgmapSpec spec() {
        return handle.spec();
    }

    /** What a lookup by pfn returns for it. */
    public PgmapHandle handle() {
        return handle;
    }

    /** The actor behind it. */
    public ActorRef<Pgmap.Command> ref() {
        return handle.ref();
    }

    /**
     * Tears the device down if nobody holds anything of it. Otherwise {@link Pgmap.Busy} lists the holders, and nothing has
     * changed. On a device that is dying already it answers when that is over.
     */
    public CompletionStage<Pgmap.CloseAnswer> closeIfIdle() {
        return close(CloseVerb.IF_IDLE, pool.limits().askTimeout(), "closeIfIdle");
    }

    /**
     * Refuses newcomers from now on and tears the device down when the last holder has let go. If that takes longer than
     * {@code deadline}, answers {@link Pgmap.StillHeld} with the holders; the teardown goes on and is done when they let go.
     */
    public CompletionStage<Pgmap.CloseAnswer> closeWhenIdle(Duration deadline) {
        return close(CloseVerb.WHEN_IDLE, deadline, "closeWhenIdle");
    }

    /**
     * Refuses newcomers, takes the references away from their holders, who are told {@code reason}, and tears the device
     * down.
     */
    public CompletionStage<Pgmap.CloseAnswer> revoke(String reason) {
        return close(CloseVerb.REVOKE, pool.limits().askTimeout(), reason);
    }

    /** Tears down by that verb. */
    public CompletionStage<Pgmap.CloseAnswer> close(CloseVerb verb, Duration deadline, String reason) {
        CompletionStage<Pgmap.CloseAnswer> answer = pool.ask(
                ref(),
                replyTo -> new Pgmap.Close(verb, deadline, reason, replyTo),
                Limits.countable(deadline).plus(pool.limits().askTimeout()));
        return orIfGone(answer, () -> new Pgmap.Closed(spec().id(), Map.of()));
    }

    /** Where it is in its life; while it is dying: for whom it waits, since when, and how much each holds. */
    public CompletionStage<Pgmap.Status> status() {
        return orIfGone(
                pool.ask(ref(), Pgmap.AskStatus::new),
                () -> new Pgmap.Status(spec().id(), Pgmap.Life.RELEASED, Phase.DONE, Map.of(), List.of(), 0));
    }

    /** The answer, or, if there is none because the device is cleaned up and its actor gone, what it would have said. */
    private <R> CompletionStage<R> orIfGone(CompletionStage<R> answer, Supplier<R> gone) {
        return answer.exceptionallyCompose(failed -> found().thenApply(alive -> {
            if (alive) {
                throw new CompletionException(failed);
            }
            return gone.get();
        }));
    }

    /** Whether the pool's lookup still finds this very device. */
    private CompletionStage<Boolean> found() {
        CompletionStage<PagePool.PgmapFound> found =
                pool.ask(replyTo -> new PagePool.FindPgmap(spec().pfnAt(0), replyTo));
        return found.thenApply(f -> f.handle() != null && f.handle().ref().equals(ref()));
    }

    /** Who holds what of it now. */
    public CompletionStage<List<Holding>> holders() {
        return status().thenApply(Pgmap.Status::holders);
    }

    /**
     * Watches a page: completes with true when its head is idle, at once if it is; with false after {@code deadline}, or
     * when the device was cleaned up first.
     *
     * @param pfn any page of the head
     */
    public CompletionStage<Boolean> awaitIdle(long pfn, Duration deadline) {
        PgmapSpec spec = spec();
        if (!spec.owns(pfn)) {
            return CompletableFuture.failedFuture(new PoolRefusedException(
                    "pfn outside the device: device=" + spec.id() + " pfn=0x" + Long.toHexString(pfn) + " ranges="
                            + spec.ranges(),
                    Refusal.OUT_OF_RANGE));
        }
        long head = spec.geometry().headOf(pfn);
        String waiter = "waiter-" + WAITERS.incrementAndGet();
        Pgmap.SectionsFound none = new Pgmap.SectionsFound(ref(), 0, 0, List.of(), List.of(), Refusal.DEAD);
        return orIfGone(section(spec.sectionOf(pfn)), () -> none).thenCompose(found -> {
            if (found.sections().isEmpty()) {
                return CompletableFuture.completedFuture(false);
            }
            ActorRef<Section.Command> section = found.sections().get(0);
            CompletionStage<Section.IdleAnswer> answer = pool.ask(
                    section,
                    replyTo -> {
                        pool.system()
                                .scheduler()
                                .scheduleOnce(
                                        Limits.countable(deadline),
                                        () -> section.tell(new Section.CancelAwait(head, waiter)),
                                        pool.system().executionContext());
                        return new Section.AwaitIdle(head, waiter, replyTo);
                    },
                    Limits.countable(deadline).plus(pool.limits().askTimeout()));
            return answer.thenApply(a -> {
                if (a.refusal() == Refusal.LIMIT) {
                    throw new PoolRefusedException(
                            "too many waiters: device=" + spec.id() + " head=0x" + Long.toHexString(head) + " limit="
                                    + pool.limits().waitersPerHeadMax(),
                            Refusal.LIMIT);
                }
                return a.idle();
            });
        });
    }

    private CompletionStage<Pgmap.SectionsFound> section(int number) {
        return pool.ask(ref(), replyTo -> new Pgmap.FindSections(number, number, replyTo));
    }

    /** The phases of a teardown that is over, by when they were entered, in nanoseconds from the first. */
    public static Map<Phase, Long> phases(Pgmap.Closed closed) {
        long start = closed.enteredNanos().values().stream()
                .mapToLong(Long::longValue)
                .min()
                .orElse(0);
        Map<Phase, Long> out = new java.util.TreeMap<>();
        closed.enteredNanos().forEach((phase, nanos) -> out.put(phase, nanos - start));
        return out;
    }

    /**
     * A CPU touches the page at {@code pfn} of private memory, which it cannot address: its driver is asked to bring it back to
     * RAM. False if the driver does not have it out, or the device is gone.
     */
    public CompletionStage<Boolean> touch(long pfn) {
        if (!spec().owns(pfn)) {
            return CompletableFuture.completedFuture(false);
        }
        Pgmap.SectionsFound none = new Pgmap.SectionsFound(ref(), 0, 0, List.of(), List.of(), Refusal.DEAD);
        return orIfGone(section(spec().sectionOf(pfn)), () -> none).thenCompose(found -> {
            if (found.sections().isEmpty()) {
                return CompletableFuture.completedFuture(false);
            }
            CompletionStage<Section.BroughtBack> answer =
                    pool.ask(found.sections().get(0), replyTo -> new Section.TouchedByCpu(pfn, replyTo));
            return answer.thenApply(Section.BroughtBack::done);
        });
    }
}
