package org.pagepool.persistence.durable;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.time.Duration;
import java.util.function.Consumer;
import org.pagepool.actors.Children;
import org.pagepool.actors.FairForkJoin;
import org.pagepool.actors.Journals;
import org.pagepool.actors.LogSignal;
import org.pagepool.actors.TimeSource;
import org.pagepool.runtime.journal.Batch;

/**
 * The {@link BatchWriter} of one actor, and another one in its place when it is lost: when the journal has swallowed a write, nobody
 * would ever answer it. What an earlier one still says is not listened to. Confined to the actor.
 *
 * @param <T> what the actor hears
 */
final class Writer<T> {
    /** It is time to look whether a write has been lost. */
    enum Look implements LogSignal {
        /** The only one. */
        INSTANCE
    }

    /** It has failed for good: what it was to write cannot be written. */
    record Failed(int turn) implements LogSignal {}

    private final ActorContext<T> context;
    private final Journals.Owner<T, ?> owner;
    private final String id;
    private final Consumer<LogSignal> self;
    private final JournalSettings settings;
    private final Consumer<Batch> meter;
    private final JournalTrouble trouble;
    private final TimeSource clock;
    private ActorRef<BatchWriter.Append> ref;
    private int turn;
    private long sentNanos;
    private boolean looking;

    Writer(
            ActorContext<T> context,
            Journals.Owner<T, ?> owner,
            String id,
            Consumer<LogSignal> self,
            JournalSettings settings,
            Consumer<Batch> meter,
            JournalTrouble trouble,
            TimeSource clock) {
        this.context = context;
        this.owner = owner;
        this.id = id;
        this.self = self;
        this.settings = settings;
        this.meter = meter;
        this.trouble = trouble;
        this.clock = clock;
        this.ref = start();
    }

    private ActorRef<BatchWriter.Append> start() {
        ActorRef<BatchWriter.Append> next = Children.spawn(
                context, BatchWriter.create(owner, id, turn, self, settings, meter, trouble), "journal-" + turn);
        context.watchWith(next, owner.wrap().apply(new Failed(turn)));
        return next;
    }

    void send(BatchWriter.Append append) {
        sentNanos = clock.nanos();
        FairForkJoin.near(() -> ref.tell(append));
        look();
    }

    private void look() {
        if (!looking) {
            looking = true;
            context.scheduleOnce(
                    settings.writeTimeout().dividedBy(2),
                    context.getSelf(),
                    owner.wrap().apply(Look.INSTANCE));
        }
    }

    /** Looks whether the write under way, if there is one, has been lost. */
    void lookAfter(boolean underWay) {
        looking = false;
        if (!underWay) {
            return;
        }
        if (clock.nanos() - sentNanos >= settings.writeTimeout().toNanos()) {
            context.getLog()
                    .warn("a write was not answered for {}; what is written is read again: owner={}", seconds(), id);
            context.unwatch(ref);
            context.stop(ref);
            turn++;
            ref = start();
            sentNanos = clock.nanos();
        }
        look();
    }

    private String seconds() {
        Duration timeout = settings.writeTimeout();
        return timeout.toMillis() % 1000 == 0 ? timeout.toSeconds() + " s" : timeout.toMillis() + " ms";
    }

    /** Whether that is the one that writes now. */
    boolean is(int saidBy) {
        return saidBy == turn;
    }
}
