package org.pagepool.runtime.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

class CountersTest {
    @Test
    @DisplayName("B23, section 3.6: a full pin of a 2 MiB page counts 512 acquired, an unpin page by page 512 released")
    void shouldTallyReferencesAtPageGranularity() {
        TinyPool pool = TinyPool.of(Protocol.PAGEPOOL, MemoryType.FS_DAX);
        pool.grab("vm1", 1, GrabKind.MAP, pool.run(0, 2, 1));
        pool.grab("w1", 1, GrabKind.PIN, pool.run(0, 1, 512));
        pool.grab("w2", 1, GrabKind.GET, pool.run(1, 2, 4));
        for (int i = 0; i < 512; i++) {
            pool.release("w1", 1, ReleaseCause.PUT, pool.run(0, 1, 1));
        }
        pool.release("vm1", 1, ReleaseCause.UNMAP, pool.run(0, 2, 1));
        pool.release("w2", 1, ReleaseCause.RECLAIM, pool.run(1, 1, 4));
        pool.record(new Event.Repeated("pmem0", 2, "w2", 1));

        Counters counters = new Counters();
        pool.history.forEach(counters::observe);

        assertEquals(512, counters.pinsAcquired());
        assertEquals(512, counters.pinsReleased());
        assertEquals(3, counters.grabs());
        assertEquals(4, counters.granted(GrabKind.GET));
        assertEquals(2, counters.granted(GrabKind.MAP));
        assertEquals(4, counters.givenBack(GrabKind.GET));
        assertEquals(2, counters.frees());
        assertEquals(1, counters.repeats());
        assertEquals(Map.of(Refusal.FREE, 1L), counters.refusals());
        assertEquals(
                Map.of(ReleaseCause.PUT, 512L, ReleaseCause.UNMAP, 2L, ReleaseCause.RECLAIM, 4L), counters.releases());
        assertEquals(pool.history.size(), counters.events());
        assertEquals(
                List.of("Freed", "GrabRefused", "Grabbed", "Mapped", "Released", "Repeated", "SectionStarted"),
                List.copyOf(counters.eventsByKind().keySet()));
        assertEquals(514L, counters.eventsByKind().get("Released"));
    }

    @Test
    void shouldStartAtZero() {
        Counters counters = new Counters();
        assertEquals(0, counters.pinsAcquired() + counters.pinsReleased() + counters.granted(GrabKind.MAP));
        assertEquals(Map.of(), counters.refusals());
    }
}
