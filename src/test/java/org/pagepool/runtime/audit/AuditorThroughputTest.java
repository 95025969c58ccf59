package org.pagepool.runtime.audit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** How fast a history is judged; printed, for what is fast enough depends on the machine. */
class AuditorThroughputTest {
    private static final int SECTIONS = 8;
    private static final int HEADS = 64;
    private static final int WALKS = 100_000;
    private static final int ROUNDS = 5;

    @Test
    @DisplayName("events of one run and 64 heads each, half grants, half releases")
    void shouldJudgeManyEventsASecond() {
        for (int order : new int[] {0, 9}) {
            List<Recorded> history = history(order);
            long best = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                Auditor auditor = new Auditor();
                long start = System.nanoTime();
                history.forEach(auditor::observe);
                best = Math.min(best, System.nanoTime() - start);
                assertTrue(auditor.verdict(true).clean());
            }
            System.out.printf("auditor: order %d, %.2f M events/s%n", order, history.size() * 1e3 / best);
        }
    }

    private static List<Recorded> history(int order) {
        PgmapSpec spec = new PgmapSpec(
                "pmem0",
                MemoryType.GENERIC,
                List.of(new PfnRange(0, SECTIONS * 32768L)),
                new Geometry(order),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        List<Event> events = new ArrayList<>();
        events.add(new Event.Mapped(spec));
        for (int section = 0; section < SECTIONS; section++) {
            events.add(new Event.SectionStarted("pmem0", section, 1));
        }
        int places = spec.headsIn(0) / HEADS;
        for (int walk = 0; walk < WALKS; walk++) {
            int section = walk % SECTIONS;
            long first = section * 32768L
                    + (long) (walk / SECTIONS % places)
                            * HEADS
                            * spec.geometry().pages();
            List<Run> runs = List.of(new Run(first, HEADS, 1));
            String holder = "w" + walk % 64;
            long pinned = HEADS * (1 + GrabKind.PIN.refcountWeight(1, order));
            long pins = (long) HEADS * GrabKind.PIN.pincountWeight(1, order);
            events.add(new Event.Grabbed("pmem0", section, 1, holder, walk, GrabKind.PIN, runs, pinned, pins));
            events.add(
                    new Event.Released("pmem0", section, holder, walk, GrabKind.PIN, runs, ReleaseCause.PUT, HEADS, 0));
        }
        return Mutations.numbered(events);
    }
}
