package org.pagepool.persistence.durable;

import akka.actor.typed.Behavior;
import akka.actor.typed.PreRestart;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.RecoveryFailed;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import java.util.function.Consumer;
import org.pagepool.actors.Journals;
import org.pagepool.actors.LogSignal;
import org.pagepool.runtime.journal.Batch;

/**
 * Writes the batches of one actor, one at a time, in order. A write that fails restarts it: it reads what is written, says so,
 * and the actor's log sends again what is not. A write that is rejected, because it cannot be serialized, fails it for good. The
 * number of a batch is its sequence number in the journal, so that a batch whose write failed after it had happened is not
 * written twice.
 *
 * @param <S> what the actor is
 */
final class BatchWriter<S> extends EventSourcedBehavior<BatchWriter.Append, Batch, Standing<S>> {
    /** Writes one batch, or says that it is written already. */
    record Append(long number, Batch batch) {}

    /** What the journal has; {@code turn} is the writer that says so. */
    record Written(int turn, long number) implements LogSignal {}

    /** Where the journal stands, and what the actor is by it: at the beginning, and again after a write that failed. */
    record Reopened(int turn, long number, Object state) implements LogSignal {}

    private final ActorContext<Append> context;
    private final Journals.Owner<?, S> owner;
    private final int turn;
    private final Consumer<LogSignal> log;
    private final JournalSettings settings;
    private final Consumer<Batch> meter;
    private final JournalTrouble trouble;

    static <S> Behavior<Append> create(
            Journals.Owner<?, S> owner,
            String id,
            int turn,
            Consumer<LogSignal> log,
            JournalSettings settings,
            Consumer<Batch> meter,
            JournalTrouble trouble) {
        return Behaviors.setup(context -> new BatchWriter<>(context, owner, id, turn, log, settings, meter, trouble));
    }

    private BatchWriter(
            ActorContext<Append> context,
            Journals.Owner<?, S> owner,
            String id,
            int turn,
            Consumer<LogSignal> log,
            JournalSettings settings,
            Consumer<Batch> meter,
            JournalTrouble trouble) {
        super(
                PersistenceId.ofUniqueId(id),
                SupervisorStrategy.restartWithBackoff(settings.backoffMin(), settings.backoffMax(), 0.2));
        this.context = context;
        this.owner = owner;
        this.turn = turn;
        this.log = log;
        this.settings = settings;
        this.meter = meter;
        this.trouble = trouble;
    }

    @Override
    public String journalPluginId() {
        return settings.journal();
    }

    @Override
    public String snapshotPluginId() {
        return settings.snapshots();
    }

    @Override
    public Standing<S> emptyState() {
        return new Standing<>(owner.fold(), owner.empty());
    }

    /** A snapshot is of the state alone. */
    @Override
    public SnapshotAdapter<Standing<S>> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(Standing<S> standing) {
                return standing.now();
            }

            @Override
            @SuppressWarnings("unchecked") // the snapshots of this actor are of its kind
            public Standing<S> fromJournal(Object snapshot) {
                return new Standing<>(owner.fold(), (S) snapshot);
            }
        };
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return settings.snapshotEvery() == 0 || !owner.snapshots()
                ? RetentionCriteria.disabled()
                : RetentionCriteria.snapshotEvery(settings.snapshotEvery(), settings.snapshotsKept());
    }

    @Override
    public CommandHandler<Append, Batch, Standing<S>> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(Append.class, (state, append) -> {
                    long last = lastSequenceNumber(context);
                    if (append.number <= last) {
                        return Effect().none().thenRun(() -> log.accept(new Written(turn, append.number)));
                    }
                    if (append.number != last + 1) {
                        throw new IllegalStateException("a batch is missing: owner=" + owner.id() + " number="
                                + append.number + " written=" + last);
                    }
                    return Effect().persist(append.batch).thenRun(() -> {
                        meter.accept(append.batch);
                        log.accept(new Written(turn, append.number));
                    });
                })
                .build();
    }

    @Override
    public EventHandler<Standing<S>, Batch> eventHandler() {
        return newEventHandlerBuilder().forAnyState().onAnyEvent(Standing::add);
    }

    @Override
    public SignalHandler<Standing<S>> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(
                        RecoveryCompleted.instance(),
                        standing -> log.accept(new Reopened(turn, lastSequenceNumber(context), standing.now())))
                .onSignal(PreRestart.class, (state, restart) -> trouble.writeFailed())
                .onSignal(RecoveryFailed.class, (state, failed) -> trouble.cannotBeRead(failed.getFailure()))
                .build();
    }
}
