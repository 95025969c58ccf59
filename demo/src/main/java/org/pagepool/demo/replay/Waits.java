package org.pagepool.demo.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;

/** Why each teardown waited: who held something when it began, and when they let go. Memory for holders of dying devices only. */
final class Waits {
    /** More are only counted. */
    static final int HOLDERS_MAX = 1000;

    private final Map<String, Story> dying = new HashMap<>();
    private final List<Story> stories = new ArrayList<>();

    /** One teardown, as far as it came. */
    static final class Story {
        private final String pgmap;
        private final CloseVerb verb;
        private final String reason;
        private final Recorded killed;
        private final Map<String, Let> holders = new LinkedHashMap<>();
        private long more;
        private @Nullable Recorded drained;
        private @Nullable Recorded cleanedUp;

        Story(Event.Killed event, Recorded killed, List<Holding> held) {
            this.pgmap = event.pgmap();
            this.verb = event.verb();
            this.reason = event.reason();
            this.killed = killed;
            held.stream().limit(HOLDERS_MAX).forEach(h -> holders.put(h.holder(), new Let(h, null, null)));
            more = Math.max(0, held.size() - HOLDERS_MAX);
        }

        String pgmap() {
            return pgmap;
        }

        CloseVerb verb() {
            return verb;
        }

        String reason() {
            return reason;
        }

        Recorded killed() {
            return killed;
        }

        @Nullable
        Recorded drained() {
            return drained;
        }

        @Nullable
        Recorded cleanedUp() {
            return cleanedUp;
        }

        List<Let> holders() {
            return List.copyOf(holders.values());
        }

        long more() {
            return more;
        }
    }

    /**
     * Somebody who held something when the teardown began.
     *
     * @param held what
     * @param last when something of it last came back, or null
     * @param cause why, or null
     */
    record Let(
            Holding held, @Nullable Recorded last, @Nullable ReleaseCause cause) {}

    /** Notes the next event, which {@code rebuilt} has seen already. */
    void observe(Recorded at, Rebuilt rebuilt) {
        Event event = at.event();
        if (event instanceof Event.Killed killed) {
            Rebuilt.Device device = rebuilt.device(killed.pgmap());
            Story story = new Story(killed, at, device == null ? List.of() : device.holdings());
            dying.put(killed.pgmap(), story);
            stories.add(story);
        } else if (!dying.isEmpty()) {
            Story story = dying.get(event.pgmap());
            if (story != null) {
                goOn(story, at, event);
            }
        }
    }

    private void goOn(Story story, Recorded at, Event event) {
        if (event instanceof Event.Released released) {
            story.holders.computeIfPresent(released.holder(), (name, let) -> new Let(let.held(), at, released.cause()));
        } else if (event instanceof Event.Drained) {
            story.drained = at;
        } else if (event instanceof Event.CleanedUp) {
            story.cleanedUp = at;
            dying.remove(story.pgmap);
        }
    }

    List<Story> stories() {
        return List.copyOf(stories);
    }
}
