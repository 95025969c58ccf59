package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.DaxDriver;
import org.pagepool.actors.Limits;
import org.pagepool.actors.Pgmap;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.gup.Level;

/** A device-dax device: a region of memory that a driver can be bound to and taken from, again and again (B13, B43). */
public final class DaxDevice {
    private final Pool pool;
    private final String id;
    private final Level align;
    private final ActorRef<DaxDriver.Command> ref;

    DaxDevice(Pool pool, String id, Level align, ActorRef<DaxDriver.Command> ref) {
        this.pool = pool;
        this.id = id;
        this.align = align;
        this.ref = ref;
    }

    /** Its name. */
    public String id() {
        return id;
    }

    /** The size of its faults, and of the entries that map it (B42). */
    public Level align() {
        return align;
    }

    /** The actor behind it. */
    public ActorRef<DaxDriver.Command> ref() {
        return ref;
    }

    /**
     * Maps its pages. Fails with {@link PoolRefusedException} if it is mapped already, if the region is not one that can be (B43),
     * or if its pages cannot be mapped (B9).
     */
    public CompletionStage<Device> probe() {
        CompletionStage<DaxDriver.Probed> answer = pool.ask(ref, DaxDriver.Probe::new);
        return answer.thenApply(probed -> {
            if (probed.device() == null) {
                throw new PoolRefusedException("probe refused: " + probed.refusal(), null, probed.reason());
            }
            return new Device(pool, probed.device());
        });
    }

    /**
     * Takes the device away: first nobody can fault any more and the whole mapping is gone, then its pages go when the last
     * holder has let go. If that takes longer than {@code deadline}, answers {@link Pgmap.StillHeld}; the device goes all the
     * same. Fails with {@link PoolRefusedException} if it is not there.
     */
    public CompletionStage<Pgmap.CloseAnswer> kill(Duration deadline) {
        return kill(CloseVerb.WHEN_IDLE, deadline, "kill");
    }

    /** Takes the device away from whoever holds references on it, who is told {@code reason}. */
    public CompletionStage<Pgmap.CloseAnswer> revoke(String reason) {
        return kill(CloseVerb.REVOKE, pool.limits().askTimeout(), reason);
    }

    private CompletionStage<Pgmap.CloseAnswer> kill(CloseVerb verb, Duration deadline, String reason) {
        CompletionStage<DaxDriver.Killed> answer = pool.ask(
                ref,
                replyTo -> new DaxDriver.Kill(verb, deadline, reason, replyTo),
                Limits.countable(deadline).plus(pool.limits().askTimeout()));
        return answer.thenApply(killed -> {
            if (killed.answer() == null) {
                throw new PoolRefusedException("kill refused: " + killed.refusal(), null);
            }
            return killed.answer();
        });
    }

    /** Where the region is in its life. */
    public CompletionStage<DaxRegion> region() {
        return pool.ask(ref, DaxDriver.AskRegion::new);
    }

    /**
     * Maps part of it, without entries until somebody touches it. Fails with {@link PoolRefusedException} if the mapping is
     * private or not aligned to its faults (B42).
     *
     * @param device what {@link #probe} brought
     */
    public CompletionStage<Long> map(Space space, Device device, long vpn, long offset, long pages, boolean shared) {
        return device.spec().id().equals(id)
                ? space.mapDax(device, vpn, offset, pages, align, shared)
                : CompletableFuture.failedFuture(new PoolRefusedException(
                        "not the device of this region: region=" + id + " device="
                                + device.spec().id(),
                        null));
    }

    /** Ends the driver, not the device it has brought. */
    public void close() {
        ref.tell(DaxDriver.Close.INSTANCE);
    }
}
