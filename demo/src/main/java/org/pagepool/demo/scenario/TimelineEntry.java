package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pagepool.runtime.event.CloseVerb;

/** Something the scenario does to the pool while the load goes on. Entries due at the same moment go in file order. */
public sealed interface TimelineEntry {
    /** When. */
    Moment at();

    /** What, as scenarios write it: {@code kill-walker}. */
    String action();

    /**
     * Asks for the teardown of a device.
     *
     * @param deadline how long it may wait before it reports who still holds on; empty for {@link CloseVerb#IF_IDLE},
     *     which does not wait
     */
    record Kill(Moment at, String device, CloseVerb verb, Optional<Duration> deadline, String reason)
            implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "kill";

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Lets walkers die, with everything they hold.
     *
     * @param walker as written: a walker, or a group
     * @param names the walkers it stands for
     */
    record KillWalker(Moment at, String walker, List<String> names) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "kill-walker";

        /** Copies the list. */
        public KillWalker {
            names = List.copyOf(names);
        }

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Removes page-table entries of an address space (B52).
     *
     * @param firstVpn first virtual page
     * @param pages how many base pages
     */
    record Zap(Moment at, String space, long firstVpn, long pages) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "zap";

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Asks to be told when each head behind a range is idle: once for each head, until the device is gone.
     *
     * @param firstVpn first virtual page
     * @param pages how many base pages
     */
    record Watch(Moment at, String space, long firstVpn, long pages) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "watch";

        @Override
        public String action() {
            return ACTION;
        }
    }
}
