package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.GupWalker;
import org.pagepool.runtime.gup.PageList;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;

/** A task that gets and pins pages of one address space, and holds them until it gives them back or ends. */
public final class Walker {
    /** Calls of a loop for each of which its caller has patience; more do not make it wait longer. */
    private static final long LOOP_CALLS_TIMED = 100;

    private final Pool pool;
    private final String name;
    private final Space space;
    private final ActorRef<GupWalker.Command> ref;
    private volatile boolean closed;

    Walker(Pool pool, String name, Space space, ActorRef<GupWalker.Command> ref) {
        this.pool = pool;
        this.name = name;
        this.space = space;
        this.ref = ref;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Where it walks. */
    public Space space() {
        return space;
    }

    /** The actor behind it. */
    public ActorRef<GupWalker.Command> ref() {
        return ref;
    }

    /**
     * Pins {@code pages} base pages from virtual page {@code vpn} on. May pin fewer: then {@link GupWalker.Walked#stop} says
     * why, and those few are pinned.
     */
    public CompletionStage<GupWalker.Walked> pin(long vpn, long pages) {
        return walk(vpn, pages, GupWalker.Flags.PIN);
    }

    /** Gets {@code pages} base pages, like {@link #pin}. */
    public CompletionStage<GupWalker.Walked> get(long vpn, long pages) {
        return walk(vpn, pages, GupWalker.Flags.GET);
    }

    /** Gets or pins with the given flags. */
    public CompletionStage<GupWalker.Walked> walk(long vpn, long pages, GupWalker.Flags flags) {
        if (closed) {
            return CompletableFuture.failedFuture(refusedAsClosed());
        }
        return pool.ask(
                ref,
                replyTo -> new GupWalker.Walk(vpn, pages, flags, replyTo),
                pool.limits().walkTimeout().plus(pool.limits().askTimeout()));
    }

    /**
     * Gets or pins a range in calls of {@code pagesPerCall} base pages, each with a pin of its own: the loop of gup_test, without a way
     * to the walker and back for each call. A call that gets fewer pages than it asked for is the last; {@link
     * GupWalker.LoopWalked#stop} says why. As many calls are under way at once as may be ({@link GupWalker.WalkLoop}). Walks asked for
     * meanwhile get their turn between two calls, behind those that are under way. Fails with TIMEOUT if the loop is not over in as
     * much time as all its calls, or a hundred, may take; what it has pinned by then this walker holds until it is closed.
     */
    public CompletionStage<GupWalker.LoopWalked> walkLoop(
            long vpn, long pages, long pagesPerCall, GupWalker.Flags flags) {
        return walkLoop(vpn, pages, pagesPerCall, GupWalker.AT_ONCE_MAX, flags);
    }

    /**
     * The same with at most {@code atOnce} calls under way, 1 to {@link GupWalker#AT_ONCE_MAX}; with 1 each begins when the one before
     * has ended.
     */
    public CompletionStage<GupWalker.LoopWalked> walkLoop(
            long vpn, long pages, long pagesPerCall, int atOnce, GupWalker.Flags flags) {
        if (closed) {
            return CompletableFuture.failedFuture(refusedAsClosed());
        }
        long calls = pagesPerCall <= 0 ? 1 : Math.min(LOOP_CALLS_TIMED, 1 + pages / pagesPerCall);
        return pool.ask(
                ref,
                replyTo -> new GupWalker.WalkLoop(vpn, pages, pagesPerCall, atOnce, flags, replyTo),
                pool.limits()
                        .walkTimeout()
                        .multipliedBy(Math.max(1, calls))
                        .plus(pool.limits().askTimeout()));
    }

    /**
     * Unpins all of {@code pin}; returns the references given back. Fails with {@link PoolRefusedException} if it was
     * released or revoked before, is a get, or belongs to another walker.
     */
    public CompletionStage<Long> unpin(Pin pin) {
        return put(pin, GrabKind.PIN, 0, pin.pages());
    }

    /** Unpins {@code pages} pages of {@code pin} from its page {@code index} on. */
    public CompletionStage<Long> unpin(Pin pin, long index, long pages) {
        return put(pin, GrabKind.PIN, index, pages);
    }

    /**
     * Unpins the pages of a list, in whichever of this walker's pins each is held: unpin_user_pages (B26). Neighbours in the
     * list that have the same head are given back at once; {@link GupWalker.PagesPut#atomics} says in how many steps.
     *
     * @param pfns in any order, once for each pin to give back; negative entries are holes, which are skipped
     * @see #unpinPages(long[], boolean)
     */
    public CompletionStage<GupWalker.PagesPut> unpinPages(long... pfns) {
        return unpinPages(pfns, false);
    }

    /**
     * Unpins the pages of a list and, if {@code dirty}, marks their heads as written to first: unpin_user_pages_dirty_lock. Fails
     * with {@link PoolRefusedException} if one of the pages is not pinned by this walker, or not often enough; nothing is
     * unpinned then.
     */
    public CompletionStage<GupWalker.PagesPut> unpinPages(long[] pfns, boolean dirty) {
        if (closed) {
            return CompletableFuture.failedFuture(refusedAsClosed());
        }
        PageList list = PageList.of(pfns);
        CompletionStage<GupWalker.PagesPut> answer = pool.ask(
                ref,
                replyTo -> new GupWalker.PutPages(list, GrabKind.PIN, dirty, replyTo),
                pool.limits().walkTimeout().plus(pool.limits().askTimeout()));
        return answer.thenApply(done -> {
            Refusal refusal = done.refusal();
            if (refusal != null) {
                throw new PoolRefusedException(
                        "unpin refused: " + refusal.text() + ": walker=" + name
                                + (done.pfn() < 0 ? "" : " pfn=0x" + Long.toHexString(done.pfn())) + " pages="
                                + list.size(),
                        refusal);
            }
            return done;
        });
    }

    /**
     * Whether every page of {@code pin} looks pinned (page_maybe_dma_pinned) and may be pinned for long, as its heads say now
     * (B30, B53). Order-0 pages may look pinned by many gets; none that is pinned ever looks as if it were not.
     */
    public CompletionStage<GupWalker.Verified> verify(Pin pin) {
        if (closed) {
            return CompletableFuture.failedFuture(refusedAsClosed());
        }
        return pool.ask(ref, replyTo -> new GupWalker.Verify(java.util.List.of(pin), replyTo));
    }

    /** Puts all of a get. */
    public CompletionStage<Long> put(Pin get) {
        return put(get, GrabKind.GET, 0, get.pages());
    }

    private PoolRefusedException refusedAsClosed() {
        return new PoolRefusedException("walker is closed: walker=" + name + ", want one that is open", Refusal.CLOSED);
    }

    private CompletionStage<Long> put(Pin pin, GrabKind as, long index, long pages) {
        if (closed) {
            return CompletableFuture.failedFuture(refusedAsClosed());
        }
        CompletionStage<GupWalker.PutDone> answer = pool.ask(
                ref,
                replyTo -> new GupWalker.Put(pin, as, index, pages, replyTo),
                pool.limits().walkTimeout().plus(pool.limits().askTimeout()));
        return answer.thenApply(done -> {
            Refusal refusal = done.refusal();
            if (refusal != null) {
                throw new PoolRefusedException(explain(pin, as, index, pages, refusal), refusal);
            }
            return done.refs();
        });
    }

    private String explain(Pin pin, GrabKind as, long index, long pages, Refusal refusal) {
        String what = (as == GrabKind.PIN ? "unpin" : "put") + " refused: " + refusal.text() + ": pin=" + pin.holder()
                + "#" + pin.id() + " kind=" + pin.kind() + " vpn=0x" + Long.toHexString(pin.vpn()) + " pages="
                + pin.pages();
        return switch (refusal) {
            case FOREIGN -> what + " by=" + name + ", want its holder " + pin.holder();
            case KIND_MISMATCH -> what + ", want " + (pin.kind() == GrabKind.PIN ? "unpin" : "put");
            case OUT_OF_RANGE -> what + " index=" + index + " count=" + pages + ", want pages inside the pin";
            default -> what;
        };
    }

    /** Ends the walker, as the exit of a process would: what it holds is released. */
    public void close() {
        closed = true;
        ref.tell(GupWalker.Close.INSTANCE);
    }
}
