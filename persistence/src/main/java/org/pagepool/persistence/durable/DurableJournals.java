package org.pagepool.persistence.durable;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.StashBuffer;
import java.util.function.Consumer;
import org.pagepool.actors.Journals;
import org.pagepool.actors.LogSignal;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.journal.Batch;

/**
 * Logs that outlive the process. Each actor with a log has a {@link BatchWriter} as its child; the actor begins when the writer
 * has read what it was, and what arrives meanwhile waits.
 */
public final class DurableJournals implements Journals {
    /** Messages that may wait for an actor to come back; more are dropped, and whoever sent them asks again. */
    private static final int WAITING_MAX = 65_536;

    private final JournalSettings settings;
    private final EventSink sink;
    private final TimeSource time;
    private final String prefix;
    private final Consumer<Batch> meter;
    private final JournalTrouble trouble;

    /**
     * Journals.
     *
     * @param settings how actors are written down
     * @param sink is handed each event when it is written
     * @param time what events are stamped with: nanoseconds since 1970
     */
    public DurableJournals(JournalSettings settings, EventSink sink, TimeSource time) {
        this(settings, sink, time, "");
    }

    /** The same for one of several pools in one journal, all of whose owners' names begin with {@code prefix}. */
    public DurableJournals(JournalSettings settings, EventSink sink, TimeSource time, String prefix) {
        this(settings, sink, time, prefix, batch -> {}, JournalTrouble.IGNORED);
    }

    private DurableJournals(
            JournalSettings settings,
            EventSink sink,
            TimeSource time,
            String prefix,
            Consumer<Batch> meter,
            JournalTrouble trouble) {
        this.settings = settings;
        this.sink = sink;
        this.time = time;
        this.prefix = prefix;
        this.meter = meter;
        this.trouble = trouble;
    }

    /** The same; each row is also handed to {@code each} when it is written, before anybody hears of it, by many threads. */
    public DurableJournals metered(Consumer<Batch> each) {
        return new DurableJournals(settings, sink, time, prefix, each, trouble);
    }

    /** The same; {@code listener} hears of every time that it does not work. */
    public DurableJournals complaining(JournalTrouble listener) {
        return new DurableJournals(settings, sink, time, prefix, meter, listener);
    }

    @Override
    public boolean durable() {
        return true;
    }

    @Override
    public <T, S> Behavior<T> open(Owner<T, S> owner) {
        return Behaviors.setup(context -> {
            ActorRef<T> actor = context.getSelf();
            Consumer<LogSignal> self = signal -> actor.tell(owner.wrap().apply(signal)); // by any thread
            Writer<T> writer = new Writer<>(
                    context, owner, prefix + owner.id(), self, settings, meter, trouble, SystemTime.MONOTONIC);
            return Behaviors.withStash(WAITING_MAX, stash -> opening(context, owner, self, writer, stash));
        });
    }

    private <T, S> Behavior<T> opening(
            ActorContext<T> context,
            Owner<T, S> owner,
            Consumer<LogSignal> self,
            Writer<T> writer,
            StashBuffer<T> stash) {
        return Behaviors.receiveMessage(message -> {
            if (message instanceof LogSignal.Carrier carrier
                    && carrier.signal() instanceof BatchWriter.Reopened reopened) {
                @SuppressWarnings("unchecked")
                S state = (S) reopened.state();
                DurableLog log =
                        new DurableLog(self, writer, reopened.number(), sink, time, SystemTime.MONOTONIC, settings);
                return stash.unstashAll(owner.then().begin(context, log, state, reopened.number() > 0));
            }
            if (message instanceof LogSignal.Carrier carrier && carrier.signal() instanceof Writer.Failed) {
                throw new IllegalStateException("it cannot be read what it was: owner=" + prefix + owner.id());
            }
            if (!stash.isFull()) {
                stash.stash(message);
            }
            return Behaviors.same();
        });
    }
}
