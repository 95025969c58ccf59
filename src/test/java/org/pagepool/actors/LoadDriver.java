package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;

/**
 * Pins and unpins random ranges through one walker until it is refused for good, then gives everything back, or dies with
 * everything held. One request at a time; what comes next is decided by the seed alone.
 */
final class LoadDriver extends AbstractBehavior<Object> {
    /** How a driver ended. */
    record Ended(String walker, long walks, long refused, boolean died) {}

    /** What an unpin may be told whose reference goes back all the same, or is gone: TIMEOUT where the link loses answers. */
    private static final Set<Refusal> GOES_BACK = Set.of(Refusal.REVOKED, Refusal.DEAD, Refusal.TIMEOUT);

    private static final int PINS_MAX = 4;

    /** What a later walk need not meet again. */
    private static final Set<Refusal> PASSING = Set.of(Refusal.CHANGED, Refusal.FREE, Refusal.TIMEOUT);

    private final String name;
    private final ActorRef<GupWalker.Command> walker;
    private final long spacePages;
    private final long walksMax;
    private final SplittableRandom random;
    private final boolean dies;
    private final ActorRef<Ended> replyTo;
    private final List<Pin> pins = new ArrayList<>();
    private long walks;
    private long refused;
    private boolean ending;

    static Behavior<Object> create(
            String name,
            ActorRef<GupWalker.Command> walker,
            long spacePages,
            long walksMax,
            long seed,
            boolean dies,
            ActorRef<Ended> replyTo) {
        return Behaviors.setup(
                context -> new LoadDriver(context, name, walker, spacePages, walksMax, seed, dies, replyTo));
    }

    private LoadDriver(
            ActorContext<Object> context,
            String name,
            ActorRef<GupWalker.Command> walker,
            long spacePages,
            long walksMax,
            long seed,
            boolean dies,
            ActorRef<Ended> replyTo) {
        super(context);
        this.name = name;
        this.walker = walker;
        this.spacePages = spacePages;
        this.walksMax = walksMax;
        this.random = new SplittableRandom(seed);
        this.dies = dies;
        this.replyTo = replyTo;
        next();
    }

    @Override
    public Receive<Object> createReceive() {
        return newReceiveBuilder()
                .onMessage(GupWalker.Walked.class, this::onWalked)
                .onMessage(GupWalker.PutDone.class, this::onPutDone)
                .build();
    }

    private Behavior<Object> onWalked(GupWalker.Walked walked) {
        walks++;
        if (walked.pin() != null) {
            pins.add(walked.pin());
        }
        if (walked.stop() != null) {
            refused++;
            ending |= walked.pages() == 0 && !PASSING.contains(walked.stop());
        }
        return next();
    }

    private Behavior<Object> onPutDone(GupWalker.PutDone done) {
        if (done.refusal() != null && !GOES_BACK.contains(done.refusal())) {
            throw new IllegalStateException("unpin refused: " + done);
        }
        return next();
    }

    private Behavior<Object> next() {
        ending |= walks >= walksMax;
        if (ending && dies) {
            walker.tell(GupWalker.Close.INSTANCE);
            return end(true);
        }
        if (!ending && pins.size() < PINS_MAX && (pins.isEmpty() || random.nextInt(3) > 0)) {
            long pages = 1 + random.nextLong(Math.max(1, random.nextInt(4) == 0 ? spacePages : spacePages / 16));
            long vpn = random.nextLong(spacePages - pages + 1);
            GupWalker.Flags flags = random.nextInt(4) == 0 ? GupWalker.Flags.GET : GupWalker.Flags.PIN;
            walker.tell(
                    new GupWalker.Walk(vpn, pages, flags, getContext().getSelf().narrow()));
            return this;
        }
        if (pins.isEmpty()) {
            return end(false);
        }
        Pin pin = pins.remove(random.nextInt(pins.size()));
        walker.tell(GupWalker.Put.all(pin, getContext().getSelf().narrow()));
        return this;
    }

    private Behavior<Object> end(boolean died) {
        replyTo.tell(new Ended(name, walks, refused, died));
        return Behaviors.stopped();
    }
}
