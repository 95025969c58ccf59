package org.pagepool.runtime.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.pagepool.runtime.event.Recorded;

/** The last events of some kind, to make witnesses from: a ring that forgets the oldest. */
final class Recent {
    private final Recorded[] ring;
    private int next;

    /** Keeps the last {@code events}, a power of two. */
    Recent(int events) {
        ring = new Recorded[events];
    }

    void add(Recorded event) {
        ring[next++ & (ring.length - 1)] = event;
    }

    /** Those still kept that satisfy {@code relevant}, oldest first. */
    List<Recorded> where(Predicate<Recorded> relevant) {
        List<Recorded> out = new ArrayList<>();
        for (int i = 0; i < ring.length; i++) {
            Recorded event = ring[(next + i) & (ring.length - 1)];
            if (event != null && relevant.test(event)) {
                out.add(event);
            }
        }
        return out;
    }
}
