package org.pagepool.demo.gup;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;

/** The least that a durable actor can be: it writes the bytes it is given, and says when they are written. */
final class FloorWriter extends EventSourcedBehavior<FloorWriter.Write, byte[], FloorWriter.Nothing> {
    /**
     * Writes {@code bytes}. Answered by one {@link FloorLoop.Written}.
     *
     * @param call comes back with the answer
     */
    @SuppressWarnings("ArrayRecordComponent") // on their way to the disk: never compared, never changed
    record Write(byte[] bytes, int call, ActorRef<FloorLoop.Command> replyTo) {}

    /** What it is. */
    record Nothing() {
        static final Nothing AT_ALL = new Nothing();
    }

    private final String journal;

    private FloorWriter(String id, String journal) {
        super(PersistenceId.ofUniqueId(id));
        this.journal = journal;
    }

    static Behavior<Write> create(String id, String journal) {
        return new FloorWriter(id, journal);
    }

    @Override
    public String journalPluginId() {
        return journal;
    }

    @Override
    public Nothing emptyState() {
        return Nothing.AT_ALL;
    }

    @Override
    public CommandHandler<Write, byte[], Nothing> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(
                        Write.class,
                        write -> Effect()
                                .persist(write.bytes)
                                .thenRun(state -> write.replyTo.tell(new FloorLoop.Written(write.call))))
                .build();
    }

    @Override
    public EventHandler<Nothing, byte[]> eventHandler() {
        return (state, event) -> state;
    }
}
