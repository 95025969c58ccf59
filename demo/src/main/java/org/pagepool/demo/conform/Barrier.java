package org.pagepool.demo.conform;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.pagepool.actors.Link;
import org.pagepool.actors.Section;

/**
 * Keeps back what matches, such as what one walker asks of sections between its lookup and its grab, until it is opened.
 * No clock decides a race then: a message is held until the other side has moved. Thread-safe.
 */
final class Barrier implements Link {
    private final Predicate<Object> which;
    private final List<Runnable> kept = new ArrayList<>();
    private boolean open;

    /** Keeps back the messages that {@code which} matches. */
    Barrier(Predicate<Object> which) {
        this.which = which;
    }

    /** Keeps back the grabs of one holder. */
    static Barrier beforeGrabsOf(String holder) {
        return new Barrier(
                message -> message instanceof Section.Grab grab && grab.holder().equals(holder));
    }

    @Override
    public synchronized <T> void send(ActorRef<T> to, T message) {
        if (!open && which.test(message)) {
            kept.add(() -> to.tell(message));
        } else {
            to.tell(message);
        }
    }

    /** Whether it keeps something back. */
    synchronized boolean keepsSomething() {
        return !kept.isEmpty();
    }

    /** Lets everything through, now and from now on. */
    synchronized void open() {
        open = true;
        kept.forEach(Runnable::run);
        kept.clear();
    }
}
