package org.pagepool.persistence.journal;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import java.time.Duration;

/** The smallest persistent actor: it writes lines and says how many there are. It comes back after a failed write. */
public final class Scribe extends EventSourcedBehavior<Scribe.Command, String, Long> {
    /** What it is asked. */
    public sealed interface Command permits Write, Count {}

    /** Writes a line; answered once it is stored. */
    public record Write(String line, ActorRef<Wrote> replyTo) implements Command {}

    /** How many lines there are. */
    public record Count(ActorRef<Wrote> replyTo) implements Command {}

    /** So many lines are stored. */
    public record Wrote(String id, long lines) {}

    private Scribe(String id) {
        super(
                PersistenceId.ofUniqueId(id),
                SupervisorStrategy.restartWithBackoff(Duration.ofMillis(20), Duration.ofMillis(100), 0));
    }

    public static Behavior<Command> create(String id) {
        return new Scribe(id);
    }

    @Override
    public Long emptyState() {
        return 0L;
    }

    @Override
    public CommandHandler<Command, String, Long> commandHandler() {
        String id = persistenceId().id();
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(
                        Write.class,
                        (lines, write) ->
                                Effect().persist(write.line()).thenReply(write.replyTo(), now -> new Wrote(id, now)))
                .onCommand(Count.class, (lines, count) -> Effect().reply(count.replyTo(), new Wrote(id, lines)))
                .build();
    }

    @Override
    public EventHandler<Long, String> eventHandler() {
        return (lines, line) -> lines + 1;
    }
}
