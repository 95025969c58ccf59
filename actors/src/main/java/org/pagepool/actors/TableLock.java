package org.pagepool.actors;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a page table, by virtual pages. A walk on the slow path holds it on the entries it follows until its
 * references are there (B28); whatever removes entries waits until nobody holds them, so that it sees either no walk or the
 * references of one. The fast path knows nothing of it. Who came first goes first: a walk that wants entries which are
 * waited for stands behind. Confined to its address space.
 */
final class TableLock {
    /** Virtual pages locked for one step of one walk. */
    private record Held(Object walker, long question, long vpn, long end) {
        boolean overlaps(long from, long to) {
            return vpn < to && from < end;
        }
    }

    /** Something that waits for pages: to follow their entries, or, {@code exclusive}, to remove them. */
    private record Waiting(Object walker, boolean exclusive, long vpn, long end, Runnable then) {
        boolean overlaps(Waiting other) {
            return vpn < other.end && other.vpn < end;
        }
    }

    private final List<Held> held = new ArrayList<>();
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    /** Runs {@code then} as soon as nobody waits for these pages to remove their entries; it may {@link #lock} them. */
    void share(Object walker, long vpn, long end, Runnable then) {
        submit(new Waiting(walker, false, vpn, end, then));
    }

    /** Runs {@code then} as soon as nobody follows an entry of these pages. */
    void exclude(long vpn, long end, Runnable then) {
        submit(new Waiting(this, true, vpn, end, then));
    }

    /** Holds these pages for {@code walker} until it {@link #unlock}s what it asked under that number. */
    void lock(Object walker, long question, long vpn, long end) {
        held.add(new Held(walker, question, vpn, end));
    }

    /** Lets go of what was locked under that number, and lets those go on who waited for it. */
    void unlock(Object walker, long question) {
        held.removeIf(h -> h.question == question && h.walker.equals(walker));
        goOn();
    }

    /** Lets go of everything {@code walker} holds or waits for: it is gone. */
    void forget(Object walker) {
        held.removeIf(h -> h.walker.equals(walker));
        waiting.removeIf(w -> w.walker.equals(walker));
        goOn();
    }

    private void submit(Waiting next) {
        if (mayGo(next, waiting)) {
            next.then.run();
        } else {
            waiting.add(next);
        }
    }

    private boolean mayGo(Waiting next, Iterable<Waiting> queue) {
        if (next.exclusive && held.stream().anyMatch(h -> h.overlaps(next.vpn, next.end))) {
            return false;
        }
        for (Waiting other : queue) {
            if (other.equals(next)) {
                return true;
            }
            if ((other.exclusive || next.exclusive) && other.overlaps(next)) {
                return false;
            }
        }
        return true;
    }

    /** One after the other, for each that goes may hold back the next. */
    private void goOn() {
        Waiting next = firstThatMayGo();
        while (next != null) {
            waiting.remove(next);
            next.then.run();
            next = firstThatMayGo();
        }
    }

    private @Nullable Waiting firstThatMayGo() {
        for (Waiting next : waiting) {
            if (mayGo(next, waiting)) {
                return next;
            }
        }
        return null;
    }
}
