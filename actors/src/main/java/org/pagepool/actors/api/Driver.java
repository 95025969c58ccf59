package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.Driver.Account;
import org.pagepool.actors.Driver.AskAccount;
import org.pagepool.actors.Driver.Close;
import org.pagepool.actors.Driver.Command;
import org.pagepool.actors.Driver.Free;
import org.pagepool.actors.Driver.Freed;
import org.pagepool.actors.Driver.Request;
import org.pagepool.actors.Driver.Requested;
import org.pagepool.runtime.driver.Grant;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;

/**
 * The driver of a device: hands its folios out by offset and takes them back. What the protocol expects (a dying device, a
 * folio in use, an empty list) is a value in the result; giving back what is not out fails with {@link
 * PoolRefusedException}. Safe for any thread.
 */
public final class Driver {
    private final Pool pool;
    private final String name;
    private final Device device;
    private final ActorRef<Command> ref;

    Driver(Pool pool, String name, Device device, ActorRef<Command> ref) {
        this.pool = pool;
        this.name = name;
        this.device = device;
        this.ref = ref;
    }

    /** Its name among the pool's holders. */
    public String name() {
        return name;
    }

    /** Its device. */
    public Device device() {
        return device;
    }

    /** The actor behind it. */
    public ActorRef<Command> ref() {
        return ref;
    }

    /** Hands out any folio that is free. */
    public CompletionStage<Requested> request() {
        return request(Request.ANY);
    }

    /** Hands out the folio at {@code offset} base pages into the device, counted across its ranges (B37). */
    public CompletionStage<Requested> request(long offset) {
        return request(offset, Request.OWN_ORDER);
    }

    /** Hands out the folio of {@code 2^order} base pages at {@code offset}. */
    public CompletionStage<Requested> request(long offset, int order) {
        return pool.ask(ref, replyTo -> new Request(offset, order, replyTo));
    }

    /**
     * Takes a folio back. It is free, and may be handed out again, when nobody else holds it either. Fails with {@link
     * PoolRefusedException} if it was taken back before or belongs to another driver.
     */
    public CompletionStage<Grant> free(Grant grant) {
        CompletionStage<Freed> answer = pool.ask(ref, replyTo -> new Free(grant, replyTo));
        return answer.thenApply(freed -> {
            Refusal refusal = freed.refusal();
            if (refusal != null) {
                throw new PoolRefusedException(
                        "free refused: " + refusal.text() + ": driver=" + name + " grant=" + grant, refusal);
            }
            return grant;
        });
    }

    /**
     * Maps a folio that is out into {@code space} at virtual page {@code vpn}, by entries of one base page. From then on its
     * entries hold it too, and the driver may take it back: it is free when the entries have gone. Not for private memory,
     * which no CPU can address.
     */
    public CompletionStage<Long> map(Grant grant, Space space, long vpn) {
        return space.map(device, vpn, grant.offset(), grant.pages(), Level.PTE, true, true);
    }

    /** How its pages stand. */
    public CompletionStage<Account> account() {
        return pool.ask(ref, AskAccount::new);
    }

    /** Ends it, as if it had crashed: what it has out is released. */
    public void close() {
        ref.tell(Close.INSTANCE);
    }
}
