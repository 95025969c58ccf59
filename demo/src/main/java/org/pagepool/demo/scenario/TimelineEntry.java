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

    /** The process dies, as if it were killed; the run goes on in another one, from its journal. */
    record Crash(Moment at) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "crash";

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

    /**
     * Lets a device's driver hand folios out.
     *
     * @param offset of the first in base pages, the others follow; -1 for any that are free
     * @param order log2 of their base pages; -1 for the device's own
     * @param count how many
     */
    record Request(Moment at, String device, long offset, int order, int count) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "request";

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Gives folios that are out back to their driver, those first that were handed out first.
     *
     * @param count how many; 0 for all
     */
    record Free(Moment at, String device, int count) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "free";

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Lets a CPU touch private folios that are out, those first that were handed out first.
     *
     * @param count how many; 0 for all
     */
    record Touch(Moment at, String device, int count) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "touch";

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Lets somebody who knows nothing of the driver try to get the last folios of a device by their pfns, and put them back
     * (R25).
     */
    record Speculate(Moment at, String device, int count) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "speculate";

        @Override
        public String action() {
            return ACTION;
        }
    }

    /**
     * Takes pages away from a file (B33, B34): truncates it, punches a hole into it, or evicts it.
     *
     * @param action which of the three
     * @param from first page of the file that goes; for a truncation, the new size
     * @param pages how many base pages of a hole; 0 otherwise
     * @param deadline how long it waits for pages in use; an eviction waits as long as it takes
     */
    record Cut(Moment at, String action, String file, long from, long pages, Duration deadline)
            implements TimelineEntry {
        /** The word for a truncation in scenarios. */
        public static final String TRUNCATE = "truncate";

        /** The word for punching a hole. */
        public static final String PUNCH = "punch";

        /** The word for an eviction. */
        public static final String EVICT = "evict";
    }

    /**
     * Says that a page of a device has an error that cannot be corrected (B39).
     *
     * @param offset which page, in base pages from the first of the device's first range; page records kept on the device lie
     *     there too
     * @param pfn the same page by number
     */
    record Poison(Moment at, String device, long offset, long pfn) implements TimelineEntry {
        /** The word for it in scenarios. */
        public static final String ACTION = "poison";

        @Override
        public String action() {
            return ACTION;
        }
    }
}
