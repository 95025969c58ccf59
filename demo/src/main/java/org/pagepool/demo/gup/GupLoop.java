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
 * The loop of {@code gup_test} for one walker: call after call over its route, by the walker itself, as the kernel's loop runs in
 * the kernel, but with several under way at once if that is wanted; then, of pins, each head is asked whether its pages look pinned (B53),
 * and everything is given back, many grants at once, as the kernel gives back one list of all pages. Taking and giving back are
 * timed on their own; where several walkers look at their pages, all do when all have taken theirs, and none gives back before all
 * have looked. A call that gets fewer pages than it asked for is the last.
 *
 * <p>It takes the walker's answers as they are, which is why its messages are objects: an adapter would cost a message more
 * for each call, and that would be measured too. Everybody else sees only {@link Go}.
 */
final class GupLoop extends AbstractBehavior<Object> {
    /** Go over the route once. Answered by one {@link Lap}. */
    record Go(ActorRef<Lap> replyTo) {}

    /**
     * One time over the route.
     *
     * @param takeStart when the first call began, by the clock of the run
     * @param takeNanos all calls together
     * @param giveStart when giving back began
     * @param giveNanos giving all of it back
     * @param pages base pages granted
     * @param calls calls made
     * @param headGrabs messages that asked a head for references
     * @param messages messages sent and received for the walks by walker, sections and heads
     * @param stop why it ended before the end of the route, or could not give back, or null
     * @param verified what the heads said before the pages went back, or null where that was not asked (B53)
     */
    record Lap(
            long takeStart,
            long takeNanos,
            long giveStart,
            long giveNanos,
            long pages,
            long calls,
            long headGrabs,
            long messages,
            @Nullable Refusal stop,
            GupWalker.@Nullable Verified verified) {
        /** Pages that do not look like what they are. */
        long notVerified() {
            return verified == null ? 0 : verified.notPinned() + verified.notLongterm();
        }
    }

    /** Grants that are given back at the same time. */
    static final int PUTS_UNDER_WAY_MAX = 512;

    private final GupMode mode;
    private final GupRoute route;
    private final ActorRef<GupWalker.Command> walker;
    private final TimeSource time;
    private final @Nullable ActorRef<Muster.Here> muster;
    private final int atOnce;
    private final GupWalker.Flags flags;
    private final ActorRef<Object> self;
    private final List<Pin> pins = new ArrayList<>();
    private @Nullable ActorRef<Lap> replyTo;
    private long takeStart;
    private long takeNanos;
    private long giveStart;
    private long pages;
    private long calls;
    private long headGrabs;
    private long messages;
    private boolean looking;
    private int put;
    private int putsEnded;
    private @Nullable Refusal stop;
    private GupWalker.@Nullable Verified verified;

    /**
     * A loop.
     *
     * @param muster of all loops; null if there are no others, or none of them looks at its pages
     */
    static Behavior<Go> create(
            GupPlan plan,
            GupRoute route,
            ActorRef<GupWalker.Command> walker,
            @Nullable ActorRef<Muster.Here> muster,
            TimeSource time) {
        Behavior<Object> loop = Behaviors.setup(context -> new GupLoop(context, plan, route, walker, muster, time));
        return loop.narrow();
    }

    private GupLoop(
            ActorContext<Object> context,
            GupPlan plan,
            GupRoute route,
            ActorRef<GupWalker.Command> walker,
            @Nullable ActorRef<Muster.Here> muster,
            TimeSource time) {
        super(context);
        this.mode = plan.mode();
        this.route = route;
        this.walker = walker;
        this.muster = muster;
        this.time = time;
        this.atOnce = plan.atOnce();
        this.flags = plan.flags();
        this.self = context.getSelf();
    }

    @Override
    public Receive<Object> createReceive() {
        return newReceiveBuilder()
                .onMessage(GupWalker.LoopWalked.class, this::onWalked)
                .onMessage(GupWalker.Verified.class, this::onVerified)
                .onMessage(GupWalker.PutDone.class, this::onPutDone)
                .onMessage(Go.class, this::onGo)
                .onMessage(Muster.Together.class, all -> onTogether())
                .build();
    }

    private Behavior<Object> onGo(Go go) {
        replyTo = go.replyTo;
        pages = 0;
        calls = 0;
        headGrabs = 0;
        messages = 0;
        stop = null;
        verified = null;
        takeStart = time.nanos();
        turn();
        return this;
    }

    private void turn() {
        walker.tell(
                new GupWalker.WalkLoop(route.firstPage(), route.pages(), route.pagesPerCall(), atOnce, flags, self));
    }

    private Behavior<Object> onWalked(GupWalker.LoopWalked result) {
        headGrabs += result.headGrabs();
        messages += result.messages();
        pages += result.pages();
        calls += result.calls();
        pins.addAll(result.pins());
        stop = result.stop();
        if (stop == null && calls < route.calls()) {
            turn();
        } else {
            takeNanos = time.nanos() - takeStart;
            looking = false;
            muster();
        }
        return this;
    }

    private void muster() {
        if (muster == null) {
            onTogether();
        } else {
            muster.tell(new Muster.Here(self));
        }
    }

    /** All have taken theirs; and then, all have looked. */
    private Behavior<Object> onTogether() {
        if (looking) {
            giveBack();
        } else {
            looking = true;
            verify();
        }
        return this;
    }

    /** Not timed, like in the kernel. */
    private void verify() {
        if (mode.verifies() && !pins.isEmpty()) {
            walker.tell(new GupWalker.Verify(List.copyOf(pins), self));
        } else {
            muster();
        }
    }

    private Behavior<Object> onVerified(GupWalker.Verified answer) {
        long notLongterm = mode.longterm() ? answer.notLongterm() : 0;
        verified =
                new GupWalker.Verified(answer.pages(), answer.notPinned(), notLongterm, answer.head(), answer.counts());
        muster();
        return this;
    }

    private void giveBack() {
        giveStart = time.nanos();
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
            long giveNanos = time.nanos() - giveStart;
            to.tell(new Lap(
                    takeStart, takeNanos, giveStart, giveNanos, pages, calls, headGrabs, messages, stop, verified));
        }
    }
}
