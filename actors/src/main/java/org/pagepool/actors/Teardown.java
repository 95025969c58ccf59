package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Receive;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.teardown.TeardownRecord;
import org.pagepool.runtime.teardown.TeardownState;
import org.pagepool.runtime.teardown.TeardownState.Action;
import org.pagepool.runtime.teardown.TeardownState.Input;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/**
 * Takes one pgmap down. Knows nothing but whom to ask; what comes when is decided by {@link TeardownState}. Child of the
 * pgmap, which starts it once and tells it nothing but to revoke.
 */
public final class Teardown extends AbstractBehavior<Teardown.Command> {
    /** What a teardown hears: the answers of sections and address spaces. */
    sealed interface Command {}

    /** A section gives no live references any more; its share at that moment. */
    record GateClosed(int section, long share) implements Command {}

    /** An address space or a file has no entry left for this device, or is gone altogether. */
    record Zapped(ActorRef<Pgmap.ToMapper> space) implements Command {}

    /** A section has dropped the references mapping had taken. */
    record BaseDropped(int section) implements Command {}

    /** A section's share is zero. */
    record ShareDrained(int section) implements Command {}

    /** Somebody who held the pgmap as such, and none of its pages, holds it no more. */
    enum OtherDrained implements Command {
        INSTANCE
    }

    /** A section refuses everything. */
    record Retired(int section) implements Command {}

    /** The lookup does not find the pgmap any more. */
    enum Forgotten implements Command {
        INSTANCE
    }

    /** Take the references away from those who hold them. */
    record Revoke(String reason) implements Command {}

    /**
     * How far it is.
     *
     * @param phase where it is
     * @param enteredNanos when each phase reached so far was entered, on the pool's clock
     */
    record Progress(Phase phase, Map<Phase, Long> enteredNanos) {
        /** Copies the map. */
        Progress {
            enteredNanos = Map.copyOf(enteredNanos);
        }
    }

    /**
     * What there is to tear down.
     *
     * @param untouchedHeads heads of sections that were never started
     * @param others who else holds the pgmap and says {@link OtherDrained} when he lets go
     */
    record Work(
            PgmapSpec spec,
            DriverCalls driver,
            CloseVerb verb,
            String reason,
            ActorRef<Pgmap.Command> pgmap,
            ActorRef<PagePool.Command> pool,
            List<ActorRef<Section.Command>> sections,
            long untouchedHeads,
            Set<ActorRef<Pgmap.ToMapper>> spaces,
            int others) {}

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    private final PgmapSpec spec;
    private final DriverCalls driver;
    private final Wiring wiring;
    private final EventLog log;
    private final TeardownRecord done;
    private final ActorRef<Pgmap.Command> pgmap;
    private final ActorRef<PagePool.Command> pool;
    private final List<ActorRef<Section.Command>> sections;
    private final Set<ActorRef<Pgmap.ToMapper>> spaces;
    private final long untouchedHeads;
    private final Map<Phase, Long> entered = new EnumMap<>(Phase.class);
    private TeardownState state;
    private String reason;
    private long shares;

    /**
     * Tears down; {@code id} is its name in the journal. After a crash it starts over: what was done already is done again by
     * nobody, for every section answers at once to what it has done, and what was written down is not written down again.
     */
    static Behavior<Command> create(Work work, String id, Wiring wiring) {
        return wiring.journals()
                .open(new Journals.Owner<Command, TeardownRecord>(
                        id,
                        TeardownRecord.NONE,
                        (state, batch) -> batch.fold(state, TeardownRecord::apply),
                        Logged::new,
                        (context, log, done, recovered) -> new Teardown(context, log, done, work, wiring)));
    }

    private Teardown(ActorContext<Command> context, EventLog log, TeardownRecord done, Work work, Wiring wiring) {
        super(context);
        this.log = log;
        this.done = done;
        this.spec = work.spec;
        this.driver = work.driver;
        this.wiring = wiring;
        this.pgmap = work.pgmap;
        this.pool = work.pool;
        this.sections = List.copyOf(work.sections);
        this.spaces = new HashSet<>(work.spaces);
        this.untouchedHeads = work.untouchedHeads;
        this.reason = work.reason;
        this.shares = spec.protocol().mapTakesPgmapRefs(spec.type()) ? untouchedHeads : 0;
        TeardownState.Step first = TeardownState.begin(
                work.verb,
                spec.protocol().zapFirst(),
                sections.size(),
                spaces.size(),
                driver.hasReference(),
                work.others);
        entered.put(Phase.KILL, wiring.time().nanos());
        this.state = first.state();
        follow(first);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(GateClosed.class, this::onGateClosed)
                .onMessage(Zapped.class, this::onZapped)
                .onMessage(BaseDropped.class, dropped -> on(Input.BASE_DROPPED))
                .onMessage(ShareDrained.class, drained -> on(Input.SHARE_DRAINED))
                .onMessage(OtherDrained.class, drained -> on(Input.OTHER_DRAINED))
                .onMessage(Retired.class, retired -> on(Input.RETIRED))
                .onMessage(Forgotten.class, forgotten -> onForgotten())
                .onMessage(Revoke.class, this::onRevoke)
                .onMessage(Logged.class, this::onLogged)
                .build();
    }

    private Behavior<Command> onGateClosed(GateClosed closed) {
        shares += closed.share;
        return on(Input.GATE_CLOSED);
    }

    private Behavior<Command> onZapped(Zapped zapped) {
        return spaces.remove(zapped.space) ? on(Input.ZAPPED) : this;
    }

    private Behavior<Command> onLogged(Logged logged) {
        log.on(logged.signal);
        return this;
    }

    private Behavior<Command> onRevoke(Revoke revoke) {
        reason = revoke.reason;
        return on(Input.REVOKE);
    }

    private Behavior<Command> on(Input input) {
        TeardownState.Step step = state.on(input);
        state = step.state();
        follow(step);
        return this;
    }

    private void follow(TeardownState.Step step) {
        for (Action action : step.actions()) {
            act(action);
        }
        entered.putIfAbsent(state.phase(), wiring.time().nanos());
        Progress progress = new Progress(state.phase(), entered);
        log.then(() -> pgmap.tell(new Pgmap.TeardownProgress(progress)));
    }

    private void act(Action action) {
        ActorRef<Command> self = getContext().getSelf();
        switch (action) {
            case KILL_DRIVER -> log.then(driver::kill);
            case CLOSE_GATES -> toSections(() -> new Section.CloseGate(self));
            case CONFIRM_KILL -> {
                if (!done.confirmed()) {
                    log.record(new Event.KillConfirmed(spec.id(), shares));
                }
            }
            case ZAP_SPACES -> {
                entered.put(Phase.ZAP, wiring.time().nanos());
                List<ActorRef<Pgmap.ToMapper>> due = List.copyOf(spaces);
                due.forEach(space -> getContext().watchWith(space, new Zapped(space)));
                log.then(() -> due.forEach(space -> space.tell(new AddressSpace.ZapPgmap(spec.id(), self))));
            }
            case REVOKE_HOLDERS -> {
                String why = reason;
                toSections(() -> new Section.RevokeHolders(why));
            }
            case DROP_BASES -> dropBases();
            case AWAIT_DRIVER -> {
                entered.putIfAbsent(Phase.WAIT, wiring.time().nanos());
                log.then(() -> getContext().pipeToSelf(driver.cleanup(), (back, failed) -> OtherDrained.INSTANCE));
            }
            case RECORD_DRAINED -> {
                entered.putIfAbsent(Phase.WAIT, wiring.time().nanos());
                if (!done.drained()) {
                    log.record(new Event.Drained(spec.id()));
                }
            }
            case RETIRE_SECTIONS -> {
                entered.put(Phase.RETIRE, wiring.time().nanos());
                log.then(() -> pool.tell(new PagePool.Forget(spec.id(), self)));
            }
            case CLEAN_UP -> {
                entered.put(Phase.DONE, wiring.time().nanos());
                Progress progress = new Progress(Phase.DONE, entered);
                log.then(() -> {
                    pgmap.tell(new Pgmap.TeardownProgress(progress));
                    pgmap.tell(Pgmap.CleanUp.INSTANCE);
                });
            }
        }
    }

    private void toSections(Supplier<Section.Command> message) {
        log.then(() -> sections.forEach(s -> s.tell(message.get())));
    }

    private void dropBases() {
        entered.put(Phase.DROP_BASE, wiring.time().nanos());
        if (untouchedHeads > 0 && spec.protocol().mapTakesPgmapRefs(spec.type()) && !done.untouchedDropped()) {
            boolean counts = spec.protocol().pageHoldsPgmapRef(spec.type());
            long refcounts = counts ? 0 : untouchedHeads * spec.headRules().base();
            log.record(new Event.BaseDropped(spec.id(), Event.UNTOUCHED_SECTIONS, untouchedHeads, counts, refcounts));
        }
        ActorRef<Command> self = getContext().getSelf();
        toSections(() -> new Section.DropBase(self));
    }

    /** Only now are the sections told: whoever looked the pgmap up before still gets an answer from them (R7). */
    private Behavior<Command> onForgotten() {
        ActorRef<Command> self = getContext().getSelf();
        toSections(() -> new Section.Retire(self));
        return on(Input.RETIRED);
    }
}
