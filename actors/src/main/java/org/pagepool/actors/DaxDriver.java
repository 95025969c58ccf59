package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.pgmap.MapRefusal;

/**
 * The device-dax driver of one region: maps its pages when it is probed, and takes the device away in the order in which it
 * was made (B13). What may be done when is decided by {@link DaxRegion}.
 *
 * <pre>
 *   kill    nobody may map or fault any more, faults under way end, the whole mapping is removed
 *           the pgmap of a dynamic region is forgotten by the region
 *   unmap   the pgmap's own teardown: kill, put, wait, clean up
 *   free    its ranges may be probed again
 * </pre>
 */
public final class DaxDriver extends AbstractBehavior<DaxDriver.Command> {
    /** What a driver understands. */
    public sealed interface Command {}

    /** Maps the region's pages. Answered by one {@link Probed}. */
    public record Probe(ActorRef<Probed> replyTo) implements Command {}

    /**
     * Takes the device away. Answered by one {@link Killed}; again while it is going, it insists.
     *
     * @param verb when-idle or revoke
     * @param deadline when to answer that somebody still holds on; the device goes all the same
     */
    public record Kill(CloseVerb verb, Duration deadline, String reason, ActorRef<Killed> replyTo) implements Command {}

    /** Asks where the region is in its life. */
    public record AskRegion(ActorRef<DaxRegion> replyTo) implements Command {}

    /** Ends the driver, not the device. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    private record Mapped(PagePool.MapAnswer answer) implements Command {}

    private record UnmappedAll(Kill kill) implements Command {}

    private record Torn(Pgmap.CloseAnswer answer, @Nullable ActorRef<Killed> replyTo) implements Command {}

    private record PgmapGone(ActorRef<Pgmap.Command> ref) implements Command {}

    /** The answer to {@link Probe}: the device, or one clause that says why not, with its number where it has one. */
    public record Probed(
            @Nullable PgmapHandle device,
            @Nullable String refusal,
            @Nullable MapRefusal reason) {}

    /** The answer to {@link Kill}: how the teardown ended so far, or one clause that says why there is nothing to kill. */
    public record Killed(
            Pgmap.@Nullable CloseAnswer answer, @Nullable String refusal) {}

    private final ActorRef<PagePool.Command> pool;
    private final PagePool.MapDevice description;
    private DaxRegion region;
    private @Nullable PgmapHandle device;
    private @Nullable ActorRef<Probed> prober;

    /**
     * A driver of {@code region}, which nobody has probed.
     *
     * @param description of the device, its {@code replyTo} not used
     */
    static Behavior<Command> create(DaxRegion region, PagePool.MapDevice description, ActorRef<PagePool.Command> pool) {
        return Behaviors.setup(context -> new DaxDriver(context, region, description, pool));
    }

    private DaxDriver(
            ActorContext<Command> context,
            DaxRegion region,
            PagePool.MapDevice description,
            ActorRef<PagePool.Command> pool) {
        super(context);
        this.region = region;
        this.description = description;
        this.pool = pool;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Probe.class, this::onProbe)
                .onMessage(Mapped.class, this::onMapped)
                .onMessage(Kill.class, this::onKill)
                .onMessage(UnmappedAll.class, this::onUnmappedAll)
                .onMessage(Torn.class, this::onTorn)
                .onMessage(PgmapGone.class, this::onPgmapGone)
                .onMessage(AskRegion.class, this::onAskRegion)
                .onMessage(Close.class, close -> Behaviors.stopped())
                .build();
    }

    private Behavior<Command> onProbe(Probe probe) {
        DaxRegion.Step step = region.probe();
        region = step.region();
        if (step.refusal() != null) {
            MapRefusal reason = step.refusal().startsWith("EINVAL") ? MapRefusal.INVALID : null;
            probe.replyTo.tell(new Probed(null, step.refusal(), reason));
            return this;
        }
        prober = probe.replyTo;
        pool.tell(description.to(getContext().messageAdapter(PagePool.MapAnswer.class, Mapped::new)));
        return this;
    }

    private Behavior<Command> onMapped(Mapped mapped) {
        device = mapped.answer.handle();
        region = (device == null ? region.failed() : region.mapped()).region();
        if (device != null) {
            getContext().watchWith(device.ref(), new PgmapGone(device.ref()));
        }
        if (prober != null) {
            prober.tell(new Probed(device, mapped.answer.refusal(), mapped.answer.reason()));
        }
        return this;
    }

    private Behavior<Command> onKill(Kill kill) {
        PgmapHandle there = device;
        if (there != null && region.state() == DaxRegion.State.DYING) {
            tearDown(there, kill);
            return this;
        }
        DaxRegion.Step step = region.kill();
        if (step.refusal() != null || there == null) {
            kill.replyTo.tell(new Killed(null, step.refusal()));
            return this;
        }
        region = step.region();
        there.ref()
                .tell(new Pgmap.UnmapAll(
                        getContext().messageAdapter(Pgmap.AllUnmapped.class, unmapped -> new UnmappedAll(kill))));
        return this;
    }

    private Behavior<Command> onUnmappedAll(UnmappedAll unmapped) {
        if (device == null) {
            unmapped.kill.replyTo.tell(new Killed(new Pgmap.Closed(region.id(), Map.of()), null));
        } else {
            tearDown(device, unmapped.kill);
        }
        return this;
    }

    private void tearDown(PgmapHandle there, Kill kill) {
        close(there, kill.verb, kill.deadline, kill.reason, kill.replyTo);
    }

    private void close(
            PgmapHandle there, CloseVerb verb, Duration deadline, String reason, @Nullable ActorRef<Killed> replyTo) {
        ActorRef<Pgmap.CloseAnswer> answer = Children.spawnAnonymous(getContext(), Behaviors.receiveMessage(closed -> {
            getContext().getSelf().tell(new Torn(closed, replyTo));
            return Behaviors.stopped();
        }));
        there.ref().tell(new Pgmap.Close(verb, deadline, reason, answer));
    }

    /** Who was not told the end of it asks again, for itself. */
    private Behavior<Command> onTorn(Torn torn) {
        PgmapHandle there = device;
        if (torn.answer instanceof Pgmap.Closed) {
            released();
        } else if (there != null && torn.replyTo != null) {
            close(there, CloseVerb.WHEN_IDLE, Limits.countable(Duration.ofDays(10_000)), "kill", null);
        }
        if (torn.replyTo != null) {
            torn.replyTo.tell(new Killed(torn.answer, null));
        }
        return this;
    }

    /** Also the end of a device that somebody has closed behind the driver's back. */
    private Behavior<Command> onPgmapGone(PgmapGone gone) {
        if (device != null && device.ref().equals(gone.ref)) {
            released();
        }
        return this;
    }

    private void released() {
        if (region.state() == DaxRegion.State.READY) {
            region = region.kill().region();
        }
        if (region.state() == DaxRegion.State.DYING) {
            region = region.released().region();
        }
        device = null;
    }

    private Behavior<Command> onAskRegion(AskRegion ask) {
        ask.replyTo.tell(region);
        return this;
    }
}
