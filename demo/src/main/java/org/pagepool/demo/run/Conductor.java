package org.pagepool.demo.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.AddressSpace;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.FailureReport;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.PagePool;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.TimeSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.File;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.demo.scenario.TimelineEntry;
import org.pagepool.runtime.driver.Grant;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Holding;

/**
 * Leads a run: lets the drivers begin, does what the timeline says when it is due, ends the load at its limit, waits until
 * the drivers have let go, closes the devices that are left, and tells how it went.
 *
 * <pre>
 *   LOAD      the drivers walk                    until a limit, an interrupt, or no driver has anything left to do
 *   LET_GO    the drivers give back what is left  until all have, or the time to settle is over
 *   REST      devices that live are left alone    for as long as an idle head may stay; somebody may look at the pool then
 *   CLOSE     devices that are left are closed    until all have answered, or the time to settle is over
 * </pre>
 */
final class Conductor extends AbstractBehavior<Conductor.Command> {
    /** What a conductor understands. */
    sealed interface Command {}

    /** Begin, with these parts. */
    record Begin(List<Driver.Part> parts) implements Command {}

    /** The user wants the end. */
    enum Interrupt implements Command {
        INSTANCE
    }

    /** That driver will do nothing any more. */
    record DriverDone(String name) implements Command {}

    /** Whoever looked at the pool at rest is done. */
    enum GoOn implements Command {
        INSTANCE
    }

    /**
     * What a run is played on.
     *
     * @param pool the pool
     * @param devices by name
     * @param files by name
     * @param spaces by name
     * @param drivers of the devices that have one, by device
     * @param late where grabs of late walkers are held up
     */
    record Targets(
            ActorRef<PagePool.Command> pool,
            Map<String, Device> devices,
            Map<String, File> files,
            Map<String, ActorRef<AddressSpace.Command>> spaces,
            Map<String, org.pagepool.actors.api.Driver> drivers,
            LateLink late) {
        /** Copies the maps. */
        Targets {
            devices = Map.copyOf(devices);
            files = Map.copyOf(files);
            spaces = Map.copyOf(spaces);
            drivers = Map.copyOf(drivers);
        }
    }

    /**
     * What others wait for.
     *
     * @param rested when everything was given back and heads had the time to go, and some device still lives: head actors
     *     that are left. The conductor then waits for {@link GoOn}
     * @param play when it is over
     */
    record Ends(CompletableFuture<Integer> rested, CompletableFuture<Play> play) {}

    /** A walker was told that a teardown took a grant away from it. */
    record Revoked(GupWalker.Revocation revocation) implements Command {}

    private record Answered(int closing, Pgmap.@Nullable CloseAnswer answer) implements Command {}

    private record Zapped(String space) implements Command {}

    private record HandedOut(String device, org.pagepool.actors.Driver.@Nullable Requested answer) implements Command {}

    private record TakenBack(String device) implements Command {}

    private record WasTouched(String device, boolean done) implements Command {}

    private record Speculated(String device, boolean got) implements Command {}

    private record AccountSeen(String device, org.pagepool.actors.Driver.@Nullable Account account)
            implements Command {}

    private record StatusSeen(long askedNanos, Pgmap.@Nullable Status status) implements Command {}

    private record DeadLookedFor(String device, Pgmap.@Nullable Status status) implements Command {}

    private record LookForDead(String device) implements Command {}

    private record HeadsCounted(PagePool.@Nullable Census census) implements Command {}

    private record DeviceStopped(String device) implements Command {}

    private record PoisonDone(int poisoning, @Nullable FailureReport report) implements Command {}

    private record CutDone(int cutting, DaxFile.@Nullable Cut cut) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    private enum SettleOver implements Command {
        INSTANCE
    }

    private enum Stage {
        LOAD,
        LET_GO,
        REST,
        CLOSE,
        OVER
    }

    private static final Duration TICK_EVERY = Duration.ofMillis(5);
    private static final Duration ASK_EVERY = Duration.ofMillis(100);
    private static final Duration SETTLE_WHEN_INTERRUPTED = Duration.ofSeconds(1);
    private static final Duration COUNT_EVERY = Duration.ofMillis(250);
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);
    private static final Duration IDLE_WAITED_FOR_MAX = Duration.ofMillis(500);
    private static final Duration GRACE = Duration.ofMillis(500);
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(1);

    /** As far ahead as a timer of one tick per millisecond can be set, with room to spare. */
    static final Duration FOR_EVER = Duration.ofDays(10);

    private final Scenario scenario;
    private final Targets targets;
    private final Map<String, ActorRef<Pgmap.Command>> devices = new HashMap<>();
    private final Meter meter;
    private final TimeSource time;
    private final Glance glance;
    private final Ends ends;
    private final TimerScheduler<Command> timers;

    private final Map<String, ActorRef<Driver.Command>> drivers = new HashMap<>();
    private final Set<String> busyDrivers = new HashSet<>();
    private final Map<String, ArrayDeque<Grant>> out = new HashMap<>();
    private final Map<String, Hands> hands = new HashMap<>();
    private final Map<String, Integer> asking = new HashMap<>();
    private final ActorRef<Command> self;
    private int speculators;
    private final List<TimelineEntry> due;
    private final IdentityHashMap<TimelineEntry, Long> done = new IdentityHashMap<>();
    private final List<Play.Closing> closings = new ArrayList<>();
    private final List<Play.Cutting> cuttings = new ArrayList<>();
    private final List<Play.Poisoning> poisonings = new ArrayList<>();
    private final Set<String> open = new HashSet<>();
    private final Set<String> dying = new HashSet<>();
    private final Set<String> killed = new HashSet<>();
    private final Set<String> lookedAt = new HashSet<>();
    private final Set<String> withoutDead = new HashSet<>();
    private final Set<String> answeredAtTheEnd = new HashSet<>();
    private final Map<String, Play.Asked> asked = new HashMap<>();
    private Stage stage = Stage.LOAD;
    private String endedBy = "";
    private boolean interrupted;
    private long startNanos;
    private long loadNanos;
    private long servedNanos = -1;
    private long askedNanos;
    private long countedNanos;
    private int cutsOpen;
    private int headsMost;
    private int headsNow;

    static Behavior<Command> create(
            Scenario scenario, Targets targets, Meter meter, TimeSource time, Glance glance, Ends ends) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Conductor(context, timers, scenario, targets, meter, time, glance, ends)));
    }

    private Conductor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Scenario scenario,
            Targets targets,
            Meter meter,
            TimeSource time,
            Glance glance,
            Ends ends) {
        super(context);
        this.self = context.getSelf();
        this.timers = timers;
        this.scenario = scenario;
        this.targets = targets;
        targets.devices.forEach((id, device) -> devices.put(id, device.ref()));
        this.meter = meter;
        this.time = time;
        this.glance = glance;
        this.ends = ends;
        this.due = new ArrayList<>(scenario.timeline());
        this.open.addAll(devices.keySet());
        devices.forEach((id, ref) -> context.watchWith(ref, new DeviceStopped(id)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Tick.class, tick -> onTick())
                .onMessage(DriverDone.class, this::onDriverDone)
                .onMessage(Answered.class, this::onAnswered)
                .onMessage(CutDone.class, this::onCutDone)
                .onMessage(PoisonDone.class, this::onPoisonDone)
                .onMessage(Zapped.class, this::onZapped)
                .onMessage(HandedOut.class, this::onHandedOut)
                .onMessage(TakenBack.class, back -> hands(back.device, Hands::takenBack))
                .onMessage(WasTouched.class, was -> hands(was.device, h -> h.touched(was.done)))
                .onMessage(Speculated.class, did -> hands(did.device, h -> h.speculated(did.got)))
                .onMessage(AccountSeen.class, this::onAccountSeen)
                .onMessage(StatusSeen.class, this::onStatusSeen)
                .onMessage(DeadLookedFor.class, this::onDeadLookedFor)
                .onMessage(LookForDead.class, this::onLookForDead)
                .onMessage(HeadsCounted.class, this::onHeadsCounted)
                .onMessage(GoOn.class, goOn -> onGoOn())
                .onMessage(DeviceStopped.class, this::onDeviceStopped)
                .onMessage(Revoked.class, this::onRevoked)
                .onMessage(Begin.class, this::onBegin)
                .onMessage(Interrupt.class, interrupt -> onInterrupt())
                .onMessage(SettleOver.class, over -> onSettleOver())
                .build();
    }

    // ---- load

    private Behavior<Command> onBegin(Begin begin) {
        int number = 0;
        for (Driver.Part part : begin.parts) {
            ActorRef<Driver.Command> driver = getContext()
                    .spawn(
                            Driver.create(
                                    part,
                                    scenario.limits().operations(),
                                    meter,
                                    time,
                                    getContext().getSelf()),
                            "driver-" + ++number);
            getContext().watch(driver);
            drivers.put(part.name(), driver);
            busyDrivers.add(part.name());
        }
        startNanos = time.nanos(); // opening many walkers takes its time, which is not the load's
        drivers.values().forEach(driver -> driver.tell(Driver.Begin.INSTANCE));
        timers.startTimerAtFixedRate(Tick.INSTANCE, TICK_EVERY);
        return onTick();
    }

    private Behavior<Command> onTick() {
        if (stage == Stage.LOAD) {
            doWhatIsDue();
            endIfNobodyIsLeft();
            Duration elapsed = elapsed();
            if (scenario.limits().reached(meter.begun(), elapsed)) {
                boolean byTime = scenario.limits().reached(0, elapsed);
                endLoad(byTime ? "its duration" : "its number of operations");
            }
        }
        if (time.nanos() - askedNanos >= ASK_EVERY.toNanos()) {
            askTheDying();
            askAccounts();
            glance.set(text());
        }
        if (time.nanos() - countedNanos >= COUNT_EVERY.toNanos()) {
            countHeads();
        }
        return this;
    }

    private Duration elapsed() {
        return Duration.ofNanos(time.nanos() - startNanos);
    }

    private void doWhatIsDue() {
        for (TimelineEntry entry : List.copyOf(due)) {
            if (entry.at().due(scenario.limits(), meter.begun(), elapsed()) && !waitsForDriver(entry)) {
                due.remove(entry);
                done.put(entry, time.nanos());
                act(entry);
            }
        }
    }

    /** What is done to one device's pages is done in order: the next thing when the answers to the last are there. */
    private boolean waitsForDriver(TimelineEntry entry) {
        String device = entry instanceof TimelineEntry.Kill kill
                ? kill.device()
                : entry instanceof TimelineEntry.Free free
                        ? free.device()
                        : entry instanceof TimelineEntry.Touch touch
                                ? touch.device()
                                : entry instanceof TimelineEntry.Speculate speculate
                                        ? speculate.device()
                                        : entry instanceof TimelineEntry.Request request ? request.device() : "";
        return asking.getOrDefault(device, 0) > 0;
    }

    private void act(TimelineEntry entry) {
        if (entry instanceof TimelineEntry.Kill kill) {
            close(kill.device(), kill.verb(), kill.deadline(), kill.reason(), true);
        } else if (entry instanceof TimelineEntry.Crash) {
            Runtime.getRuntime().halt(CrashedRun.STATUS);
        } else if (entry instanceof TimelineEntry.KillWalker kill) {
            killed.addAll(kill.names());
            kill.names().forEach(name -> tell(name, Driver.Die.INSTANCE));
        } else if (entry instanceof TimelineEntry.Zap zap) {
            zap(zap);
        } else if (entry instanceof TimelineEntry.Watch watch) {
            watch(watch);
        } else if (entry instanceof TimelineEntry.Poison poison) {
            poison(poison);
        } else if (entry instanceof TimelineEntry.Cut cut) {
            cut(cut);
        } else if (entry instanceof TimelineEntry.Request request) {
            request(request);
        } else if (entry instanceof TimelineEntry.Free free) {
            giveBack(free.device(), free.count());
        } else if (entry instanceof TimelineEntry.Touch touch) {
            touch(touch);
        } else if (entry instanceof TimelineEntry.Speculate speculate) {
            speculate(speculate);
        }
    }

    private void poison(TimelineEntry.Poison poison) {
        int number = poisonings.size();
        poisonings.add(new Play.Poisoning(
                poison.device(), poison.pfn(), scenario.orderOf(poison.device()), time.nanos(), null));
        cutsOpen++;
        getContext()
                .ask(
                        FailureReport.class,
                        targets.pool,
                        ANSWER_WITHIN,
                        replyTo -> new PagePool.FailMemory(poison.pfn(), replyTo),
                        (report, failure) -> new PoisonDone(number, report));
    }

    private Behavior<Command> onPoisonDone(PoisonDone done) {
        Play.Poisoning asked = poisonings.get(done.poisoning);
        poisonings.set(
                done.poisoning,
                new Play.Poisoning(asked.device(), asked.pfn(), asked.order(), asked.atNanos(), done.report));
        cutsOpen--;
        if (stage == Stage.LET_GO) {
            restIfAllHaveLetGo();
        }
        return this;
    }

    private void cut(TimelineEntry.Cut cut) {
        File file = targets.files.get(cut.file());
        if (file == null) {
            return;
        }
        Duration deadline = bounded(cut.deadline());
        int number = cuttings.size();
        cuttings.add(new Play.Cutting(cut.file(), describe(cut), time.nanos(), -1, null));
        cutsOpen++;
        CompletionStage<DaxFile.Cut> answer = switch (cut.action()) {
            case TimelineEntry.Cut.TRUNCATE -> file.truncate(cut.from(), deadline);
            case TimelineEntry.Cut.PUNCH -> file.punchHole(cut.from(), cut.pages(), deadline);
            default -> file.evict(FOR_EVER);
        };
        getContext().pipeToSelf(answer, (done, failure) -> new CutDone(number, done));
    }

    private Behavior<Command> onCutDone(CutDone done) {
        Play.Cutting asked = cuttings.get(done.cutting);
        cuttings.set(
                done.cutting, new Play.Cutting(asked.file(), asked.what(), asked.atNanos(), time.nanos(), done.cut));
        cutsOpen--;
        if (stage == Stage.LET_GO) {
            restIfAllHaveLetGo();
        }
        return this;
    }

    /** A truncation that waits for pages in use is over soon after the last of them was given back. */
    private void restIfAllHaveLetGo() {
        if (!busyDrivers.isEmpty() || cutsOpen > 0) {
            return;
        }
        boolean looking = false;
        for (String device : List.copyOf(open)) {
            if (!killed.isEmpty() && !dying.contains(device) && !withoutDead.contains(device)) {
                looking |= looksForDead(device);
            }
        }
        if (!looking) {
            rest();
        }
    }

    /**
     * A walker that was killed holds what it held until the sections have heard of it. A teardown that does not wait for pins (R28) would
     * come before or after that as it happens, and the end of a run is no place for races.
     */
    private boolean looksForDead(String device) {
        ActorRef<Pgmap.Command> ref = devices.get(device);
        if (ref != null && lookedAt.add(device)) {
            getContext()
                    .ask(
                            Pgmap.Status.class,
                            ref,
                            ANSWER_WITHIN,
                            Pgmap.AskStatus::new,
                            (status, failure) -> new DeadLookedFor(device, status));
        }
        return ref != null;
    }

    private Behavior<Command> onDeadLookedFor(DeadLookedFor looked) {
        Pgmap.Status status = looked.status;
        boolean there =
                status != null && status.holders().stream().anyMatch(holding -> killed.contains(holding.holder()));
        if (there) {
            timers.startSingleTimer(new LookForDead(looked.device), LOOK_EVERY);
            return this;
        }
        withoutDead.add(looked.device);
        return onLookForDead(new LookForDead(looked.device));
    }

    private Behavior<Command> onLookForDead(LookForDead look) {
        lookedAt.remove(look.device);
        if (stage == Stage.LET_GO) {
            restIfAllHaveLetGo();
        }
        return this;
    }

    // ---- drivers of devices

    private void request(TimelineEntry.Request request) {
        org.pagepool.actors.api.Driver driver = targets.drivers.get(request.device());
        for (int i = 0; driver != null && i < request.count(); i++) {
            long step = driver.device().spec().geometry().pages();
            long offset = request.offset() < 0 ? request.offset() : request.offset() + i * step;
            asking.merge(request.device(), 1, Integer::sum);
            getContext()
                    .pipeToSelf(
                            driver.request(offset, request.order()),
                            (answer, failure) -> new HandedOut(request.device(), answer));
        }
    }

    private Behavior<Command> onHandedOut(HandedOut handed) {
        if (handed.answer == null) {
            return hands(handed.device, h -> h);
        }
        Grant grant = handed.answer.grant();
        if (grant != null) {
            out.computeIfAbsent(handed.device, device -> new ArrayDeque<>()).add(grant);
        }
        return hands(handed.device, h -> h.requested(handed.answer.refusal()));
    }

    private Behavior<Command> hands(String device, UnaryOperator<Hands> change) {
        asking.merge(device, -1, Integer::sum);
        hands.put(device, change.apply(hands.getOrDefault(device, Hands.NONE)));
        return this;
    }

    /** Zero stands for all. */
    private List<Grant> take(String device, int count) {
        ArrayDeque<Grant> there = out.getOrDefault(device, new ArrayDeque<>());
        List<Grant> taken = new ArrayList<>();
        while (!there.isEmpty() && (count == 0 || taken.size() < count)) {
            taken.add(there.remove());
        }
        return taken;
    }

    private void giveBack(String device, int count) {
        org.pagepool.actors.api.Driver driver = targets.drivers.get(device);
        if (driver != null) {
            for (Grant grant : take(device, count)) {
                asking.merge(device, 1, Integer::sum);
                getContext().pipeToSelf(driver.free(grant), (back, failure) -> new TakenBack(device));
            }
        }
    }

    private void touch(TimelineEntry.Touch touch) {
        Device device = targets.devices.get(touch.device());
        if (device != null) {
            for (Grant grant : take(touch.device(), touch.count())) {
                asking.merge(touch.device(), 1, Integer::sum);
                getContext()
                        .pipeToSelf(
                                device.touch(grant.pfn()),
                                (done, failure) -> new WasTouched(touch.device(), Boolean.TRUE.equals(done)));
            }
        }
    }

    private void speculate(TimelineEntry.Speculate speculate) {
        Device device = targets.devices.get(speculate.device());
        if (device != null) {
            ActorRef<Boolean> granted = getContext().spawnAnonymous(Behaviors.receiveMessage(got -> {
                self.tell(new Speculated(speculate.device(), got));
                return Behaviors.same();
            }));
            int many = (int) Math.min(speculate.count(), device.spec().heads());
            asking.merge(speculate.device(), many, Integer::sum);
            String name = "speculator-" + ++speculators;
            getContext().spawn(Speculator.create(name, device.spec(), device.ref(), speculate.count(), granted), name);
        }
    }

    private void askAccounts() {
        targets.drivers.forEach((device, driver) ->
                getContext().pipeToSelf(driver.account(), (account, failure) -> new AccountSeen(device, account)));
    }

    private Behavior<Command> onAccountSeen(AccountSeen seen) {
        if (seen.account != null) {
            hands.put(seen.device, hands.getOrDefault(seen.device, Hands.NONE).with(seen.account));
        }
        return this;
    }

    // ---- zaps and watches

    private void zap(TimelineEntry.Zap zap) {
        ActorRef<AddressSpace.Command> space = targets.spaces.get(zap.space());
        if (space != null) {
            getContext()
                    .ask(
                            AddressSpace.Zapped.class,
                            space,
                            ANSWER_WITHIN,
                            replyTo -> new AddressSpace.Zap(zap.firstVpn(), zap.pages(), replyTo),
                            (zapped, failure) -> new Zapped(zap.space()));
        }
    }

    /** What the entries held has been given back before they answer, so a late grab comes after that. */
    private Behavior<Command> onZapped(Zapped zapped) {
        targets.late.zapped(zapped.space);
        return this;
    }

    /** Who waits and who is told is in the events. */
    private void watch(TimelineEntry.Watch watch) {
        Duration wait =
                bounded(scenario.limits().duration().plus(scenario.settle()).plus(ANSWER_WITHIN));
        scenario.headsBehind(watch.space(), watch.firstVpn(), watch.pages()).forEach((id, heads) -> {
            Device device = targets.devices.get(id);
            if (device != null) {
                heads.forEach(head -> device.awaitIdle(head, wait));
            }
        });
    }

    private void tell(String driver, Driver.Command message) {
        ActorRef<Driver.Command> ref = drivers.get(driver);
        if (ref != null) {
            ref.tell(message);
        }
    }

    private Behavior<Command> onDriverDone(DriverDone gone) {
        busyDrivers.remove(gone.name);
        if (!busyDrivers.isEmpty()) {
            return this;
        }
        if (stage == Stage.LOAD) {
            endIfNobodyIsLeft();
        } else if (stage == Stage.LET_GO) {
            restIfAllHaveLetGo();
        }
        return this;
    }

    /** Without walkers the load goes on only for what is still to be done to the devices that are left. */
    private void endIfNobodyIsLeft() {
        boolean toCome = !due.isEmpty() && !scenario.limits().duration().isZero();
        if (busyDrivers.isEmpty() && (open.isEmpty() || (scenario.walkerCount() > 0 && !toCome))) {
            endLoad(open.isEmpty() ? "every device is gone" : "no walker is left");
        }
    }

    private Behavior<Command> onRevoked(Revoked revoked) {
        tell(revoked.revocation.holder(), new Driver.Revoked(revoked.revocation.pin()));
        return this;
    }

    // ---- teardowns

    private void close(String device, CloseVerb verb, Optional<Duration> deadline, String reason, boolean byTimeline) {
        int number = closings.size();
        closings.add(Play.Closing.asked(device, verb, deadline, reason, byTimeline, time.nanos()));
        if (verb != CloseVerb.IF_IDLE) {
            dying.add(device);
            noteWhetherServed();
        }
        ask(number, verb, deadline.orElse(scenario.settle()), reason);
    }

    private void noteWhetherServed() {
        if (servedNanos < 0 && dying.containsAll(open)) {
            servedNanos = time.nanos() - startNanos;
        }
    }

    private void ask(int closing, CloseVerb verb, Duration deadline, String reason) {
        ActorRef<Pgmap.Command> device = devices.get(closings.get(closing).device());
        if (device == null || !open.contains(closings.get(closing).device())) {
            return;
        }
        getContext()
                .ask(
                        Pgmap.CloseAnswer.class,
                        device,
                        bounded(deadline.plus(ANSWER_WITHIN)),
                        replyTo -> new Pgmap.Close(verb, bounded(deadline), reason, replyTo),
                        (answer, failure) -> new Answered(closing, answer));
    }

    /** No timer can be set further ahead. */
    static Duration bounded(Duration length) {
        return length.compareTo(FOR_EVER) > 0 ? FOR_EVER : length;
    }

    private Behavior<Command> onAnswered(Answered answered) {
        Pgmap.CloseAnswer answer = answered.answer;
        if (answer == null) {
            return this;
        }
        Play.Closing closing = closings.get(answered.closing).answered(answer, time.nanos());
        closings.set(answered.closing, closing);
        if (answer instanceof Pgmap.Closed) {
            gone(closing.device());
        } else if (answer instanceof Pgmap.StillHeld && stage != Stage.OVER) {
            // It goes on without us; asking once more is how to learn of its end.
            ask(answered.closing, CloseVerb.WHEN_IDLE, FOR_EVER, closing.reason());
            if (!closing.byTimeline()) {
                answeredAtTheEnd.add(closing.device());
                finishIfClosed();
            }
        }
        return this;
    }

    private Behavior<Command> onDeviceStopped(DeviceStopped stopped) {
        gone(stopped.device);
        return this;
    }

    private void gone(String device) {
        dying.remove(device);
        if (open.remove(device)) {
            noteWhetherServed();
            drivers.values().forEach(driver -> driver.tell(new Driver.DeviceGone(device)));
            finishIfClosed();
        }
    }

    /** Whoever waits can be asked for whom; what it last said is part of the result. */
    private void askTheDying() {
        long now = time.nanos();
        askedNanos = now;
        for (String id : dying) {
            ActorRef<Pgmap.Command> device = devices.get(id);
            if (device != null) {
                getContext()
                        .ask(
                                Pgmap.Status.class,
                                device,
                                ANSWER_WITHIN,
                                Pgmap.AskStatus::new,
                                (status, failure) -> new StatusSeen(now, status));
            }
        }
    }

    private Behavior<Command> onStatusSeen(StatusSeen seen) {
        Pgmap.Status status = seen.status;
        if (status != null) {
            asked.merge(
                    status.pgmap(),
                    new Play.Asked(1, seen.askedNanos, status.holders()),
                    (before, next) -> next.holders().isEmpty()
                            ? new Play.Asked(before.times() + 1, before.atNanos(), before.holders())
                            : new Play.Asked(before.times() + 1, next.atNanos(), next.holders()));
        }
        return this;
    }

    private void countHeads() {
        countedNanos = time.nanos();
        getContext()
                .ask(
                        PagePool.Census.class,
                        targets.pool,
                        ANSWER_WITHIN,
                        PagePool.AskCensus::new,
                        (census, failure) -> new HeadsCounted(census));
    }

    private Behavior<Command> onHeadsCounted(HeadsCounted counted) {
        PagePool.Census census = counted.census;
        if (census != null) {
            headsNow = census.liveHeads();
            headsMost = Math.max(headsMost, headsNow);
        }
        return this;
    }

    // ---- the end

    private void endLoad(String why) {
        if (stage != Stage.LOAD) {
            return;
        }
        stage = Stage.LET_GO;
        endedBy = why;
        loadNanos = time.nanos() - startNanos;
        timers.startSingleTimer(SettleOver.INSTANCE, settle());
        targets.late.end();
        targets.drivers.keySet().forEach(device -> giveBack(device, 0));
        drivers.values().forEach(driver -> driver.tell(Driver.Stop.INSTANCE));
        restIfAllHaveLetGo();
    }

    /** Nothing is held any more: heads that are idle go, if anything is left that has heads. Not worth a long wait. */
    private void rest() {
        Duration idle = scenario.headIdleTimeout();
        if (interrupted || dying.containsAll(open) || idle.compareTo(IDLE_WAITED_FOR_MAX) > 0) {
            closeWhatIsLeft();
            return;
        }
        stage = Stage.REST;
        timers.startSingleTimer(SettleOver.INSTANCE, idle.multipliedBy(2).plus(COUNT_EVERY.multipliedBy(2)));
    }

    private Behavior<Command> onGoOn() {
        closeWhatIsLeft();
        return this;
    }

    private Duration settle() {
        return settle(scenario, interrupted);
    }

    /** How long the end of a run may take; a user who has pressed Ctrl-C does not want to wait for long. */
    static Duration settle(Scenario scenario, boolean interrupted) {
        Duration settle = bounded(scenario.settle());
        return interrupted && settle.compareTo(SETTLE_WHEN_INTERRUPTED) > 0 ? SETTLE_WHEN_INTERRUPTED : settle;
    }

    private void closeWhatIsLeft() {
        if (stage != Stage.LET_GO && stage != Stage.REST) {
            return;
        }
        stage = Stage.CLOSE;
        timers.startSingleTimer(SettleOver.INSTANCE, settle().plus(GRACE));
        for (String device : List.copyOf(open)) {
            if (!dying.contains(device)) {
                close(device, CloseVerb.WHEN_IDLE, Optional.of(settle()), "end of the run", false);
            }
        }
        finishIfClosed();
    }

    private void finishIfClosed() {
        if (stage == Stage.CLOSE && answeredAtTheEnd.containsAll(open)) {
            finish();
        }
    }

    private Behavior<Command> onSettleOver() {
        switch (stage) {
            case LET_GO -> closeWhatIsLeft();
            case REST -> ends.rested.complete(headsNow);
            case CLOSE -> finish();
            case LOAD, OVER -> {}
        }
        return this;
    }

    private Behavior<Command> onInterrupt() {
        interrupted = true;
        if (stage == Stage.LOAD) {
            endLoad("Ctrl-C");
        } else if (stage == Stage.REST) {
            closeWhatIsLeft();
        } else {
            timers.startSingleTimer(SettleOver.INSTANCE, settle());
        }
        return this;
    }

    private void finish() {
        stage = Stage.OVER;
        timers.cancelAll();
        List<Play.Act> acts = scenario.timeline().stream()
                .map(entry -> new Play.Act(entry.at().label(), describe(entry), done.getOrDefault(entry, -1L)))
                .toList();
        long served = servedNanos < 0 ? loadNanos : Math.min(servedNanos, loadNanos);
        ends.play.complete(new Play(
                startNanos,
                loadNanos,
                served,
                endedBy,
                acts,
                closings,
                cuttings,
                poisonings,
                asked,
                hands,
                headsMost,
                interrupted));
    }

    // ---- words

    private static String describe(TimelineEntry entry) {
        if (entry instanceof TimelineEntry.Kill kill) {
            return "kill " + kill.device() + " " + ScenarioText.label(kill.verb()) + ", \"" + kill.reason() + "\"";
        }
        if (entry instanceof TimelineEntry.Crash) {
            return "crash";
        }
        if (entry instanceof TimelineEntry.KillWalker kill) {
            return "kill-walker " + kill.walker();
        }
        if (entry instanceof TimelineEntry.Zap zap) {
            return "zap " + zap.space() + ", " + Numbers.counted(zap.pages(), "page") + " from vpn 0x"
                    + Long.toHexString(zap.firstVpn());
        }
        if (entry instanceof TimelineEntry.Watch watch) {
            return "watch " + watch.space() + ", " + Numbers.counted(watch.pages(), "page") + " from vpn 0x"
                    + Long.toHexString(watch.firstVpn());
        }
        if (entry instanceof TimelineEntry.Poison poison) {
            return "poison " + poison.device() + ", pfn 0x" + Long.toHexString(poison.pfn());
        }
        if (entry instanceof TimelineEntry.Cut cut) {
            return describe(cut);
        }
        if (entry instanceof TimelineEntry.Request request) {
            return "request " + Numbers.counted(request.count(), "folio") + " of " + request.device()
                    + (request.offset() < 0 ? "" : " at offset 0x" + Long.toHexString(request.offset()))
                    + (request.order() < 0 ? "" : " of order " + request.order());
        }
        if (entry instanceof TimelineEntry.Free free) {
            return "free " + folios(free.count()) + " of " + free.device();
        }
        if (entry instanceof TimelineEntry.Touch touch) {
            return "touch " + folios(touch.count()) + " of " + touch.device();
        }
        if (entry instanceof TimelineEntry.Speculate speculate) {
            return "speculate on the last " + Numbers.counted(speculate.count(), "folio") + " of " + speculate.device();
        }
        return entry.action();
    }

    private static String describe(TimelineEntry.Cut cut) {
        return switch (cut.action()) {
            case TimelineEntry.Cut.TRUNCATE -> "truncate " + cut.file() + " to " + Numbers.counted(cut.from(), "page");
            case TimelineEntry.Cut.PUNCH ->
                "punch " + Numbers.counted(cut.pages(), "page") + " from page " + Numbers.grouped(cut.from()) + " of "
                        + cut.file();
            default -> "evict " + cut.file();
        };
    }

    private static String folios(int count) {
        return count == 0 ? "every folio" : Numbers.counted(count, "folio");
    }

    private String text() {
        long nanos = time.nanos() - startNanos;
        double walks = (double) meter.granted();
        String load = switch (stage) {
            case LOAD -> Numbers.fixed(Math.min(100, scenario.limits().percent(meter.begun(), elapsed())), 0) + "%";
            case LET_GO -> "letting go";
            case REST -> "at rest";
            case CLOSE, OVER -> "closing";
        };
        return scenario.label() + " " + Numbers.fixed(nanos / 1e9, 1) + "s " + load + " | "
                + Numbers.shortened(walks / Math.max(1e-3, nanos / 1e9)) + " walks/s, "
                + Numbers.shortened((double) meter.refused()) + " refused" + waits();
    }

    private String waits() {
        return dying.stream()
                .sorted()
                .map(device -> " | " + device + " waits for " + names(asked.get(device)))
                .collect(Collectors.joining());
    }

    private static String names(Play.@Nullable Asked said) {
        if (said == null || said.holders().isEmpty()) {
            return "...";
        }
        Holding most = said.holders().stream()
                .max(java.util.Comparator.comparingLong(Holding::refs))
                .orElseThrow();
        int others = said.holders().size() - 1;
        return most.holder() + " (" + Numbers.counted(most.refs(), "ref") + ")" + (others > 0 ? " +" + others : "");
    }
}
