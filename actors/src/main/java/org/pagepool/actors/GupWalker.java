package org.pagepool.actors;

import akka.actor.Cancellable;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.Walking.Phase;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.gup.Longterm;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.PageList;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.gup.Settlement;
import org.pagepool.runtime.gup.WalkPlan;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * A task that pins: looks entries up, grabs per head, rechecks, and gives back what it may not keep. Holds what it has
 * pinned; when it terminates, the sections release that.
 *
 * <h2>A walk</h2>
 *
 * First one pass over the range on the fast path, without any lock:
 *
 * <pre>
 *   LOOKUP   see which entries map the range: in the table the address space publishes, or by asking it
 *   FIND     learn whose pages these are and where their sections live; skipped for what is known (B6)
 *   GRAB     one message per section, with the runs of heads in it  (B19, B20)
 *   RECHECK  see whether the entries are still the same             (B17, B52), and whether their type is allowed (B21)
 *   UNWIND   give back what was granted beyond what stays           (B24)
 *   END      give back the pgmap references, where they were kept that long (B6)
 * </pre>
 *
 * Lookup, grab and recheck are separate steps on purpose, with the answers of the sections between them: between any two of them the entry may be zapped, the pgmap
 * killed, the page freed, as between the steps of the kernel's walk (R5, R8, R12).
 *
 * <p>What the fast path leaves is taken on the slow path (B24, B28), unless the caller wants the fast one only. It goes step
 * by step, each over what one area and one table page map:
 *
 * <pre>
 *   FOLLOW   ask the address space for the entries, and for their lock
 *   FAULT    or, where there is none, to fault it in; then follow again
 *   FIND     as above
 *   GRAB     by the slow path's own batches                         (D16)
 *   UNWIND   give back what lies behind a refusal
 *   END      as above; then the lock is let go
 *   MIGRATE  have coherent memory moved out of the way of a long-term pin (B29)
 * </pre>
 *
 * Under the lock no entry changes, so there is nothing to recheck, and a refusal is final: the caller is told. A page that
 * cannot be faulted in is asked for {@value #FAULTS_MAX} times in a row. One walk runs at a time, others wait; of a loop of
 * calls the next ones may have got as far as GRAB by the time it is their turn ({@link WalkLoop}).
 */
public final class GupWalker extends AbstractBehavior<GupWalker.Command> {
    /** What a walker understands; the answers it waits for are commands too, so that nothing needs an adapter. */
    public sealed interface Command
            permits Walk,
                    WalkLoop,
                    Put,
                    PutPages,
                    Verify,
                    Close,
                    LookupDone,
                    Followed,
                    FaultDone,
                    Migrated,
                    RecheckDone,
                    PgmapGone,
                    SpaceGone,
                    Retry,
                    Section.ToHolder,
                    Pgmap.SectionsFound,
                    PagePool.PgmapFound {}

    /**
     * How a walk grabs.
     *
     * @param kind {@link GrabKind#GET} or {@link GrabKind#PIN}
     * @param write whether the entries must permit writing
     * @param longterm FOLL_LONGTERM: to be held indefinitely; needs a pin
     * @param fastOnly never fault; take what is mapped (FOLL_FAST_ONLY)
     * @param peerToPeer the caller can do DMA between peers (FOLL_PCI_P2PDMA)
     * @param slowOnly begin on the slow path: pin_user_pages rather than pin_user_pages_fast
     */
    public record Flags(
            GrabKind kind, boolean write, boolean longterm, boolean fastOnly, boolean peerToPeer, boolean slowOnly) {
        /** A pin for writing, faulting as needed. */
        public static final Flags PIN = new Flags(GrabKind.PIN, true, false, false, false);

        /** A get for writing, faulting as needed. */
        public static final Flags GET = new Flags(GrabKind.GET, true, false, false, false);

        /** A long-term pin for writing. */
        public static final Flags LONGTERM = new Flags(GrabKind.PIN, true, true, false, false);

        /** A pin for writing of what is mapped, on the fast path only. */
        public static final Flags FAST_PIN = new Flags(GrabKind.PIN, true, false, true, false);

        /** A get for writing of what is mapped, on the fast path only. */
        public static final Flags FAST_GET = new Flags(GrabKind.GET, true, false, true, false);

        /** A long-term pin for writing of what is mapped, on the fast path only. */
        public static final Flags FAST_LONGTERM = new Flags(GrabKind.PIN, true, true, true, false);

        /** On the fast path, and on the slow one unless {@code fastOnly}. */
        public Flags(GrabKind kind, boolean write, boolean longterm, boolean fastOnly, boolean peerToPeer) {
            this(kind, write, longterm, fastOnly, peerToPeer, false);
        }

        /** Refuses kinds a walk cannot grab, and walks on no path. */
        public Flags {
            if (kind != GrabKind.GET && kind != GrabKind.PIN) {
                throw new IllegalArgumentException("a walk gets or pins: kind=" + kind);
            }
            if (fastOnly && slowOnly) {
                throw new IllegalArgumentException("neither path is left: fastOnly=true slowOnly=true");
            }
            if (longterm && kind != GrabKind.PIN) {
                throw new IllegalArgumentException("long-term needs a pin: kind=" + kind);
            }
        }
    }

    /** Get or pin {@code pages} base pages from virtual page {@code vpn} on. Answered by one {@link Walked}. */
    public record Walk(long vpn, long pages, Flags flags, ActorRef<? super Walked> replyTo) implements Command {}

    /**
     * Get or pin a range in calls of {@code pagesPerCall} pages, each a walk of its own with a pin of its own, as the loop of the
     * kernel's gup_test does. Answered by one {@link LoopWalked}; a call that gets fewer pages than it asked for is the last. Other
     * walks that wait get their turn between two calls, behind those that are under way. At most {@link #LOOP_CALLS_MAX} calls.
     *
     * <p>Calls end one after the other, each in its turn. While the one in front waits for its sections, the walker asks for what the
     * next ones want, as far as that needs nothing but the fast path and no other walk waits, and up to {@value #AHEAD_HEADS_MAX}
     * heads. If a call gets fewer pages, or has to take the slow path, what was asked for behind it goes back, and less is asked for
     * ahead for a while.
     *
     * @param pages base pages in all
     * @param pagesPerCall base pages of a call, at least one; the last one asks for what is left
     * @param atOnce calls under way at the same time, 1 to {@link #AT_ONCE_MAX}; with 1 each begins when the one before has ended
     */
    public record WalkLoop(
            long vpn, long pages, long pagesPerCall, int atOnce, Flags flags, ActorRef<? super LoopWalked> replyTo)
            implements Command {
        /** Refuses to have no call under way, or too many. */
        public WalkLoop {
            if (atOnce < 1 || atOnce > AT_ONCE_MAX) {
                throw new IllegalArgumentException(
                        "no such number of calls at once: atOnce=" + atOnce + ", want 1 to " + AT_ONCE_MAX);
            }
        }
    }

    /**
     * Give back pages {@code index} to {@code index + pages} of a pin; a pin is unpinned and a get is put, never crosswise
     * (R30). Answered by one {@link PutDone}.
     *
     * @param as what the caller believes it is
     */
    public record Put(Pin pin, GrabKind as, long index, long pages, ActorRef<? super PutDone> replyTo)
            implements Command {
        /** All of {@code pin}, as what it is. */
        public static Put all(Pin pin, ActorRef<? super PutDone> replyTo) {
            return new Put(pin, pin.kind(), 0, pin.pages(), replyTo);
        }
    }

    /**
     * Give back the pages of a list, each in whichever pin of that kind holds it (B26). Neighbours in the list that have the
     * same head are one decrement. All of the list or nothing; answered by one {@link PagesPut}.
     *
     * @param list each page once for each reference; holes are skipped
     * @param dirty mark each head as written to first, where it is not marked yet
     */
    public record PutPages(PageList list, GrabKind as, boolean dirty, ActorRef<? super PagesPut> replyTo)
            implements Command {}

    /**
     * Asks whether every page of these pins looks pinned, and may be pinned for long, as the kernel's own test does after it has
     * pinned (B53). Changes nothing; answered by one {@link Verified}.
     */
    public record Verify(List<Pin> pins, ActorRef<? super Verified> replyTo) implements Command {}

    /** Ends the walker, as the exit of a process would: what it holds is released by the sections. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    /**
     * What the address space found.
     *
     * @param table where a walker in the same process finds it the next time; null if it has to ask again
     */
    record LookupDone(
            long question, Lookup lookup, @Nullable PublishedTable table) implements Command {
        /** From a space that has to be asked. */
        LookupDone(long question, Lookup lookup) {
            this(question, lookup, null);
        }
    }

    /** What the address space found, and keeps as it is until it is told otherwise. */
    record Followed(long question, Lookup lookup) implements Command {}

    /** So many pages are in system memory now. */
    record Migrated(long question, long pages) implements Command {}

    /** The address space has faulted in what it could. */
    record FaultDone(long question, @Nullable Refusal refusal) implements Command {}

    /** How many leading pages are still mapped as they were seen. */
    record RecheckDone(long question, long pages) implements Command {}

    private record PgmapGone(PgmapHandle handle) implements Command {}

    private enum SpaceGone implements Command {
        INSTANCE
    }

    private enum Retry implements Command {
        INSTANCE
    }

    /**
     * How a walk ended.
     *
     * @param pin the references, or null if there are none
     * @param pages base pages granted; fewer than asked for when {@code stop} says why
     * @param stop null if all pages were granted
     * @param slow whether the slow path was needed
     * @param messages messages sent and received for it by walker, sections and heads
     * @param headGrabs messages that asked a head for references
     * @param pgmapLookups how often the kernel's loop looks a pgmap up for this walk (B6); none of them is a message here
     * @param migrated base pages that were moved to system memory out of its way (B29)
     */
    public record Walked(
            @Nullable Pin pin,
            long pages,
            @Nullable Refusal stop,
            boolean slow,
            long messages,
            long headGrabs,
            long pgmapLookups,
            long migrated) {
        /** A walk that was not begun. */
        static Walked refused(Refusal why) {
            return new Walked(null, 0, why, false, 2, 0, 0, 0);
        }
    }

    /**
     * How a loop ended.
     *
     * @param pins what the calls got, in their order; one that teardown has taken back meanwhile may be among them, and is void.
     *     None if the walker was closed
     * @param pages base pages granted in all calls
     * @param calls calls made
     * @param stop why the last call got fewer pages than it asked for, or null
     * @param slow whether any call needed the slow path
     * @param messages messages sent and received for all calls by walker, sections and heads
     * @param headGrabs messages that asked a head for references
     * @param pgmapLookups as in {@link Walked}, of all calls
     * @param migrated base pages that were moved to system memory (B29)
     */
    public record LoopWalked(
            List<Pin> pins,
            long pages,
            long calls,
            @Nullable Refusal stop,
            boolean slow,
            long messages,
            long headGrabs,
            long pgmapLookups,
            long migrated) {
        /** Copies the list. */
        public LoopWalked {
            pins = List.copyOf(pins);
        }
    }

    /**
     * How giving back ended.
     *
     * @param refs references given back
     * @param refusal why not, or null; nothing was given back unless {@code refs} says so. TIMEOUT: not within {@code
     *     pagepool.limits.walk-timeout}, and it goes on; asked again it is ALREADY_RELEASED
     */
    public record PutDone(Pin pin, long refs, @Nullable Refusal refusal, long messages) {}

    /**
     * How giving back a list of pages ended.
     *
     * @param pages references given back
     * @param atomics decrements of heads that took (B26)
     * @param refusal why not, or null; nothing was given back unless {@code pages} says so
     * @param pfn the page that was refused, or -1
     */
    public record PagesPut(
            long pages,
            long atomics,
            long messages,
            @Nullable Refusal refusal,
            long pfn) {}

    /**
     * What every head said of itself.
     *
     * @param pages base pages asked for
     * @param notPinned how many of them do not look pinned (B30)
     * @param notLongterm how many are of a type that must not be pinned for long (B29)
     * @param head the first head whose pages do not look pinned, or -1
     * @param counts its counts; those of a free page if there is none
     */
    public record Verified(long pages, long notPinned, long notLongterm, long head, HeadState counts) {}

    /** Teardown took references away: {@code pin} is void. */
    public record Revocation(String holder, Pin pin, String pgmap, String reason) {}

    /** References on their way back: a pin, part of one, or a list of pages. */
    private static final class Putting extends Timed {
        final Consumer<Putting> whenDone;
        boolean answered;
        int waiting;
        long refs;

        @Nullable
        Refusal refusal;

        long messages = 2;

        Putting(Consumer<Putting> whenDone) {
            this.whenDone = whenDone;
        }

        void answer() {
            if (!answered) {
                answered = true;
                whenDone.accept(this);
            }
        }
    }

    /** Something to give back that has to wait until fewer requests are open. */
    private record Giving(long sinceNanos, Runnable begin, Consumer<Refusal> refuse) {}

    /** A walk that waits for the one before it. */
    private record Queued(long sinceNanos, Asking asking) {}

    /** Who has asked for a walk, or for several one after the other. */
    abstract static class Asking {
        /** Where the next walk begins. */
        abstract long vpn();

        /** Base pages of the walk from {@code vpn} on, the next one or one behind it; 0 if there is none. */
        abstract long pagesFrom(long vpn);

        abstract Flags flags();

        /** It cannot be begun, or was not in time. */
        abstract void refuse(Refusal why);

        /** A walk ended; {@code pin} is what it got, or null. */
        abstract void walked(Walking w, @Nullable Pin pin, @Nullable Refusal stop);

        /** The walker is closed, and holds nothing any more; {@code w} is under way for it, or null. */
        abstract void closed(@Nullable Walking w);

        /** Whether it has more to ask for. */
        abstract boolean goesOn();

        /** How many walks it may have under way. */
        int atOnce() {
            return 1;
        }

        /** A walk that was begun before its turn never gets it. */
        void dropped(Walking w) {}
    }

    private static final class Single extends Asking {
        private final Walk walk;

        Single(Walk walk) {
            this.walk = walk;
        }

        @Override
        long vpn() {
            return walk.vpn;
        }

        @Override
        long pagesFrom(long vpn) {
            return vpn == walk.vpn ? walk.pages : 0;
        }

        @Override
        Flags flags() {
            return walk.flags;
        }

        @Override
        void refuse(Refusal why) {
            walk.replyTo.tell(Walked.refused(why));
        }

        @Override
        boolean goesOn() {
            return false;
        }

        @Override
        void walked(Walking w, @Nullable Pin pin, @Nullable Refusal stop) {
            walk.replyTo.tell(new Walked(
                    pin,
                    pin == null ? 0 : pin.pages(),
                    stop,
                    w.slow,
                    w.messages,
                    w.headGrabs,
                    w.pgmapLookups,
                    w.migrated));
        }

        @Override
        void closed(@Nullable Walking w) {
            if (w == null) {
                refuse(Refusal.CLOSED);
            } else {
                walked(w, null, Refusal.CLOSED);
            }
        }
    }

    private static final class Looping extends Asking {
        private final WalkLoop loop;
        private final List<Pin> pins = new ArrayList<>();
        private long pages;
        private long calls;
        private boolean slow;
        private long messages;
        private long headGrabs;
        private long pgmapLookups;
        private long migrated;
        private int atOnce;
        private boolean over;

        Looping(WalkLoop loop) {
            this.loop = loop;
            this.atOnce = loop.atOnce;
        }

        @Override
        long vpn() {
            return loop.vpn + pages;
        }

        @Override
        long pagesFrom(long vpn) {
            return Math.min(loop.pagesPerCall, loop.vpn + loop.pages - vpn);
        }

        @Override
        Flags flags() {
            return loop.flags;
        }

        @Override
        void refuse(Refusal why) {
            end(why);
        }

        @Override
        boolean goesOn() {
            return !over;
        }

        @Override
        int atOnce() {
            return atOnce;
        }

        /** Where calls do not get what was asked for ahead of them it is asked for more carefully. */
        @Override
        void dropped(Walking w) {
            count(w);
            atOnce = 1;
        }

        private void count(Walking w) {
            messages += w.messages;
            headGrabs += w.headGrabs;
        }

        @Override
        void walked(Walking w, @Nullable Pin pin, @Nullable Refusal stop) {
            calls++;
            slow |= w.slow;
            atOnce = w.slow ? 1 : Math.min(loop.atOnce, 2 * atOnce);
            count(w);
            pgmapLookups += w.pgmapLookups;
            migrated += w.migrated;
            if (pin != null) {
                pins.add(pin);
                pages += pin.pages();
            }
            if (stop != null || pages == loop.pages) {
                end(stop);
            }
        }

        @Override
        void closed(@Nullable Walking w) {
            pins.clear();
            pages = 0;
            if (w == null) {
                end(Refusal.CLOSED);
            } else {
                walked(w, null, Refusal.CLOSED);
            }
        }

        private void end(@Nullable Refusal stop) {
            over = true;
            loop.replyTo.tell(
                    new LoopWalked(pins, pages, calls, stop, slow, messages, headGrabs, pgmapLookups, migrated));
        }
    }

    /** What gave back late grants is nobody's any more. */
    private static final Object STRAY = new Object();

    private static final int REMEMBERED_REVOCATIONS = 1024;
    private static final int FAULTS_MAX = 3;

    /** Calls of a loop that may be under way at the same time. */
    public static final int AT_ONCE_MAX = 256;

    /**
     * Heads that calls of a loop may be asked for before their turn: as many as four sections have at 2 MiB, so that each processor of
     * a small machine has a section to ask while another one answers.
     */
    public static final int AHEAD_HEADS_MAX = 256;

    /** Calls of one loop; more are refused with LIMIT, for each may leave a pin. */
    public static final int LOOP_CALLS_MAX = 1 << 20;

    /** Open requests from which on further puts wait; a walk is never held up. */
    private static final int CALLS_MAX = 1024;

    private final String name;
    private final ActorRef<AddressSpace.Command> space;
    private final ActorRef<PagePool.Command> pool;
    private final @Nullable ActorRef<Revocation> revocations;
    private final Wiring wiring;
    private Cancellable retry = Cancellable.alreadyCancelled();
    private final SectionCalls calls;
    private final SectionDirectory directory = new SectionDirectory();
    private final LongFunction<@Nullable PgmapSpec> owner = this::ownerOf;
    private long unknown;
    private final ArrayDeque<Queued> queue = new ArrayDeque<>();
    private final ArrayDeque<Giving> puts = new ArrayDeque<>();
    private final HeldPins pins = new HeldPins();
    private final LinkedHashSet<Long> revoked = new LinkedHashSet<>();
    private @Nullable PublishedTable table;
    private @Nullable Walking walking;
    private @Nullable Asking upNext;
    /** Behind the walk that goes on: the next ones of its loop, which have been asked for already. */
    private final ArrayDeque<Walking> ahead = new ArrayDeque<>();

    private int headsAhead;
    private boolean beginningNext;
    private long pinIds;
    private long questions;
    private boolean spaceGone;
    private boolean ticking;

    static Behavior<Command> create(
            String name,
            ActorRef<AddressSpace.Command> space,
            ActorRef<PagePool.Command> pool,
            @Nullable ActorRef<Revocation> revocations,
            Wiring wiring) {
        return Behaviors.setup(context -> new GupWalker(context, name, space, pool, revocations, wiring));
    }

    private GupWalker(
            ActorContext<Command> context,
            String name,
            ActorRef<AddressSpace.Command> space,
            ActorRef<PagePool.Command> pool,
            @Nullable ActorRef<Revocation> revocations,
            Wiring wiring) {
        super(context);
        this.name = name;
        this.space = space;
        this.pool = pool;
        this.revocations = revocations;
        this.wiring = wiring;
        this.calls = new SectionCalls(name, context.getSelf().narrow(), wiring);
        context.watchWith(space, SpaceGone.INSTANCE);
    }

    @Override
    public Receive<Command> createReceive() {
        return new Direct<>(this::on, () -> retry.cancel());
    }

    private Behavior<Command> on(Command command) {
        if (command instanceof Section.GrabAnswer grabAnswer) {
            return onGrabAnswer(grabAnswer);
        }
        if (command instanceof Section.GrabAnswers grabAnswers) {
            return onGrabAnswers(grabAnswers.answers());
        }
        if (command instanceof Section.ReleaseAnswer releaseAnswer) {
            return onReleaseAnswer(releaseAnswer);
        }
        if (command instanceof Put put) {
            return onPut(put);
        }
        return onAnother(command);
    }

    /** Apart from the ones that come thousands of times, so that those are compiled in one piece. */
    private Behavior<Command> onAnother(Command command) {
        if (command instanceof LookupDone lookupDone) {
            return onLookupDone(lookupDone);
        }
        if (command instanceof RecheckDone recheckDone) {
            return onRecheckDone(recheckDone);
        }
        if (command instanceof Walk walk) {
            return onWalk(walk);
        }
        if (command instanceof WalkLoop loop) {
            return onWalkLoop(loop);
        }
        if (command instanceof PutPages putPages) {
            return onPutPages(putPages);
        }
        if (command instanceof Verify verify) {
            return onVerify(verify);
        }
        if (command instanceof Followed followed) {
            return onFollowed(followed);
        }
        if (command instanceof FaultDone faultDone) {
            return onFaultDone(faultDone);
        }
        if (command instanceof Migrated migrated) {
            return onMigrated(migrated);
        }
        if (command instanceof PagePool.PgmapFound pgmapFound) {
            return onPgmapFound(pgmapFound);
        }
        if (command instanceof Pgmap.SectionsFound sectionsFound) {
            return onSectionsFound(sectionsFound);
        }
        if (command instanceof Section.TieAnswer tieAnswer) {
            return onTieAnswer(tieAnswer);
        }
        if (command instanceof Section.Revoked revoked) {
            return onRevoked(revoked);
        }
        if (command instanceof PgmapGone pgmapGone) {
            return onPgmapGone(pgmapGone);
        }
        if (command instanceof SpaceGone) {
            return onSpaceGone();
        }
        if (command instanceof Retry) {
            return onRetry();
        }
        if (command instanceof Close) {
            return onClose();
        }
        return Behaviors.unhandled();
    }

    // ---- passes

    private Behavior<Command> onWalk(Walk walk) {
        return ask(new Single(walk), refuses(walk.vpn, walk.pages, walk.pages));
    }

    private Behavior<Command> onWalkLoop(WalkLoop loop) {
        Refusal refusal = refuses(loop.vpn, loop.pages, loop.pagesPerCall);
        boolean tooMany = refusal == null && (loop.pages - 1) / loop.pagesPerCall >= LOOP_CALLS_MAX;
        return ask(new Looping(loop), tooMany ? Refusal.LIMIT : refusal);
    }

    private Behavior<Command> ask(Asking asking, @Nullable Refusal refusal) {
        if (walking == null || queue.size() < wiring.limits().walksQueuedMax()) {
            if (refusal != null) {
                asking.refuse(refusal);
            } else {
                queue.add(new Queued(wiring.time().nanos(), asking));
                beginNext();
            }
        } else {
            asking.refuse(Refusal.LIMIT);
        }
        return this;
    }

    /** Its next walk begins at once, if it has not begun already; or when those that wait have had their turn. */
    private void goOn(Asking asking) {
        if (queue.isEmpty() || !ahead.isEmpty()) {
            upNext = asking;
        } else {
            queue.add(new Queued(wiring.time().nanos(), asking));
        }
    }

    private void begin(Asking asking, long sinceNanos) {
        if (spaceGone) {
            asking.refuse(Refusal.CLOSED);
            return;
        }
        Walking w = new Walking(asking, asking.vpn(), sinceNanos);
        walking = w;
        tick();
        if (w.flags.slowOnly) {
            w.slow = true;
            follow(w);
        } else {
            lookUp(w);
        }
    }

    private @Nullable Refusal refuses(long vpn, long pages, long pagesPerCall) {
        if (spaceGone) {
            return Refusal.CLOSED;
        }
        if (vpn < 0 || pages <= 0 || pagesPerCall <= 0 || vpn + pages < 0) {
            return Refusal.OUT_OF_RANGE;
        }
        return Math.min(pages, pagesPerCall) > wiring.limits().walkPagesMax() ? Refusal.LIMIT : null;
    }

    /** What a pass has kept is the walk's; what comes next, if anything, depends on why it ended. */
    private Behavior<Command> endPass(Walking w) {
        Settlement settlement = w.settlement;
        if (settlement == null) {
            throw new IllegalStateException("a pass ended before it was settled: holder=" + name);
        }
        unlock(w);
        if (settlement.keptPages() < w.left()) {
            dropAhead();
        }
        boolean stale = forgetsDead(w);
        w.keep(settlement.keptPages());
        Refusal stop = settlement.stop();
        boolean onceMore = stale && stop == Refusal.DEAD && !w.again;
        long migratable = stop == Refusal.MIGRATED && w.plan.pages() > settlement.keptPages()
                ? w.plan.pages() - settlement.keptPages()
                : 0;
        w.endPass();
        if (w.left() == 0) {
            return finish(w, null);
        }
        if (w.aborted != null) {
            return finish(w, w.aborted);
        }
        if (onceMore) {
            w.again = true;
            return w.slow ? follow(w) : lookUp(w);
        }
        if (migratable > 0) {
            return migrate(w, migratable);
        }
        if (w.slow) {
            return stop == null ? follow(w) : stop == Refusal.NOT_MAPPED ? fault(w) : finish(w, stop);
        }
        if (w.flags.fastOnly || stop == Refusal.LIMIT) {
            return finish(w, stop == null ? Refusal.NOT_MAPPED : stop);
        }
        w.slow = true;
        return follow(w);
    }

    private Behavior<Command> finish(Walking w, @Nullable Refusal stop) {
        walking = null;
        Pin pin = w.pin(name, pinIds + 1);
        if (pin != null) {
            pinIds++;
            pins.add(pin);
        }
        w.caller.walked(w, pin, stop);
        for (int i = 0; i < w.revoked.size(); i++) {
            onRevoked(w.revoked.get(i));
        }
        if (w.caller.goesOn()) {
            goOn(w.caller);
        }
        beginNext();
        return this;
    }

    /** A walk may be over as soon as it is begun, and comes here again. */
    private void beginNext() {
        if (!beginningNext) {
            beginningNext = true;
            while (walking == null && (upNext != null || !queue.isEmpty())) {
                Asking next = upNext;
                upNext = null;
                if (next == null) {
                    Queued first = queue.poll();
                    begin(first.asking, first.sinceNanos);
                } else {
                    goOnWith(next, pollAhead());
                }
            }
            beginningNext = false;
        }
    }

    // ---- ahead

    /** Asks for what the next walks of a loop want, as far as nobody else is needed for that and nobody waits. */
    private void readAhead(Walking front) {
        int atOnce = front.caller.atOnce();
        if (atOnce == 1) {
            return;
        }
        boolean first = calls.hold();
        Walking last = ahead.isEmpty() ? front : ahead.getLast();
        while (last != null && ahead.size() + 1 < atOnce && queue.isEmpty() && front.onlyWaits()) {
            last = beginAhead(front.caller, last.endVpn());
        }
        if (first) {
            letGo(front);
        }
    }

    /** The walk from there on, asked for; null if there is none, or it has to wait for its turn. Nothing is changed by trying. */
    private @Nullable Walking beginAhead(Asking asking, long vpn) {
        long pages = asking.pagesFrom(vpn);
        PublishedTable seen = table;
        int room = Math.min(AHEAD_HEADS_MAX - headsAhead, wiring.limits().walkHeadsMax());
        if (pages <= 0 || seen == null || room <= 0) {
            return null;
        }
        Walking w = new Walking(asking, vpn, Timed.NOT_SEEN);
        look(w, seen);
        plan(w);
        long heads = headsOf(w.plan);
        if (w.plan.pages() < pages
                || heads > room
                || withoutSection(w) != null
                || anyRefused(w)
                || allowed(w) < pages) {
            return null;
        }
        ahead.add(w);
        headsAhead += (int) heads;
        ask(w);
        return w;
    }

    private @Nullable Walking pollAhead() {
        Walking w = ahead.poll();
        if (w != null) {
            headsAhead -= (int) headsOf(w.plan);
        }
        return w;
    }

    private static boolean anyRefused(Walking w) {
        for (int i = 0; i < w.plan.batches().size(); i++) {
            if (refusesFast(w, w.plan.batches().get(i)) != null) {
                return true;
            }
        }
        return false;
    }

    private void goOnWith(Asking asking, @Nullable Walking begun) {
        if (begun == null) {
            begin(asking, Timed.NOT_SEEN);
            return;
        }
        walking = begun;
        tick();
        if (begun.waiting == 0) {
            recheck(begun);
        } else {
            readAhead(begun);
        }
    }

    /** The loop ends before them, or has to look at everything anew: what they have been granted goes back, now or when it comes. */
    private void dropAhead() {
        for (Walking w = pollAhead(); w != null; w = pollAhead()) {
            if (w.waiting > 0) {
                calls.abandon(w);
            }
            for (int i = 0; i < w.sent; i++) {
                WalkPlan.Batch batch = w.plan.batches().get(i);
                ActorRef<Section.Command> section = w.granted[i] > 0 ? sectionOf(batch) : null;
                if (section != null) {
                    giveBackStray(batch.pgmap(), batch.section(), section, w.sequences[i], w.flags.kind);
                }
            }
            w.caller.dropped(w);
            tick();
        }
    }

    /** The walk that has asked for that and has not got its turn yet, or the one whose turn it is. */
    private @Nullable Walking thatAsked(long sequence) {
        for (Walking w : ahead) {
            if (w.hasAsked(sequence)) {
                return w;
            }
        }
        return walking;
    }

    /** A pgmap that said it is dead is looked up anew the next time: its pfns may have been mapped again since. */
    private boolean forgetsDead(Walking w) {
        boolean any = false;
        for (int i = 0; i < w.sent; i++) {
            PgmapHandle handle = w.refusals[i] == Refusal.DEAD
                    ? directory.handle(w.plan.batches().get(i).pgmap())
                    : null;
            any |= handle != null && directory.forget(handle);
        }
        return any;
    }

    // ---- lookup, or follow and fault

    /** The first time by asking, from then on by looking, where the space is in this process. */
    private Behavior<Command> lookUp(Walking w) {
        w.phase = Phase.LOOKUP;
        PublishedTable seen = table;
        if (seen != null) {
            look(w, seen);
            return find(w);
        }
        w.question = ++questions;
        w.messages += 2;
        space.tell(new AddressSpace.LookUp(
                w.vpn(), w.left(), w.flags.write, w.question, getContext().getSelf()));
        return this;
    }

    private static void look(Walking w, PublishedTable seen) {
        PageTable now = seen.now();
        w.seenIn = now;
        w.lookup = now.lookup(w.vpn(), w.left(), w.flags.write);
    }

    private Behavior<Command> onLookupDone(LookupDone done) {
        Walking w = waitsFor(Phase.LOOKUP, done.question);
        if (w == null) {
            return this;
        }
        table = done.table;
        w.lookup = done.lookup;
        return find(w);
    }

    private Behavior<Command> follow(Walking w) {
        w.phase = Phase.FOLLOW;
        w.question = ++questions;
        w.messages += 2;
        Flags flags = w.flags;
        space.tell(new AddressSpace.Follow(
                w.vpn(),
                w.left(),
                flags.write,
                flags.longterm,
                w.question,
                getContext().getSelf()));
        return this;
    }

    /** An answer that nobody waits for any more has locked entries all the same. */
    private Behavior<Command> onFollowed(Followed followed) {
        Walking w = waitsFor(Phase.FOLLOW, followed.question);
        if (w == null) {
            space.tell(new AddressSpace.Unfollow(followed.question, getContext().getSelf()));
            return this;
        }
        w.lookup = followed.lookup;
        Refusal stop = followed.lookup.stop();
        if (followed.lookup.pages() > 0) {
            w.locked = followed.question;
            return find(w);
        }
        return stop == Refusal.NOT_MAPPED ? fault(w) : finish(w, stop);
    }

    private void unlock(Walking w) {
        if (w.locked != 0) {
            w.messages++;
            space.tell(new AddressSpace.Unfollow(w.locked, getContext().getSelf()));
            w.locked = 0;
        }
    }

    private Behavior<Command> fault(Walking w) {
        if (w.faults == FAULTS_MAX) {
            return finish(w, Refusal.NOT_MAPPED);
        }
        w.phase = Phase.FAULT;
        w.faults++;
        w.question = ++questions;
        w.messages += 2;
        space.tell(new AddressSpace.Fault(
                w.vpn(), w.left(), w.flags.write, name, w.question, getContext().getSelf()));
        return this;
    }

    private Behavior<Command> onFaultDone(FaultDone done) {
        Walking w = waitsFor(Phase.FAULT, done.question);
        if (w == null) {
            return this;
        }
        return done.refusal == null ? follow(w) : finish(w, done.refusal);
    }

    private Behavior<Command> migrate(Walking w, long pages) {
        w.phase = Phase.MIGRATE;
        w.question = ++questions;
        w.messages += 2;
        space.tell(new AddressSpace.Migrate(
                w.vpn(), pages, w.question, getContext().getSelf()));
        return this;
    }

    private Behavior<Command> onMigrated(Migrated migrated) {
        Walking w = waitsFor(Phase.MIGRATE, migrated.question);
        if (w == null) {
            return this;
        }
        w.migrated += migrated.pages;
        return migrated.pages > 0 ? finish(w, Refusal.MIGRATED) : follow(w);
    }

    /** The walk, if this is the answer it waits for. */
    private @Nullable Walking waitsFor(Phase phase, long question) {
        Walking w = walking;
        return w != null && w.phase == phase && w.question == question ? w : null;
    }

    // ---- find

    private Behavior<Command> find(Walking w) {
        w.phase = Phase.FIND;
        plan(w);
        if (unknown >= 0 && !w.isNobodys(unknown)) {
            w.messages += 2;
            pool.tell(new PagePool.FindPgmap(unknown, getContext().getSelf()));
            return this;
        }
        long heads = headsOf(w.plan);
        if (heads > wiring.limits().walkHeadsMax() - w.heads) {
            w.lookup = Lookup.nothing(Refusal.LIMIT);
            w.plan = WalkPlan.NOTHING;
        }
        WalkPlan.Batch homeless = withoutSection(w);
        if (homeless != null) {
            askSections(w, homeless.pgmap());
            return this;
        }
        w.heads += w.slow ? heads : 0;
        return grab(w);
    }

    private void plan(Walking w) {
        unknown = -1;
        w.plan = w.slow ? WalkPlan.slow(w.lookup.seen(), owner) : WalkPlan.fast(w.lookup.seen(), owner);
    }

    /** What has a section that is not known yet, or null. */
    private WalkPlan.@Nullable Batch withoutSection(Walking w) {
        List<WalkPlan.Batch> batches = w.plan.batches();
        for (int i = 0; i < batches.size(); i++) {
            WalkPlan.Batch batch = batches.get(i);
            if (sectionOf(batch) == null && !w.isNobodys(batch.firstPfn())) {
                return batch;
            }
        }
        return null;
    }

    private @Nullable ActorRef<Section.Command> sectionOf(WalkPlan.Batch batch) {
        return directory.section(batch.pgmap(), batch.section());
    }

    /** Whose a page is, as far as it is known here; the last one asked for may be {@link #unknown}. */
    private @Nullable PgmapSpec ownerOf(long pfn) {
        PgmapHandle handle = directory.find(pfn);
        unknown = handle == null ? pfn : -1;
        return handle == null ? null : handle.spec();
    }

    private static long headsOf(WalkPlan plan) {
        long heads = 0;
        for (int i = 0; i < plan.batches().size(); i++) {
            WalkPlan.Batch batch = plan.batches().get(i);
            int order = batch.pgmap().geometry().order();
            heads += ((batch.endPfn() - 1) >> order) - (batch.firstPfn() >> order) + 1;
        }
        return heads;
    }

    private void askSections(Walking w, PgmapSpec spec) {
        PgmapHandle handle = directory.handle(spec);
        if (handle == null) {
            throw new IllegalStateException("planned for a pgmap that is not known: pgmap=" + spec.id());
        }
        int from = Integer.MAX_VALUE;
        int to = 0;
        for (WalkPlan.Batch batch : w.plan.batches()) {
            if (SectionDirectory.same(batch.pgmap(), spec)) {
                from = Math.min(from, batch.section());
                to = Math.max(to, batch.section());
            }
        }
        w.messages += 2;
        handle.ref().tell(new Pgmap.FindSections(from, to, getContext().getSelf()));
    }

    private Behavior<Command> onPgmapFound(PagePool.PgmapFound found) {
        PgmapHandle handle = found.handle();
        if (handle != null && directory.learn(handle)) {
            getContext().watchWith(handle.ref(), new PgmapGone(handle));
        }
        Walking w = walking;
        if (w != null && w.phase == Phase.FIND) {
            if (handle == null) {
                w.nobodys(found.pfn());
            }
            return find(w);
        }
        return this;
    }

    private Behavior<Command> onSectionsFound(Pgmap.SectionsFound found) {
        directory.learn(found);
        Walking w = walking;
        if (w == null || w.phase != Phase.FIND) {
            return this;
        }
        if (found.refusal() != null) {
            for (WalkPlan.Batch batch : w.plan.batches()) {
                PgmapHandle handle = directory.handle(batch.pgmap());
                if (handle != null
                        && handle.ref().equals(found.device())
                        && directory.section(batch.pgmap(), batch.section()) == null) {
                    w.nobodys(batch.firstPfn());
                }
            }
        }
        return find(w);
    }

    // ---- grab

    private Behavior<Command> grab(Walking w) {
        boolean first = w.caller.atOnce() > 1 && calls.hold();
        ask(w);
        if (w.waiting > 0) {
            readAhead(w);
        }
        if (first) {
            letGo(w);
        }
        return w.waiting == 0 ? recheck(w) : this;
    }

    private void ask(Walking w) {
        w.beginGrabs();
        w.pgmapLookups += w.plan.pgmapLookups();
        for (int i = 0; i < w.plan.batches().size(); i++) {
            WalkPlan.Batch batch = w.plan.batches().get(i);
            Refusal refusal = w.slow ? refusesSlow(w, batch) : refusesFast(w, batch);
            if (refusal != null) {
                w.refusals[i] = refusal;
                break;
            }
            ActorRef<Section.Command> section = sectionOf(batch);
            if (section == null) {
                break;
            }
            w.sequences[i] = calls.grab(
                            batch.pgmap(),
                            batch.section(),
                            section,
                            w.flags.kind,
                            batch.runs(),
                            batch.refsPerGrab(),
                            w,
                            i)
                    .sequence;
            w.sent++;
            w.waiting++;
            w.messages += calls.holds() ? 0 : 1;
        }
    }

    /** What stops the fast path before it grabs (B29); where the slow path may think otherwise, it is asked next. */
    private static @Nullable Refusal refusesFast(Walking w, WalkPlan.Batch batch) {
        PgmapSpec spec = batch.pgmap();
        Flags flags = w.flags;
        if (flags.longterm && Longterm.fast(spec.protocol(), spec.type(), flags.write) == Longterm.ASK_SLOW) {
            return Refusal.LONGTERM;
        }
        return refusesPeer(flags, spec);
    }

    /** What the slow path refuses for good, or has moved away first (B29). */
    private static @Nullable Refusal refusesSlow(Walking w, WalkPlan.Batch batch) {
        PgmapSpec spec = batch.pgmap();
        Flags flags = w.flags;
        if (!flags.longterm) {
            return refusesPeer(flags, spec);
        }
        return switch (Longterm.slow(spec.protocol(), spec.type())) {
            case REFUSE -> Refusal.LONGTERM;
            case MIGRATE -> Refusal.MIGRATED;
            case PIN, ASK_SLOW, DROP_THEN_ASK_SLOW -> null;
        };
    }

    private static @Nullable Refusal refusesPeer(Flags flags, PgmapSpec spec) {
        return spec.type() == MemoryType.PCI_P2PDMA && !flags.peerToPeer ? Refusal.PEER_TO_PEER : null;
    }

    private Behavior<Command> onGrabAnswer(Section.GrabAnswer answer) {
        onGranted(answer, 1);
        return beginPuts();
    }

    /** What the walks they belong to ask for next goes together, too. */
    private Behavior<Command> onGrabAnswers(List<Section.GrabAnswer> answers) {
        calls.hold();
        for (int i = 0; i < answers.size(); i++) {
            onGranted(answers.get(i), i == 0 ? 1 : 0);
        }
        letGo(walking);
        return beginPuts();
    }

    /** On their way; they count as messages of the walk whose turn it is. */
    private void letGo(@Nullable Walking w) {
        int messages = calls.letGo();
        if (w != null) {
            w.messages += messages;
        }
    }

    private void onGranted(Section.GrabAnswer answer, int messages) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call == null) {
            return;
        }
        if (call.abandoned) {
            giveBackStray(call, answer.refs());
            return;
        }
        Walking w = (Walking) call.purpose;
        w.messages += messages;
        w.granted[call.part] = answer.refs();
        w.refusals[call.part] = answer.refusal();
        w.refused |= answer.refusal() != null;
        w.epochs[call.part] = answer.epoch();
        w.messages += messages(answer.headSteps());
        w.headGrabs += answer.headSteps();
        if (--w.waiting == 0 && w == walking) {
            recheck(w);
        }
    }

    /** A grant that came after its walk had given up is given back at once. */
    private void giveBackStray(SectionCalls.Call call, long refs) {
        if (refs > 0) {
            giveBackStray(call.pgmap, call.section, call.target, call.sequence, ((Section.Grab) call.message).kind());
        }
    }

    private void giveBackStray(
            PgmapSpec spec, int section, ActorRef<Section.Command> target, long sequence, GrabKind kind) {
        calls.release(spec, section, target, sequence, kind, List.of(), ReleaseCause.UNWIND, STRAY, 0);
        if (spec.protocol().walkKeepsPgmapRef(spec.type())) {
            calls.endWalk(spec, section, target, sequence, STRAY, 0);
        }
    }

    // ---- recheck, unwind

    /** Where all of it was refused, or the entries are locked, there is nothing to look at again. */
    private Behavior<Command> recheck(Walking w) {
        boolean none = true;
        for (int i = 0; i < w.sent; i++) {
            none &= w.granted[i] == 0;
        }
        boolean wanted = !w.slow
                && !none
                && w.aborted == null
                && w.plan.batches().get(0).pgmap().protocol().recheck();
        if (!wanted) {
            return settle(w, Long.MAX_VALUE);
        }
        w.phase = Phase.RECHECK;
        PublishedTable seen = table;
        if (seen != null) {
            PageTable then = w.seenIn;
            PageTable now = seen.now();
            return settle(w, then == null ? now.recheck(w.lookup.seen()) : now.recheck(then, w.lookup));
        }
        w.question = ++questions;
        w.messages += 2;
        space.tell(new AddressSpace.Recheck(
                w.lookup.seen(), w.question, getContext().getSelf()));
        return this;
    }

    private Behavior<Command> onRecheckDone(RecheckDone done) {
        Walking w = waitsFor(Phase.RECHECK, done.question);
        return w == null ? this : settle(w, done.pages);
    }

    private Behavior<Command> settle(Walking w, long rechecked) {
        w.phase = Phase.UNWIND;
        Settlement settlement = settlement(w, rechecked);
        w.settlement = settlement;
        for (Settlement.GiveBack back : settlement.giveBacks()) {
            WalkPlan.Batch batch = w.plan.batches().get(back.batchIndex());
            ActorRef<Section.Command> section = directory.section(batch.pgmap(), batch.section());
            if (section != null) {
                calls.release(
                        batch.pgmap(),
                        batch.section(),
                        section,
                        w.sequences[back.batchIndex()],
                        w.flags.kind,
                        back.runs(),
                        ReleaseCause.UNWIND,
                        w,
                        back.batchIndex());
                w.waiting++;
                w.messages += 2;
            }
        }
        return w.waiting == 0 ? endWalk(w) : this;
    }

    /** The pgmap references it took are kept up to here, where somebody can see that (B6). */
    private Behavior<Command> endWalk(Walking w) {
        w.phase = Phase.END;
        for (int i = 0; i < w.sent; i++) {
            WalkPlan.Batch batch = w.plan.batches().get(i);
            PgmapSpec spec = batch.pgmap();
            boolean keeps = w.granted[i] > 0 && spec.protocol().walkKeepsPgmapRef(spec.type());
            ActorRef<Section.Command> section = keeps ? directory.section(spec, batch.section()) : null;
            if (section != null) {
                calls.endWalk(spec, batch.section(), section, w.sequences[i], w, i);
                w.waiting++;
                w.messages += 2;
            }
        }
        return w.waiting == 0 ? endPass(w) : this;
    }

    /** A walk that was given up keeps nothing of the pass it was in. */
    private static Settlement settlement(Walking w, long rechecked) {
        if (w.aborted != null) {
            return Settlement.nothing(w.plan, w.granted, w.aborted);
        }
        if (w.slow) {
            return Settlement.slow(w.plan, w.granted, w.refusals, w.lookup.stop());
        }
        long allowed = allowed(w);
        Settlement.Recheck recheck = allowed < rechecked
                ? new Settlement.Recheck(allowed, Refusal.LONGTERM)
                : new Settlement.Recheck(rechecked, Refusal.CHANGED);
        return Settlement.fast(w.plan, w.lookup.seen(), w.granted, w.refusals, recheck, w.lookup.stop());
    }

    /** How many leading pages the fast path may keep, now that it has them and knows their type (B21). */
    private static long allowed(Walking w) {
        Flags flags = w.flags;
        if (!flags.longterm) {
            return Long.MAX_VALUE;
        }
        for (WalkPlan.Batch batch : w.plan.batches()) {
            PgmapSpec spec = batch.pgmap();
            if (Longterm.fast(spec.protocol(), spec.type(), flags.write) == Longterm.DROP_THEN_ASK_SLOW) {
                return batch.index();
            }
        }
        return Long.MAX_VALUE;
    }

    // ---- put

    private Behavior<Command> onPut(Put put) {
        if (mayGive()) {
            begin(put);
            return this;
        }
        return queue(() -> begin(put), why -> put.replyTo.tell(new PutDone(put.pin, 0, why, 2)));
    }

    private Behavior<Command> onPutPages(PutPages put) {
        if (mayGive()) {
            begin(put);
            return this;
        }
        return queue(() -> begin(put), why -> put.replyTo.tell(new PagesPut(0, 0, 2, why, -1)));
    }

    private boolean mayGive() {
        return calls.open() < CALLS_MAX && puts.isEmpty();
    }

    private Behavior<Command> queue(Runnable begin, Consumer<Refusal> refuse) {
        if (puts.size() < wiring.limits().walksQueuedMax()) {
            puts.add(new Giving(wiring.time().nanos(), begin, refuse));
        } else {
            refuse.accept(Refusal.LIMIT);
        }
        return this;
    }

    private void begin(Put put) {
        Refusal refusal = refuses(put);
        Pin pin = pins.pin(put.pin.id());
        if (refusal != null || pin == null) {
            put.replyTo.tell(new PutDone(put.pin, 0, refusal, 2));
            return;
        }
        pins.give(put.pin.id(), put.index, put.pages);
        Putting p = new Putting(done -> put.replyTo.tell(new PutDone(put.pin, done.refs, done.refusal, done.messages)));
        List<Pin.Piece> pieces = pin.range(put.index, put.pages);
        for (int i = 0; i < pieces.size(); i++) {
            Pin.Piece piece = pieces.get(i);
            release(p, piece, pin.kind(), piece.runs(), false);
        }
        endIfDone(p);
    }

    private void begin(PutPages put) {
        HeldPins.Taken taken = pins.take(put.list, put.as);
        if (taken.refusal() != null) {
            put.replyTo.tell(new PagesPut(0, 0, 2, taken.refusal(), taken.pfn()));
            return;
        }
        Putting p = new Putting(done -> put.replyTo.tell(
                new PagesPut(done.refs, done.refs == 0 ? 0 : taken.atomics(), done.messages, done.refusal, -1)));
        for (HeldPins.GiveBack back : taken.giveBacks()) {
            release(p, back.grant(), put.as, back.runs(), put.dirty);
        }
        endIfDone(p);
    }

    private void release(Putting p, Pin.Piece piece, GrabKind kind, List<Run> runs, boolean dirty) {
        ActorRef<Section.Command> section = directory.section(piece.pgmap(), piece.section());
        if (section == null) {
            p.refusal = Refusal.DEAD;
            return;
        }
        calls.release(
                piece.pgmap(), piece.section(), section, piece.sequence(), kind, runs, ReleaseCause.PUT, dirty, p, 0);
        p.waiting++;
        p.messages += 2;
        tick();
    }

    private static void endIfDone(Putting p) {
        if (p.waiting == 0) {
            p.answer();
        }
    }

    private @Nullable Refusal refuses(Put put) {
        if (!put.pin.holder().equals(name)) {
            return Refusal.FOREIGN;
        }
        Pin held = pins.pin(put.pin.id());
        if (held == null) {
            return revoked.contains(put.pin.id())
                    ? Refusal.REVOKED
                    : put.pin.id() <= pinIds && put.pin.id() > 0 ? Refusal.ALREADY_RELEASED : Refusal.UNKNOWN_PIN;
        }
        if (put.as != held.kind()) {
            return Refusal.KIND_MISMATCH;
        }
        if (put.index < 0 || put.pages <= 0 || put.pages > held.pages() - put.index) {
            return Refusal.OUT_OF_RANGE;
        }
        return pins.holds(held.id(), put.index, put.pages) ? null : Refusal.ALREADY_RELEASED;
    }

    private Behavior<Command> onReleaseAnswer(Section.ReleaseAnswer answer) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call != null) {
            released(call, answer.refs(), answer.refusal(), answer.headSteps());
        }
        return this;
    }

    /** Between a section and its heads: one there and one back for each step, where heads are actors. */
    private long messages(int headSteps) {
        return wiring.hosting() == HeadHosting.ACTOR ? 2L * headSteps : 0;
    }

    private void released(SectionCalls.Call call, long refs, @Nullable Refusal refusal, int headSteps) {
        if (call.purpose instanceof Walking w) {
            if (w != walking) {
                return; // it was given up, and its caller told
            }
            w.messages += messages(headSteps);
            if (--w.waiting == 0 && w.phase == Phase.UNWIND) {
                endWalk(w);
            } else if (w.waiting == 0) {
                endPass(w);
            }
        } else if (call.purpose instanceof Putting p) {
            p.refs += refs;
            p.messages += messages(headSteps);
            if (refusal != null) {
                p.refusal = refusal;
            }
            p.waiting--;
            endIfDone(p);
        }
        beginPuts();
    }

    private Behavior<Command> beginPuts() {
        while (!puts.isEmpty() && calls.open() < CALLS_MAX) {
            puts.poll().begin.run();
        }
        return this;
    }

    // ---- verify

    private Behavior<Command> onVerify(Verify verify) {
        Verification verification = new Verification(verify.pins, directory);
        verification.ask(Children.spawnAnonymous(
                getContext(),
                Gather.of(
                        Section.UnpinnedFound.class,
                        verification.sections(),
                        wiring.limits().askTimeout(),
                        answers -> verify.replyTo.tell(verification.result(answers)))));
        return this;
    }

    // ---- what goes wrong

    private Behavior<Command> onTieAnswer(Section.TieAnswer answer) {
        calls.close(answer.sequence());
        return this;
    }

    private Behavior<Command> onRevoked(Section.Revoked taken) {
        Pin pin = pins.grantedUnder(taken.grabSequence());
        if (pin != null) {
            void_(pin, taken);
            return this;
        }
        Walking w = thatAsked(taken.grabSequence());
        if (w != null) {
            w.revoked(taken);
        }
        return this;
    }

    /** A pin is whole or void: what it holds of other pgmaps goes back, for its owner can no longer name it. */
    private void void_(Pin pin, Section.Revoked taken) {
        pins.remove(pin.id());
        for (Pin.Piece piece : pin.pieces()) {
            ActorRef<Section.Command> section = directory.section(piece.pgmap(), piece.section());
            if (section != null && !piece.pgmap().id().equals(taken.pgmap())) {
                calls.release(
                        piece.pgmap(),
                        piece.section(),
                        section,
                        piece.sequence(),
                        pin.kind(),
                        List.of(),
                        ReleaseCause.PUT,
                        STRAY,
                        0);
                tick();
            }
        }
        revoked.add(pin.id());
        if (revoked.size() > REMEMBERED_REVOCATIONS) {
            revoked.remove(revoked.iterator().next());
        }
        if (revocations != null) {
            revocations.tell(new Revocation(name, pin, taken.pgmap(), taken.reason()));
        }
    }

    /** The pgmap is gone with all its sections: whatever they were asked, the answer is that nobody owns the pages. */
    private Behavior<Command> onPgmapGone(PgmapGone gone) {
        directory.forget(gone.handle);
        for (SectionCalls.Call call : calls.lost(gone.handle.spec())) {
            if (!call.isGrab()) {
                released(call, 0, Refusal.DEAD, 0);
            } else if (!call.abandoned) {
                Walking w = (Walking) call.purpose;
                w.granted[call.part] = 0;
                w.refusals[call.part] = Refusal.DEAD;
                if (--w.waiting == 0 && w == walking) {
                    recheck(w);
                }
            }
        }
        beginPuts();
        Walking w = walking;
        return w != null && w.phase == Phase.FIND ? find(w) : this;
    }

    private Behavior<Command> onSpaceGone() {
        spaceGone = true;
        dropAhead();
        Walking w = walking;
        if (w != null) {
            abort(w, Refusal.CLOSED);
        }
        return this;
    }

    private void abort(Walking w, Refusal why) {
        if (w.aborted != null && why != Refusal.TIMEOUT) {
            return;
        }
        w.aborted = w.aborted == null ? why : w.aborted;
        switch (w.phase) {
            case LOOKUP, FOLLOW, FAULT, MIGRATE -> finish(w, w.aborted);
            case FIND -> {
                unlock(w);
                finish(w, w.aborted);
            }
            case GRAB -> {
                if (why == Refusal.TIMEOUT) {
                    calls.abandon(w);
                    w.waiting = 0;
                    settle(w, 0);
                    giveUp(w);
                }
            }
            case RECHECK -> settle(w, 0);
            case UNWIND, END -> {
                if (why == Refusal.TIMEOUT) {
                    giveUp(w);
                }
            }
        }
    }

    /** Its caller has waited long enough: what goes back goes back without it. */
    private void giveUp(Walking w) {
        if (walking == w && w.phase == Phase.UNWIND) {
            endWalk(w);
        }
        if (walking == w && w.phase == Phase.END) {
            endPass(w);
        }
    }

    private void tick() {
        if (!ticking) {
            ticking = true;
            retry = getContext()
                    .scheduleOnce(wiring.limits().retryAfter(), getContext().getSelf(), Retry.INSTANCE);
        }
    }

    private Behavior<Command> onRetry() {
        ticking = false;
        calls.retry();
        long now = wiring.time().nanos();
        long patience = wiring.limits().walkTimeout().toNanos();
        while (!queue.isEmpty() && now - queue.peek().sinceNanos >= patience) {
            queue.poll().asking.refuse(Refusal.TIMEOUT);
        }
        while (!puts.isEmpty() && now - puts.peek().sinceNanos >= patience) {
            puts.poll().refuse.accept(Refusal.TIMEOUT);
        }
        for (Object purpose : calls.purposes()) {
            if (purpose instanceof Putting p && p.hasWaited(patience, now)) {
                p.refusal = Refusal.TIMEOUT;
                p.answer();
            }
        }
        Walking w = walking;
        if (w != null && w.hasWaited(patience, now)) {
            abort(w, Refusal.TIMEOUT);
        }
        if (walking != null || !calls.idle()) {
            tick();
        }
        return this;
    }

    private Behavior<Command> onClose() {
        Walking w = walking;
        if (w != null) {
            w.caller.closed(w);
        }
        queue.forEach(queued -> queued.asking.closed(null));
        for (Object purpose : calls.purposes()) {
            if (purpose instanceof Putting p) {
                p.refusal = Refusal.CLOSED;
                p.answer();
            }
        }
        puts.forEach(put -> put.refuse.accept(Refusal.CLOSED));
        return Behaviors.stopped();
    }
}
