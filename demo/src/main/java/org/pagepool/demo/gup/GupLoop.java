package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.TimeSource;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;

/**
 * The loop of {@code gup_test} for one walker: call after call over the range, each begun when the one before has ended,
 * then everything is given back, many grants at once, as the kernel gives back one list of all pages. Both halves are timed
 * on their own. A call that gets fewer pages than it asked for is the last.
 *
 * <p>It takes the walker's answers as they are, which is why its messages are objects: an adapter would cost a message more
 * for each call, and that would be measured too. Everybody else sees only {@link Go}.
 */
final class GupLoop extends AbstractBehavior<Object> {
    /** Go over the range once. Answered by one {@link Lap}. */
    record Go(ActorRef<Lap> replyTo) {}

    /**
     * One time over the range.
     *
     * @param takeNanos all calls together
     * @param giveNanos giving all of it back
     * @param pages base pages granted
     * @param calls calls made
     * @param headGrabs messages that asked a head for references
     * @param messages messages sent and received for the walks by walker, sections and heads
     * @param stop why it ended before the end of the range, or null
     */
    record Lap(
            long takeNanos,
            long giveNanos,
            long pages,
            long calls,
            long headGrabs,
            long messages,
            @Nullable Refusal stop) {}

    private static final int PUTS_UNDER_WAY_MAX = 512;

    private final GupPlan plan;
    private final ActorRef<GupWalker.Command> walker;
    private final TimeSource time;
    private final GupWalker.Flags flags;
    private final ActorRef<Object> self;
    private final List<Pin> pins = new ArrayList<>();
    private @Nullable ActorRef<Lap> replyTo;
    private long startNanos;
    private long takeNanos;
    private long at;
    private long asked;
    private long pages;
    private long calls;
    private long headGrabs;
    private long messages;
    private int put;
    private int putsEnded;
    private @Nullable Refusal stop;

    static Behavior<Go> create(GupPlan plan, ActorRef<GupWalker.Command> walker, TimeSource time) {
        Behavior<Object> loop = Behaviors.setup(context -> new GupLoop(context, plan, walker, time));
        return loop.narrow();
    }

    private GupLoop(ActorContext<Object> context, GupPlan plan, ActorRef<GupWalker.Command> walker, TimeSource time) {
        super(context);
        this.plan = plan;
        this.walker = walker;
        this.time = time;
        this.flags = plan.flags();
        this.self = context.getSelf();
    }

    @Override
    public Receive<Object> createReceive() {
        return newReceiveBuilder()
                .onMessage(GupWalker.Walked.class, this::onWalked)
                .onMessage(GupWalker.PutDone.class, this::onPutDone)
                .onMessage(Go.class, this::onGo)
                .build();
    }

    private Behavior<Object> onGo(Go go) {
        replyTo = go.replyTo;
        at = 0;
        pages = 0;
        calls = 0;
        headGrabs = 0;
        messages = 0;
        stop = null;
        startNanos = time.nanos();
        call();
        return this;
    }

    private void call() {
        asked = Math.min(plan.pagesPerCall(), plan.pages() - at);
        calls++;
        walker.tell(new GupWalker.Walk(at, asked, flags, self));
    }

    private Behavior<Object> onWalked(GupWalker.Walked result) {
        headGrabs += result.headGrabs();
        messages += result.messages();
        pages += result.pages();
        at += result.pages();
        Pin pin = result.pin();
        if (pin != null) {
            pins.add(pin);
        }
        stop = result.stop();
        if (stop == null && at < plan.pages()) {
            call();
        } else {
            giveBack();
        }
        return this;
    }

    private void giveBack() {
        long now = time.nanos();
        takeNanos = now - startNanos;
        startNanos = now;
        put = 0;
        putsEnded = 0;
        while (put < pins.size() && put < PUTS_UNDER_WAY_MAX) {
            putNext();
        }
        reportIfDone();
    }

    private void putNext() {
        walker.tell(GupWalker.Put.all(pins.get(put++), self));
    }

    private Behavior<Object> onPutDone(GupWalker.PutDone done) {
        if (done.refusal() != null) {
            stop = done.refusal();
        }
        putsEnded++;
        if (put < pins.size()) {
            putNext();
        }
        reportIfDone();
        return this;
    }

    private void reportIfDone() {
        if (putsEnded == pins.size()) {
            pins.clear();
            report();
        }
    }

    private void report() {
        ActorRef<Lap> to = replyTo;
        if (to != null) {
            to.tell(new Lap(takeNanos, time.nanos() - startNanos, pages, calls, headGrabs, messages, stop));
        }
    }
}
