package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.concurrent.atomic.AtomicLongArray;
import org.pagepool.actors.TimeSource;

/**
 * What counting alone takes: for each grab of one walker's lap one addition to an atomic counter, without any message. Runs on
 * the threads the pool's actors run on. The counters are shared by all walkers; each has a cache line of its own, as a struct
 * page has.
 */
final class FloorCounters extends AbstractBehavior<FloorCounters.Go> {
    /** Count a lap up and down again. Answered by one {@link FloorLap}. */
    record Go(ActorRef<FloorLap> replyTo) {}

    /** Longs of a cache line. */
    private static final int SPACING = 8;

    private final FloorGrabs take;
    private final FloorGrabs give;
    private final AtomicLongArray counters;
    private final TimeSource time;

    /** Counters for that many heads. */
    static AtomicLongArray counters(long heads) {
        return new AtomicLongArray(Math.toIntExact(heads * SPACING));
    }

    static Behavior<Go> create(FloorGrabs take, FloorGrabs give, AtomicLongArray counters, TimeSource time) {
        return Behaviors.setup(context -> new FloorCounters(context, take, give, counters, time));
    }

    private FloorCounters(
            ActorContext<Go> context, FloorGrabs take, FloorGrabs give, AtomicLongArray counters, TimeSource time) {
        super(context);
        this.take = take;
        this.give = give;
        this.counters = counters;
        this.time = time;
    }

    @Override
    public Receive<Go> createReceive() {
        return newReceiveBuilder().onMessage(Go.class, this::onGo).build();
    }

    private Behavior<Go> onGo(Go go) {
        long takeNanos = add(take, 1);
        long giveNanos = add(give, -1);
        go.replyTo.tell(new FloorLap(takeNanos, giveNanos));
        return this;
    }

    private long add(FloorGrabs grabs, int sign) {
        GupRoute route = grabs.route();
        long behind = route.firstPage() + route.pages();
        long start = time.nanos();
        for (int turn = 0; turn < route.turns(); turn++) {
            for (long first = route.firstPage(); first < behind; first += route.pagesPerCall()) {
                call(grabs, first, Math.min(first + route.pagesPerCall(), behind), sign);
            }
        }
        return time.nanos() - start;
    }

    private void call(FloorGrabs grabs, long first, long end, int sign) {
        long next;
        for (long at = first; at < end; at = next) {
            next = grabs.next(at, end);
            counters.getAndAdd(grabs.head(at) * SPACING, sign * (next - at));
        }
    }
}
