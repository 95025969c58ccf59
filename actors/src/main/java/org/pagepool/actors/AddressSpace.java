package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.devdax.DaxFault;
import org.pagepool.runtime.devdax.FaultTie;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Longterm;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.Seen;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * The page table of one process, and the areas of it that map devices and files. Where the protocol says that mappings hold
 * references, each entry holds one on every head it maps: taken before the entry is put in (R29), given back after it was
 * taken out. Walkers look up, fault and recheck here; teardown zaps.
 *
 * <p>A fault in an area that maps a file asks the file for the pages first, and tells it when their entries are in: in
 * between the file's fault lock is held, so that no truncation comes between the two. It goes through one area after another,
 * for it must never hold the locks of two files.
 */
public final class AddressSpace extends AbstractBehavior<AddressSpace.Command> {
    /** What an address space understands. */
    public sealed interface Command
            permits Map,
                    MapFile,
                    UnmapFile,
                    FilePages,
                    FileGone,
                    Logged,
                    LookUp,
                    Recheck,
                    Fault,
                    Follow,
                    Unfollow,
                    WalkerGone,
                    Migrate,
                    Touch,
                    Unmap,
                    Zap,
                    AskMapped,
                    OnSigbus,
                    Close,
                    PgmapGone,
                    Retry,
                    Stop,
                    Section.ToHolder,
                    Pgmap.SectionsFound,
                    Pgmap.ToMapper,
                    Pgmap.PagesTied {}

    /**
     * Maps part of a device. Answered by one {@link Mapped}.
     *
     * @param vpn first virtual page
     * @param pages base pages
     * @param deviceOffset first page of the device, in base pages, counted across its ranges
     * @param level size of the entries; for a device-dax device the size of its faults (B42)
     * @param populate put all entries in now, rather than when somebody faults
     * @param special mark the entries as having no page behind them, so that no walk follows them (B17)
     * @param shared whether writes are seen by others; device-dax memory is not mapped otherwise (B42)
     */
    public record Map(
            PgmapHandle device,
            long vpn,
            long pages,
            long deviceOffset,
            Level level,
            boolean writable,
            boolean populate,
            boolean special,
            boolean shared,
            ActorRef<? super Mapped> replyTo)
            implements Command {
        /** With ordinary entries, shared. */
        public Map(
                PgmapHandle device,
                long vpn,
                long pages,
                long deviceOffset,
                Level level,
                boolean writable,
                boolean populate,
                ActorRef<? super Mapped> replyTo) {
            this(device, vpn, pages, deviceOffset, level, writable, populate, false, true, replyTo);
        }
    }

    /**
     * Maps part of a file. Answered by one {@link Mapped}. What lies behind the end of the file, or is a hole of it, is not
     * mapped until it has pages.
     *
     * @param fileOffset first page of the file, in base pages
     * @param level the largest entries to use; smaller ones where the file's blocks do not allow them
     * @param populate put all entries in now, rather than when somebody faults
     */
    public record MapFile(
            FileHandle file,
            long vpn,
            long pages,
            long fileOffset,
            Level level,
            boolean writable,
            boolean populate,
            ActorRef<? super Mapped> replyTo)
            implements Command {}

    /** A file wants every entry of a part of it removed, and to be told when nothing is held for them any more. */
    record UnmapFile(ActorRef<DaxFile.Command> file, long from, long pages, long question) implements Command {}

    /**
     * A file's answer to a fault: the pages it has there, up to the first hole, or why none.
     *
     * @param question the fault's number; the file's lock is held until it is told that the fault is over
     */
    record FilePages(
            long question, List<FilePage> pages, @Nullable Refusal refusal) implements Command {
        /** Copies the list. */
        FilePages {
            pages = List.copyOf(pages);
        }
    }

    /**
     * An entry of a file, as far as a page table is concerned.
     *
     * @param offset first page of the file
     * @param pfn where it lies
     * @param order log2 of its base pages
     * @param writable false where a write needs another block
     */
    record FilePage(long offset, long pfn, int order, boolean writable) {
        long pages() {
            return 1L << order;
        }
    }

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    private record FileGone(ActorRef<DaxFile.Command> file) implements Command {}

    /**
     * A task touches a page that is not mapped, and the entry it wants put in has that size. Answered by one {@link
     * Touched}; a device-dax area serves one size only (B42).
     */
    public record Touch(long vpn, Level size, ActorRef<? super Touched> replyTo) implements Command {}

    /**
     * Ends the mapping of a range. Answered by one {@link Unmapped}. Areas that reach beyond it are cut in two, where their
     * entries allow that (B42).
     */
    public record Unmap(long vpn, long pages, ActorRef<? super Unmapped> replyTo) implements Command {}

    /** Asks which entries map a range; the first step of a walk. */
    record LookUp(long vpn, long pages, boolean write, long question, ActorRef<GupWalker.Command> replyTo)
            implements Command {}

    /** Asks whether entries are still what they were; the last step of a walk. */
    record Recheck(List<Seen> seen, long question, ActorRef<GupWalker.Command> replyTo) implements Command {}

    /**
     * Asks for the missing entries of a range, or, for a write, also for those that do not permit it yet.
     *
     * @param who whose fault it is
     */
    record Fault(long vpn, long pages, boolean write, String who, long question, ActorRef<GupWalker.Command> replyTo)
            implements Command {
        /** Somebody's fault, for reading. */
        Fault(long vpn, long pages, long question, ActorRef<GupWalker.Command> replyTo) {
            this(vpn, pages, false, "?", question, replyTo);
        }
    }

    /**
     * Asks which entries map a range, and keeps them as they are until {@link Unfollow}; one step of a walk on the slow path
     * (B28). Answered by one {@link GupWalker.Followed}: at most what one area and one table page map, for that is what one
     * lock protects. What wants to remove one of these entries waits for the walk; a walk waits for what came before it.
     */
    record Follow(
            long vpn, long pages, boolean write, boolean longterm, long question, ActorRef<GupWalker.Command> replyTo)
            implements Command {
        long end() {
            return vpn + pages;
        }
    }

    /** The walk has its references, or has given up: what was asked under that number may change again. */
    record Unfollow(long question, ActorRef<GupWalker.Command> walker) implements Command {}

    /** A walker is gone; what it followed is unlocked. */
    private record WalkerGone(ActorRef<GupWalker.Command> walker) implements Command {}

    /**
     * Moves coherent memory to system memory for a pin that must not stay where it is (B29): the entries go, with the
     * references they hold, and the device pages are free for their driver. The virtual pages are system memory from then on,
     * which this pool does not count. Answered by one {@link GupWalker.Migrated}.
     */
    record Migrate(long vpn, long pages, long question, ActorRef<GupWalker.Command> replyTo) implements Command {}

    /** Removes every entry that maps a page of the range; what is accessed again faults in again. */
    public record Zap(long vpn, long pages, ActorRef<? super Zapped> replyTo) implements Command {}

    /** Teardown: removes every entry of a pgmap, and never faults one in again. */
    record ZapPgmap(String pgmap, ActorRef<Teardown.Command> replyTo) implements Pgmap.ToMapper {}

    /** Poison: asks who maps the page at {@code index} of {@code file}, of a file system or a device. */
    record FindPage(String file, long index, ActorRef<FailureHandler.Command> replyTo) implements Pgmap.ToMapper {}

    /**
     * Poison: removes every entry of a part of a file, and tells the process if it is among those who mapped the page.
     *
     * @param first offset of the part's first page in the file, in base pages
     * @param pages base pages of the part
     * @param told whoever mapped the page
     */
    record UnmapPage(
            String pgmap,
            long pfn,
            String file,
            long first,
            long pages,
            List<Sigbus> told,
            ActorRef<FailureHandler.Command> replyTo)
            implements Pgmap.ToMapper {}

    /** Whom to call when a page that is mapped here is poisoned. */
    public record OnSigbus(Consumer<Sigbus> handler) implements Command {}

    /** Asks how much is mapped. */
    public record AskMapped(ActorRef<Zapped> replyTo) implements Command {}

    /** Ends the address space, as the exit of a process would: what its entries hold is released by the sections. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    private record PgmapGone(PgmapHandle handle) implements Command {}

    /** Everything is written and told. */
    private enum Stop implements Command {
        INSTANCE
    }

    private enum Retry implements Command {
        INSTANCE
    }

    /** The answer to {@link Map}: pages mapped now, and why not more. */
    public record Mapped(
            long pages, @Nullable Refusal refusal, @Nullable String detail) {}

    /**
     * The answer to {@link Touch}.
     *
     * @param refusal why the task gets a signal, or null
     */
    public record Touched(DaxFault outcome, @Nullable Refusal refusal) {}

    /** The answer to {@link Unmap}: pages of areas that are gone, or why none are. */
    public record Unmapped(
            long pages, @Nullable Refusal refusal, @Nullable String detail) {}

    /** The answer to {@link Zap}: pages that are no longer mapped; to {@link AskMapped}: pages that are. */
    public record Zapped(long pages) {}

    /** Part of the space that maps part of a device, or of a file on one. */
    private static final class Area {
        final PgmapHandle device;
        final @Nullable FileHandle file;
        final long vpn;
        final long pages;
        /** The first pfn, or the first page of the file. */
        final long first;

        final Level level;
        final boolean writable;
        final boolean special;
        boolean dead;

        Area(
                PgmapHandle device,
                @Nullable FileHandle file,
                long vpn,
                long pages,
                long first,
                Level level,
                boolean writable,
                boolean special) {
            this.device = device;
            this.file = file;
            this.vpn = vpn;
            this.pages = pages;
            this.first = first;
            this.level = level;
            this.writable = writable;
            this.special = special;
        }

        Mapping mapping(long from, long until) {
            return new Mapping(from, first + (from - vpn), until - from, level, writable, special);
        }

        Area part(long from, long end) {
            return new Area(device, file, from, end - from, first + (from - vpn), level, writable, special);
        }

        /** Whether its faults tie pages to the device's own file (B40, B41). */
        boolean ties() {
            return file == null && isDax(device.spec());
        }

        long end() {
            return vpn + pages;
        }

        /** What it maps of that part of a file, in its virtual pages, or null. */
        @Nullable
        MappedPart partOf(String name, long from, long count) {
            if (file == null ? !ties() || !name.equals(FaultTie.fileOf(device.spec())) : !name.equals(file.name())) {
                return null;
            }
            long start = file == null ? device.spec().offsetOf(first) : first;
            long lo = Math.max(from, start);
            long hi = Math.min(from + count, start + pages);
            return lo < hi ? new MappedPart(this, vpn + (lo - start), hi - lo) : null;
        }

        boolean maps(ActorRef<DaxFile.Command> other) {
            return file != null && file.ref().equals(other);
        }
    }

    /** A fault, or a mapping to be filled, over a range in which files are mapped. Goes through it area by area. */
    private static final class FileFault {
        final long end;
        final boolean write;
        final String who;
        final @Nullable Area only;
        final ActorRef<? super Mapped> mapped;
        final @Nullable Fault fault;
        long at;
        long pages;
        long question;
        long askedEnd;

        @Nullable
        Area asking;

        boolean holdsLock;

        @Nullable
        Refusal refusal;

        FileFault(Fault fault, ActorRef<? super Mapped> nobody) {
            this.at = fault.vpn;
            this.end = fault.vpn + fault.pages;
            this.write = fault.write;
            this.who = fault.who;
            this.only = null;
            this.mapped = nobody;
            this.fault = fault;
        }

        FileFault(Area area, String who, ActorRef<? super Mapped> mapped) {
            this.at = area.vpn;
            this.end = area.end();
            this.write = false;
            this.who = who;
            this.only = area;
            this.mapped = mapped;
            this.fault = null;
        }
    }

    /** What an area maps of a range of its file. */
    private record MappedPart(Area area, long vpn, long pages) {}

    /** A file waits until what its entries held has been given back. */
    private record Unmapping(ActorRef<DaxFile.Command> file, long question, long pages, Set<Long> open) {}

    /** References that entries hold: pages from {@code vpn} on, granted under one sequence by one section. */
    private record Piece(PgmapSpec pgmap, int section, long sequence, long vpn, long pfn, long pages, long entryPages) {
        List<Run> runs(long fromVpn, long n) {
            return Runs.ofEntries(pfn + (fromVpn - vpn), n, entryPages, pgmap.geometry());
        }

        Piece part(long fromVpn, long n) {
            return new Piece(pgmap, section, sequence, fromVpn, pfn + (fromVpn - vpn), n, entryPages);
        }
    }

    /** Putting entries in: one at a time, for a map or a fault. */
    private static final class Job {
        final long vpn;
        final long pages;
        final @Nullable Area only;
        final ActorRef<? super Mapped> mapped;
        final @Nullable Fault fault;
        /** The fault in a file's area that it is a step of. */
        final @Nullable FileFault step;
        /** What the file has there; null where the pages follow from the area. */
        final @Nullable List<Mapping> found;

        /** What to do instead of putting entries in, when those before it have ended. */
        @Nullable
        Runnable instead;

        final List<Mapping> toInstall = new ArrayList<>();
        final List<Area> areas = new ArrayList<>();
        final List<Piece> asked = new ArrayList<>();
        final List<Boolean> granted = new ArrayList<>();
        int waiting;

        /** Devices that are asked to tie all pages of a populated mapping and have not answered, by question. */
        final java.util.Map<Long, PgmapHandle> tying = new HashMap<>(0);

        /** Teardowns that wait for its end. */
        final List<Runnable> afterwards = new ArrayList<>(0);

        /** The device whose sections are being looked for. */
        @Nullable
        PgmapHandle finding;

        @Nullable
        Refusal refusal;

        Job(long vpn, long pages, @Nullable Area only, ActorRef<? super Mapped> mapped, @Nullable Fault fault) {
            this(vpn, pages, only, mapped, fault, null, null);
        }

        Job(
                long vpn,
                long pages,
                @Nullable Area only,
                ActorRef<? super Mapped> mapped,
                @Nullable Fault fault,
                @Nullable FileFault step,
                @Nullable List<Mapping> found) {
            this.vpn = vpn;
            this.pages = pages;
            this.only = only;
            this.mapped = mapped;
            this.fault = fault;
            this.step = step;
            this.found = found;
        }
    }

    /** Somebody who wants to map a device, and what is done for him once that is allowed. */
    private record AtTheDoor(ActorRef<? super Mapped> replyTo, Runnable again) {}

    /** A device this space has asked to map: only once it is registered there may anything of it be mapped. */
    private static final class Door {
        final PgmapHandle device;
        final List<AtTheDoor> waiting = new ArrayList<>();
        boolean registered;

        @Nullable
        Refusal shut;

        Door(PgmapHandle device) {
            this.device = device;
        }
    }

    private static final Object UNMAP = new Object();

    /** A tie that follows the entry it belongs to, which nobody waits for. */
    private record LateTie(long vpn, long pages) {}

    private final String name;
    private final BasePage basePage;
    private final Wiring wiring;
    private final EventLog log;
    private final TimerScheduler<Command> timers;
    private final SectionCalls calls;
    private final SectionDirectory directory = new SectionDirectory();
    private final java.util.Map<ActorRef<Pgmap.Command>, Door> doors = new HashMap<>();
    private final TreeMap<Long, Area> areas = new TreeMap<>();
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private final ArrayDeque<Job> queue = new ArrayDeque<>();
    private final java.util.Map<Long, FileFault> fileFaults = new HashMap<>();
    private final List<Unmapping> unmappings = new ArrayList<>();
    private final List<Consumer<Sigbus>> sigbusHandlers = new ArrayList<>();
    private final Set<ActorRef<DaxFile.Command>> files = new HashSet<>();
    private final java.util.Map<Long, LateTie> tyingLate = new HashMap<>();
    private long questions;
    private final TableLock lock = new TableLock();
    private final Set<ActorRef<GupWalker.Command>> followers = new HashSet<>();
    private final TreeMap<Long, Long> inSystemMemory = new TreeMap<>();
    private final PublishedTable published;
    private PageTable table;
    private @Nullable Job job;
    private boolean proceeding;
    private boolean ticking;

    static Behavior<Command> create(String name, BasePage basePage, Wiring wiring) {
        return wiring.journals()
                .open(NoState.<Command>owner(
                        "space-" + name,
                        Logged::new,
                        (context, log, none, recovered) -> Behaviors.withTimers(
                                timers -> new AddressSpace(context, timers, log, name, basePage, wiring))));
    }

    private AddressSpace(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            EventLog log,
            String name,
            BasePage basePage,
            Wiring wiring) {
        super(context);
        this.log = log;
        this.name = name;
        this.basePage = basePage;
        this.wiring = wiring;
        this.timers = timers;
        this.table = PageTable.empty(basePage);
        this.published = new PublishedTable(table);
        this.calls = new SectionCalls(name, context.getSelf().narrow(), wiring);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(LookUp.class, this::onLookUp)
                .onMessage(Logged.class, this::onLogged)
                .onMessage(Recheck.class, this::onRecheck)
                .onMessage(Fault.class, this::onFault)
                .onMessage(Follow.class, this::onFollow)
                .onMessage(Unfollow.class, this::onUnfollow)
                .onMessage(WalkerGone.class, this::onWalkerGone)
                .onMessage(Migrate.class, this::onMigrate)
                .onMessage(Section.GrabAnswer.class, this::onGrabAnswer)
                .onMessage(Section.ReleaseAnswer.class, this::onReleaseAnswer)
                .onMessage(Section.TieAnswer.class, this::onTieAnswer)
                .onMessage(Section.Revoked.class, this::onRevoked)
                .onMessage(Pgmap.SectionsFound.class, this::onSectionsFound)
                .onMessage(Pgmap.Registered.class, this::onRegistered)
                .onMessage(Pgmap.PagesTied.class, this::onPagesTied)
                .onMessage(Map.class, this::onMap)
                .onMessage(MapFile.class, this::onMapFile)
                .onMessage(UnmapFile.class, this::onUnmapFile)
                .onMessage(FilePages.class, this::onFilePages)
                .onMessage(FileGone.class, this::onFileGone)
                .onMessage(Touch.class, this::onTouch)
                .onMessage(Unmap.class, this::onUnmap)
                .onMessage(Zap.class, this::onZap)
                .onMessage(ZapPgmap.class, this::onZapPgmap)
                .onMessage(FindPage.class, this::onFindPage)
                .onMessage(UnmapPage.class, this::onUnmapPage)
                .onMessage(OnSigbus.class, this::onOnSigbus)
                .onMessage(AskMapped.class, this::onAskMapped)
                .onMessage(PgmapGone.class, this::onPgmapGone)
                .onMessage(Retry.class, retry -> onRetry())
                .onMessage(Close.class, close -> onClose())
                .onSignal(PostStop.class, stopped -> onStopped())
                .build();
    }

    /** Whoever still reads the table finds nothing in it. */
    private Behavior<Command> onStopped() {
        published.publish(PageTable.empty(basePage));
        return this;
    }

    // ---- walks

    private Behavior<Command> onLookUp(LookUp lookUp) {
        lookUp.replyTo.tell(new GupWalker.LookupDone(
                lookUp.question, table.lookup(lookUp.vpn, lookUp.pages, lookUp.write), published));
        return this;
    }

    private Behavior<Command> onRecheck(Recheck recheck) {
        recheck.replyTo.tell(new GupWalker.RecheckDone(recheck.question, table.recheck(recheck.seen)));
        return this;
    }

    private Behavior<Command> onFault(Fault fault) {
        for (Area area : areasIn(fault.vpn, fault.vpn + fault.pages)) {
            if (area.file != null) {
                return begin(new FileFault(fault, getContext().getSystem().ignoreRef()));
            }
        }
        return enqueue(
                new Job(fault.vpn, fault.pages, null, getContext().getSystem().ignoreRef(), fault));
    }

    // ---- walks on the slow path

    private Behavior<Command> onFollow(Follow follow) {
        if (followers.add(follow.replyTo)) {
            getContext().watchWith(follow.replyTo, new WalkerGone(follow.replyTo));
        }
        lock.share(follow.replyTo, follow.vpn, follow.end(), () -> {
            Lookup lookup = follow(follow);
            if (lookup.pages() > 0) {
                Seen first = lookup.seen().get(0);
                Seen last = lookup.seen().get(lookup.seen().size() - 1);
                long lastEntry = last.extent().level().pages(basePage);
                long from = first.vpn() & -first.extent().level().pages(basePage);
                lock.lock(follow.replyTo, follow.question, from, (last.endVpn() + lastEntry - 1) & -lastEntry);
            }
            follow.replyTo.tell(new GupWalker.Followed(follow.question, lookup));
        });
        return this;
    }

    /** What the area forbids is refused before anything is looked at. */
    private Lookup follow(Follow follow) {
        java.util.Map.Entry<Long, Area> entry = areas.floorEntry(follow.vpn);
        Area area = entry == null || entry.getValue().end() <= follow.vpn ? null : entry.getValue();
        if (area == null) {
            return Lookup.nothing(Refusal.NOT_MAPPED);
        }
        PgmapSpec spec = area.device.spec();
        if (area.special || (follow.write && !area.writable)) {
            return Lookup.nothing(Refusal.PERMISSION);
        }
        if (follow.longterm && Longterm.refusesArea(spec.protocol(), spec.type())) {
            return Lookup.nothing(Refusal.LONGTERM);
        }
        if (isInSystemMemory(follow.vpn)) {
            return Lookup.nothing(Refusal.MIGRATED);
        }
        long table = area.level.tablePages(basePage);
        long end = Math.min(Math.min(follow.end(), area.end()), (follow.vpn & -table) + table);
        Lookup found = this.table.lookup(follow.vpn, end - follow.vpn, follow.write);
        boolean wantsOwnBlock = area.file != null && found.pages() == 0 && found.stop() == Refusal.PERMISSION;
        return wantsOwnBlock ? Lookup.nothing(Refusal.NOT_MAPPED) : found;
    }

    private Behavior<Command> onUnfollow(Unfollow unfollow) {
        lock.unlock(unfollow.walker, unfollow.question);
        return this;
    }

    private Behavior<Command> onWalkerGone(WalkerGone gone) {
        followers.remove(gone.walker);
        lock.forget(gone.walker);
        return this;
    }

    private Behavior<Command> onMigrate(Migrate migrate) {
        zap(migrate.vpn, migrate.pages, zapped -> {
            zapped.removed().forEach(gone -> inSystemMemory.put(gone.vpn(), gone.endVpn()));
            migrate.replyTo.tell(new GupWalker.Migrated(migrate.question, zapped.pages()));
        });
        return this;
    }

    private boolean isInSystemMemory(long vpn) {
        java.util.Map.Entry<Long, Long> moved = inSystemMemory.floorEntry(vpn);
        return moved != null && moved.getValue() > vpn;
    }

    private long nextInSystemMemory(long vpn) {
        Long next = inSystemMemory.ceilingKey(vpn);
        return next == null ? Long.MAX_VALUE : next;
    }

    // ---- map

    private Behavior<Command> onMap(Map map) {
        String wrong = wrongWith(map);
        if (wrong != null) {
            map.replyTo.tell(new Mapped(0, wrong.startsWith("EINVAL") ? Refusal.INVALID : Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        if (!entered(map.device, map.replyTo, () -> onMap(map))) {
            return this;
        }
        Area area = new Area(
                map.device,
                null,
                map.vpn,
                map.pages,
                map.device.spec().pfnAt(map.deviceOffset),
                map.level,
                map.writable,
                map.special);
        add(area);
        if (!map.populate) {
            map.replyTo.tell(new Mapped(0, null, null));
            return this;
        }
        return enqueue(new Job(map.vpn, map.pages, area, map.replyTo, null));
    }

    /** Whether anything of the device may be mapped now. If not, the answer was given, or {@code again} is run later. */
    private boolean entered(PgmapHandle device, ActorRef<? super Mapped> replyTo, Runnable again) {
        Door door = doors.computeIfAbsent(device.ref(), ref -> knock(device));
        if (door.shut != null) {
            replyTo.tell(new Mapped(0, door.shut, door.shut.text()));
        } else if (!door.registered) {
            if (door.waiting.size() >= wiring.limits().walksQueuedMax()) {
                replyTo.tell(new Mapped(0, Refusal.LIMIT, Refusal.LIMIT.text()));
            } else {
                door.waiting.add(new AtTheDoor(replyTo, again));
            }
        }
        return door.shut == null && door.registered;
    }

    private void add(Area area) {
        areasIn(area.vpn, area.end()).forEach(dead -> {
            areas.remove(dead.vpn);
            inSystemMemory.subMap(dead.vpn, dead.end()).clear();
        });
        areas.put(area.vpn, area);
    }

    private Behavior<Command> onMapFile(MapFile map) {
        String wrong = wrongWith(map);
        if (wrong != null) {
            map.replyTo.tell(new Mapped(0, Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        if (!entered(map.file.device(), map.replyTo, () -> onMapFile(map))) {
            return this;
        }
        Area area = new Area(
                map.file.device(), map.file, map.vpn, map.pages, map.fileOffset, map.level, map.writable, false);
        add(area);
        ActorRef<DaxFile.Command> file = map.file.ref();
        if (files.add(file)) {
            getContext().watchWith(file, new FileGone(file));
            file.tell(new DaxFile.Attach(getContext().getSelf(), name));
        }
        if (!map.populate) {
            map.replyTo.tell(new Mapped(0, null, null));
            return this;
        }
        return begin(new FileFault(area, name, map.replyTo));
    }

    private @Nullable String wrongWith(MapFile map) {
        PgmapSpec spec = map.file.device().spec();
        if (map.vpn < 0 || map.pages <= 0 || map.fileOffset < 0 || map.vpn + map.pages < 0) {
            return "no such pages: vpn=0x" + Long.toHexString(map.vpn) + " pages=" + map.pages + " fileOffset="
                    + map.fileOffset;
        }
        if (spec.basePage() != basePage) {
            return "file and address space differ in base page: file="
                    + spec.basePage().label() + " space=" + basePage.label();
        }
        return overlap(map.vpn, map.pages);
    }

    private @Nullable String overlap(long vpn, long pages) {
        for (Area area : areasIn(vpn, vpn + pages)) {
            if (!area.dead) {
                return "virtual pages are mapped already: vpn=0x" + Long.toHexString(area.vpn);
            }
        }
        long left = table.nextMapped(vpn);
        if (left < vpn + pages) {
            return "virtual pages are still being unmapped: vpn=0x" + Long.toHexString(left);
        }
        return null;
    }

    private Door knock(PgmapHandle device) {
        directory.learn(device);
        getContext().watchWith(device.ref(), new PgmapGone(device));
        device.ref().tell(new Pgmap.RegisterSpace(getContext().getSelf().narrow()));
        return new Door(device);
    }

    private Behavior<Command> onRegistered(Pgmap.Registered registered) {
        Door door = doors.get(registered.device());
        if (door == null) {
            return this;
        }
        door.registered = true;
        door.shut = door.shut == null ? registered.refusal() : door.shut;
        List<AtTheDoor> waiting = List.copyOf(door.waiting);
        door.waiting.clear();
        waiting.forEach(one -> one.again.run());
        return this;
    }

    private static boolean isDax(PgmapSpec spec) {
        return spec.type() == MemoryType.GENERIC;
    }

    private @Nullable String wrongWith(Map map) {
        PgmapSpec spec = map.device.spec();
        long entry = map.level.pages(basePage);
        if (spec.type() == MemoryType.PRIVATE) {
            return "private memory cannot be mapped by a CPU: device=" + spec.id();
        }
        if (spec.basePage() != basePage) {
            return "device and address space differ in base page: device="
                    + spec.basePage().label() + " space=" + basePage.label();
        }
        if (map.vpn < 0 || map.vpn + map.pages < 0) {
            return "no such virtual pages: vpn=0x" + Long.toHexString(map.vpn) + " pages=" + map.pages;
        }
        if (map.pages <= 0 || map.deviceOffset < 0 || map.deviceOffset > spec.pages() - map.pages) {
            return "range outside the device: device=" + spec.id() + " offset=" + map.deviceOffset + " pages="
                    + map.pages + " devicePages=" + spec.pages();
        }
        long pfn = spec.pfnAt(map.deviceOffset);
        if (spec.pfnAt(map.deviceOffset + map.pages - 1) - pfn != map.pages - 1) {
            return "range crosses a gap between ranges of the device: device=" + spec.id() + " offset="
                    + map.deviceOffset + " pages=" + map.pages;
        }
        if (isDax(spec)) {
            String refused = DaxFault.refusesMapping(map.shared, map.vpn, map.pages, pfn, entry);
            if (refused != null) {
                return refused;
            }
        }
        if (((map.vpn | pfn | map.pages) & (entry - 1)) != 0) {
            return "range is no multiple of its entries: vpn=0x" + Long.toHexString(map.vpn) + " pfn=0x"
                    + Long.toHexString(pfn) + " pages=" + map.pages + " entryPages=" + entry;
        }
        if (spec.protocol().mapHoldsRefs(spec.type())
                && map.populate
                && map.pages >> spec.geometry().order() > wiring.limits().walkHeadsMax()) {
            return "too many heads to populate at once: heads="
                    + (map.pages >> spec.geometry().order()) + " limit="
                    + wiring.limits().walkHeadsMax();
        }
        return overlap(map.vpn, map.pages);
    }

    private Behavior<Command> enqueue(Job next) {
        if (queue.size() >= wiring.limits().walksQueuedMax()) {
            undo(next);
            answer(next, Refusal.LIMIT);
            return this;
        }
        queue.add(next);
        return proceed();
    }

    /** A job that ends at once comes back here, and must not start the next one from inside. */
    private Behavior<Command> proceed() {
        if (proceeding) {
            return this;
        }
        proceeding = true;
        while (job == null && !queue.isEmpty()) {
            job = queue.poll();
            start(job);
        }
        proceeding = false;
        return this;
    }

    /** Finds the gaps; takes the references the new entries need, or puts the entries in at once if they need none. */
    private void start(Job j) {
        if (j.instead != null) {
            job = null;
            j.instead.run();
            return;
        }
        j.toInstall.clear();
        j.areas.clear();
        List<Area> hit = j.only != null ? List.of(j.only) : areasIn(j.vpn, j.vpn + j.pages);
        for (Area area : j.found != null ? List.<Area>of() : hit) {
            if (area.dead) {
                j.refusal = j.toInstall.isEmpty() ? Refusal.DYING : null;
                break;
            }
            addGaps(j, area);
        }
        if (j.found != null && j.only != null) {
            addFound(j, j.only, j.found);
        }
        if (headsToGrab(j) > wiring.limits().walkHeadsMax()) {
            j.refusal = Refusal.LIMIT;
        }
        if (j.toInstall.isEmpty() || j.refusal != null) {
            finish(j);
            return;
        }
        for (int i = 0; i < j.toInstall.size(); i++) {
            if ((holdsRefs(j.areas.get(i)) || (j.areas.get(i).ties() && j.only == null))
                    && looksForSections(j, j.areas.get(i), j.toInstall.get(i))) {
                return;
            }
        }
        for (int i = 0; i < j.toInstall.size(); i++) {
            if (holdsRefs(j.areas.get(i))) {
                askReferences(j, j.areas.get(i), j.toInstall.get(i));
            }
            if (j.areas.get(i).device.spec().protocol().mappingFirst()) {
                tieFaults(j, j.areas.get(i), j.toInstall.get(i), true);
            }
        }
        if (j.waiting == 0) {
            finish(j);
        }
    }

    private static boolean holdsRefs(Area area) {
        PgmapSpec spec = area.device.spec();
        return spec.protocol().mapHoldsRefs(spec.type());
    }

    private static long headsToGrab(Job j) {
        long heads = 0;
        for (int i = 0; i < j.toInstall.size(); i++) {
            Area area = j.areas.get(i);
            heads += holdsRefs(area)
                    ? j.toInstall.get(i).pages()
                            >> area.device.spec().geometry().order()
                    : 0;
        }
        return heads;
    }

    private List<Area> areasIn(long vpn, long end) {
        List<Area> hit = new ArrayList<>();
        java.util.Map.Entry<Long, Area> entry = areas.lowerEntry(end);
        while (entry != null && entry.getValue().end() > vpn) {
            hit.add(0, entry.getValue());
            entry = areas.lowerEntry(entry.getKey());
        }
        return hit;
    }

    private void addGaps(Job j, Area area) {
        long entry = area.level.pages(basePage);
        long at = Math.max(area.vpn, j.vpn & -entry);
        long end = Math.min(area.end(), (j.vpn + j.pages + entry - 1) & -entry);
        while (at < end) {
            long gapEnd = Math.min(end, Math.min(table.nextMapped(at), nextInSystemMemory(at)));
            if (isInSystemMemory(at)) {
                at = inSystemMemory.floorEntry(at).getValue();
            } else if (gapEnd > at) {
                j.toInstall.add(area.mapping(at, gapEnd));
                j.areas.add(area);
                at = gapEnd;
            } else {
                Mapping there = table.covering(at);
                at = there == null ? end : there.endVpn();
            }
        }
    }

    /** What a file has found, where nothing is mapped yet; a huge entry only where all of it is free. */
    private void addFound(Job j, Area area, List<Mapping> found) {
        if (area.dead) {
            j.refusal = Refusal.DYING;
            return;
        }
        for (Mapping mapping : found) {
            long at = mapping.vpn();
            boolean whole = table.nextMapped(at) >= mapping.endVpn();
            while (at < mapping.endVpn()) {
                long end = Math.min(mapping.endVpn(), table.nextMapped(at));
                if (end > at) {
                    j.toInstall.add(new Mapping(
                            at, mapping.pfnAt(at), end - at, whole ? mapping.level() : Level.PTE, mapping.writable()));
                    j.areas.add(area);
                    at = end;
                } else {
                    Mapping there = table.covering(at);
                    at = there == null ? mapping.endVpn() : there.endVpn();
                }
            }
        }
    }

    /** True if sections have to be found first. The job starts over when they are, so it must not have asked any yet. */
    private boolean looksForSections(Job j, Area area, Mapping mapping) {
        PgmapSpec spec = area.device.spec();
        int from = spec.sectionOf(mapping.pfn());
        int to = spec.sectionOf(mapping.pfn() + mapping.pages() - 1);
        for (int number = from; number <= to; number++) {
            if (spec.headsIn(number) > 0 && directory.section(spec, number) == null) {
                j.finding = area.device;
                area.device
                        .ref()
                        .tell(new Pgmap.FindSections(
                                from, to, getContext().getSelf().narrow()));
                return true;
            }
        }
        return false;
    }

    private void askReferences(Job j, Area area, Mapping mapping) {
        PgmapSpec spec = area.device.spec();
        long entry = mapping.level().pages(basePage);
        long vpn = mapping.vpn();
        while (vpn < mapping.endVpn()) {
            long pfn = mapping.pfnAt(vpn);
            int section = spec.sectionOf(pfn);
            long n = Math.min(mapping.endVpn() - vpn, pagesInSection(spec, section, pfn));
            Piece piece = new Piece(spec, section, 0, vpn, pfn, n, entry);
            ActorRef<Section.Command> target = directory.section(spec, section);
            if (target == null) {
                throw new IllegalStateException(
                        "section was found and lost: pgmap=" + spec.id() + " section=" + section);
            }
            SectionCalls.Call call = calls.grab(
                    spec, section, target, GrabKind.MAP, piece.runs(vpn, n), Integer.MAX_VALUE, j, j.asked.size());
            j.asked.add(new Piece(spec, section, call.sequence, vpn, pfn, n, entry));
            j.granted.add(false);
            j.waiting++;
            vpn += n;
        }
        tick();
    }

    /**
     * Ties what the faults of {@code mapping} bring in to the device's file (B40, B41): before the entries can be seen and
     * waited for, or behind them, which leaves a moment in which poison finds nobody to tell (R20).
     */
    private void tieFaults(Job j, Area area, Mapping mapping, boolean before) {
        if (!area.ties()) {
            return;
        }
        if (j.only != null) {
            tieAll(j, area, mapping, before);
            return;
        }
        PgmapSpec spec = area.device.spec();
        Object purpose = before ? j : new LateTie(mapping.vpn(), mapping.pages());
        for (FaultTie tie : FaultTie.of(
                mapping,
                j.vpn,
                area.vpn,
                area.device.spec().offsetOf(area.first),
                spec.geometry(),
                basePage,
                spec.protocol().faultIndex())) {
            for (FaultTie part : tie.bySection(spec)) {
                int section = spec.sectionOf(part.firstHead());
                ActorRef<Section.Command> target = directory.section(spec, section);
                if (target == null) {
                    continue; // the device went meanwhile, and its pages with it
                }
                calls.tieOnce(spec, section, target, FaultTie.fileOf(spec), part.runs(), part.index(), purpose, 0);
                j.waiting += before ? 1 : 0;
            }
        }
        tick();
    }

    /** A populated mapping faults at the first page of each entry, so that all of it is tied at the offsets it has anyway. */
    private void tieAll(Job j, Area area, Mapping mapping, boolean before) {
        PgmapSpec spec = area.device.spec();
        long first = spec.geometry().headOf(mapping.pfn());
        long end = spec.geometry().headOf(mapping.pfn() + mapping.pages() - 1)
                + spec.geometry().pages();
        long question = ++questions;
        area.device
                .ref()
                .tell(new Pgmap.TiePages(first, end, question, getContext().getSelf()));
        if (before) {
            j.tying.put(question, area.device);
            j.waiting++;
        } else {
            tyingLate.put(question, new LateTie(mapping.vpn(), mapping.pages()));
        }
    }

    private Behavior<Command> onPagesTied(Pgmap.PagesTied tied) {
        Job j = job;
        LateTie late = tyingLate.remove(tied.question());
        if (late != null && tied.refusal() == Refusal.POISONED) {
            zap(late.vpn, late.pages, zapped -> {});
        }
        if (j != null && j.tying.remove(tied.question()) != null) {
            answered(j, tied.refusal());
        }
        return this;
    }

    /** Base pages from {@code pfn} on whose heads live in {@code section}; whole entries, since those do not cross it. */
    private static long pagesInSection(PgmapSpec spec, int section, long pfn) {
        long end = spec.basePage().sectionFirstPfn(section + 1);
        long head = spec.geometry().headOf(end - 1);
        return Math.max(end, head + spec.geometry().pages()) - pfn;
    }

    private Behavior<Command> onSectionsFound(Pgmap.SectionsFound found) {
        directory.learn(found);
        Job j = job;
        if (j == null || j.finding == null || !j.finding.ref().equals(found.device())) {
            return this;
        }
        j.finding = null;
        if (found.refusal() != null) {
            j.refusal = found.refusal();
            finish(j);
        } else {
            start(j);
        }
        return this;
    }

    private Behavior<Command> onGrabAnswer(Section.GrabAnswer answer) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call != null) {
            Job j = (Job) call.purpose;
            long wanted = Runs.totalRefs(((Section.Grab) call.message).runs());
            j.granted.set(call.part, answer.refs() == wanted);
            if (answer.refs() > 0 && answer.refs() < wanted) {
                Piece part = j.asked.get(call.part);
                release(part, List.of());
            }
            answered(j, answer.refusal());
        }
        return this;
    }

    private void answered(Job j, @Nullable Refusal refusal) {
        if (refusal != null && j.refusal == null) {
            j.refusal = refusal;
        }
        if (--j.waiting == 0) {
            finish(j);
        }
    }

    /** Puts the entries in, or, if any reference was refused or the device died meanwhile, gives back what was granted. */
    private void finish(Job j) {
        boolean died = j.areas.stream().anyMatch(area -> area.dead);
        if (died && j.refusal == null) {
            j.refusal = Refusal.DYING;
        }
        for (int i = 0; i < j.asked.size(); i++) {
            Piece piece = j.asked.get(i);
            if (!j.granted.get(i)) {
                continue;
            }
            if (j.refusal == null) {
                pieces.put(piece.vpn, piece);
            } else {
                release(piece, List.of());
            }
        }
        if (j.refusal == null) {
            for (Mapping mapping : j.toInstall) {
                table = table.insert(mapping);
            }
            published.publish(table);
            tieAfterwards(j);
        } else {
            undo(j);
        }
        job = null;
        answer(j, j.refusal);
        j.afterwards.forEach(Runnable::run);
        proceed();
    }

    private void tieAfterwards(Job j) {
        for (int i = 0; i < j.toInstall.size(); i++) {
            if (!j.areas.get(i).device.spec().protocol().mappingFirst()) {
                tieFaults(j, j.areas.get(i), j.toInstall.get(i), false);
            }
        }
    }

    /** A mapping that was refused leaves nothing behind, not even what others have faulted in meanwhile. */
    private void undo(Job j) {
        if (j.step == null && j.only != null && areas.remove(j.only.vpn, j.only)) {
            zap(j.only.vpn, j.only.pages, zapped -> {});
        }
    }

    /** A fault that finds its page mapped was overtaken by another one, and has what it wanted. */
    private void answer(Job j, @Nullable Refusal refusal) {
        long pages = 0;
        if (refusal == null) {
            for (Mapping mapping : j.toInstall) {
                pages += mapping.pages();
            }
        }
        if (j.step != null) {
            stepDone(j.step, pages, refusal);
            return;
        }
        j.mapped.tell(new Mapped(pages, refusal, refusal == null ? null : refusal.text()));
        if (j.fault != null) {
            boolean missing = refusal == null && table.covering(j.vpn) == null;
            Refusal why = missing ? Refusal.NOT_MAPPED : refusal;
            j.fault.replyTo.tell(new GupWalker.FaultDone(j.fault.question, why));
        }
    }

    // ---- files

    private Behavior<Command> begin(FileFault fault) {
        if (fileFaults.size() >= wiring.limits().walksQueuedMax()) {
            fault.refusal = Refusal.LIMIT;
            end(fault);
            return this;
        }
        fault.question = ++questions;
        fileFaults.put(fault.question, fault);
        return advance(fault);
    }

    /** The next area in which something is missing. */
    private Behavior<Command> advance(FileFault fault) {
        for (Area area : areasIn(fault.at, fault.end)) {
            if (fault.only != null && !area.equals(fault.only)) {
                continue;
            }
            long from = Math.max(fault.at, area.vpn);
            long to = Math.min(fault.end, area.end());
            if (area.dead || (fault.write && !area.writable)) {
                fault.refusal = area.dead ? Refusal.DYING : Refusal.PERMISSION;
                end(fault);
                return this;
            }
            if (area.file == null) {
                fault.at = to;
                return enqueue(
                        new Job(from, to - from, null, getContext().getSystem().ignoreRef(), null, fault, null));
            }
            long gap = firstGap(from, to, fault.write);
            if (gap < to) {
                ask(fault, area, area.file, gap, to);
                return this;
            }
            fault.at = to;
        }
        end(fault);
        return this;
    }

    /** The first page that is not mapped, or, for a write, not for writing. */
    private long firstGap(long from, long to, boolean write) {
        long at = from;
        while (at < to) {
            Mapping there = table.covering(at);
            if (there == null || (write && !there.writable())) {
                return at;
            }
            at = there.endVpn();
        }
        return to;
    }

    private void ask(FileFault fault, Area area, FileHandle file, long gap, long to) {
        Mapping there = table.covering(gap);
        long end = there != null ? Math.min(to, there.endVpn()) : Math.min(to, table.nextMapped(gap));
        fault.asking = area;
        fault.askedEnd = end;
        fault.at = gap;
        file.ref()
                .tell(new DaxFile.FaultIn(
                        area.first + (gap - area.vpn),
                        end - gap,
                        area.level,
                        fault.write,
                        fault.who,
                        fault.question,
                        getContext().getSelf()));
    }

    private Behavior<Command> onFilePages(FilePages answer) {
        FileFault fault = fileFaults.get(answer.question);
        Area area = fault == null ? null : fault.asking;
        if (fault == null || area == null) {
            return this;
        }
        fault.holdsLock = true;
        List<Mapping> found = new ArrayList<>();
        for (FilePage page : answer.pages) {
            add(found, mapping(area, page, fault));
        }
        if (answer.refusal != null || found.isEmpty()) {
            fault.refusal = answer.refusal != null ? answer.refusal : Refusal.NOT_MAPPED;
            end(fault);
            return this;
        }
        long vpn = fault.at;
        fault.at = Math.max(vpn + 1, found.get(found.size() - 1).endVpn());
        return enqueue(
                new Job(vpn, fault.at - vpn, area, getContext().getSystem().ignoreRef(), null, fault, found));
    }

    /** The largest entries that can map it, and are wanted: whole ones, or the part that was asked for page by page. */
    private @Nullable Mapping mapping(Area area, FilePage page, FileFault fault) {
        long vpn = area.vpn + (page.offset - area.first);
        boolean writable = area.writable && page.writable;
        for (Level level : List.of(Level.PUD, Level.PMD)) {
            long entry = level.pages(basePage);
            if (level.compareTo(area.level) <= 0
                    && page.pages() >= entry
                    && ((vpn | page.pfn) & (entry - 1)) == 0
                    && vpn >= area.vpn
                    && vpn + page.pages() <= area.end()) {
                return new Mapping(vpn, page.pfn, page.pages(), level, writable);
            }
        }
        long from = Math.max(vpn, fault.at);
        long to = Math.min(vpn + page.pages(), fault.askedEnd);
        return from >= to ? null : new Mapping(from, page.pfn + (from - vpn), to - from, Level.PTE, writable);
    }

    private static void add(List<Mapping> found, @Nullable Mapping next) {
        Mapping last = found.isEmpty() ? null : found.get(found.size() - 1);
        if (next == null) {
            return;
        }
        if (last != null && last.endVpn() == next.vpn() && last.translatesLike(next)) {
            found.set(
                    found.size() - 1,
                    new Mapping(last.vpn(), last.pfn(), last.pages() + next.pages(), last.level(), last.writable()));
        } else {
            found.add(next);
        }
    }

    private void stepDone(FileFault fault, long pages, @Nullable Refusal refusal) {
        fault.pages += pages;
        letGo(fault);
        if (refusal != null) {
            fault.refusal = refusal;
            end(fault);
        } else if (fileFaults.remove(fault.question) != null) {
            fault.question = ++questions;
            fileFaults.put(fault.question, fault);
            advance(fault);
        }
    }

    /** The entries are in, or will not be: the file may go on (R20, B33). */
    private void letGo(FileFault fault) {
        Area area = fault.asking;
        if (fault.holdsLock && area != null && area.file != null) {
            area.file
                    .ref()
                    .tell(new DaxFile.FaultFinished(fault.question, getContext().getSelf()));
        }
        fault.holdsLock = false;
        fault.asking = null;
    }

    /** A fault that has brought something in is worth another look, whatever stopped it. */
    private void end(FileFault fault) {
        letGo(fault);
        fileFaults.remove(fault.question);
        Refusal why = fault.refusal;
        if (fault.fault != null) {
            Refusal none = table.covering(fault.fault.vpn) == null ? Refusal.NOT_MAPPED : null;
            fault.fault.replyTo.tell(
                    new GupWalker.FaultDone(fault.fault.question, fault.pages > 0 ? null : why != null ? why : none));
            return;
        }
        boolean hole = why == Refusal.NOT_MAPPED;
        if (why != null && !hole && fault.only != null && areas.remove(fault.only.vpn, fault.only)) {
            zap(fault.only.vpn, fault.only.pages, zapped -> {});
        }
        fault.mapped.tell(new Mapped(fault.pages, hole ? null : why, why == null || hole ? null : why.text()));
    }

    private Behavior<Command> onUnmapFile(UnmapFile unmap) {
        ArrayDeque<MappedPart> parts = new ArrayDeque<>();
        for (Area area : areas.values()) {
            if (area.maps(unmap.file)) {
                long from = Math.max(unmap.from, area.first);
                long to = Math.min(unmap.from + unmap.pages, area.first + area.pages);
                if (from < to) {
                    parts.add(new MappedPart(area, area.vpn + (from - area.first), to - from));
                }
            }
        }
        unmap(unmap, parts, 0, Set.of());
        return this;
    }

    /** One part after the other, each as soon as no walk follows one of its entries; then what they held is waited for. */
    private void unmap(UnmapFile unmap, ArrayDeque<MappedPart> left, long before, Set<Long> open) {
        MappedPart next = left.poll();
        if (next != null) {
            zap(
                    next.vpn,
                    next.pages,
                    zapped -> unmap(unmap, left, before + zapped.pages(), calls.openReleases(next.area.device.spec())));
            return;
        }
        Unmapping unmapping = new Unmapping(unmap.file, unmap.question, before, new HashSet<>(open));
        if (!tellIfUnmapped(unmapping)) {
            unmappings.add(unmapping);
        }
    }

    private boolean tellIfUnmapped(Unmapping unmapping) {
        if (unmapping.open.isEmpty()) {
            unmapping.file.tell(new DaxFile.Unmapped(getContext().getSelf(), unmapping.question, unmapping.pages));
            return true;
        }
        return false;
    }

    private void released(long sequence) {
        if (!unmappings.isEmpty()) {
            unmappings.forEach(unmapping -> unmapping.open.remove(sequence));
            unmappings.removeIf(this::tellIfUnmapped);
        }
    }

    private Behavior<Command> onFileGone(FileGone gone) {
        files.remove(gone.file);
        unmappings.removeIf(unmapping -> unmapping.file.equals(gone.file));
        for (Area area : List.copyOf(areas.values())) {
            if (area.maps(gone.file)) {
                area.dead = true;
                areas.remove(area.vpn);
                zap(area.vpn, area.pages, zapped -> {});
            }
        }
        for (FileFault fault : List.copyOf(fileFaults.values())) {
            if (fault.asking != null && fault.asking.maps(gone.file) && !fault.holdsLock) {
                fault.refusal = Refusal.CLOSED;
                end(fault);
            }
        }
        return this;
    }

    // ---- touch and unmap

    private Behavior<Command> onTouch(Touch touch) {
        List<Area> there = touch.vpn < 0 ? List.of() : areasIn(touch.vpn, touch.vpn + 1);
        if (there.isEmpty()) {
            touch.replyTo.tell(new Touched(DaxFault.SIGBUS, Refusal.NOT_MAPPED));
            return this;
        }
        Area area = there.get(0);
        if (!area.ties()) {
            touch.replyTo.tell(new Touched(DaxFault.SIGBUS, Refusal.INVALID));
            return this;
        }
        DaxFault outcome = serves(area, touch);
        if (outcome != DaxFault.INSTALL) {
            Refusal why = outcome == DaxFault.FALLBACK ? null : area.dead ? Refusal.DYING : Refusal.INVALID;
            touch.replyTo.tell(new Touched(outcome, why));
            return this;
        }
        ActorRef<Mapped> answer = Children.spawnAnonymous(
                getContext(), Gather.of(Mapped.class, 1, wiring.limits().walkTimeout(), mapped -> {
                    Refusal refusal =
                            mapped.isEmpty() ? Refusal.TIMEOUT : mapped.get(0).refusal();
                    touch.replyTo.tell(new Touched(refusal == null ? DaxFault.INSTALL : DaxFault.SIGBUS, refusal));
                }));
        return enqueue(new Job(touch.vpn, 1, null, answer, null));
    }

    private DaxFault serves(Area area, Touch touch) {
        long size = touch.size.pages(basePage);
        long start = touch.vpn & -size;
        boolean inArea = start >= area.vpn && start + size <= area.end();
        return DaxFault.of(area.dead, size, area.level.pages(basePage), inArea);
    }

    private Behavior<Command> onUnmap(Unmap unmap) {
        if (unmap.vpn < 0 || unmap.pages <= 0 || unmap.vpn + unmap.pages < 0) {
            unmap.replyTo.tell(new Unmapped(0, Refusal.OUT_OF_RANGE, "no such virtual pages"));
            return this;
        }
        Job after =
                new Job(unmap.vpn, unmap.pages, null, getContext().getSystem().ignoreRef(), null);
        after.instead = () -> unmap(unmap);
        return enqueue(after);
    }

    private void unmap(Unmap unmap) {
        long end = unmap.vpn + unmap.pages;
        List<Area> hit = areasIn(unmap.vpn, end);
        for (Area area : hit) {
            long cut = area.vpn < unmap.vpn ? unmap.vpn : area.end() > end ? end : area.vpn;
            if (!DaxFault.maySplit(cut, area.level.pages(basePage))
                    || (area.end() > end && !DaxFault.maySplit(end, area.level.pages(basePage)))) {
                String detail = "EINVAL: area cannot be cut inside an entry: vpn=0x" + Long.toHexString(cut)
                        + " entryPages=" + area.level.pages(basePage);
                unmap.replyTo.tell(new Unmapped(0, Refusal.INVALID, detail));
                return;
            }
        }
        zap(unmap.vpn, unmap.pages, zapped -> unmap.replyTo.tell(new Unmapped(cut(unmap.vpn, end), null, null)));
    }

    /** Takes the pages out of the areas they lie in. */
    private long cut(long vpn, long end) {
        long pages = 0;
        for (Area area : areasIn(vpn, end)) {
            long lo = Math.max(area.vpn, vpn);
            long hi = Math.min(area.end(), end);
            areas.remove(area.vpn);
            if (lo > area.vpn) {
                keep(area, area.part(area.vpn, lo));
            }
            if (hi < area.end()) {
                keep(area, area.part(hi, area.end()));
            }
            inSystemMemory.subMap(lo, hi).clear();
            pages += hi - lo;
        }
        return pages;
    }

    private void keep(Area whole, Area part) {
        part.dead = whole.dead;
        areas.put(part.vpn, part);
    }

    // ---- zap

    private Behavior<Command> onZap(Zap zap) {
        if (zap.vpn < 0 || zap.pages <= 0 || zap.vpn + zap.pages < 0) {
            zap.replyTo.tell(new Zapped(0));
        } else {
            zap(zap.vpn, zap.pages, zapped -> zap.replyTo.tell(new Zapped(zapped.pages())));
        }
        return this;
    }

    /** The areas are dead from here on; what is under way on them ends without an entry, and is waited for (B13). */
    private Behavior<Command> onZapPgmap(ZapPgmap zap) {
        doors.values().stream()
                .filter(door -> door.device.spec().id().equals(zap.pgmap))
                .forEach(door -> door.shut = Refusal.DYING);
        List<Area> mine = areas.values().stream()
                .filter(area -> area.device.spec().id().equals(zap.pgmap))
                .toList();
        mine.forEach(area -> area.dead = true);
        zapAll(new ArrayDeque<>(mine), 0, pages -> answer(zap, pages));
        return this;
    }

    private void answer(ZapPgmap zap, long pages) {
        Runnable answer = () -> {
            ActorRef<Pgmap.ToMapper> self = getContext().getSelf().narrow();
            log.record(new Event.Zapped(zap.pgmap, name, pages));
            log.then(() -> zap.replyTo.tell(new Teardown.Zapped(self)));
        };
        Job j = job;
        if (j != null && j.areas.stream().anyMatch(area -> area.dead)) {
            j.afterwards.add(answer);
        } else {
            answer.run();
        }
    }

    private void zapAll(ArrayDeque<Area> left, long before, LongConsumer then) {
        Area next = left.poll();
        if (next == null) {
            then.accept(before);
        } else {
            zap(next.vpn, next.pages, zapped -> zapAll(left, before + zapped.pages(), then));
        }
    }

    /**
     * Removes entries as soon as no walk follows one of them (B28). The entries go first; a walk on the fast path that saw them
     * will notice when it rechecks (B52). Then their references go back.
     */
    private void zap(long vpn, long pages, Consumer<PageTable.Zapped> then) {
        lock.exclude(vpn, vpn + pages, () -> {
            PageTable.Zapped zapped = table.zap(vpn, pages);
            table = zapped.table();
            published.publish(table);
            for (Mapping gone : zapped.removed()) {
                giveBack(gone.vpn(), gone.endVpn());
            }
            then.accept(zapped);
        });
    }

    private void giveBack(long from, long end) {
        java.util.Map.Entry<Long, Piece> entry = pieces.lowerEntry(end);
        while (entry != null && entry.getValue().vpn + entry.getValue().pages > from) {
            Piece piece = entry.getValue();
            long lo = Math.max(from, piece.vpn);
            long hi = Math.min(end, piece.vpn + piece.pages);
            pieces.remove(piece.vpn);
            if (lo > piece.vpn) {
                pieces.put(piece.vpn, piece.part(piece.vpn, lo - piece.vpn));
            }
            if (hi < piece.vpn + piece.pages) {
                pieces.put(hi, piece.part(hi, piece.vpn + piece.pages - hi));
            }
            release(piece, piece.runs(lo, hi - lo));
            entry = pieces.lowerEntry(lo);
        }
    }

    private void release(Piece piece, List<Run> runs) {
        ActorRef<Section.Command> target = directory.section(piece.pgmap, piece.section);
        if (target != null) {
            calls.release(
                    piece.pgmap,
                    piece.section,
                    target,
                    piece.sequence,
                    GrabKind.MAP,
                    runs,
                    ReleaseCause.UNMAP,
                    UNMAP,
                    0);
            tick();
        }
    }

    private Behavior<Command> onReleaseAnswer(Section.ReleaseAnswer answer) {
        calls.close(answer.sequence());
        released(answer.sequence());
        return this;
    }

    /** An entry whose page turns out to be poisoned behind it goes again (B39). */
    private Behavior<Command> onTieAnswer(Section.TieAnswer answer) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call != null && call.purpose instanceof Job j) {
            answered(j, answer.refusal());
        } else if (call != null && call.purpose instanceof LateTie late && answer.refusal() == Refusal.POISONED) {
            zap(late.vpn, late.pages, zapped -> {});
        }
        return this;
    }

    /** Teardown took the references of entries that are still there: the hazard of a teardown that does not zap (R1). */
    private Behavior<Command> onRevoked(Section.Revoked revoked) {
        pieces.values().removeIf(piece -> piece.sequence == revoked.grabSequence());
        return this;
    }

    // ---- poison

    private Behavior<Command> onFindPage(FindPage find) {
        List<Sigbus> mapped = new ArrayList<>();
        for (Area area : areas.values()) {
            MappedPart part = area.partOf(find.file, find.index, 1);
            Mapping entry = part == null ? null : table.covering(part.vpn);
            if (part != null && entry != null) {
                int lsb = Long.numberOfTrailingZeros(entry.level().pages(basePage)) + basePage.shift();
                mapped.add(new Sigbus(name, part.vpn << basePage.shift(), lsb));
            }
        }
        find.replyTo.tell(new FailureHandler.Mappers(getContext().getSelf().narrow(), mapped));
        return this;
    }

    private Behavior<Command> onUnmapPage(UnmapPage unmap) {
        ArrayDeque<MappedPart> parts = new ArrayDeque<>();
        for (Area area : areas.values()) {
            MappedPart part = area.partOf(unmap.file, unmap.first, unmap.pages);
            if (part != null) {
                parts.add(part);
            }
        }
        unmapParts(parts, () -> {
            unmap.told.stream().filter(due -> due.space().equals(name)).forEach(due -> signal(unmap, due));
            ActorRef<Pgmap.ToMapper> self = getContext().getSelf().narrow();
            log.then(() -> unmap.replyTo.tell(new FailureHandler.Unmapped(self)));
        });
        return this;
    }

    private void unmapParts(ArrayDeque<MappedPart> left, Runnable then) {
        MappedPart next = left.poll();
        if (next == null) {
            then.run();
        } else {
            zap(next.vpn, next.pages, zapped -> unmapParts(left, then));
        }
    }

    private void signal(UnmapPage unmap, Sigbus sigbus) {
        log.record(new Event.Signalled(unmap.pgmap, unmap.pfn, sigbus));
        log.then(() -> tellHandlers(sigbus));
    }

    private void tellHandlers(Sigbus sigbus) {
        for (Consumer<Sigbus> handler : sigbusHandlers) {
            try {
                handler.accept(sigbus);
            } catch (RuntimeException thrown) {
                getContext().getLog().error("sigbus handler failed: space={}", name, thrown);
            }
        }
    }

    private Behavior<Command> onLogged(Logged logged) {
        log.on(logged.signal);
        return this;
    }

    private Behavior<Command> onOnSigbus(OnSigbus on) {
        sigbusHandlers.add(on.handler);
        return this;
    }

    // ---- the rest

    private Behavior<Command> onAskMapped(AskMapped ask) {
        ask.replyTo.tell(new Zapped(table.mappedPages()));
        return this;
    }

    /** Where teardown has run, nothing is mapped any more; of a pgmap that failed, the entries would outlive the pages. */
    private Behavior<Command> onPgmapGone(PgmapGone gone) {
        directory.forget(gone.handle);
        Door door = doors.remove(gone.handle.ref());
        if (door != null) {
            door.waiting.forEach(map -> map.replyTo.tell(new Mapped(0, Refusal.DEAD, Refusal.DEAD.text())));
        }
        pieces.values().removeIf(piece -> SectionDirectory.same(piece.pgmap, gone.handle.spec()));
        for (Area area : List.copyOf(areas.values())) {
            if (area.device.ref().equals(gone.handle.ref())) {
                area.dead = true;
                areas.remove(area.vpn);
                zap(area.vpn, area.pages, zapped -> {});
            }
        }
        for (SectionCalls.Call call : calls.lost(gone.handle.spec())) {
            if (call.purpose instanceof Job lost) {
                answered(lost, Refusal.DEAD);
            } else {
                released(call.sequence);
            }
        }
        Job j = job;
        if (j != null && j.finding != null && j.finding.ref().equals(gone.handle.ref())) {
            j.refusal = Refusal.DEAD;
            finish(j);
        }
        if (j != null) {
            for (java.util.Map.Entry<Long, PgmapHandle> asked : List.copyOf(j.tying.entrySet())) {
                if (asked.getValue().ref().equals(gone.handle.ref()) && j.tying.remove(asked.getKey()) != null) {
                    answered(j, Refusal.DEAD);
                }
            }
        }
        return this;
    }

    private Behavior<Command> onClose() {
        if (job != null) {
            answer(job, Refusal.CLOSED);
        }
        queue.forEach(waiting -> answer(waiting, Refusal.CLOSED));
        for (FileFault fault : List.copyOf(fileFaults.values())) {
            fault.refusal = Refusal.CLOSED;
            end(fault);
        }
        for (Door door : doors.values()) {
            door.waiting.forEach(map -> map.replyTo.tell(new Mapped(0, Refusal.CLOSED, Refusal.CLOSED.text())));
        }
        return endWhenWritten();
    }

    /** Who watches it takes its end for an answer. Until what happened is written it listens to nothing else. */
    private Behavior<Command> endWhenWritten() {
        ActorRef<Command> self = getContext().getSelf();
        log.then(() -> self.tell(Stop.INSTANCE));
        return Behaviors.receive(Command.class)
                .onMessage(Logged.class, logged -> {
                    log.on(logged.signal);
                    return Behaviors.same();
                })
                .onMessage(Stop.class, stop -> Behaviors.stopped())
                .onAnyMessage(any -> Behaviors.same())
                .onSignal(PostStop.class, stopped -> onStopped())
                .build();
    }

    private void tick() {
        if (!ticking) {
            ticking = true;
            timers.startSingleTimer(Retry.INSTANCE, wiring.limits().retryAfter());
        }
    }

    private Behavior<Command> onRetry() {
        ticking = false;
        calls.retry();
        if (!calls.idle()) {
            tick();
        }
        return this;
    }
}
