package org.pagepool.runtime.audit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.pagepool.runtime.event.Recorded;

/** Who waits for which head of one section (I8). Confined to its auditor. */
final class Waiters {
    /** What to do with everybody who still waits. */
    @FunctionalInterface
    interface Visitor {
        void visit(long head, String waiter, Recorded added);
    }

    /** How often somebody waits for a head, since when, and since which owner of the section. */
    private record Waiting(Recorded added, int times, long epoch) {}

    private final Map<Long, Map<String, Waiting>> byHead = new LinkedHashMap<>();

    /** A waiter that comes again after the section has changed its owner is the same waiter, not a second one. */
    void add(long head, String waiter, Recorded at, long epoch) {
        Map<String, Waiting> there = byHead.computeIfAbsent(head, h -> new LinkedHashMap<>());
        Waiting before = there.get(waiter);
        int times = before != null && before.epoch() == epoch ? before.times() + 1 : 1;
        there.put(waiter, new Waiting(at, times, epoch));
    }

    /** Takes the waiter off; false if it does not wait there. */
    boolean remove(long head, String waiter) {
        Map<String, Waiting> there = byHead.getOrDefault(head, Map.of());
        Waiting waiting = there.get(waiter);
        if (waiting == null) {
            return false;
        }
        if (waiting.times() > 1) {
            there.put(waiter, new Waiting(waiting.added(), waiting.times() - 1, waiting.epoch()));
            return true;
        }
        there.remove(waiter);
        if (there.isEmpty()) {
            byHead.remove(head);
        }
        return true;
    }

    /** Whether anybody waits for that head. */
    boolean waitFor(long head) {
        return byHead.containsKey(head);
    }

    void forEach(Visitor visitor) {
        byHead.forEach(
                (head, those) -> those.forEach((waiter, waiting) -> visitor.visit(head, waiter, waiting.added())));
    }
}
