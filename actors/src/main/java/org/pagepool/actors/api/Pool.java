package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.AddressSpace;
import org.pagepool.actors.DaxDriver;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.FailureReport;
import org.pagepool.actors.FairForkJoin;
import org.pagepool.actors.FileHandle;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.HeadHosting;
import org.pagepool.actors.Journals;
import org.pagepool.actors.Limits;
import org.pagepool.actors.Link;
import org.pagepool.actors.PagePool;
import org.pagepool.actors.PgmapHandle;
import org.pagepool.actors.PgmapOps;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;
import org.pagepool.actors.Wiring;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.RamMap;

/**
 * A pool of device pages: map a device, open address spaces and walkers, pin, unpin, watch, tear down.
 *
 * <p>Every call returns a {@link CompletionStage}. What the protocol expects (a dying device, a short walk) is a value in
 * the result; a call no race can excuse completes with a {@link PoolRefusedException}. Those who want messages find the
 * actor behind each object under {@code ref()}.
 *
 * <p>A stage is completed by one of the pool's own threads, which are as many as processors: what hangs on it ({@code thenApply})
 * runs there and must not wait for anything. For that there are the {@code Async} forms.
 */
public final class Pool implements AutoCloseable {
    /**
     * On the thread that has the answer. What Akka returns would take another one for each step, and where the JVM has two processors
     * or fewer that is a new one each time.
     */
    private static final Executor DIRECTLY = Runnable::run;

    private final ActorSystem<?> system;
    private final ActorRef<PagePool.Command> guardian;
    private final boolean ownsSystem;
    private final Limits limits;

    private Pool(ActorSystem<?> system, ActorRef<PagePool.Command> guardian, boolean ownsSystem, Limits limits) {
        this.system = system;
        this.guardian = guardian;
        this.ownsSystem = ownsSystem;
        this.limits = limits;
    }

    /** How long recovery may take before whoever waits for it gives up. */
    private static final Duration RECOVERY_MAX = Duration.ofMinutes(10);

    /** How a pool is to be made: what it records into, which clock and link it uses, its configuration. */
    public static final class Builder {
        private EventSink events = EventSink.NONE;
        private TimeSource time = SystemTime.MONOTONIC;
        private Link link = Link.direct();
        private @Nullable Journals journals;
        private java.util.function.Function<PgmapSpec, PgmapOps> operations = PgmapOps::idle;
        private @Nullable Config config;

        private Builder() {}

        /**
         * Where actors write down what happened; by default nowhere that lasts. Durable ones hand each event to a sink of their own
         * once it is written, and {@link #events} has no effect.
         */
        public Builder journals(Journals where) {
            this.journals = where;
            return this;
        }

        /** The driver operations of devices that come back with the pool; by default operations that do nothing. */
        public Builder operations(java.util.function.Function<PgmapSpec, PgmapOps> ofDevice) {
            this.operations = ofDevice;
            return this;
        }

        private Wiring wiring(Config loaded, Limits limits) {
            Journals kept = journals == null ? Journals.volatileTo(events) : journals;
            return new Wiring(events, kept, time, link, limits, HeadHosting.from(loaded));
        }

        /** Where events go; by default nowhere. */
        public Builder events(EventSink sink) {
            this.events = sink;
            return this;
        }

        /** The clock; by default the machine's. */
        public Builder time(TimeSource clock) {
            this.time = clock;
            return this;
        }

        /** The way between holders and sections; by default direct. */
        public Builder link(Link way) {
            this.link = way;
            return this;
        }

        /** The configuration; by default {@code application.conf} over {@code reference.conf}. */
        public Builder config(Config loaded) {
            this.config = loaded;
            return this;
        }

        /** A pool with an actor system of its own, which ends with it. */
        public Pool start() {
            Config loaded = config == null ? ConfigFactory.load() : config;
            Limits limits = Limits.from(loaded);
            Behavior<PagePool.Command> guardian = PagePool.create(wiring(loaded, limits), ram(loaded), operations);
            Config onOwnDispatcher = ConfigFactory.parseString("akka.actor.default-dispatcher = ${pagepool.dispatcher}")
                    .withFallback(loaded)
                    .resolve();
            ActorSystem<PagePool.Command> system = ActorSystem.create(guardian, "pagepool", onOwnDispatcher);
            return new Pool(system, system, true, limits);
        }

        /** A pool inside {@code system}, on the dispatcher {@code pagepool.dispatcher}. */
        public Pool attach(ActorSystem<?> system) {
            return attach(system, "pagepool");
        }

        /** One of several pools inside {@code system}; {@code name} is unique there, also after the pool was closed. */
        public Pool attach(ActorSystem<?> system, String name) {
            Config loaded = config == null ? system.settings().config() : config;
            Limits limits = Limits.from(loaded);
            Props props = DispatcherSelector.fromConfig("pagepool.dispatcher");
            ActorRef<PagePool.Command> guardian =
                    system.systemActorOf(PagePool.create(wiring(loaded, limits), ram(loaded), operations), name, props);
            return new Pool(system, guardian, false, limits);
        }
    }

    private static RamMap ram(Config loaded) {
        try {
            return RamMap.parse(loaded.getStringList("pagepool.ram"));
        } catch (IllegalArgumentException wrong) {
            throw new ConfigException.BadValue("pagepool.ram", String.valueOf(wrong.getMessage()), wrong);
        }
    }

    /** To set up a pool. */
    public static Builder builder() {
        return new Builder();
    }

    /** A pool with an actor system of its own and every default. */
    public static Pool start() {
        return builder().start();
    }

    /**
     * Completes when everything that was there when the pool's last life ended is there again: devices with all who held
     * references on them, and teardowns that had begun. Those holders have to come back within their lease, or are released.
     */
    public CompletionStage<Recovery> recovered() {
        CompletionStage<PagePool.Recovered> answer = ask(guardian, PagePool.AwaitRecovery::new, RECOVERY_MAX);
        return answer.thenApply(recovered -> new Recovery(
                recovered.life(),
                recovered.devices().stream()
                        .map(handle -> new Device(this, handle))
                        .toList()));
    }

    /**
     * What came back.
     *
     * @param life how often the pool was started, this time included; 0 if nothing outlives it
     * @param devices every device that is mapped, also those that are being torn down
     */
    public record Recovery(int life, List<Device> devices) {
        /** Copies the list. */
        public Recovery {
            devices = List.copyOf(devices);
        }
    }

    /**
     * Maps a device. Fails with {@link PoolRefusedException} if its description is wrong, its name taken or its pfns owned
     * by another device.
     */
    public CompletionStage<Device> map(DeviceSpec spec) {
        try {
            Geometry geometry = spec.geometry();
            long pages = spec.pages();
            CompletionStage<PagePool.MapAnswer> answer = ask(replyTo -> mapDevice(spec, pages, geometry, replyTo));
            return answer.thenApply(a -> {
                PgmapHandle handle = a.handle();
                if (handle == null) {
                    throw new PoolRefusedException("device refused: " + a.refusal(), null, a.reason());
                }
                return new Device(this, handle);
            });
        } catch (PoolRefusedException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Opens an address space with base pages of 4 KiB. Fails if the name is taken. */
    public CompletionStage<Space> openSpace(String name) {
        return openSpace(name, BasePage.KIB_4);
    }

    /** Opens an address space. Fails if the name is taken. */
    public CompletionStage<Space> openSpace(String name, BasePage basePage) {
        Objects.requireNonNull(name, "a space needs a name: name=null");
        Objects.requireNonNull(basePage, "a space needs a base page: basePage=null");
        CompletionStage<PagePool.Opened<AddressSpace.Command>> answer =
                ask(replyTo -> new PagePool.OpenSpace(name, basePage, replyTo));
        return answer.thenApply(a -> new Space(this, name, basePage, opened(a)));
    }

    /**
     * Opens a file of that size on an fs-dax device, all of its blocks allocated. Fails if the name is taken, the device is of
     * another type or has too little room left.
     *
     * @param pages base pages, a multiple of the device's heads
     */
    public CompletionStage<File> openFile(String name, Device device, long pages) {
        Objects.requireNonNull(name, "a file needs a name: name=null");
        CompletionStage<PagePool.Opened<DaxFile.Command>> answer =
                ask(replyTo -> new PagePool.OpenFile(name, device.handle(), replyTo));
        return answer.thenCompose(a -> {
            File file = new File(this, new FileHandle(name, device.handle(), opened(a)));
            return file.truncate(pages, limits.askTimeout()).thenApply(cut -> {
                if (cut.refusal() != null) {
                    file.close();
                    throw new PoolRefusedException(
                            "file refused: file=" + name + " pages=" + pages + ": " + cut.detail(), cut.refusal());
                }
                return file;
            });
        });
    }

    /** Opens a walker on {@code space}. Fails if the name is taken. */
    public CompletionStage<Walker> openWalker(String name, Space space) {
        return openWalker(name, space, null);
    }

    /** Opens a walker that is told when teardown takes references away from it. */
    public CompletionStage<Walker> openWalker(
            String name, Space space, @Nullable ActorRef<GupWalker.Revocation> revocations) {
        Objects.requireNonNull(name, "a walker needs a name: name=null");
        CompletionStage<PagePool.Opened<GupWalker.Command>> answer =
                ask(replyTo -> new PagePool.OpenWalker(name, space.ref(), revocations, replyTo));
        return answer.thenApply(a -> new Walker(this, name, space, opened(a)));
    }

    /**
     * Opens the driver of {@code device}, under the device's name followed by {@code -driver}: who hands out its pages. Fails
     * with {@link PoolRefusedException} if the device has one or is dying.
     */
    public CompletionStage<Driver> driver(Device device) {
        return driver(device.spec().id() + "-driver", device);
    }

    /** Opens the driver of {@code device} under a name of its own. */
    public CompletionStage<Driver> driver(String name, Device device) {
        Objects.requireNonNull(name, "a driver needs a name: name=null");
        CompletionStage<PagePool.Opened<org.pagepool.actors.Driver.Command>> answer =
                ask(replyTo -> new PagePool.OpenDriver(name, device.handle(), replyTo));
        return answer.thenApply(a -> new Driver(this, name, device, opened(a)))
                .thenCompose(driver -> driver.account().thenApply(account -> attached(driver, account.closed())));
    }

    private static Driver attached(Driver driver, @Nullable Refusal refusal) {
        if (refusal == null) {
            return driver;
        }
        driver.close();
        String device = driver.device().spec().id();
        throw new PoolRefusedException(
                "driver refused: " + (refusal == Refusal.FOREIGN ? "the device has one" : refusal.text()) + ": device="
                        + device + " driver=" + driver.name(),
                refusal);
    }

    /**
     * A device-dax device whose driver can be bound and unbound: nothing is mapped before it is probed (B43). Its heads have the
     * size of its faults, unless the description asks for base pages.
     *
     * @param spec its name, place and rules; of type generic
     * @param kind static, with one range and a pgmap of its creator's, or dynamic
     * @param alignBytes the size of its faults: a base page, or that of a huge entry (B42)
     */
    public CompletionStage<DaxDevice> devDax(DeviceSpec spec, DaxRegion.Kind kind, long alignBytes) {
        String wrong = spec.type() == MemoryType.GENERIC
                ? DaxRegion.refusesAlign(alignBytes, spec.basePage())
                : "a device-dax device is of type generic: type=" + spec.type().label();
        if (wrong != null) {
            return CompletableFuture.failedFuture(
                    new PoolRefusedException("device-dax device refused: device=" + spec.id() + ": " + wrong, null));
        }
        DeviceSpec heads = spec.headBytes() == spec.basePage().bytes() ? spec : spec.headBytes(alignBytes);
        try {
            long pages = heads.pages();
            PagePool.MapDevice device = mapDevice(heads, pages, heads.geometry(), system.ignoreRef());
            Geometry align = Geometry.ofPages(alignBytes / spec.basePage().bytes());
            DaxRegion region = DaxRegion.of(
                    spec.id(), kind, spec.ranges(), align, spec.protocol().publishLast());
            CompletionStage<PagePool.Opened<DaxDriver.Command>> answer =
                    ask(replyTo -> new PagePool.OpenRegion(region, device, replyTo));
            Level level = alignBytes == spec.basePage().bytes()
                    ? Level.PTE
                    : align.pages() == spec.basePage().pmdPages() ? Level.PMD : Level.PUD;
            return answer.thenApply(a -> new DaxDevice(this, spec.id(), level, opened(a)));
        } catch (PoolRefusedException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private static PagePool.MapDevice mapDevice(
            DeviceSpec spec, long pages, Geometry geometry, ActorRef<PagePool.MapAnswer> replyTo) {
        return new PagePool.MapDevice(
                spec.id(),
                spec.type(),
                spec.ranges(),
                pages,
                geometry,
                spec.basePage(),
                spec.protocol(),
                spec.altmap(),
                spec.owner(),
                spec.ops(),
                replyTo);
    }

    /**
     * Says that the page {@code pfn} has an error that cannot be corrected (B39): its driver is asked first, otherwise its head
     * is marked, every process that maps it is told and loses its entry, and no process gets one again. Whoever holds
     * references on it keeps them, and is named in the report.
     */
    public CompletionStage<FailureReport> memoryFailure(long pfn) {
        return ask(replyTo -> new PagePool.FailMemory(pfn, replyTo));
    }

    /** How many devices, sections, head actors and holders there are. */
    public CompletionStage<PagePool.Census> census() {
        return ask(PagePool.AskCensus::new);
    }

    /** The actor behind it. */
    public ActorRef<PagePool.Command> ref() {
        return guardian;
    }

    /** The actor system it lives in. */
    public ActorSystem<?> system() {
        return system;
    }

    /** Its bounds. */
    public Limits limits() {
        return limits;
    }

    /**
     * Stops the pool: one that has an actor system of its own with it, and waits for that; one that was attached alone, and
     * does not wait.
     */
    @Override
    public void close() {
        if (!ownsSystem) {
            guardian.tell(PagePool.Close.INSTANCE);
        } else {
            system.terminate();
            try {
                system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (java.util.concurrent.ExecutionException | TimeoutException stuck) {
                throw new IllegalStateException("pool did not stop", stuck);
            }
        }
    }

    private static <T> ActorRef<T> opened(PagePool.Opened<T> answer) {
        ActorRef<T> ref = answer.ref();
        if (ref == null) {
            throw new PoolRefusedException("holder refused: " + answer.refusal(), null);
        }
        return ref;
    }

    <R> CompletionStage<R> ask(Function<ActorRef<R>, PagePool.Command> message) {
        return ask(guardian, message);
    }

    <M, R> CompletionStage<R> ask(ActorRef<M> to, Function<ActorRef<R>, M> message) {
        return ask(to, message, limits.askTimeout());
    }

    <M, R> CompletionStage<R> ask(ActorRef<M> to, Function<ActorRef<R>, M> message, Duration timeout) {
        CompletionStage<R> asked = AskPattern.ask(to, message, timeout, system.scheduler());
        CompletableFuture<R> answer = new CompletableFuture<>();
        asked.whenCompleteAsync(
                (said, failure) -> FairForkJoin.far(() -> {
                    if (failure == null) {
                        answer.complete(said);
                    } else if (failure instanceof TimeoutException) {
                        answer.completeExceptionally(new PoolRefusedException(
                                "no answer within " + timeout.toMillis() + " ms: actor=" + to.path(), Refusal.TIMEOUT));
                    } else {
                        answer.completeExceptionally(failure);
                    }
                }),
                DIRECTLY);
        return answer;
    }
}
