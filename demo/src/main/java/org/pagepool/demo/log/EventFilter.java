package org.pagepool.demo.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.event.EventFacts;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.pgmap.PgmapSpec;
import picocli.CommandLine.Option;

/** The options that choose among events, and what they choose. Must see every event from the first on. */
public final class EventFilter {
    @Option(
            names = "--head",
            paramLabel = "PFN",
            description = "Only what is about that page, or the head it belongs to.")
    private @Nullable String head;

    @Option(names = "--holder", paramLabel = "NAME", description = "Only what is about that holder, waiter or process.")
    private @Nullable String holder;

    @Option(names = "--pgmap", paramLabel = "ID", description = "Only what is about that device.")
    private @Nullable String pgmap;

    private final Map<String, PgmapSpec> devices = new HashMap<>();
    private long pfn = -1;

    /** Reads the options. */
    public void prepare() {
        String given = head;
        if (given != null) {
            try {
                pfn = Long.decode(given);
            } catch (NumberFormatException wrong) {
                pfn = -1;
            }
            if (pfn < 0) {
                throw new UsageException("--head " + (given.isBlank() ? "'" + given + "'" : given)
                        + ": is no page; want a pfn such as 0x880000");
            }
        }
    }

    /** Whether anything is left out. */
    public boolean any() {
        return head != null || holder != null || pgmap != null;
    }

    /** What is asked for, for people: {@code page 0x880000 and holder hog}. */
    public String what() {
        List<String> parts = new ArrayList<>();
        if (head != null) {
            parts.add("page " + head);
        }
        if (holder != null) {
            parts.add("holder " + holder);
        }
        if (pgmap != null) {
            parts.add("device " + pgmap);
        }
        return String.join(" and ", parts);
    }

    /** The page that is asked for, or -1. */
    public long pfn() {
        return pfn;
    }

    /** Whether that event is wanted. */
    public boolean wants(Recorded recorded) {
        Event event = recorded.event();
        if (event instanceof Event.Mapped mapped && pfn >= 0) {
            devices.put(mapped.pgmap(), mapped.spec());
        }
        String device = pgmap;
        if (device != null && !event.pgmap().equals(device)) {
            return false;
        }
        String who = holder;
        return (who == null || EventFacts.isAbout(event, who)) && (pfn < 0 || isAboutPage(event));
    }

    private boolean isAboutPage(Event event) {
        PgmapSpec spec = devices.get(event.pgmap());
        return spec != null
                && spec.covers(pfn)
                && (event instanceof Event.Mapped || EventFacts.touches(event, spec, pfn));
    }
}
