package org.pagepool.persistence;

import java.util.List;
import java.util.function.Consumer;
import org.pagepool.actors.TimeSource;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.event.Recorded;

/**
 * The one total order of a volatile pool: numbers and stamps each event and hands it, in order, to whoever follows. An
 * actor records before it answers or tells anybody, so the order agrees with every "happened before" between actors.
 *
 * <p>Thread-safe. Followers run inside the lock, one event at a time: they must be quick, and must not call back.
 */
public final class Recorder implements EventSink {
    private final TimeSource time;
    private final List<Consumer<Recorded>> followers;
    private long ordinal;

    /** Records for these followers, in this order. */
    public Recorder(TimeSource time, List<Consumer<Recorded>> followers) {
        this.time = time;
        this.followers = List.copyOf(followers);
    }

    @Override
    public synchronized void accept(Event event) {
        Recorded recorded = new Recorded(++ordinal, time.nanos(), event);
        for (int i = 0; i < followers.size(); i++) {
            followers.get(i).accept(recorded);
        }
    }

    /** Runs {@code question} while no event can arrive; for reading what followers have gathered. */
    public synchronized <T> T quietly(java.util.function.Supplier<T> question) {
        return question.get();
    }

    /** Events recorded so far. */
    public synchronized long events() {
        return ordinal;
    }
}
