package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.TimeSource;

/**
 * What a journal takes for the events of one walker's lap alone: for each call and each section it touches one event, as large as
 * the pool's, by a {@link FloorWriter}; as many calls at the same time as the walk makes, and then as {@link GupLoop} gives back.
 */
final class FloorLoop extends AbstractBehavior<FloorLoop.Command> {
    /** What it understands. */
    sealed interface Command {}

    /** Write a lap. Answered by one {@link FloorLap}. */
    record Go(int takeBytes, int giveBytes, ActorRef<FloorLap> replyTo) implements Command {}

    /** A writer has written its event of that call. */
    record Written(int call) implements Command {}

    private record WriterGone() implements Command {}

    private final GupPlan plan;
    private final GupRoute route;
    private final List<ActorRef<FloorWriter.Write>> writers;
    private final TimeSource time;
    private final int[] left;
    private @Nullable ActorRef<FloorLap> replyTo;
    private boolean taking;
    private byte[] event = {};
    private int giveBytes;
    private int begun;
    private int ended;
    private long startNanos;
    private long takeNanos;

    static Behavior<Command> create(
            GupPlan plan, GupRoute route, List<ActorRef<FloorWriter.Write>> writers, TimeSource time) {
        return Behaviors.setup(context -> new FloorLoop(context, plan, route, writers, time));
    }

    private FloorLoop(
            ActorContext<Command> context,
            GupPlan plan,
            GupRoute route,
            List<ActorRef<FloorWriter.Write>> writers,
            TimeSource time) {
        super(context);
        this.plan = plan;
        this.route = route;
        this.writers = writers;
        this.time = time;
        this.left = new int[Math.toIntExact(route.calls())];
        writers.forEach(writer -> context.watchWith(writer, new WriterGone()));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Written.class, this::onWritten)
                .onMessage(Go.class, this::onGo)
                .onMessage(WriterGone.class, gone -> report(new FloorLap(0, 0, true)))
                .build();
    }

    private Behavior<Command> onGo(Go go) {
        replyTo = go.replyTo;
        giveBytes = go.giveBytes;
        begin(true, go.takeBytes);
        return this;
    }

    private void begin(boolean take, int bytes) {
        taking = take;
        event = new byte[bytes];
        begun = 0;
        ended = 0;
        startNanos = time.nanos();
        advance();
    }

    private void advance() {
        int atOnce = taking ? plan.callsUnderWay() : GupLoop.PUTS_UNDER_WAY_MAX;
        while (begun < left.length && begun - ended < atOnce) {
            int call = begun++;
            int first = plan.sectionOf(route.first(call));
            int last = plan.sectionOf(route.end(call) - 1);
            left[call] = last - first + 1;
            for (int section = first; section <= last; section++) {
                writers.get(section)
                        .tell(new FloorWriter.Write(event, call, getContext().getSelf()));
            }
        }
    }

    private Behavior<Command> onWritten(Written written) {
        if (--left[written.call] > 0) {
            return this;
        }
        ended++;
        if (ended < left.length) {
            advance();
            return this;
        }
        long nanos = time.nanos() - startNanos;
        if (!taking) {
            return report(new FloorLap(takeNanos, nanos));
        }
        takeNanos = nanos;
        begin(false, giveBytes);
        return this;
    }

    private Behavior<Command> report(FloorLap lap) {
        if (replyTo != null) {
            replyTo.tell(lap);
        }
        return this;
    }
}
