package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
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
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
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
 * The page table of one process, and the areas of it that map devices. Where the protocol says that mappings hold
 * references, each entry holds one on every head it maps: taken before the entry is put in (R29), given back after it was
 * taken out. Walkers look up, fault and recheck here; teardown zaps.
 */
public final class AddressSpace extends AbstractBehavior<AddressSpace.Command> {
    /** What an address space understands. */
    public sealed interface Command
            permits Map,
                    LookUp,
                    Recheck,
                    Fault,
                    Follow,
                    Unfollow,
                    WalkerGone,
                    Migrate,
                    Zap,
                    ZapPgmap,
                    AskMapped,
                    Close,
                    PgmapGone,
                    Retry,
                    Section.ToHolder,
                    Pgmap.SectionsFound,
                    Pgmap.Registered {}

    /**
     * Maps part of a device. Answered by one {@link Mapped}.
     *
     * @param vpn first virtual page
     * @param pages base pages
     * @param deviceOffset first page of the device, in base pages, counted across its ranges
     * @param level size of the entries
     * @param populate put all entries in now, rather than when somebody faults
     * @param special mark the entries as having no page behind them, so that no walk follows them (B17)
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
            ActorRef<? super Mapped> replyTo)
            implements Command {
        /** With ordinary entries. */
        public Map(
                PgmapHandle device,
                long vpn,
                long pages,
                long deviceOffset,
                Level level,
                boolean writable,
                boolean populate,
                ActorRef<? super Mapped> replyTo) {
            this(device, vpn, pages, deviceOffset, level, writable, populate, false, replyTo);
        }
    }

    /** Asks which entries map a range; the first step of a walk. */
    record LookUp(long vpn, long pages, boolean write, long question, ActorRef<GupWalker.Command> replyTo)
            implements Command {}

    /** Asks whether entries are still what they were; the last step of a walk. */
    record Recheck(List<Seen> seen, long question, ActorRef<GupWalker.Command> replyTo) implements Command {}

    /** Asks for the missing entries of a range. */
    record Fault(long vpn, long pages, long question, ActorRef<GupWalker.Command> replyTo) implements Command {}

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
    record ZapPgmap(String pgmap, ActorRef<Teardown.Command> replyTo) implements Command {}

    /** Asks how much is mapped. */
    public record AskMapped(ActorRef<Zapped> replyTo) implements Command {}

    /** Ends the address space, as the exit of a process would: what its entries hold is released by the sections. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    private record PgmapGone(PgmapHandle handle) implements Command {}

    private enum Retry implements Command {
        INSTANCE
    }

    /** The answer to {@link Map}: pages mapped now, and why not more. */
    public record Mapped(
            long pages, @Nullable Refusal refusal, @Nullable String detail) {}

    /** The answer to {@link Zap}: pages that are no longer mapped; to {@link AskMapped}: pages that are. */
    public record Zapped(long pages) {}

    /** Part of the space that maps part of a device. */
    private static final class Area {
        final PgmapHandle device;
        final long vpn;
        final long pages;
        final long firstPfn;
        final Level level;
        final boolean writable;
        final boolean special;
        boolean dead;

        Area(PgmapHandle device, long vpn, long pages, long firstPfn, Level level, boolean writable, boolean special) {
            this.device = device;
            this.vpn = vpn;
            this.pages = pages;
            this.firstPfn = firstPfn;
            this.level = level;
            this.writable = writable;
            this.special = special;
        }

        Mapping mapping(long from, long until) {
            return new Mapping(from, firstPfn + (from - vpn), until - from, level, writable, special);
        }

        long end() {
            return vpn + pages;
        }
    }

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
        final List<Mapping> toInstall = new ArrayList<>();
        final List<Area> areas = new ArrayList<>();
        final List<Piece> asked = new ArrayList<>();
        final List<Boolean> granted = new ArrayList<>();
        int waiting;

        /** Teardowns that wait for its end. */
        final List<Runnable> afterwards = new ArrayList<>(0);

        /** The device whose sections are being looked for. */
        @Nullable
        PgmapHandle finding;

        @Nullable
        Refusal refusal;

        Job(long vpn, long pages, @Nullable Area only, ActorRef<? super Mapped> mapped, @Nullable Fault fault) {
            this.vpn = vpn;
            this.pages = pages;
            this.only = only;
            this.mapped = mapped;
            this.fault = fault;
        }
    }

    /** A device this space has asked to map: only once it is registered there may anything of it be mapped. */
    private static final class Door {
        final PgmapHandle device;
        final List<Map> waiting = new ArrayList<>();
        boolean registered;

        @Nullable
        Refusal shut;

        Door(PgmapHandle device) {
            this.device = device;
        }
    }

    private static final Object UNMAP = new Object();

    private final String name;
    private final BasePage basePage;
    private final Wiring wiring;
    private final TimerScheduler<Command> timers;
    private final SectionCalls calls;
    private final SectionDirectory directory = new SectionDirectory();
    private final java.util.Map<ActorRef<Pgmap.Command>, Door> doors = new HashMap<>();
    private final TreeMap<Long, Area> areas = new TreeMap<>();
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private final ArrayDeque<Job> queue = new ArrayDeque<>();
    private final TableLock lock = new TableLock();
    private final Set<ActorRef<GupWalker.Command>> followers = new HashSet<>();
    private final TreeMap<Long, Long> inSystemMemory = new TreeMap<>();
    private PageTable table;
    private @Nullable Job job;
    private boolean proceeding;
    private boolean ticking;

    static Behavior<Command> create(String name, BasePage basePage, Wiring wiring) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new AddressSpace(context, timers, name, basePage, wiring)));
    }

    private AddressSpace(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            String name,
            BasePage basePage,
            Wiring wiring) {
        super(context);
        this.name = name;
        this.basePage = basePage;
        this.wiring = wiring;
        this.timers = timers;
        this.table = PageTable.empty(basePage);
        this.calls = new SectionCalls(name, context.getSelf().narrow(), wiring);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(LookUp.class, this::onLookUp)
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
                .onMessage(Map.class, this::onMap)
                .onMessage(Zap.class, this::onZap)
                .onMessage(ZapPgmap.class, this::onZapPgmap)
                .onMessage(AskMapped.class, this::onAskMapped)
                .onMessage(PgmapGone.class, this::onPgmapGone)
                .onMessage(Retry.class, retry -> onRetry())
                .onMessage(Close.class, close -> onClose())
                .build();
    }

    // ---- walks

    private Behavior<Command> onLookUp(LookUp lookUp) {
        lookUp.replyTo.tell(
                new GupWalker.LookupDone(lookUp.question, table.lookup(lookUp.vpn, lookUp.pages, lookUp.write)));
        return this;
    }

    private Behavior<Command> onRecheck(Recheck recheck) {
        recheck.replyTo.tell(new GupWalker.RecheckDone(recheck.question, table.recheck(recheck.seen)));
        return this;
    }

    private Behavior<Command> onFault(Fault fault) {
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
        return this.table.lookup(follow.vpn, end - follow.vpn, follow.write);
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
            map.replyTo.tell(new Mapped(0, Refusal.OUT_OF_RANGE, wrong));
            return this;
        }
        Door door = doors.computeIfAbsent(map.device.ref(), ref -> knock(map.device));
        if (door.shut != null) {
            map.replyTo.tell(new Mapped(0, door.shut, door.shut.text()));
            return this;
        }
        if (!door.registered) {
            if (door.waiting.size() >= wiring.limits().walksQueuedMax()) {
                map.replyTo.tell(new Mapped(0, Refusal.LIMIT, Refusal.LIMIT.text()));
            } else {
                door.waiting.add(map);
            }
            return this;
        }
        List<Area> there = areasIn(map.vpn, map.vpn + map.pages);
        there.forEach(dead -> {
            areas.remove(dead.vpn);
            inSystemMemory.subMap(dead.vpn, dead.end()).clear();
        });
        Area area = new Area(
                map.device,
                map.vpn,
                map.pages,
                map.device.spec().pfnAt(map.deviceOffset),
                map.level,
                map.writable,
                map.special);
        areas.put(area.vpn, area);
        if (!map.populate) {
            map.replyTo.tell(new Mapped(0, null, null));
            return this;
        }
        return enqueue(new Job(map.vpn, map.pages, area, map.replyTo, null));
    }

    private Door knock(PgmapHandle device) {
        directory.learn(device);
        getContext().watchWith(device.ref(), new PgmapGone(device));
        device.ref().tell(new Pgmap.RegisterSpace(getContext().getSelf()));
        return new Door(device);
    }

    private Behavior<Command> onRegistered(Pgmap.Registered registered) {
        Door door = doors.get(registered.device());
        if (door == null) {
            return this;
        }
        door.registered = true;
        door.shut = door.shut == null ? registered.refusal() : door.shut;
        List<Map> waiting = List.copyOf(door.waiting);
        door.waiting.clear();
        waiting.forEach(this::onMap);
        return this;
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
        for (Area area : areasIn(map.vpn, map.vpn + map.pages)) {
            if (!area.dead) {
                return "virtual pages are mapped already: vpn=0x" + Long.toHexString(area.vpn);
            }
        }
        long left = table.nextMapped(map.vpn);
        if (left < map.vpn + map.pages) {
            return "virtual pages are still being unmapped: vpn=0x" + Long.toHexString(left);
        }
        return null;
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
        j.toInstall.clear();
        j.areas.clear();
        List<Area> hit = j.only != null ? List.of(j.only) : areasIn(j.vpn, j.vpn + j.pages);
        for (Area area : hit) {
            if (area.dead) {
                j.refusal = j.toInstall.isEmpty() ? Refusal.DYING : null;
                break;
            }
            addGaps(j, area);
        }
        if (headsToGrab(j) > wiring.limits().walkHeadsMax()) {
            j.refusal = Refusal.LIMIT;
        }
        if (j.toInstall.isEmpty() || j.refusal != null) {
            finish(j);
            return;
        }
        for (int i = 0; i < j.toInstall.size(); i++) {
            if (holdsRefs(j.areas.get(i)) && looksForSections(j, j.areas.get(i), j.toInstall.get(i))) {
                return;
            }
        }
        for (int i = 0; i < j.toInstall.size(); i++) {
            if (holdsRefs(j.areas.get(i))) {
                askReferences(j, j.areas.get(i), j.toInstall.get(i));
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
        } else {
            undo(j);
        }
        job = null;
        answer(j, j.refusal);
        j.afterwards.forEach(Runnable::run);
        proceed();
    }

    /** A mapping that was refused leaves nothing behind, not even what others have faulted in meanwhile. */
    private void undo(Job j) {
        if (j.only != null && areas.remove(j.only.vpn, j.only)) {
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
        j.mapped.tell(new Mapped(pages, refusal, refusal == null ? null : refusal.text()));
        if (j.fault != null) {
            boolean missing = refusal == null && table.covering(j.vpn) == null;
            Refusal why = missing ? Refusal.NOT_MAPPED : refusal;
            j.fault.replyTo.tell(new GupWalker.FaultDone(j.fault.question, why));
        }
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
            wiring.events().accept(new Event.Zapped(zap.pgmap, name, pages));
            zap.replyTo.tell(new Teardown.Zapped(getContext().getSelf()));
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
        return this;
    }

    private Behavior<Command> onTieAnswer(Section.TieAnswer answer) {
        calls.close(answer.sequence());
        return this;
    }

    /** Teardown took the references of entries that are still there: the hazard of a teardown that does not zap (R1). */
    private Behavior<Command> onRevoked(Section.Revoked revoked) {
        pieces.values().removeIf(piece -> piece.sequence == revoked.grabSequence());
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
            if (call.isGrab()) {
                answered((Job) call.purpose, Refusal.DEAD);
            }
        }
        Job j = job;
        if (j != null && j.finding != null && j.finding.ref().equals(gone.handle.ref())) {
            j.refusal = Refusal.DEAD;
            finish(j);
        }
        return this;
    }

    private Behavior<Command> onClose() {
        if (job != null) {
            answer(job, Refusal.CLOSED);
        }
        queue.forEach(waiting -> answer(waiting, Refusal.CLOSED));
        for (Door door : doors.values()) {
            door.waiting.forEach(map -> map.replyTo.tell(new Mapped(0, Refusal.CLOSED, Refusal.CLOSED.text())));
        }
        return Behaviors.stopped();
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
