package org.pagepool.demo.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.TimeSource;
import org.pagepool.demo.scenario.Op;
import org.pagepool.demo.scenario.WalkMode;
import org.pagepool.demo.scenario.WalkerScript;
import org.pagepool.demo.scenario.WalkerSpec;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;

/**
 * Does with one walker what its script says: walks, keeps what it is granted for as long as the script says, gives it
 * back, pauses, walks again, with several grants in hand at once. Child of the conductor.
 *
 * <p>A walk that gets nothing is followed by a pause, so that a device that is dying or gone costs no more than a question
 * now and then.
 */
final class Driver extends AbstractBehavior<Driver.Command> {
    /** What a driver understands. */
    sealed interface Command {}

    /** Begin. */
    enum Begin implements Command {
        INSTANCE
    }

    /** Walk no more, give everything back, then say so. */
    enum Stop implements Command {
        INSTANCE
    }

    /** The walker is to die with all it holds. */
    enum Die implements Command {
        INSTANCE
    }

    /** That device was cleaned up. */
    record DeviceGone(String device) implements Command {}

    /** That grant was taken away. */
    record Revoked(Pin pin) implements Command {}

    private record WalkEnded(GupWalker.Walked walked) implements Command {}

    private record PutEnded(GupWalker.PutDone done) implements Command {}

    private record HeldLongEnough(long pin) implements Command {}

    private enum PauseOver implements Command {
        INSTANCE
    }

    /**
     * Who is driven, and how.
     *
     * @param name the walker's name
     * @param ref the walker
     * @param group what walkers of its group have in common
     * @param script what it does
     * @param devices the devices it walks on, by name
     * @param acks told what the walker was told
     */
    record Part(
            String name,
            ActorRef<GupWalker.Command> ref,
            WalkerSpec group,
            WalkerScript script,
            Set<String> devices,
            AckLog acks) {}

    /** A grant in hand. */
    private static final class Kept {
        final Pin pin;
        long givingSinceNanos;
        int putsOpen;
        boolean giving;

        Kept(Pin pin) {
            this.pin = pin;
        }
    }

    private static final Duration PAUSE_AFTER_REFUSAL = Duration.ofMillis(10);

    private final Part part;
    private final long operationsMax;
    private final Meter meter;
    private final TimeSource time;
    private final TimerScheduler<Command> timers;
    private final ActorRef<Conductor.Command> conductor;
    private final ActorRef<GupWalker.Walked> walked;
    private final ActorRef<GupWalker.PutDone> putDone;
    private final GupWalker.Flags flags;
    private final Map<Long, Kept> kept = new HashMap<>();
    private final Set<String> devicesLeft;
    private @Nullable Op walking;
    private long walkingSinceNanos;
    private long walksBegun;
    private boolean begun;
    private boolean pausing;
    private boolean stopping;
    private boolean dead;
    private boolean reported;

    static Behavior<Command> create(
            Part part, long operationsMax, Meter meter, TimeSource time, ActorRef<Conductor.Command> conductor) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Driver(context, timers, part, operationsMax, meter, time, conductor)));
    }

    private Driver(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Part part,
            long operationsMax,
            Meter meter,
            TimeSource time,
            ActorRef<Conductor.Command> conductor) {
        super(context);
        this.timers = timers;
        this.part = part;
        this.operationsMax = operationsMax;
        this.meter = meter;
        this.time = time;
        this.conductor = conductor;
        this.devicesLeft = new HashSet<>(part.devices);
        this.flags = flags(part.group);
        this.walked = context.messageAdapter(GupWalker.Walked.class, WalkEnded::new);
        this.putDone = context.messageAdapter(GupWalker.PutDone.class, PutEnded::new);
    }

    private static GupWalker.Flags flags(WalkerSpec group) {
        GrabKind kind = group.mode() == WalkMode.GET ? GrabKind.GET : GrabKind.PIN;
        boolean longterm = group.mode() == WalkMode.LONGTERM;
        return new GupWalker.Flags(kind, group.write(), longterm, group.fastOnly(), group.pciP2pdma());
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(WalkEnded.class, this::onWalkEnded)
                .onMessage(PutEnded.class, this::onPutEnded)
                .onMessage(HeldLongEnough.class, this::onHeldLongEnough)
                .onMessage(PauseOver.class, over -> onPauseOver())
                .onMessage(Begin.class, begin -> onBegin())
                .onMessage(DeviceGone.class, this::onDeviceGone)
                .onMessage(Revoked.class, this::onRevoked)
                .onMessage(Die.class, die -> onDie())
                .onMessage(Stop.class, stop -> onStop())
                .build();
    }

    // ---- walk

    private Behavior<Command> onBegin() {
        begun = true;
        if (part.group.startAt().isZero()) {
            return proceed();
        }
        pause(part.group.startAt());
        return this;
    }

    /** Walks if it may, and says so when there is nothing left to do. */
    private Behavior<Command> proceed() {
        if (mayWalk() && meter.begin(operationsMax)) {
            walksBegun++;
            Op op = part.script.next();
            walking = op;
            walkingSinceNanos = time.nanos();
            part.acks.ask(part.name, op.pages());
            part.ref.tell(new GupWalker.Walk(op.vpn(), op.pages(), flags, walked));
        }
        if (!reported && (dead || ((stopping || walkedAll()) && walking == null && kept.isEmpty()))) {
            reported = true;
            conductor.tell(new Conductor.DriverDone(part.name));
        }
        return this;
    }

    private boolean mayWalk() {
        return begun
                && !stopping
                && !dead
                && !pausing
                && !walkedAll()
                && walking == null
                && kept.size() < part.group.pinsInFlight();
    }

    private boolean walkedAll() {
        return part.group.walks() > 0 && walksBegun >= part.group.walks();
    }

    private Behavior<Command> onWalkEnded(WalkEnded ended) {
        Op op = walking;
        if (op == null || dead) {
            return this;
        }
        walking = null;
        GupWalker.Walked result = ended.walked;
        meter.walked(result, time.nanos() - walkingSinceNanos);
        part.acks.got(part.name, result.pages());
        Pin pin = result.pin();
        if (pin != null) {
            keep(new Kept(pin), op);
        }
        dead |= result.stop() == Refusal.CLOSED;
        Duration think = Duration.ofNanos(op.thinkNanos());
        boolean nothing = result.pages() == 0;
        pause(nothing && think.compareTo(PAUSE_AFTER_REFUSAL) < 0 ? PAUSE_AFTER_REFUSAL : think);
        return proceed();
    }

    private void pause(Duration length) {
        if (!length.isZero()) {
            pausing = true;
            timers.startSingleTimer(PauseOver.INSTANCE, Conductor.bounded(length));
        }
    }

    private Behavior<Command> onPauseOver() {
        pausing = false;
        return proceed();
    }

    // ---- keep, give back

    private void keep(Kept grant, Op op) {
        long id = grant.pin.id();
        kept.put(id, grant);
        if (stopping || op.holdNanos() == 0) {
            giveBack(grant);
        } else if (!op.heldForever()) {
            timers.startSingleTimer(id, new HeldLongEnough(id), Conductor.bounded(Duration.ofNanos(op.holdNanos())));
        }
    }

    private Behavior<Command> onHeldLongEnough(HeldLongEnough held) {
        Kept grant = kept.get(held.pin);
        if (grant != null) {
            giveBack(grant);
        }
        return this;
    }

    private void giveBack(Kept grant) {
        if (grant.giving) {
            return;
        }
        grant.giving = true;
        grant.givingSinceNanos = time.nanos();
        long pages = grant.pin.pages();
        long half = part.group.partialUnpin() && pages > 1 ? pages / 2 : pages;
        put(grant, 0, half);
        if (half < pages) {
            put(grant, half, pages - half);
        }
    }

    private void put(Kept grant, long index, long pages) {
        grant.putsOpen++;
        part.acks.give(part.name, pages);
        part.ref.tell(new GupWalker.Put(grant.pin, grant.pin.kind(), index, pages, putDone));
    }

    private Behavior<Command> onPutEnded(PutEnded ended) {
        Pin pin = ended.done.pin();
        Kept grant = kept.get(pin.id());
        if (grant == null || dead) {
            return this;
        }
        meter.put(ended.done);
        if (ended.done.refusal() == null) {
            part.acks.gave(part.name, ended.done.refs());
        } else {
            part.acks.gone(part.name);
        }
        if (--grant.putsOpen == 0) {
            kept.remove(pin.id());
            if (ended.done.refusal() == null) {
                meter.gaveBack(time.nanos() - grant.givingSinceNanos);
            }
        }
        return proceed();
    }

    private Behavior<Command> onRevoked(Revoked taken) {
        Kept grant = kept.remove(taken.pin.id());
        if (grant != null) {
            timers.cancel(taken.pin.id());
            part.acks.gone(part.name);
            meter.revoked();
        }
        return proceed();
    }

    // ---- the end

    private Behavior<Command> onDeviceGone(DeviceGone gone) {
        devicesLeft.remove(gone.device);
        return devicesLeft.isEmpty() ? onStop() : this;
    }

    private Behavior<Command> onDie() {
        dead = true;
        part.acks.gone(part.name);
        timers.cancelAll();
        kept.clear();
        part.ref.tell(GupWalker.Close.INSTANCE);
        return proceed();
    }

    private Behavior<Command> onStop() {
        stopping = true;
        if (!dead) {
            List.copyOf(kept.values()).forEach(this::giveBack);
        }
        return proceed();
    }
}
