package org.pagepool.demo.run;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.journal.Receipt;

/**
 * Counts the requests that a journal says were granted, and those that were granted again. Like the section itself it knows a
 * request only until its holder has said, in the receipt of a later one, that it has seen all answers below some floor; a grant
 * from below the floor is one that was given before. So it remembers what is under way, and for each holder of each section one
 * number more, until the holder or the device is gone. For one thread.
 */
final class GrantsOnce implements EventSink {
    /** What one holder asked of one section. */
    private static final class Asked {
        private final Set<Long> granted = new HashSet<>();
        private long floor;

        boolean again(long sequence) {
            return sequence < floor || !granted.add(sequence);
        }

        void settledBelow(long newFloor) {
            if (newFloor > floor) {
                floor = newFloor;
                granted.removeIf(sequence -> sequence < newFloor);
            }
        }
    }

    private final Map<String, Map<String, Asked>> byOwner = new HashMap<>();
    private final Map<String, Set<String>> ownersOf = new HashMap<>();
    private @Nullable LogRow row;
    private long grants;
    private long twice;

    /** The next row of the journal begins; its events come next. */
    void row(LogRow next) {
        LogRow done = row;
        if (done != null) {
            settle(done);
        }
        row = next;
    }

    /** A row's receipts count once its events have been looked at. */
    private void settle(LogRow done) {
        Map<String, Asked> holders = byOwner.get(done.owner());
        if (holders == null) {
            return;
        }
        for (Receipt receipt : done.batch().receipts()) {
            Asked asked = holders.get(receipt.holder());
            if (receipt.isGone()) {
                holders.remove(receipt.holder());
            } else if (asked != null) {
                asked.settledBelow(receipt.floor());
            }
        }
    }

    @Override
    public void accept(Event event) {
        LogRow of = row;
        if (of != null && event instanceof Event.Grabbed e && HeldSums.counted(e.kind())) {
            ownersOf.computeIfAbsent(e.pgmap(), any -> new HashSet<>()).add(of.owner());
            boolean again = byOwner.computeIfAbsent(of.owner(), any -> new HashMap<>())
                    .computeIfAbsent(e.holder(), any -> new Asked())
                    .again(e.sequence());
            twice += again ? 1 : 0;
            grants += again ? 0 : 1;
        } else if (event instanceof Event.CleanedUp e) {
            Set<String> owners = ownersOf.remove(e.pgmap());
            if (owners != null) {
                owners.forEach(byOwner::remove);
            }
        }
    }

    /** Requests that were granted. */
    long grants() {
        return grants;
    }

    /** Requests that were granted once more; there must be none. */
    long twice() {
        return twice;
    }

    /** Requests that are remembered now. */
    int remembered() {
        return byOwner.values().stream()
                .flatMap(holders -> holders.values().stream())
                .mapToInt(asked -> asked.granted.size())
                .sum();
    }
}
