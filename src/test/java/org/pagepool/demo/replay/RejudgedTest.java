package org.pagepool.demo.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.Protocol;

/** One history of a file's pages, written under v5.5 or v6.15, under the rules of the other. */
class RejudgedTest {
    private static final List<Run> PAGE = List.of(new Run(8, 1, 1));
    private long ordinal;

    private Rejudged of(Protocol written, Protocol rules, Event... events) {
        Rejudged rejudged = new Rejudged(rules);
        rejudged.observe(at(new Event.Mapped(new PgmapSpec(
                "pmem0", MemoryType.FS_DAX, List.of(new PfnRange(0, 512)), Geometry.BASE, BasePage.KIB_4, written))));
        for (Event event : events) {
            rejudged.observe(at(event));
        }
        rejudged.finish();
        return rejudged;
    }

    private Recorded at(Event event) {
        ordinal++;
        return new Recorded(ordinal, ordinal, event);
    }

    private static long heads(Rejudged rejudged, String what) {
        return rejudged.tallies().stream()
                .filter(tally -> tally.what().startsWith(what))
                .mapToLong(Rejudged.Tally::heads)
                .sum();
    }

    private static Event grab(GrabKind kind, String holder) {
        return new Event.Grabbed("pmem0", 0, 1, holder, 1, kind, PAGE, 0, 0);
    }

    private static Event release(GrabKind kind, String holder, ReleaseCause cause) {
        return new Event.Released("pmem0", 0, holder, 1, kind, PAGE, cause, 0, 0);
    }

    /** At base 1 a walk gets any page; at base 0 one that nobody maps is free. */
    @Test
    void shouldRefuseLateGrabs() {
        Rejudged late = of(Protocol.V5_5, Protocol.V6_15, grab(GrabKind.GET, "w1"));
        assertEquals(1, heads(late, "heads granted in the log that the other rules refuse"));
        Rejudged mapped = of(Protocol.V5_5, Protocol.V6_15, grab(GrabKind.MAP, "vm1"), grab(GrabKind.GET, "w1"));
        assertEquals(0, heads(mapped, "heads granted in the log that the other rules refuse"));
    }

    @Test
    void shouldGrantWhatWasRefusedAsFree() {
        Event refused = new Event.GrabRefused("pmem0", 0, "w1", 1, GrabKind.GET, 8, Refusal.FREE);
        assertEquals(1, heads(of(Protocol.V6_15, Protocol.V5_5, refused), "heads refused in the log (FREE)"));
        assertEquals(0, heads(of(Protocol.V6_15, Protocol.V6_17, refused), "heads refused in the log (FREE)"));
    }

    /** The put of a get makes a mapped page idle where mappings hold nothing, and not where they do. */
    @Test
    void shouldMoveNotices() {
        Event[] events = {
            grab(GrabKind.MAP, "vm1"),
            grab(GrabKind.GET, "w1"),
            release(GrabKind.GET, "w1", ReleaseCause.PUT),
            new Event.Freed("pmem0", 0, PAGE),
            release(GrabKind.MAP, "vm1", ReleaseCause.UNMAP)
        };
        Rejudged other = of(Protocol.V5_5, Protocol.V6_15, events);
        assertEquals(1, heads(other, "heads announced as idle, in the log"));
        assertEquals(1, heads(other, "heads announced as idle, under the other rules"));
        assertEquals(1, heads(other, "announced in the log while the other rules count the page in use"));
        Rejudged back = of(Protocol.V6_15, Protocol.V5_5, events);
        assertEquals(1, heads(back, "announced under the other rules while the log has somebody holding it"));
    }

    @Test
    void shouldEndWaitsByTheOtherRule() {
        Rejudged other = of(
                Protocol.V6_15,
                Protocol.V6_15.with("layout.idle-rule", "not-pinned"),
                grab(GrabKind.MAP, "vm1"),
                grab(GrabKind.GET, "w1"),
                new Event.WaiterAdded("pmem0", 0, 8, "trunc", LayoutIdle.COUNT_MINUS_MAPCOUNT),
                release(GrabKind.GET, "w1", ReleaseCause.PUT),
                new Event.WaiterTold("pmem0", 0, 8, "trunc", true));
        assertEquals(List.of(new Rejudged.Ended("trunc", 8, 4, 6, 4)), other.waits());
        Rejudged same = of(
                Protocol.V6_15,
                Protocol.V6_15,
                new Event.WaiterAdded("pmem0", 0, 8, "early", LayoutIdle.COUNT_MINUS_MAPCOUNT),
                grab(GrabKind.MAP, "vm1"));
        assertEquals(-1, same.waits().get(0).toldInLog());
    }
}
