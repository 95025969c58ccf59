package org.pagepool.runtime.journal;

import java.util.List;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.section.SectionState;

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

    /** What a state becomes by one event or one receipt. */
    @FunctionalInterface
    public interface Next<S, T> {
        /** The state after {@code what}. */
        S after(S state, T what);
    }

    /** The state after all events, and then all receipts. */
    public <S> S fold(S state, Next<S, Entry> event, Next<S, Receipt> receipt) {
        S next = state;
        for (Entry entry : entries) {
            next = event.after(next, entry);
        }
        for (Receipt each : receipts) {
            next = receipt.after(next, each);
        }
        return next;
    }

    /** The state after all events of an owner that answers no requests. */
    public <S> S fold(S state, Next<S, Event> event) {
        return fold(state, (before, entry) -> event.after(before, entry.event()), (before, ignored) -> before);
    }

    /** A section after it: written, in recovery and in whatever rehearses or measures that. */
    public SectionState fold(SectionState state) {
        return fold(
                state,
                (before, entry) -> before.apply(entry.event(), entry.atNanos()),
                (before, receipt) -> receipt.isGone()
                        ? before.gone(receipt.holder())
                        : before.answered(receipt.holder(), receipt.sequence(), receipt.floor(), receipt.answer()));
    }

    /** Copies the lists. */
    public Batch {
        entries = List.copyOf(entries);
        receipts = List.copyOf(receipts);
        if (entries.size() + receipts.size() > SIZE_MAX) {
            throw new IllegalArgumentException("batch of " + entries.size() + " events and " + receipts.size()
                    + " receipts; want at most " + SIZE_MAX);
        }
    }

    /** Akka compares each batch with itself on its way to the journal: that must cost nothing. */
    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof Batch batch && entries.equals(batch.entries) && receipts.equals(batch.receipts);
    }

    @Override
    public int hashCode() {
        return 31 * entries.hashCode() + receipts.hashCode();
    }
}
