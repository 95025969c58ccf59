package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.journal.PoolState;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.MapRefusal;
import org.pagepool.runtime.pgmap.MapRefusedException;
import org.pagepool.runtime.pgmap.PgmapOp;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.PgmapTable;
import org.pagepool.runtime.pgmap.RamMap;
import org.pagepool.runtime.pgmap.Remap;
import org.pagepool.runtime.protocol.Protocol;

/**
 * The guardian of a node's pool: maps devices, finds the pgmap of a pfn, opens address spaces and walkers. {@code
 * org.pagepool.actors.api.Pool} is the same for those who do not want messages.
 */
public final class PagePool extends AbstractBehavior<PagePool.Command> {
    /** What a pool understands. */
    public sealed interface Command {}

    /**
     * Maps a device at given pfns, or, if {@code ranges} is empty, at the next free ones.
     *
     * @param id name of the device
     * @param pages base pages, where no ranges are given
     * @param altmap room for its page records on the device itself, or null
     * @param owner whose it is, or null for the pool's own where its type needs one
     * @param ops what its driver does for it, or null for operations that do nothing
     */
    public record MapDevice(
            String id,
            MemoryType type,
            List<PfnRange> ranges,
            long pages,
            Geometry geometry,
            BasePage basePage,
            Protocol protocol,
            @Nullable Altmap altmap,
            @Nullable String owner,
            @Nullable PgmapOps ops,
            ActorRef<MapAnswer> replyTo)
            implements Command {
        /** The same, answered to somebody else. */
        MapDevice to(ActorRef<MapAnswer> other) {
            return new MapDevice(id, type, ranges, pages, geometry, basePage, protocol, altmap, owner, ops, other);
        }
    }

    /**
     * Opens the driver of a device-dax region, which maps the described device when it is probed; it lives until it is closed
     * or stopped.
     *
     * @param device what is mapped by a probe; its {@code replyTo} is not used
     */
    public record OpenRegion(DaxRegion region, MapDevice device, ActorRef<Opened<DaxDriver.Command>> replyTo)
            implements Command {}

    /** Asks which pgmap owns a pfn (B6). */
    public record FindPgmap(long pfn, ActorRef<? super PgmapFound> replyTo) implements Command {}

    /** Says that a page was found to be poisoned (B39). */
    public record FailMemory(long pfn, ActorRef<FailureReport> replyTo) implements Command {}

    /** Opens an address space; it lives until it is closed or stopped. */
    public record OpenSpace(String name, BasePage basePage, ActorRef<Opened<AddressSpace.Command>> replyTo)
            implements Command {}

    /**
     * Opens a walker on an address space.
     *
     * @param revocations told of references that teardown takes away, or null
     */
    public record OpenWalker(
            String name,
            ActorRef<AddressSpace.Command> space,
            @Nullable ActorRef<GupWalker.Revocation> revocations,
            ActorRef<Opened<GupWalker.Command>> replyTo)
            implements Command {}

    /**
     * Opens a file without blocks on an fs-dax device; it lives until it is closed or evicted. Its size is set by {@link
     * DaxFile.Truncate}.
     */
    public record OpenFile(String name, PgmapHandle device, ActorRef<Opened<DaxFile.Command>> replyTo)
            implements Command {}

    /** Opens the driver of a device; it lives until it is closed or stopped. */
    public record OpenDriver(String name, PgmapHandle device, ActorRef<Opened<Driver.Command>> replyTo)
            implements Command {}

    /** Asks how many actors there are. */
    public record AskCensus(ActorRef<Census> replyTo) implements Command {}

    /** Ends the pool and everything in it, without tearing anything down. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    /** Teardown asks the lookup to find that pgmap no more. Its name and pfns stay taken until they are {@link Free}. */
    record Forget(String pgmap, ActorRef<Teardown.Command> replyTo) implements Command {}

    /** Cleanup has run: name and pfns may be mapped again. Passed on to the pgmap, which then answers its closers. */
    record Free(String pgmap, ActorRef<Pgmap.Command> ref) implements Command {}

    /** A pgmap that was there in the pool's last life is there again, with all of its sections. */
    record Ready(ActorRef<Pgmap.Command> ref) implements Command {}

    /**
     * Asks to be told when everything that was there in the pool's last life is there again. Answered by one {@link Recovered}.
     */
    public record AwaitRecovery(ActorRef<Recovered> replyTo) implements Command {}

    /**
     * The answer to {@link AwaitRecovery}.
     *
     * @param life how often the pool was started, this time included; 0 where nothing outlives the process
     * @param devices the devices that are mapped, those being torn down included
     */
    public record Recovered(int life, List<PgmapHandle> devices) {
        /** Copies the list. */
        public Recovered {
            devices = List.copyOf(devices);
        }
    }

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    private record PgmapGone(String pgmap, ActorRef<Pgmap.Command> ref) implements Command {}

    private record NameFree(String name) implements Command {}

    private record FileSystemGone(ActorRef<Pgmap.Command> device) implements Command {}

    /**
     * The answer to {@link MapDevice}: a handle, or why not.
     *
     * @param refusal one clause that says why not, or null
     * @param reason the same as a number a driver would get, or null
     */
    public record MapAnswer(
            @Nullable PgmapHandle handle,
            @Nullable String refusal,
            @Nullable MapRefusal reason) {}

    /** The answer to {@link FindPgmap}; no handle when no pgmap owns the pfn. */
    public record PgmapFound(long pfn, @Nullable PgmapHandle handle) implements GupWalker.Command {}

    /** The answer to {@link OpenSpace}, {@link OpenWalker} and {@link OpenDriver}: an actor, or one clause that says why not. */
    public record Opened<T>(
            @Nullable ActorRef<T> ref, @Nullable String refusal) {}

    /** The answer to {@link AskCensus}. */
    public record Census(int devices, int sections, int liveHeads, int requestsUnderWay, int holders) {}

    private static final String NAME_RULE = ", want letters, digits, and . _ : - after the first";

    /** Where devices go that do not ask for a place: aligned so that the largest entries fit. */
    private static final long FIRST_PFN = 0x880000;

    private final Wiring wiring;
    private final RamMap ram;
    private final Map<String, PgmapHandle> handles = new HashMap<>();
    private final Set<String> forgotten = new HashSet<>();
    private final Map<String, ActorRef<?>> holders = new HashMap<>();
    private final Map<String, Integer> lives = new HashMap<>();
    private final Map<ActorRef<Pgmap.Command>, ActorRef<FileSystem.Command>> fileSystems = new HashMap<>();
    private final Memmaps memmaps = new Memmaps();
    private final EventLog log;
    private final int life;
    private final Map<String, Long> numbers = new HashMap<>();
    private final Set<ActorRef<Pgmap.Command>> recovering = new HashSet<>();
    private final List<ActorRef<Recovered>> awaitingRecovery = new ArrayList<>();
    private PgmapTable table = PgmapTable.EMPTY;
    private long pgmapsStarted;
    private long fileSystemsMounted;

    /** A pool in which everything is given {@code wiring}, on a machine whose RAM is in no device's way. */
    public static Behavior<Command> create(Wiring wiring) {
        return create(wiring, RamMap.NONE);
    }

    /** A pool in which everything is given {@code wiring}; no device is mapped over {@code ram} (B9). */
    public static Behavior<Command> create(Wiring wiring, RamMap ram) {
        return create(wiring, ram, PgmapOps::idle);
    }

    /**
     * A pool in which everything is given {@code wiring}.
     *
     * @param ops the driver operations of a device that was mapped in the pool's last life; operations cannot be written down
     */
    public static Behavior<Command> create(Wiring wiring, RamMap ram, Function<PgmapSpec, PgmapOps> ops) {
        return wiring.journals()
                .open(new Journals.Owner<Command, PoolState>(
                        "pool",
                        PoolState.EMPTY,
                        PoolState::apply,
                        Logged::new,
                        (context, log, state, recovered) -> new PagePool(context, log, state, wiring, ram, ops)));
    }

    private PagePool(
            ActorContext<Command> context,
            EventLog log,
            PoolState state,
            Wiring wiring,
            RamMap ram,
            Function<PgmapSpec, PgmapOps> ops) {
        super(context);
        this.log = log;
        this.wiring = wiring;
        this.ram = ram;
        this.life = wiring.journals().durable() ? state.life() + 1 : 0;
        this.pgmapsStarted = state.mappings();
        if (life > 0) {
            log.record(new Event.Started(life));
        }
        state.mapped().forEach((number, spec) -> comeBack(number, spec, ops.apply(spec)));
    }

    /** One that was cleaned up in the last moment of its last life knows it, and says so at once. */
    private void comeBack(long number, PgmapSpec spec, PgmapOps ops) {
        try {
            table = Remap.map(table, spec, ram, memmaps);
        } catch (MapRefusedException refused) {
            throw new IllegalStateException("a device of the last life cannot be mapped: pgmap=" + spec.id(), refused);
        }
        ActorRef<Pgmap.Command> ref = spawn(number, spec, ops).ref();
        recovering.add(ref);
        ref.tell(Pgmap.AwaitReady.INSTANCE);
    }

    private Behavior<Command> onReady(Ready ready) {
        if (recovering.remove(ready.ref) && recovering.isEmpty()) {
            List<ActorRef<Recovered>> all = List.copyOf(awaitingRecovery);
            awaitingRecovery.clear();
            all.forEach(this::tellRecovered);
        }
        return this;
    }

    private Behavior<Command> onAwaitRecovery(AwaitRecovery await) {
        if (recovering.isEmpty()) {
            tellRecovered(await.replyTo);
        } else {
            awaitingRecovery.add(await.replyTo);
        }
        return this;
    }

    private void tellRecovered(ActorRef<Recovered> replyTo) {
        List<PgmapHandle> devices = handles.values().stream()
                .sorted(Comparator.comparing(handle -> handle.spec().id()))
                .toList();
        log.then(() -> replyTo.tell(new Recovered(life, devices)));
    }

    private Behavior<Command> onLogged(Logged logged) {
        log.on(logged.signal);
        return this;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(FindPgmap.class, this::onFindPgmap)
                .onMessage(FailMemory.class, this::onFailMemory)
                .onMessage(MapDevice.class, this::onMapDevice)
                .onMessage(OpenSpace.class, this::onOpenSpace)
                .onMessage(OpenWalker.class, this::onOpenWalker)
                .onMessage(OpenFile.class, this::onOpenFile)
                .onMessage(FileSystemGone.class, this::onFileSystemGone)
                .onMessage(OpenDriver.class, this::onOpenDriver)
                .onMessage(OpenRegion.class, this::onOpenRegion)
                .onMessage(Forget.class, this::onForget)
                .onMessage(Free.class, this::onFree)
                .onMessage(PgmapGone.class, this::onPgmapGone)
                .onMessage(Ready.class, this::onReady)
                .onMessage(AwaitRecovery.class, this::onAwaitRecovery)
                .onMessage(Logged.class, this::onLogged)
                .onMessage(NameFree.class, this::onNameFree)
                .onMessage(AskCensus.class, this::onAskCensus)
                .onMessage(Close.class, close -> Behaviors.stopped())
                .build();
    }

    private Behavior<Command> onFindPgmap(FindPgmap find) {
        Optional<PgmapSpec> spec = table.find(find.pfn).filter(s -> !forgotten.contains(s.id()));
        PgmapFound found =
                new PgmapFound(find.pfn, spec.map(s -> handles.get(s.id())).orElse(null));
        log.then(() -> find.replyTo.tell(found));
        return this;
    }

    private Behavior<Command> onFailMemory(FailMemory failure) {
        PgmapHandle handle = table.find(failure.pfn)
                .filter(s -> !forgotten.contains(s.id()))
                .map(s -> handles.get(s.id()))
                .orElse(null);
        if (handle == null) {
            failure.replyTo.tell(FailureReport.of(failure.pfn, failure.pfn, FailureOutcome.NO_DEVICE));
        } else {
            log.then(() -> handle.ref().tell(new Pgmap.Fail(failure.pfn, failure.replyTo)));
        }
        return this;
    }

    private Behavior<Command> onMapDevice(MapDevice map) {
        if (!isName(map.id)) {
            map.replyTo.tell(new MapAnswer(null, "not a name for a device: " + map.id + NAME_RULE, MapRefusal.INVALID));
            return this;
        }
        try {
            PgmapOps ops = map.ops == null ? PgmapOps.idle(map.type, map.protocol) : map.ops;
            PgmapSpec spec = describe(map, ops);
            table = Remap.map(table, spec, ram, memmaps);
            PgmapHandle handle = start(spec, ops);
            log.then(() -> map.replyTo.tell(new MapAnswer(handle, null, null)));
        } catch (MapRefusedException refused) {
            map.replyTo.tell(new MapAnswer(null, refused.getMessage(), refused.reason()));
        } catch (IllegalArgumentException refused) {
            map.replyTo.tell(new MapAnswer(null, refused.getMessage(), MapRefusal.INVALID));
        }
        return this;
    }

    private PgmapSpec describe(MapDevice map, PgmapOps ops) {
        return new PgmapSpec(
                map.id,
                map.type,
                map.ranges.isEmpty() ? List.of(freeRange(map)) : map.ranges,
                map.geometry,
                map.basePage,
                map.protocol,
                ops.present(),
                map.altmap,
                map.owner == null && PgmapOp.needsOwner(map.type) ? PgmapSpec.OWNER : map.owner);
    }

    private PfnRange freeRange(MapDevice map) {
        long align = Math.max(map.geometry.pages(), map.basePage.pudPages());
        long first = (FIRST_PFN + align - 1) & -align;
        for (PgmapSpec spec : table.all()) {
            PfnRange last = spec.ranges().get(spec.ranges().size() - 1);
            first = Math.max(first, (last.end() + align - 1) & -align);
        }
        return new PfnRange(first, map.pages);
    }

    private PgmapHandle start(PgmapSpec spec, PgmapOps ops) {
        log.record(new Event.Mapped(spec));
        return spawn(++pgmapsStarted, spec, ops);
    }

    private PgmapHandle spawn(long number, PgmapSpec spec, PgmapOps ops) {
        String name = spec.id() + "~" + number;
        ActorRef<Pgmap.Command> ref = Children.spawn(
                getContext(), Pgmap.create(spec, ops, getContext().getSelf(), name, wiring), "pgmap-" + name);
        getContext().watchWith(ref, new PgmapGone(spec.id(), ref));
        PgmapHandle handle = new PgmapHandle(spec, ref);
        handles.put(spec.id(), handle);
        numbers.put(spec.id(), number);
        return handle;
    }

    private Behavior<Command> onForget(Forget forget) {
        forgotten.add(forget.pgmap);
        forget.replyTo.tell(Teardown.Forgotten.INSTANCE);
        return this;
    }

    private Behavior<Command> onFree(Free free) {
        remove(free.pgmap);
        log.then(() -> free.ref.tell(Pgmap.CleanedUp.INSTANCE));
        return onReady(new Ready(free.ref));
    }

    private void remove(String pgmap) {
        table = table.without(pgmap);
        PgmapHandle gone = handles.remove(pgmap);
        Long number = numbers.remove(pgmap);
        if (number != null) {
            log.receipt(Receipt.gone(Long.toString(number)));
        }
        if (gone != null) {
            List<String> wrong = memmaps.release(gone.spec());
            wrong.forEach(line -> getContext().getLog().error("pgmap {}: {}", pgmap, line));
        }
        forgotten.remove(pgmap);
    }

    /** After a clean teardown nothing is left to forget; after a failure this is the only place that learns of it. */
    private Behavior<Command> onPgmapGone(PgmapGone gone) {
        PgmapHandle known = handles.get(gone.pgmap);
        if (known != null && known.ref().equals(gone.ref)) {
            getContext().getLog().error("pgmap failed and is lost: pgmap={}", gone.pgmap);
            remove(gone.pgmap);
        }
        return onReady(new Ready(gone.ref));
    }

    private Behavior<Command> onOpenSpace(OpenSpace open) {
        open.replyTo.tell(open(open.name, unique -> AddressSpace.create(unique, open.basePage, wiring), "space-"));
        return this;
    }

    private Behavior<Command> onOpenWalker(OpenWalker open) {
        ActorRef<Command> self = getContext().getSelf();
        open.replyTo.tell(open(
                open.name, unique -> GupWalker.create(unique, open.space, self, open.revocations, wiring), "walker-"));
        return this;
    }

    private Behavior<Command> onOpenFile(OpenFile open) {
        PgmapSpec spec = open.device.spec();
        PgmapHandle known = handles.get(spec.id());
        if (spec.type() != MemoryType.FS_DAX) {
            open.replyTo.tell(new Opened<>(
                    null,
                    "no files on device " + spec.id() + " of type "
                            + spec.type().label() + ", want fs-dax"));
        } else if (known == null || !known.ref().equals(open.device.ref())) {
            open.replyTo.tell(new Opened<>(null, "device " + spec.id() + " is gone"));
        } else {
            ActorRef<FileSystem.Command> blocks =
                    fileSystems.computeIfAbsent(open.device.ref(), device -> mount(open.device));
            open.replyTo.tell(
                    open(open.name, unique -> DaxFile.create(unique, open.name, open.device, blocks, wiring), "file-"));
        }
        return this;
    }

    /** The allocator of a device's blocks, with the first file on it. */
    private ActorRef<FileSystem.Command> mount(PgmapHandle device) {
        ActorRef<FileSystem.Command> blocks = Children.spawn(
                getContext(),
                FileSystem.create(
                        device,
                        "blocks-" + device.spec().id() + "~"
                                + numbers.get(device.spec().id()),
                        wiring),
                "blocks-" + device.spec().id() + "-" + ++fileSystemsMounted);
        getContext().watchWith(blocks, new FileSystemGone(device.ref()));
        return blocks;
    }

    private Behavior<Command> onFileSystemGone(FileSystemGone gone) {
        fileSystems.remove(gone.device);
        return this;
    }

    private Behavior<Command> onOpenDriver(OpenDriver open) {
        open.replyTo.tell(open(open.name, unique -> Driver.create(unique, open.device, wiring), "driver-"));
        return this;
    }

    private Behavior<Command> onOpenRegion(OpenRegion open) {
        ActorRef<Command> self = getContext().getSelf();
        open.replyTo.tell(open(
                open.region.id() + "-region", unique -> DaxDriver.create(open.region, open.device, self), "region-"));
        return this;
    }

    /** A name that was used before gets a number, because sections may still be releasing what its last owner held. */
    private <T> Opened<T> open(String name, Function<String, Behavior<T>> create, String prefix) {
        if (!isName(name)) {
            return new Opened<>(null, "not a name for a holder: " + name + NAME_RULE);
        }
        if (holders.containsKey(name)) {
            return new Opened<>(null, "a holder named " + name + " is open already");
        }
        int use = lives.merge(name, 1, Integer::sum);
        String unique = name + (life > 1 ? "~life" + life : "") + (use == 1 ? "" : "~" + use);
        ActorRef<T> ref = Children.spawn(getContext(), create.apply(unique), prefix + unique);
        holders.put(name, ref);
        getContext().watchWith(ref, new NameFree(name));
        return new Opened<>(ref, null);
    }

    /** Names become names of actors, so not every text is one. */
    private static boolean isName(String name) {
        return name != null && name.matches("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
    }

    private Behavior<Command> onNameFree(NameFree free) {
        holders.remove(free.name);
        return this;
    }

    private Behavior<Command> onAskCensus(AskCensus ask) {
        List<ActorRef<Pgmap.Command>> pgmaps = new ArrayList<>();
        handles.values().forEach(handle -> pgmaps.add(handle.ref()));
        int open = holders.size();
        ActorRef<Pgmap.Census> gather = Children.spawnAnonymous(
                getContext(),
                Gather.of(Pgmap.Census.class, pgmaps.size(), wiring.limits().askTimeout(), answers -> {
                    int sections = 0;
                    int heads = 0;
                    int underWay = 0;
                    for (Pgmap.Census census : answers) {
                        sections += census.sections();
                        heads += census.liveHeads();
                        underWay += census.requestsUnderWay();
                    }
                    ask.replyTo.tell(new Census(pgmaps.size(), sections, heads, underWay, open));
                }));
        Gather.ask(pgmaps, new Pgmap.AskCensus(gather));
        return this;
    }
}
