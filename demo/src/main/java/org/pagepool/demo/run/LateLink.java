package org.pagepool.demo.run;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pagepool.actors.Link;
import org.pagepool.actors.Section;

/**
 * A way to the sections on which the grabs of some walkers lose time: each is held up until a zap of the walker's space
 * was done, as if its task had been interrupted between reading the entry and taking the reference. Everything else goes
 * its way at once. Thread-safe.
 */
final class LateLink implements Link {
    private record Name(String holder, long sequence) {}

    private record HeldUp(String space, Runnable send) {}

    private final Map<String, String> spaceOf;
    private final Map<Name, HeldUp> heldUp = new LinkedHashMap<>();
    private boolean over;

    /**
     * A way on which those are late.
     *
     * @param spaceOf names of the walkers, and the space each walks
     */
    LateLink(Map<String, String> spaceOf) {
        this.spaceOf = Map.copyOf(spaceOf);
    }

    @Override
    public <T> void send(ActorRef<T> to, T message) {
        if (!(message instanceof Section.Grab grab) || !holdUp(grab, () -> to.tell(message))) {
            to.tell(message);
        }
    }

    /** A grab that is sent again while it is held up is still one grab. */
    private synchronized boolean holdUp(Section.Grab grab, Runnable send) {
        String space = spaceOf.get(grab.holder());
        if (space == null || over) {
            return false;
        }
        heldUp.put(new Name(grab.holder(), grab.sequence()), new HeldUp(space, send));
        return true;
    }

    /** That space was zapped: what its walkers asked for meanwhile goes on its way. Says how many grabs that were. */
    int zapped(String space) {
        return deliver(Set.of(space));
    }

    /** Nothing is held up any more. */
    void end() {
        synchronized (this) {
            over = true;
        }
        deliver(Set.copyOf(spaceOf.values()));
    }

    private int deliver(Set<String> spaces) {
        List<Runnable> due = new ArrayList<>();
        synchronized (this) {
            heldUp.values().removeIf(grab -> spaces.contains(grab.space) && due.add(grab.send));
        }
        due.forEach(Runnable::run);
        return due.size();
    }
}
