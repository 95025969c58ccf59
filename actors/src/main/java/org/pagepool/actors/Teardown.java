package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.pgmap.PgmapSpec;
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

    private final PgmapSpec spec;
    private final DriverCalls driver;
    private final Wiring wiring;
    private final ActorRef<Pgmap.Command> pgmap;
    private final ActorRef<PagePool.Command> pool;
    private final List<ActorRef<Section.Command>> sections;
    private final Set<ActorRef<Pgmap.ToMapper>> spaces;
    private final long untouchedHeads;
    private final Map<Phase, Long> entered = new EnumMap<>(Phase.class);
    private TeardownState state;
    private String reason;
    private long shares;

    static Behavior<Command> create(
            PgmapSpec spec,
            DriverCalls driver,
            CloseVerb verb,
            String reason,
            ActorRef<Pgmap.Command> pgmap,
            ActorRef<PagePool.Command> pool,
            List<ActorRef<Section.Command>> sections,
            long untouchedHeads,
            Collection<ActorRef<Pgmap.ToMapper>> spaces,
            int others,
            Wiring wiring) {
        return Behaviors.setup(context -> new Teardown(
                context, spec, driver, verb, reason, pgmap, pool, sections, untouchedHeads, spaces, others, wiring));
    }

    private Teardown(
            ActorContext<Command> context,
            PgmapSpec spec,
            DriverCalls driver,
            CloseVerb verb,
            String reason,
            ActorRef<Pgmap.Command> pgmap,
            ActorRef<PagePool.Command> pool,
            List<ActorRef<Section.Command>> sections,
            long untouchedHeads,
            Collection<ActorRef<Pgmap.ToMapper>> spaces,
            int others,
            Wiring wiring) {
        super(context);
        this.spec = spec;
        this.driver = driver;
        this.wiring = wiring;
        this.pgmap = pgmap;
        this.pool = pool;
        this.sections = List.copyOf(sections);
        this.spaces = new HashSet<>(spaces);
        this.untouchedHeads = untouchedHeads;
        this.reason = reason;
        this.shares = spec.protocol().mapTakesPgmapRefs(spec.type()) ? untouchedHeads : 0;
        record(new Event.Killed(spec.id(), verb, reason));
        TeardownState.Step first = TeardownState.begin(
                verb, spec.protocol().zapFirst(), sections.size(), spaces.size(), driver.hasReference(), others);
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
                .build();
    }

    private Behavior<Command> onGateClosed(GateClosed closed) {
        shares += closed.share;
        return on(Input.GATE_CLOSED);
    }

    private Behavior<Command> onZapped(Zapped zapped) {
        return spaces.remove(zapped.space) ? on(Input.ZAPPED) : this;
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
        pgmap.tell(new Pgmap.TeardownProgress(new Progress(state.phase(), entered)));
    }

    private void act(Action action) {
        switch (action) {
            case KILL_DRIVER -> driver.kill();
            case CLOSE_GATES ->
                sections.forEach(s -> s.tell(new Section.CloseGate(getContext().getSelf())));
            case CONFIRM_KILL -> record(new Event.KillConfirmed(spec.id(), shares));
            case ZAP_SPACES -> {
                entered.put(Phase.ZAP, wiring.time().nanos());
                for (ActorRef<Pgmap.ToMapper> space : spaces) {
                    getContext().watchWith(space, new Zapped(space));
                    space.tell(new AddressSpace.ZapPgmap(spec.id(), getContext().getSelf()));
                }
            }
            case REVOKE_HOLDERS -> sections.forEach(s -> s.tell(new Section.RevokeHolders(reason)));
            case DROP_BASES -> dropBases();
            case AWAIT_DRIVER -> {
                entered.putIfAbsent(Phase.WAIT, wiring.time().nanos());
                getContext().pipeToSelf(driver.cleanup(), (done, failed) -> OtherDrained.INSTANCE);
            }
            case RECORD_DRAINED -> {
                entered.putIfAbsent(Phase.WAIT, wiring.time().nanos());
                record(new Event.Drained(spec.id()));
            }
            case RETIRE_SECTIONS -> {
                entered.put(Phase.RETIRE, wiring.time().nanos());
                pool.tell(new PagePool.Forget(spec.id(), getContext().getSelf()));
            }
            case CLEAN_UP -> {
                record(new Event.CleanedUp(spec.id()));
                entered.put(Phase.DONE, wiring.time().nanos());
                pgmap.tell(new Pgmap.TeardownProgress(new Progress(Phase.DONE, entered)));
                pool.tell(new PagePool.Free(spec.id(), pgmap));
            }
        }
    }

    private void dropBases() {
        entered.put(Phase.DROP_BASE, wiring.time().nanos());
        if (untouchedHeads > 0 && spec.protocol().mapTakesPgmapRefs(spec.type())) {
            boolean counts = spec.protocol().pageHoldsPgmapRef(spec.type());
            long refcounts = counts ? 0 : untouchedHeads * spec.headRules().base();
            record(new Event.BaseDropped(spec.id(), Event.UNTOUCHED_SECTIONS, untouchedHeads, counts, refcounts));
        }
        sections.forEach(s -> s.tell(new Section.DropBase(getContext().getSelf())));
    }

    /** Only now are the sections told: whoever looked the pgmap up before still gets an answer from them (R7). */
    private Behavior<Command> onForgotten() {
        sections.forEach(s -> s.tell(new Section.Retire(getContext().getSelf())));
        return on(Input.RETIRED);
    }

    private void record(Event event) {
        wiring.events().accept(event);
    }
}
