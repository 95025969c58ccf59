package org.pagepool.runtime.journal;

import java.util.List;
import org.pagepool.runtime.event.Event;

/**
 * What one owner (a section, a pgmap, a file) decided while its journal was busy, written by one atomic write: all of it is
 * there after a crash, or none of it. Nobody has been told of any of it before it was written.
 *
 * @param entries what happened, in order
 * @param receipts what was answered, in order
 */
public record Batch(List<Entry> entries, List<Receipt> receipts) {
    /** The most entries and receipts together one batch may hold; an owner writes more in several. */
    public static final int SIZE_MAX = 65_536;

    /**
     * One event.
     *
     * @param atNanos when, in nanoseconds since 1970
     * @param event what happened
     */
    public record Entry(long atNanos, Event event) {}

    /** Copies the lists. */
    public Batch {
        entries = List.copyOf(entries);
        receipts = List.copyOf(receipts);
        if (entries.size() + receipts.size() > SIZE_MAX) {
            throw new IllegalArgumentException("batch of " + entries.size() + " events and " + receipts.size()
                    + " receipts; want at most " + SIZE_MAX);
        }
    }
}
