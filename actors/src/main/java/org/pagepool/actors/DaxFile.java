package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.StashBuffer;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.dax.DaxEntries;
import org.pagepool.runtime.dax.DaxEntry;
import org.pagepool.runtime.dax.DaxEntry.Flag;
import org.pagepool.runtime.dax.EntryRules;
import org.pagepool.runtime.dax.FaultLock;
import org.pagepool.runtime.dax.FileBlocks;
import org.pagepool.runtime.dax.FileBlocks.Extent;
import org.pagepool.runtime.dax.FileLayouts.FileLayout;
import org.pagepool.runtime.dax.LayoutBreak;
import org.pagepool.runtime.dax.LayoutBreak.Action;
import org.pagepool.runtime.dax.LayoutBreak.Input;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;

/**
 * A file whose blocks are pages of an fs-dax device: its entries, the lock that faults share, and everything that takes pages
 * away from it again (B31-B36).
 *
 * <h2>A fault</h2>
 *
 * <pre>
 *   SHARE    take the fault lock together with other faults; wait while a truncation has it or wants it
 *   LOCK     lock the entries of the range, putting empty ones in where there are none
 *   BLOCKS   a write to a hole gets a block; a write to blocks of several files gets blocks of its own (B36)
 *   FORM     the page must not be in use by anybody (where pages park at 0)
 *   REQUEST  the entry takes its reference, where entries hold one (seed 002); refused, the fault ends
 *   TIE      mapping and offset go into the page's record, before anybody can see the entry (R20)
 *   answer   the address space puts its entries in, and says when it has; only then are lock and entries released
 * </pre>
 *
 * <h2>Taking pages away</h2>
 *
 * Truncation, hole punching, eviction and lending blocks to another file are one thing with different ends; what comes when is
 * decided by {@link LayoutBreak}. One runs at a time, others wait.
 *
 * <p>Forming a folio, which the kernel does when an entry goes in and undoes when it comes out (B31, B35), means here: an
 * entry covers whole heads, of the size the device was mapped with. An entry of the size of a head is that head; a larger one
 * spans several, like a PMD over base pages.
 *
 * <p>A file is a holder: where entries hold references, they are its. When it ends, they go back; when its device dies, it
 * lets go of everything and stays, empty, to say so.
 */
public final class DaxFile extends AbstractBehavior<DaxFile.Command> {
    /** What a file understands. */
    public sealed interface Command
            permits Truncate,
                    PunchHole,
                    Evict,
                    Clone,
                    Lend,
                    Lent,
                    Invalidate,
                    Interrupt,
                    LockEntry,
                    UnlockEntry,
                    AskFile,
                    Close,
                    Attach,
                    FaultIn,
                    FaultFinished,
                    Unmapped,
                    Continue,
                    DeadlinePassed,
                    Logged,
                    SpaceGone,
                    DeviceGone,
                    Retry,
                    Stop,
                    FileSystem.Blocks,
                    FileSystem.Found,
                    Pgmap.ToMapper,
                    Section.ToHolder,
                    Pgmap.SectionsFound {}

    /**
     * Sets the size of the file. A larger one gets its blocks at once; of a smaller one, what lies behind is taken away.
     * Answered by one {@link Cut}.
     *
     * @param pages base pages, a multiple of a block
     * @param deadline how long it may wait for pages in use; eviction apart, {@link Interrupt} ends it sooner
     */
    public record Truncate(long pages, Duration deadline, ActorRef<? super Cut> replyTo) implements Command {}

    /** Takes the blocks of a part of the file away and leaves a hole. Answered by one {@link Cut}. */
    public record PunchHole(long offset, long pages, Duration deadline, ActorRef<? super Cut> replyTo)
            implements Command {}

    /**
     * Ends the file: its last link is gone, its blocks are given back (B34). It waits for pages in use for as long as that
     * takes, if the era waits at all. Answered by one {@link Cut}.
     */
    public record Evict(ActorRef<? super Cut> replyTo) implements Command {}

    /**
     * Gives this file the blocks that {@code source} has, to share until one of them writes (B36). The part of this file must
     * be a hole, or behind its end. Answered by one {@link Cut}.
     */
    public record Clone(
            ActorRef<Command> source,
            long sourceOffset,
            long pages,
            long offset,
            Duration deadline,
            ActorRef<? super Cut> replyTo)
            implements Command {}

    /** Another file wants to share blocks: they are unmapped, untied, and marked as shared. */
    record Lend(long offset, long pages, Duration deadline, long question, ActorRef<Command> replyTo)
            implements Command {}

    /** The answer to {@link Lend}. */
    record Lent(
            long question, List<Extent> blocks, @Nullable Refusal refusal) implements Command {}

    /**
     * Drops clean entries of a part of the file, as a write that goes past the page cache does, without looking whether their
     * pages are in use (R17). Answered by one {@link Cut}; its pages are those of the entries dropped.
     */
    public record Invalidate(long offset, long pages, ActorRef<? super Cut> replyTo) implements Command {}

    /** A signal to whoever waits: truncation gives up if it sleeps; eviction does not listen (B33, B34). */
    public enum Interrupt implements Command {
        /** The only one. */
        INSTANCE
    }

    /** Memory failure or writeback wants an entry to stay as it is. Answered by one {@link EntryLocked}. */
    public record LockEntry(long offset, ActorRef<EntryLocked> replyTo) implements Command {}

    /** Lets others at the entry again. */
    public record UnlockEntry(long offset) implements Command {}

    /** Asks how the file is. */
    public record AskFile(ActorRef<FileStatus> replyTo) implements Command {}

    /** Ends the actor, as unmounting would: nothing is mapped or tied any more, the blocks stay the file's. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    /** An address space is going to map this file. */
    record Attach(ActorRef<AddressSpace.Command> space, String name) implements Command {}

    /**
     * An address space has a fault: it wants the pages of a part of the file.
     *
     * @param level the largest entries it can use
     * @param who whose fault it is, for the record
     * @param question its number; the fault lock is held until {@link FaultFinished} names it
     */
    record FaultIn(
            long offset,
            long pages,
            Level level,
            boolean write,
            String who,
            long question,
            ActorRef<AddressSpace.Command> space)
            implements Command {}

    /** The address space has put its entries in, or has given up. */
    record FaultFinished(long question, ActorRef<AddressSpace.Command> space) implements Command {}

    /** An address space has no entry left for the range; whatever its entries held has been given back. */
    record Unmapped(ActorRef<AddressSpace.Command> space, long question, long pages) implements Command {}

    /** What comes after an answer that other actors have collected. */
    record Continue(Runnable then) implements Command {}

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    private record DeadlinePassed(Taking taking) implements Command {}

    private record SpaceGone(ActorRef<AddressSpace.Command> space) implements Command {}

    private enum DeviceGone implements Command {
        INSTANCE
    }

    private enum Retry implements Command {
        INSTANCE
    }

    /** Everything is written and told. */
    private enum Stop implements Command {
        INSTANCE
    }

    /**
     * How taking pages away ended.
     *
     * @param file the file
     * @param pages base pages of the file afterwards; for {@link Invalidate}, of the entries dropped
     * @param refusal why it was not done, or null
     * @param detail the same in a clause with the values, or null
     * @param rounds how often it looked for pages in use
     * @param waits how often it waited for one
     * @param waitedNanos how long in all
     * @param busyHead the head it waited for last, or -1
     * @param holders who held references on that head
     * @param blocked whose faults waited meanwhile for the lock it had
     */
    public record Cut(
            String file,
            long pages,
            @Nullable Refusal refusal,
            @Nullable String detail,
            int rounds,
            int waits,
            long waitedNanos,
            long busyHead,
            List<String> holders,
            List<String> blocked) {
        /** Copies the lists. */
        public Cut {
            holders = List.copyOf(holders);
            blocked = List.copyOf(blocked);
        }

        /** Those it waited for that waited for it: a deadlock (R15). */
        public List<String> deadlocked() {
            return holders.stream().filter(blocked::contains).toList();
        }
    }

    /** The answer to {@link LockEntry}: the entry, now locked; null if there is none. */
    public record EntryLocked(long offset, @Nullable DaxEntry entry) {}

    /**
     * The answer to {@link AskFile}.
     *
     * @param pages its size
     * @param blocks base pages that have a block
     * @param entries entries it knows
     * @param phase where the one that is taking pages away is, or null
     * @param busyHead the head that one waits for, or -1
     * @param holders who holds references on that head
     * @param blocked whose faults wait for the lock
     */
    public record FileStatus(
            String file,
            long pages,
            long blocks,
            List<DaxEntry> entries,
            LayoutBreak.@Nullable Phase phase,
            long busyHead,
            List<String> holders,
            List<String> blocked) {
        /** Copies the lists. */
        public FileStatus {
            entries = List.copyOf(entries);
            holders = List.copyOf(holders);
            blocked = List.copyOf(blocked);
        }
    }

    /** A fault: the pages it has found so far. */
    private static final class Fault {
        final FaultIn request;
        final List<DaxEntry> locked = new ArrayList<>();
        final List<DaxEntry> fresh = new ArrayList<>();
        final List<DaxEntry> zapped = new ArrayList<>();
        final List<DaxEntry> shared = new ArrayList<>();
        final List<DaxEntry> holes = new ArrayList<>();
        long end;
        boolean answered;
        boolean abandoned;

        @Nullable
        Refusal refusal;

        Fault(FaultIn request) {
            this.request = request;
        }

        /** First page of the entries it has locked. */
        long lockedFrom() {
            return locked.get(0).offset();
        }

        /** Base pages of the entries it has locked; there is no gap between them. */
        long lockedPages() {
            return locked.get(locked.size() - 1).end() - lockedFrom();
        }

        boolean is(FaultFinished finished) {
            return request.question == finished.question && request.space.equals(finished.space);
        }
    }

    private enum Kind {
        TRUNCATE,
        PUNCH,
        EVICT,
        LEND
    }

    /** Taking pages away: what, how far, for whom. */
    private static final class Taking {
        final Kind kind;
        final long from;
        final long pages;
        final Duration deadline;
        final Consumer<Cut> answer;

        @Nullable
        LayoutBreak state;

        Section.@Nullable BusyFound busy;
        List<Extent> blocks = List.of();
        String waiter = "";
        long waitingSinceNanos;
        long waitedNanos;
        boolean scanHeldUp;
        List<String> blocked = List.of();

        @Nullable
        Refusal why;

        Taking(Kind kind, long from, long pages, Duration deadline, Consumer<Cut> answer) {
            this.kind = kind;
            this.from = from;
            this.pages = pages;
            this.deadline = deadline;
            this.answer = answer;
        }
    }

    /** A range is being unmapped. */
    private static final class Unmapping {
        final Set<ActorRef<AddressSpace.Command>> left;
        final Consumer<Long> then;
        long pages;

        Unmapping(Set<ActorRef<AddressSpace.Command>> spaces, Consumer<Long> then) {
            this.left = new HashSet<>(spaces);
            this.then = then;
        }
    }

    private final String name;
    private final PgmapSpec spec;
    private final EntryRules rules;
    private final ActorRef<FileSystem.Command> fileSystem;
    /** Messages that may wait until it is known what is on the disk. */
    private static final int STASHED_MAX = 4096;

    private final Wiring wiring;
    private final EventLog log;
    private final String disk;
    private FileLayout laid;
    private final TimerScheduler<Command> timers;
    private final FileHeads heads;
    private final int blockOrder;

    private final Map<ActorRef<AddressSpace.Command>, String> spaces = new LinkedHashMap<>();
    private final Set<String> orphans = new HashSet<>();
    private final List<Fault> faults = new ArrayList<>();
    private final ArrayDeque<FaultIn> faultsWaiting = new ArrayDeque<>();
    private final ArrayDeque<Taking> takingsWaiting = new ArrayDeque<>();
    private final List<LockEntry> lockersWaiting = new ArrayList<>();
    private final Set<Long> pinnedEntries = new HashSet<>();
    private final Map<Long, Unmapping> unmappings = new HashMap<>();
    private final Map<Long, Consumer<FileSystem.Blocks>> asked = new HashMap<>();
    private final Map<Long, Consumer<Lent>> borrowing = new HashMap<>();
    private final List<ActorRef<Teardown.Command>> teardowns = new ArrayList<>();

    private DaxEntries entries = DaxEntries.EMPTY;
    private FileBlocks blocks;
    private FaultLock lock = FaultLock.FREE;
    private long size;
    private @Nullable Taking taking;
    private long questions;
    private boolean registered;
    private boolean dying;
    private boolean letGo;
    private boolean holdsNothing;
    private boolean stopping;
    private boolean closing;
    private boolean starting;
    private boolean ticking;

    static Behavior<Command> create(
            String name, String disk, PgmapHandle device, ActorRef<FileSystem.Command> fileSystem, Wiring wiring) {
        return wiring.journals()
                .open(NoState.<Command>owner(
                        "file-" + name,
                        Logged::new,
                        (context, log, none, recovered) -> Behaviors.withStash(
                                STASHED_MAX,
                                stash -> found(context, stash, log, name, disk, device, fileSystem, wiring))));
    }

    /** What is on the disk comes first; messages wait for it. */
    private static Behavior<Command> found(
            ActorContext<Command> context,
            StashBuffer<Command> stash,
            EventLog log,
            String name,
            String disk,
            PgmapHandle device,
            ActorRef<FileSystem.Command> fileSystem,
            Wiring wiring) {
        fileSystem.tell(new FileSystem.Find(disk, context.getSelf()));
        context.watchWith(fileSystem, DeviceGone.INSTANCE);
        return Behaviors.receiveMessage(message -> {
            if (message instanceof FileSystem.Found || message instanceof DeviceGone) {
                context.unwatch(fileSystem);
                FileLayout layout = message instanceof FileSystem.Found found ? found.layout() : FileLayout.EMPTY;
                return stash.unstashAll(Behaviors.withTimers(
                        timers -> new DaxFile(context, timers, log, name, disk, layout, device, fileSystem, wiring)));
            }
            if (!stash.isFull()) {
                stash.stash(message);
            }
            return Behaviors.same();
        });
    }

    private DaxFile(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            EventLog log,
            String name,
            String disk,
            FileLayout layout,
            PgmapHandle device,
            ActorRef<FileSystem.Command> fileSystem,
            Wiring wiring) {
        super(context);
        this.log = log;
        this.name = name;
        this.disk = disk;
        this.laid = layout;
        this.size = layout.pages();
        this.blocks = layout.blocks();
        this.spec = device.spec();
        this.rules = EntryRules.of(spec.protocol());
        this.fileSystem = fileSystem;
        this.wiring = wiring;
        this.timers = timers;
        this.blockOrder = spec.geometry().order();
        this.heads = new FileHeads(context, name, device, wiring);
        context.watchWith(device.ref(), DeviceGone.INSTANCE);
        device.ref().tell(new Pgmap.RegisterSpace(context.getSelf().narrow()));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Logged.class, this::onLogged)
                .onMessage(FaultIn.class, this::onFaultIn)
                .onMessage(FaultFinished.class, this::onFaultFinished)
                .onMessage(Unmapped.class, this::onUnmapped)
                .onMessage(Continue.class, this::onContinue)
                .onMessage(Section.GrabAnswer.class, answer -> after(() -> heads.granted(answer)))
                .onMessage(Section.ReleaseAnswer.class, answer -> after(() -> heads.released(answer)))
                .onMessage(Section.TieAnswer.class, answer -> after(() -> heads.tied(answer)))
                .onMessage(Section.Revoked.class, gone -> after(() -> heads.revoked(gone)))
                .onMessage(Pgmap.SectionsFound.class, found -> after(() -> heads.found(found)))
                .onMessage(FileSystem.Blocks.class, this::onBlocks)
                .onMessage(Truncate.class, this::onTruncate)
                .onMessage(PunchHole.class, this::onPunchHole)
                .onMessage(Evict.class, this::onEvict)
                .onMessage(Clone.class, this::onClone)
                .onMessage(Lend.class, this::onLend)
                .onMessage(Lent.class, this::onLent)
                .onMessage(Invalidate.class, this::onInvalidate)
                .onMessage(Interrupt.class, interrupt -> onInterrupt())
                .onMessage(DeadlinePassed.class, this::onDeadlinePassed)
                .onMessage(LockEntry.class, this::onLockEntry)
                .onMessage(UnlockEntry.class, this::onUnlockEntry)
                .onMessage(AskFile.class, this::onAskFile)
                .onMessage(Attach.class, this::onAttach)
                .onMessage(SpaceGone.class, this::onSpaceGone)
                .onMessage(Pgmap.Registered.class, this::onRegistered)
                .onMessage(AddressSpace.ZapPgmap.class, this::onZapPgmap)
                .onMessage(AddressSpace.FindPage.class, this::onFindPage)
                .onMessage(AddressSpace.UnmapPage.class, this::onUnmapPage)
                .onMessage(DeviceGone.class, gone -> onDeviceGone())
                .onMessage(Retry.class, retry -> onRetry())
                .onMessage(Close.class, close -> onClose())
                .onMessage(Stop.class, stop -> Behaviors.stopped())
                .build();
    }

    private Behavior<Command> onContinue(Continue done) {
        return after(done.then);
    }

    /** Everything that changes the file ends here: somebody may have waited for it. */
    private Behavior<Command> after(Runnable act) {
        act.run();
        if (!dying && !laidOut()) {
            layOut(none -> {});
        }
        tick();
        return proceed();
    }

    private Behavior<Command> proceed() {
        if (dying && !letGo && faults.isEmpty() && taking == null) {
            letGo = true;
            letGoOfEverything();
        }
        if (!stopping
                && holdsNothing
                && closing
                && heads.idle()
                && unmappings.isEmpty()
                && asked.isEmpty()
                && borrowing.isEmpty()) {
            stopping = true;
            ActorRef<Command> self = getContext().getSelf();
            log.then(() -> self.tell(Stop.INSTANCE)); // who watches it takes its end for an answer
        }
        return this;
    }

    // ---- faults

    private Behavior<Command> onFaultIn(FaultIn fault) {
        faultsWaiting.add(fault);
        admit();
        return proceed();
    }

    /** Lets in whoever may come in, in the order in which they came; one whose entries are locked keeps nobody else out. */
    private void admit() {
        if (!registered && !dying) {
            return;
        }
        if (dying) {
            faultsWaiting.forEach(fault -> refuse(fault, closing ? Refusal.CLOSED : Refusal.DYING));
            faultsWaiting.clear();
            return;
        }
        for (FaultIn fault : List.copyOf(faultsWaiting)) {
            boolean busyEntries = entries.locked(fault.offset, fault.pages) != null;
            if (lock.admitsFault() && !busyEntries && faultsWaiting.remove(fault)) {
                begin(new Fault(fault));
            }
        }
    }

    private static void refuse(FaultIn fault, Refusal why) {
        fault.space.tell(new AddressSpace.FilePages(fault.question, List.of(), why));
    }

    private void begin(Fault fault) {
        lock = lock.share();
        faults.add(fault);
        plan(fault);
        if (fault.locked.isEmpty()) {
            fault.refusal = fault.refusal == null ? Refusal.NOT_MAPPED : fault.refusal;
            answer(fault);
            return;
        }
        long wanted = 0;
        for (DaxEntry hole : fault.holes) {
            wanted += hole.pages();
        }
        if (wanted == 0) {
            copyShared(fault);
            return;
        }
        ask(
                question -> new FileSystem.Allocate(
                        name,
                        fault.holes.stream().mapToLong(DaxEntry::pages).sum(),
                        question,
                        getContext().getSelf()),
                got -> {
                    if (got.refusal() != null) {
                        fault.refusal = got.refusal();
                        giveUp(fault);
                        return;
                    }
                    fillHoles(fault, got.ranges());
                    copyShared(fault);
                });
    }

    /** Decides for each part of the range which entry it will have, and locks it. */
    private void plan(Fault fault) {
        FaultIn request = fault.request;
        long at = request.offset;
        long end = Math.min(request.offset + request.pages, size);
        while (at < end && fault.refusal == null) {
            DaxEntry there = entries.covering(at);
            DaxEntry entry = there != null && there.mapped() ? there : place(fault, at);
            if (entry == null) {
                break;
            }
            if (entry.is(Flag.SHARED) && request.write) {
                fault.shared.add(entry);
            } else if (entry.is(Flag.ZAPPED)) {
                fault.zapped.add(entry);
            }
            fault.locked.add(entry);
            if (fault.locked.size() > wiring.limits().walkHeadsMax()) {
                fault.refusal = Refusal.LIMIT;
            }
            at = entry.end();
        }
        fault.end = Math.min(at, end);
        entries = lockAll(entries, fault.locked);
    }

    private static DaxEntries lockAll(DaxEntries entries, List<DaxEntry> which) {
        DaxEntries next = entries;
        for (DaxEntry entry : which) {
            next = next.changed(entry.offset(), entry.pages(), e -> e.with(Flag.LOCKED));
        }
        return next;
    }

    /** The entry that a page without one will get; null where a read finds a hole, of which the file takes note (B31). */
    private @Nullable DaxEntry place(Fault fault, long at) {
        for (Level level = fault.request.level; ; level = level == Level.PUD ? Level.PMD : Level.PTE) {
            int order = Math.max(blockOrder, Long.numberOfTrailingZeros(level.pages(spec.basePage())));
            long start = at & -(1L << order);
            Extent extent = blocks.covering(start);
            boolean fits = extent != null
                    && extent.end() >= start + (1L << order)
                    && ((extent.pfn() + (start - extent.offset())) & ((1L << order) - 1)) == 0
                    && start + (1L << order) <= size
                    && entries.orderAt(start, order, blockOrder) == order;
            if (extent != null && fits) {
                DaxEntry entry = DaxEntry.of(start, order, extent.pfn() + (start - extent.offset()));
                entry = extent.shared() ? entry.with(Flag.SHARED) : entry;
                fault.fresh.add(entry);
                occupy(DaxEntry.without(start, order, Flag.EMPTY));
                return entry;
            }
            if (level == Level.PTE || order == blockOrder) {
                return hole(fault, at & -(1L << blockOrder));
            }
        }
    }

    private @Nullable DaxEntry hole(Fault fault, long start) {
        if (!fault.request.write) {
            if (entries.covering(start) == null) {
                entries = entries.insert(DaxEntry.without(start, blockOrder, Flag.ZERO))
                        .entries();
                record(new Event.EntryInserted(spec.id(), name, start, 1L << blockOrder, blockOrder, List.of(), false));
            }
            return null;
        }
        DaxEntry place = DaxEntry.without(start, blockOrder, Flag.EMPTY);
        occupy(place);
        fault.holes.add(place);
        return place;
    }

    /** A place that is taken, and locked, while its real entry is on the way. */
    private void occupy(DaxEntry empty) {
        entries = entries.insert(empty.with(Flag.LOCKED)).entries();
    }

    private void fillHoles(Fault fault, List<PfnRange> ranges) {
        ArrayDeque<Long> heads = new ArrayDeque<>();
        for (PfnRange range : ranges) {
            for (long pfn = range.first(); pfn < range.end(); pfn += 1L << blockOrder) {
                heads.add(pfn);
            }
        }
        for (DaxEntry hole : fault.holes) {
            long pfn = heads.remove();
            blocks = blocks.plus(hole.offset(), List.of(new PfnRange(pfn, hole.pages())), false);
            fault.fresh.add(DaxEntry.of(hole.offset(), blockOrder, pfn));
        }
        fault.holes.clear();
    }

    /** Blocks that other files have too: unmapped and untied, then replaced, or found to be the file's own by now (B36). */
    private void copyShared(Fault fault) {
        if (fault.shared.isEmpty()) {
            check(fault);
            return;
        }
        DaxEntry old = fault.shared.remove(0);
        boolean inserted = !fault.fresh.remove(old);
        unmap(old.offset(), old.pages(), unmapped -> {
            if (!inserted) {
                copy(fault, old);
                return;
            }
            delete(List.of(old), done -> copy(fault, old));
            occupyAgain(old);
        });
    }

    private void copy(Fault fault, DaxEntry old) {
        PfnRange range = new PfnRange(old.pfn(), old.pages());
        ask(
                question -> new FileSystem.CopyOnWrite(
                        name, range, question, getContext().getSelf()),
                got -> {
                    occupyAgain(old);
                    if (got.refusal() != null) {
                        fault.refusal = got.refusal();
                        giveUp(fault);
                        return;
                    }
                    if (got.ranges().isEmpty()) {
                        blocks = blocks.shared(old.offset(), old.pages(), false);
                        fault.fresh.add(DaxEntry.of(old.offset(), old.order(), old.pfn()));
                    } else {
                        blocks = blocks.minus(old.offset(), old.pages()).plus(old.offset(), got.ranges(), false);
                        fault.fresh.addAll(split(old, got.ranges()));
                    }
                    copyShared(fault);
                });
    }

    private void occupyAgain(DaxEntry old) {
        if (entries.covering(old.offset()) == null) {
            occupy(DaxEntry.without(old.offset(), old.order(), Flag.EMPTY));
        }
    }

    /** One entry as large as the old one where the new blocks allow it, otherwise one for each block. */
    private List<DaxEntry> split(DaxEntry old, List<PfnRange> ranges) {
        PfnRange first = ranges.get(0);
        if (ranges.size() == 1 && (first.first() & (old.pages() - 1)) == 0) {
            return List.of(DaxEntry.of(old.offset(), old.order(), first.first()));
        }
        List<DaxEntry> out = new ArrayList<>();
        long at = old.offset();
        for (PfnRange range : ranges) {
            for (long pfn = range.first(); pfn < range.end(); pfn += 1L << blockOrder) {
                out.add(DaxEntry.of(at, blockOrder, pfn));
                at += 1L << blockOrder;
            }
        }
        return out;
    }

    /** Where pages park at 0, one that is in use while it goes into a file is somebody's who was given it too early (B31). */
    private void check(Fault fault) {
        List<Extent> fresh = extents(fault.fresh);
        List<Extent> wanted = new ArrayList<>(fresh);
        wanted.addAll(extents(fault.zapped));
        heads.find(heads.runs(wanted), refusal -> {
            if (refusal != null) {
                fault.refusal = refusal;
                giveUp(fault);
                return;
            }
            List<Extent> own = fresh.stream().filter(extent -> !extent.shared()).toList();
            if (own.isEmpty() || spec.protocol().base(MemoryType.FS_DAX) == 1) {
                request(fault, fresh, wanted);
                return;
            }
            heads.findBusy(own, LayoutIdle.COUNT_EQ_0, busy -> {
                if (busy != null) {
                    warn("B31", "a page went into " + name + " that is in use: " + text(busy));
                }
                request(fault, fresh, wanted);
            });
        });
    }

    private void request(Fault fault, List<Extent> fresh, List<Extent> wanted) {
        if (!rules.holdsRef()) {
            tie(fault, fresh, wanted);
            return;
        }
        heads.request(wanted, refusal -> {
            if (refusal != null) {
                fault.refusal = refusal;
                giveUp(fault);
                return;
            }
            tie(fault, fresh, wanted);
        });
    }

    private void tie(Fault fault, List<Extent> fresh, List<Extent> wanted) {
        heads.tie(fresh, refusal -> {
            if (refusal != null) {
                fault.refusal = refusal;
                heads.release(wanted, none -> giveUp(fault));
                return;
            }
            insert(fault);
        });
    }

    private void insert(Fault fault) {
        for (DaxEntry entry : fault.fresh) {
            DaxEntries.Insertion inserted = entries.insert(entry.with(Flag.LOCKED));
            entries = inserted.entries();
        }
        for (DaxEntry entry : fault.zapped) {
            entries = entries.changed(entry.offset(), entry.pages(), e -> e.without(Flag.ZAPPED));
        }
        recordInserted(fault.fresh);
        if (fault.request.write) {
            entries = entries.changed(
                    fault.request.offset, fault.end - fault.request.offset, e -> e.mapped() ? e.with(Flag.DIRTY) : e);
        }
        answer(fault);
    }

    /** Neighbours of one order are one event. */
    private void recordInserted(List<DaxEntry> fresh) {
        List<DaxEntry> sorted = new ArrayList<>(fresh);
        sorted.sort(java.util.Comparator.comparingLong(DaxEntry::offset));
        int i = 0;
        while (i < sorted.size()) {
            DaxEntry first = sorted.get(i);
            List<DaxEntry> same = new ArrayList<>();
            long end = first.offset();
            while (i < sorted.size()
                    && sorted.get(i).offset() == end
                    && sorted.get(i).order() == first.order()
                    && sorted.get(i).is(Flag.SHARED) == first.is(Flag.SHARED)) {
                same.add(sorted.get(i));
                end = sorted.get(i).end();
                i++;
            }
            record(new Event.EntryInserted(
                    spec.id(),
                    name,
                    first.offset(),
                    end - first.offset(),
                    first.order(),
                    heads.runs(extents(same)),
                    first.is(Flag.SHARED)));
        }
    }

    /** Takes out again what was put in for a fault that is refused, and answers it. */
    private void giveUp(Fault fault) {
        for (DaxEntry entry : entries.in(fault.lockedFrom(), fault.lockedPages())) {
            if (entry.is(Flag.EMPTY)) {
                entries = entries.delete(entry.offset(), entry.pages()).entries();
            }
        }
        answer(fault);
    }

    /** What there is now of the range, up to its first hole. */
    private void answer(Fault fault) {
        List<AddressSpace.FilePage> pages = new ArrayList<>();
        long at = fault.request.offset;
        while (fault.refusal == null && at < fault.end) {
            DaxEntry entry = entries.covering(at);
            if (entry == null || !entry.mapped()) {
                break;
            }
            pages.add(new AddressSpace.FilePage(entry.offset(), entry.pfn(), entry.order(), !entry.is(Flag.SHARED)));
            at = entry.end();
        }
        Refusal none = pages.isEmpty() && fault.refusal == null ? Refusal.NOT_MAPPED : fault.refusal;
        fault.answered = true;
        log.then(() -> fault.request.space.tell(new AddressSpace.FilePages(fault.request.question, pages, none)));
        if (fault.abandoned) {
            end(fault);
        }
    }

    private Behavior<Command> onFaultFinished(FaultFinished finished) {
        for (Fault fault : List.copyOf(faults)) {
            if (fault.is(finished)) {
                end(fault);
            }
        }
        return proceed();
    }

    private void end(Fault fault) {
        if (!faults.remove(fault)) {
            return;
        }
        lock = lock.unshare().grant();
        if (!fault.locked.isEmpty()) {
            unlock(fault.lockedFrom(), fault.lockedPages());
        }
        tellTaking();
        admit();
    }

    private void unlock(long from, long pages) {
        entries = entries.changed(from, pages, e -> pinnedEntries.contains(e.offset()) ? e : e.without(Flag.LOCKED));
        unlocked();
    }

    private void unlocked() {
        for (LockEntry waiting : List.copyOf(lockersWaiting)) {
            if (entries.locked(waiting.offset, 1) == null) {
                lockersWaiting.remove(waiting);
                lockEntry(waiting);
            }
        }
        Taking now = taking;
        if (now != null && now.scanHeldUp) {
            now.scanHeldUp = false;
            scan(now);
        }
    }

    private Behavior<Command> onLockEntry(LockEntry ask) {
        if (entries.locked(ask.offset, 1) != null) {
            lockersWaiting.add(ask);
        } else {
            lockEntry(ask);
        }
        return this;
    }

    private void lockEntry(LockEntry ask) {
        DaxEntry entry = entries.covering(ask.offset);
        if (entry != null) {
            pinnedEntries.add(entry.offset());
            entries = entries.changed(entry.offset(), entry.pages(), e -> e.with(Flag.LOCKED));
        }
        log.then(() -> ask.replyTo.tell(new EntryLocked(ask.offset, entry)));
    }

    private Behavior<Command> onUnlockEntry(UnlockEntry free) {
        DaxEntry entry = entries.covering(free.offset);
        if (entry != null && pinnedEntries.remove(entry.offset())) {
            unlock(entry.offset(), entry.pages());
            admit();
        }
        return proceed();
    }

    // ---- taking pages away

    private Behavior<Command> onTruncate(Truncate truncate) {
        Consumer<Cut> answer = truncate.replyTo::tell;
        String wrong = wrongRange(0, truncate.pages);
        if (wrong != null) {
            answer.accept(refused(Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        return enqueue(new Taking(Kind.TRUNCATE, truncate.pages, Long.MAX_VALUE, truncate.deadline, answer));
    }

    private Behavior<Command> onPunchHole(PunchHole punch) {
        Consumer<Cut> answer = punch.replyTo::tell;
        String wrong =
                punch.pages <= 0 ? "nothing to punch: pages=" + punch.pages : wrongRange(punch.offset, punch.pages);
        if (wrong != null) {
            answer.accept(refused(Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        return enqueue(new Taking(Kind.PUNCH, punch.offset, punch.pages, punch.deadline, answer));
    }

    private Behavior<Command> onEvict(Evict evict) {
        return enqueue(new Taking(Kind.EVICT, 0, Long.MAX_VALUE, Duration.ZERO, evict.replyTo::tell));
    }

    private @Nullable String wrongRange(long offset, long pages) {
        long unit = 1L << blockOrder;
        if (offset < 0 || pages < 0 || offset + pages < 0 || ((offset | pages) & (unit - 1)) != 0) {
            return "no range of whole blocks: file=" + name + " offset=" + offset + " pages=" + pages + " blockPages="
                    + unit;
        }
        return null;
    }

    private Cut refused(Refusal why, @Nullable String detail) {
        return new Cut(name, size, why, detail, 0, 0, 0, -1, List.of(), List.of());
    }

    private Behavior<Command> enqueue(Taking next) {
        if (dying) {
            next.answer.accept(refused(closing ? Refusal.CLOSED : Refusal.DYING, null));
        } else if (takingsWaiting.size() >= wiring.limits().walksQueuedMax()) {
            next.answer.accept(refused(Refusal.LIMIT, null));
        } else {
            takingsWaiting.add(next);
            if (!next.deadline.isZero()) {
                timers.startSingleTimer(next, new DeadlinePassed(next), Limits.countable(next.deadline));
            }
            nextTaking();
        }
        return proceed();
    }

    private void nextTaking() {
        if (starting) {
            return; // one that ends at once comes back here
        }
        starting = true;
        while (taking == null && !takingsWaiting.isEmpty()) {
            Taking next = takingsWaiting.remove();
            if (next.kind == Kind.TRUNCATE && next.from >= size) {
                extend(next);
            } else {
                taking = next;
                follow(
                        next,
                        next.kind == Kind.EVICT
                                ? LayoutBreak.evict(spec.protocol())
                                : LayoutBreak.begin(
                                        spec.protocol(), spec.protocol().layoutWait()));
            }
        }
        starting = false;
    }

    /** A larger file has its blocks from the start. */
    private void extend(Taking next) {
        long more = next.from - size;
        if (more == 0) {
            finish(next, null);
            return;
        }
        taking = next;
        ask(
                question -> new FileSystem.Allocate(
                        name, more, question, getContext().getSelf()),
                got -> {
                    if (got.refusal() == null) {
                        blocks = blocks.plus(size, got.ranges(), false);
                        size = next.from;
                        layOut(laid -> finish(next, laid.refusal()));
                        return;
                    }
                    finish(next, got.refusal());
                });
    }

    private void on(Taking now, Input input) {
        LayoutBreak state = now.state;
        if (state != null && !state.over()) {
            now.blocked = blocked();
            follow(now, state.on(input));
        }
    }

    private void follow(Taking now, LayoutBreak.Step step) {
        now.state = step.state();
        for (Action action : step.actions()) {
            act(now, action);
        }
    }

    private void act(Taking now, Action action) {
        if (!isTaking(now)) {
            return; // its device is gone, and it was answered
        }
        switch (action) {
            case TAKE_LOCK -> {
                lock = lock.want();
                tellTaking();
            }
            case DROP_LOCK -> {
                lock = lock.release();
                admit();
            }
            case UNMAP -> unmapRange(now);
            case SCAN -> scan(now);
            case AWAIT_IDLE -> awaitIdle(now);
            case STOP_WAITING -> stopWaiting(now);
            case DELETE_ENTRIES -> deleteEntries(now);
            case GIVE_BLOCKS_BACK -> giveBlocksBack(now);
            case SUCCEED -> finish(now, null);
            case REFUSE -> giveUp(now);
        }
    }

    /** The lock may have come free: the one that takes pages away has it once the last fault has let go. */
    private void tellTaking() {
        Taking now = taking;
        if (now != null && lock.writer() && now.state != null && now.state.phase() == LayoutBreak.Phase.LOCK) {
            on(now, Input.LOCKED);
        }
    }

    private long end(Taking now) {
        return now.pages == Long.MAX_VALUE ? Math.max(size, now.from) : now.from + now.pages;
    }

    /** Whole entries, whatever part of them is meant: their pages go from the page tables and are looked at as a whole. */
    private List<DaxEntry> inRange(Taking now) {
        return entries.in(now.from, Math.max(1, end(now) - now.from)).stream()
                .filter(DaxEntry::mapped)
                .toList();
    }

    private void unmapRange(Taking now) {
        List<DaxEntry> there = entries.in(now.from, Math.max(1, end(now) - now.from));
        long from = there.isEmpty() ? now.from : Math.min(now.from, there.get(0).offset());
        long to = there.isEmpty()
                ? end(now)
                : Math.max(end(now), there.get(there.size() - 1).end());
        unmap(from, Math.max(1, to - from), pages -> {
            record(new Event.LayoutUnmapped(spec.id(), name, from, to - from, pages));
            zapEntries(now);
        });
    }

    /** Unmapped by truncation, an entry lets go of its page and keeps its place, where the protocol says so (D10). */
    private void zapEntries(Taking now) {
        List<DaxEntry> zapped = !rules.dropsRefWhenZapped()
                ? List.of()
                : inRange(now).stream().filter(e -> !e.is(Flag.ZAPPED)).toList();
        for (DaxEntry entry : zapped) {
            entries = entries.changed(entry.offset(), entry.pages(), e -> e.with(Flag.ZAPPED));
        }
        List<Extent> extents = extents(zapped);
        log.then(() -> heads.release(extents, none -> on(now, Input.UNMAPPED)));
    }

    private void scan(Taking now) {
        long length = Math.max(1, end(now) - now.from);
        if (entries.locked(now.from, length) != null) {
            now.scanHeldUp = true;
            return;
        }
        List<Extent> extents = extents(inRange(now));
        heads.findBusy(extents, rules.idle(), busy -> {
            if (now.state == null || now.state.phase() != LayoutBreak.Phase.SCAN) {
                return;
            }
            now.busy = busy;
            if (busy != null) {
                record(new Event.LayoutBusy(
                        spec.id(),
                        name,
                        busy.head(),
                        busy.counts().refcount(),
                        busy.counts().pincount(),
                        busy.counts().mapcount(),
                        busy.holders()));
                now.why = now.why == null ? Refusal.BUSY : now.why;
            }
            on(now, busy == null ? Input.FOUND_IDLE : Input.FOUND_BUSY);
        });
    }

    /**
     * Sleeps until the page is idle by the rule it was found busy by. Era E4 of the kernel looks whether anybody but mappings
     * holds the page, and sleeps until nobody at all does: a page that is faulted in again while the lock is dropped would keep
     * it asleep. Here it wakes up and searches again.
     */
    private void awaitIdle(Taking now) {
        Section.BusyFound busy = now.busy;
        if (busy == null) {
            throw new IllegalStateException("nothing to wait for: file=" + name);
        }
        now.waiter = name + "#" + ++questions;
        now.waitingSinceNanos = wiring.time().nanos();
        String waiter = now.waiter;
        heads.awaitIdle(busy.head(), waiter, rules.idle(), answer -> {
            if (waiter.equals(now.waiter)) {
                onIdle(now, answer);
            }
        });
    }

    private void onIdle(Taking now, Section.IdleAnswer answer) {
        if (answer.idle()) {
            endWait(now);
            on(now, Input.WOKEN);
        } else if (answer.refusal() == Refusal.LIMIT) {
            now.why = Refusal.LIMIT;
            endWait(now);
            on(now, Input.STOP);
        } else {
            now.why = Refusal.DYING;
            endWait(now);
            on(now, Input.GONE);
        }
    }

    private void endWait(Taking now) {
        now.waiter = "";
        now.waitedNanos += wiring.time().nanos() - now.waitingSinceNanos;
    }

    private void stopWaiting(Taking now) {
        if (!now.waiter.isEmpty() && now.busy != null) {
            heads.stopWaiting(now.busy.head(), now.waiter);
            endWait(now);
        }
    }

    /** Checks that nobody can have come back (B35), unties the pages and lets their references go. */
    private void deleteEntries(Taking now) {
        List<DaxEntry> gone = inRange(now);
        // Of a page that other files have too, their mappings count as well (B36).
        List<DaxEntry> checked = rules.mapHoldsRef()
                ? gone.stream().filter(e -> !e.is(Flag.SHARED)).toList()
                : gone;
        validate(extents(checked), () -> {
            entries = entries.delete(now.from, Math.max(1, end(now) - now.from)).entries();
            delete(gone, none -> on(now, Input.DELETED));
        });
    }

    /** Looks at the counts that the era asks for at this point. What a process that has just died held is on its way back. */
    private void validate(List<Extent> extents, Runnable then) {
        heads.findBusy(extents, rules.atDeletion(), busy -> {
            if (busy != null && !busy.holders().isEmpty() && orphans.containsAll(busy.holders())) {
                String waiter = name + "#" + ++questions;
                heads.awaitIdle(busy.head(), waiter, rules.atDeletion(), answer -> {
                    if (answer.idle()) {
                        validate(extents, then);
                    } else {
                        then.run();
                    }
                });
                return;
            }
            if (busy != null) {
                warn(
                        "B35",
                        "an entry of " + name + " was deleted with references outstanding: " + text(busy) + ", want "
                                + rules.restingCount());
            }
            then.run();
        });
    }

    /** Takes these entries out and unties their pages; the references they hold go back (B35). */
    private void delete(List<DaxEntry> gone, Consumer<@Nullable Refusal> then) {
        for (DaxEntry entry : gone) {
            entries = entries.delete(entry.offset(), entry.pages()).entries();
            pinnedEntries.remove(entry.offset());
        }
        List<Extent> extents = extents(gone);
        if (!extents.isEmpty()) {
            Extent first = extents.get(0);
            Extent last = extents.get(extents.size() - 1);
            record(new Event.EntryDeleted(
                    spec.id(), name, first.offset(), last.end() - first.offset(), gone.size(), heads.runs(extents)));
        }
        log.then(() -> heads.release(extents, none -> heads.untie(extents, then)));
    }

    private void giveBlocksBack(Taking now) {
        now.blocks = blocks.in(now.from, Math.max(1, end(now) - now.from));
        if (now.kind == Kind.LEND) {
            List<PfnRange> ranges = now.blocks.stream().map(Extent::range).toList();
            blocks = blocks.shared(now.from, now.pages, true);
            ask(
                    question -> new FileSystem.Share(
                            name, ranges, question, getContext().getSelf()),
                    got -> on(now, Input.FREED));
            return;
        }
        blocks = blocks.minus(now.from, Math.max(1, end(now) - now.from));
        if (now.kind != Kind.PUNCH) {
            size = Math.min(size, now.from);
        }
        giveBack(now.blocks, got -> on(now, Input.FREED));
    }

    private void giveBack(List<Extent> extents, Consumer<FileSystem.Blocks> then) {
        List<PfnRange> ranges = extents.stream().map(Extent::range).toList();
        ask(
                question -> new FileSystem.GiveBack(
                        name, ranges, question, getContext().getSelf()),
                then);
    }

    private void giveUp(Taking now) {
        Refusal why = now.why == null ? Refusal.DYING : now.why;
        Section.BusyFound busy = now.busy;
        record(new Event.LayoutRefused(
                spec.id(),
                name,
                now.from,
                Math.max(0, end(now) - now.from),
                why,
                busy == null ? -1 : busy.head(),
                busy == null ? List.of() : busy.holders(),
                now.blocked));
        finish(now, why);
    }

    private void finish(Taking now, @Nullable Refusal refusal) {
        timers.cancel(now);
        if (lock.wanted()) {
            lock = lock.release();
        }
        LayoutBreak state = now.state;
        Section.BusyFound busy = now.busy;
        Cut cut = new Cut(
                name,
                size,
                refusal,
                refusal == null ? null : refusal.text(),
                state == null ? 0 : state.rounds(),
                state == null ? 0 : state.waits(),
                now.waitedNanos,
                refusal == null || busy == null ? -1 : busy.head(),
                refusal == null || busy == null ? List.of() : busy.holders(),
                refusal == null ? List.of() : now.blocked);
        log.then(() -> now.answer.accept(cut));
        if (now.kind == Kind.EVICT && refusal == null) {
            closing = true;
            dying = true;
        }
        if (isTaking(now)) {
            taking = null;
        }
        if (dying) {
            refuseWhoWaits();
        }
        nextTaking();
        admit();
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isTaking(Taking which) {
        return taking == which;
    }

    /** Whose faults wait for the lock. */
    private List<String> blocked() {
        return faultsWaiting.stream().map(FaultIn::who).distinct().toList();
    }

    private Behavior<Command> onInterrupt() {
        Taking now = taking;
        if (now != null && now.state != null) {
            now.why = Refusal.INTERRUPTED;
            on(now, Input.STOP);
        }
        return proceed();
    }

    private Behavior<Command> onDeadlinePassed(DeadlinePassed passed) {
        Taking late = passed.taking;
        if (takingsWaiting.remove(late)) {
            late.answer.accept(refused(Refusal.TIMEOUT, null));
        } else if (isTaking(late) && late.state != null) {
            late.why = Refusal.TIMEOUT;
            on(late, Input.STOP);
        }
        return proceed();
    }

    // ---- sharing blocks

    private Behavior<Command> onClone(Clone clone) {
        String wrong = wrongRange(clone.offset, clone.pages);
        if (wrong == null
                && (clone.pages <= 0 || clone.source.equals(getContext().getSelf()))) {
            wrong = "nothing to share, or with itself: file=" + name + " pages=" + clone.pages;
        }
        if (wrong == null && rules.holdsRef()) {
            wrong = "an entry holds the one reference of its page, and nobody has said whose it is when files share it:"
                    + " want entry.holds-refs=false";
        }
        if (wrong == null && !blocks.in(clone.offset, clone.pages).isEmpty()) {
            wrong = "the file has blocks there: file=" + name + " offset=" + clone.offset + ", want a hole";
        }
        if (wrong != null || dying) {
            clone.replyTo.tell(refused(wrong == null ? Refusal.DYING : Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        long question = ++questions;
        borrowing.put(question, lent -> borrowed(clone, lent));
        Duration patience =
                Limits.countable(clone.deadline).plus(wiring.limits().askTimeout());
        timers.startSingleTimer(question, new Lent(question, List.of(), Refusal.TIMEOUT), patience);
        clone.source.tell(new Lend(
                clone.sourceOffset,
                clone.pages,
                clone.deadline,
                question,
                getContext().getSelf()));
        return this;
    }

    private Behavior<Command> onLent(Lent lent) {
        Consumer<Lent> then = borrowing.remove(lent.question);
        timers.cancel(lent.question);
        if (then != null) {
            then.accept(lent);
        } else if (!lent.blocks.isEmpty()) {
            giveBack(lent.blocks, none -> {});
        }
        return proceed();
    }

    /** What was lent goes in where it was wanted; if something else is there by now, it goes back. */
    private void borrowed(Clone clone, Lent lent) {
        if (lent.refusal != null) {
            clone.replyTo.tell(refused(lent.refusal, lent.refusal.text()));
            return;
        }
        if (dying || !blocks.in(clone.offset, clone.pages).isEmpty()) {
            Refusal why = dying ? Refusal.DYING : Refusal.OUT_OF_RANGE;
            giveBack(lent.blocks, none -> clone.replyTo.tell(refused(why, why.text())));
            return;
        }
        for (Extent extent : lent.blocks) {
            long at = clone.offset + (extent.offset() - clone.sourceOffset);
            blocks = blocks.plus(at, List.of(extent.range()), true);
        }
        size = Math.max(size, clone.offset + clone.pages);
        layOut(laid -> clone.replyTo.tell(
                laid.refusal() == null
                        ? new Cut(name, size, null, null, 0, 0, 0, -1, List.of(), List.of())
                        : refused(laid.refusal(), null)));
    }

    private Behavior<Command> onLend(Lend lend) {
        String wrong = wrongRange(lend.offset, lend.pages);
        if (wrong != null || lend.offset + lend.pages > size) {
            lend.replyTo.tell(new Lent(lend.question, List.of(), Refusal.OUT_OF_RANGE));
            return this;
        }
        List<Taking> self = new ArrayList<>(1);
        Taking taken = new Taking(
                Kind.LEND,
                lend.offset,
                lend.pages,
                lend.deadline,
                cut -> lend.replyTo.tell(new Lent(
                        lend.question, cut.refusal() == null ? self.get(0).blocks : List.of(), cut.refusal())));
        self.add(taken);
        return enqueue(taken);
    }

    // ---- invalidation

    /** Entries go whatever their pages count; whoever holds one keeps a page that is no file's any more (R17). */
    private Behavior<Command> onInvalidate(Invalidate ask) {
        String wrong = wrongRange(ask.offset, ask.pages);
        if (wrong != null || dying) {
            ask.replyTo.tell(refused(wrong == null ? Refusal.DYING : Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        List<DaxEntry> clean =
                entries.deleteClean(ask.offset, Math.max(1, ask.pages)).deleted();
        List<DaxEntry> gone = clean.stream().filter(DaxEntry::mapped).toList();
        List<Extent> extents = extents(gone);
        entries = lockAll(entries, gone);
        heads.findBusy(extents, rules.atDeletion(), busy -> {
            if (busy != null) {
                warn("R17", "an entry of " + name + " was invalidated while its page is in use: " + text(busy));
            }
            unmap(
                    ask.offset,
                    Math.max(1, ask.pages),
                    unmapped -> delete(gone, none -> {
                        long pages = 0;
                        for (DaxEntry entry : gone) {
                            pages += entry.pages();
                        }
                        Cut cut = new Cut(name, pages, null, null, 0, 0, 0, -1, List.of(), List.of());
                        log.then(() -> ask.replyTo.tell(cut));
                        unlocked();
                        admit();
                    }));
        });
        return proceed();
    }

    // ---- address spaces

    private Behavior<Command> onAttach(Attach attach) {
        if (spaces.put(attach.space, attach.name) == null) {
            getContext().watchWith(attach.space, new SpaceGone(attach.space));
        }
        return this;
    }

    private void unmap(long from, long pages, Consumer<Long> then) {
        if (spaces.isEmpty()) {
            then.accept(0L);
            return;
        }
        long question = ++questions;
        unmappings.put(question, new Unmapping(spaces.keySet(), then));
        for (ActorRef<AddressSpace.Command> space : List.copyOf(spaces.keySet())) {
            space.tell(new AddressSpace.UnmapFile(getContext().getSelf(), from, pages, question));
        }
    }

    private Behavior<Command> onUnmapped(Unmapped unmapped) {
        answered(unmapped.question, unmapped.space, unmapped.pages);
        return proceed();
    }

    private void answered(long question, ActorRef<AddressSpace.Command> space, long pages) {
        Unmapping now = unmappings.get(question);
        if (now != null && now.left.remove(space)) {
            now.pages += pages;
            if (now.left.isEmpty()) {
                unmappings.remove(question);
                now.then.accept(now.pages);
            }
        }
    }

    /** A process that has died has no entries; what they held is being released by the sections. */
    private Behavior<Command> onSpaceGone(SpaceGone gone) {
        String orphan = spaces.remove(gone.space);
        if (orphan != null) {
            orphans.add(orphan);
        }
        faultsWaiting.removeIf(fault -> fault.space.equals(gone.space));
        for (long question : List.copyOf(unmappings.keySet())) {
            answered(question, gone.space, 0);
        }
        for (Fault fault : List.copyOf(faults)) {
            if (fault.request.space.equals(gone.space)) {
                abandon(fault);
            }
        }
        return proceed();
    }

    /** Nobody will say that this fault is over: it is when it has been answered. */
    private void abandon(Fault fault) {
        fault.abandoned = true;
        if (fault.answered) {
            end(fault);
        }
    }

    // ---- the end

    /** Only from here on may anything be mapped: teardown knows whom to tell. */
    private Behavior<Command> onRegistered(Pgmap.Registered answer) {
        registered = true;
        if (answer.refusal() != null) {
            die();
        }
        admit();
        return proceed();
    }

    /** Poison asks whoever maps the device, and a file is among them; what maps the file are address spaces. */
    private Behavior<Command> onFindPage(AddressSpace.FindPage find) {
        find.replyTo().tell(new FailureHandler.Mappers(getContext().getSelf().narrow(), List.of()));
        return this;
    }

    private Behavior<Command> onUnmapPage(AddressSpace.UnmapPage unmap) {
        unmap.replyTo().tell(new FailureHandler.Unmapped(getContext().getSelf().narrow()));
        return this;
    }

    /** Teardown: nothing is mapped in any more, and what entries hold goes back, or it would wait for this file for ever. */
    private Behavior<Command> onZapPgmap(AddressSpace.ZapPgmap zap) {
        teardowns.add(zap.replyTo());
        die();
        if (holdsNothing) {
            tellTeardowns();
        }
        return proceed();
    }

    private void die() {
        dying = true;
        refuseWhoWaits();
        Taking now = taking;
        if (now != null && now.state != null) {
            now.why = closing ? Refusal.CLOSED : Refusal.DYING;
            on(now, Input.GONE);
        }
    }

    private void refuseWhoWaits() {
        while (!takingsWaiting.isEmpty()) {
            Taking waiting = takingsWaiting.remove();
            timers.cancel(waiting);
            waiting.answer.accept(refused(closing ? Refusal.CLOSED : Refusal.DYING, null));
        }
        admit();
    }

    /** Unmapped, untied, references given back. Locks of entries do not matter any more: there will be no entries. */
    private void letGoOfEverything() {
        List<DaxEntry> gone = entries.all().stream().filter(DaxEntry::mapped).toList();
        Runnable then = () -> delete(gone, none -> {
            holdsNothing = true;
            tellTeardowns();
        });
        if (closing) {
            unmap(0, Math.max(1, size), pages -> then.run());
        } else {
            then.run();
        }
        entries = DaxEntries.EMPTY;
        List<LockEntry> lockers = List.copyOf(lockersWaiting);
        lockersWaiting.clear();
        log.then(() -> lockers.forEach(ask -> ask.replyTo.tell(new EntryLocked(ask.offset, null))));
    }

    /** Not before it is written that the entries are gone: what teardown writes next is in a journal of its own. */
    private void tellTeardowns() {
        List<ActorRef<Teardown.Command>> told = List.copyOf(teardowns);
        teardowns.clear();
        Teardown.Zapped zapped = new Teardown.Zapped(getContext().getSelf().narrow());
        log.then(() -> told.forEach(teardown -> teardown.tell(zapped)));
    }

    private Behavior<Command> onDeviceGone() {
        dying = true;
        letGo = true;
        Taking now = taking;
        die();
        if (now != null && isTaking(now)) {
            finish(now, Refusal.DEAD);
        }
        heads.lost();
        faults.clear();
        entries = DaxEntries.EMPTY;
        blocks = FileBlocks.NONE;
        asked.clear();
        holdsNothing = true;
        tellTeardowns();
        return proceed();
    }

    private Behavior<Command> onClose() {
        closing = true;
        die();
        return proceed();
    }

    private Behavior<Command> onAskFile(AskFile ask) {
        Taking now = taking;
        LayoutBreak state = now == null ? null : now.state;
        Section.BusyFound busy =
                now == null || state == null || state.phase() != LayoutBreak.Phase.WAIT ? null : now.busy;
        ask.replyTo.tell(new FileStatus(
                name,
                size,
                blocks.pages(),
                entries.all(),
                state == null ? null : state.phase(),
                busy == null ? -1 : busy.head(),
                busy == null ? List.of() : busy.holders(),
                blocked()));
        return this;
    }

    // ---- helpers

    /** Asks the file system something; its answer carries the number of the question. */
    private void ask(java.util.function.LongFunction<FileSystem.Command> question, Consumer<FileSystem.Blocks> then) {
        if (!laidOut()) {
            layOut(none -> {});
        }
        put(question, then);
    }

    private void put(java.util.function.LongFunction<FileSystem.Command> question, Consumer<FileSystem.Blocks> then) {
        long number = ++questions;
        asked.put(number, then);
        log.then(() -> fileSystem.tell(question.apply(number)));
    }

    /** Says what is on the disk now; goes on when that is safe, or at once where the device dies and nothing is laid out any more. */
    private void layOut(Consumer<FileSystem.Blocks> then) {
        FileLayout now = closing ? FileLayout.EMPTY : FileLayout.of(size, blocks);
        if (dying && !closing) {
            then.accept(new FileSystem.Blocks(0, List.of(), Refusal.DYING));
            return;
        }
        laid = now;
        put(question -> new FileSystem.Lay(disk, now, question, getContext().getSelf()), then);
    }

    private boolean laidOut() {
        return laid.equals(closing ? FileLayout.EMPTY : FileLayout.of(size, blocks));
    }

    private Behavior<Command> onBlocks(FileSystem.Blocks answer) {
        Consumer<FileSystem.Blocks> then = asked.remove(answer.question());
        return then == null ? this : after(() -> then.accept(answer));
    }

    /** Entries with pages, neighbours joined, in the order of the file. */
    private static List<Extent> extents(List<DaxEntry> which) {
        List<DaxEntry> sorted = new ArrayList<>(which);
        sorted.sort(java.util.Comparator.comparingLong(DaxEntry::offset));
        List<Extent> out = new ArrayList<>();
        for (DaxEntry entry : sorted) {
            Extent last = out.isEmpty() ? null : out.get(out.size() - 1);
            boolean shared = entry.is(Flag.SHARED);
            if (last != null
                    && last.end() == entry.offset()
                    && last.pfn() + last.pages() == entry.pfn()
                    && last.shared() == shared) {
                out.set(out.size() - 1, new Extent(last.offset(), last.pfn(), last.pages() + entry.pages(), shared));
            } else {
                out.add(new Extent(entry.offset(), entry.pfn(), entry.pages(), shared));
            }
        }
        return out;
    }

    private static String text(Section.BusyFound busy) {
        return "head=0x" + Long.toHexString(busy.head()) + " refcount="
                + busy.counts().refcount() + " pincount=" + busy.counts().pincount() + " mapcount="
                + busy.counts().mapcount() + " holders=" + busy.holders();
    }

    private void warn(String row, String text) {
        record(new Event.Warned(spec.id(), row, text));
    }

    private void record(Event event) {
        log.record(event);
    }

    private Behavior<Command> onLogged(Logged logged) {
        return after(() -> log.on(logged.signal));
    }

    private void tick() {
        if (!ticking && !heads.idle()) {
            ticking = true;
            timers.startSingleTimer(Retry.INSTANCE, wiring.limits().retryAfter());
        }
    }

    private Behavior<Command> onRetry() {
        ticking = false;
        heads.retry();
        tick();
        return proceed();
    }
}
