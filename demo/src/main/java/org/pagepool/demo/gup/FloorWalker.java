package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ExtensibleBehavior;
import akka.actor.typed.Signal;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.List;
import org.pagepool.actors.TimeSource;

/**
 * What messages alone take: for each grab of one walker's lap one message to a {@link FloorHead} and its answer, with nothing in
 * between. As many calls at the same time as the walk makes, and then as {@link GupLoop} gives back; from the
 * first message sent to the last answer.
 *
 * <p>As cheap as Akka Typed allows: no builder of handlers, one message for all heads that are asked for equally much, and answers
 * that are counted, not told apart. Under several calls at the same time the oldest counts as ended when as many answers have come
 * as it has grabs.
 */
final class FloorWalker extends ExtensibleBehavior<Object> {
    /** Go over the route once. Answered by one {@link FloorLap}. */
    record Go(ActorRef<FloorLap> replyTo) {}

    private final FloorGrabs take;
    private final FloorGrabs give;
    private final int callsAtOnce;
    private final List<ActorRef<FloorHead.Add>> heads;
    private final TimeSource time;
    private final ActorRef<Object> self;
    private final long calls;
    private FloorHead.Add message;
    private ActorRef<FloorLap> replyTo;
    private boolean taking;
    private long begun;
    private long ended;
    private long left;
    private long startNanos;
    private long takeNanos;

    /** Makes {@code callsAtOnce} calls at the same time when it takes, and as many as {@link GupLoop} when it gives back. */
    static Behavior<Go> create(
            FloorGrabs take, FloorGrabs give, int callsAtOnce, List<ActorRef<FloorHead.Add>> heads, TimeSource time) {
        Behavior<Object> walker = Behaviors.setup(context -> new FloorWalker(
                context.getSelf(), context.getSystem().ignoreRef(), take, give, callsAtOnce, heads, time));
        return walker.narrow();
    }

    private FloorWalker(
            ActorRef<Object> self,
            ActorRef<FloorLap> nobody,
            FloorGrabs take,
            FloorGrabs give,
            int callsAtOnce,
            List<ActorRef<FloorHead.Add>> heads,
            TimeSource time) {
        this.self = self;
        this.replyTo = nobody;
        this.take = take;
        this.give = give;
        this.callsAtOnce = callsAtOnce;
        this.heads = heads;
        this.time = time;
        this.calls = take.route().calls();
        this.message = new FloorHead.Add(1, self);
    }

    @Override
    public Behavior<Object> receive(TypedActorContext<Object> context, Object said) {
        if (said == FloorHead.Added.INSTANCE) {
            onAdded();
        } else if (said instanceof Go go) {
            replyTo = go.replyTo;
            begin(true);
        }
        return this;
    }

    @Override
    public Behavior<Object> receiveSignal(TypedActorContext<Object> context, Signal signal) {
        return this;
    }

    private void begin(boolean nowTaking) {
        taking = nowTaking;
        begun = 0;
        ended = 0;
        left = grabs().in(0);
        startNanos = time.nanos();
        advance();
    }

    private FloorGrabs grabs() {
        return taking ? take : give;
    }

    private void advance() {
        int atOnce = taking ? callsAtOnce : GupLoop.PUTS_UNDER_WAY_MAX;
        while (begun < calls && begun - ended < atOnce) {
            send(grabs(), begun++);
        }
    }

    private void send(FloorGrabs grabs, long call) {
        long end = grabs.route().end(call);
        long next;
        for (long at = grabs.route().first(call); at < end; at = next) {
            next = grabs.next(at, end);
            heads.get(grabs.head(at)).tell(message(taking ? (int) (next - at) : (int) (at - next)));
        }
    }

    private FloorHead.Add message(int refs) {
        if (message.refs() != refs) {
            message = new FloorHead.Add(refs, self);
        }
        return message;
    }

    private void onAdded() {
        if (--left > 0) {
            return;
        }
        ended++;
        if (ended < calls) {
            left = grabs().in(ended);
            advance();
            return;
        }
        long nanos = time.nanos() - startNanos;
        if (taking) {
            takeNanos = nanos;
            begin(false);
        } else {
            replyTo.tell(new FloorLap(takeNanos, nanos));
        }
    }
}
