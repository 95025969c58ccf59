package org.pagepool.runtime.section;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

class WalkRefsTest {
    private static PgmapSpec spec(Protocol protocol, MemoryType type) {
        return new PgmapSpec(
                "pmem0", type, List.of(new PfnRange(0, 4096)), Geometry.ofPages(512), BasePage.KIB_4, protocol);
    }

    private static Event.Grabbed granted(String holder, long sequence, GrabKind kind) {
        return new Event.Grabbed("pmem0", 0, 1, holder, sequence, kind, List.of(new Run(0, 2, 100)), 0, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5,     GENERIC,  0",
        "v5.18,    GENERIC,  1",
        "v5.18,    COHERENT, 1",
        "v6.1,     FS_DAX,   1",
        "v6.1,     COHERENT, 0",
        "v6.15,    FS_DAX,   1",
        "v6.17,    FS_DAX,   0",
        "pagepool, FS_DAX,   0"
    })
    @DisplayName("B6: kept only where the pages hold no pgmap reference of their own, and walks take one")
    void shouldKeepAReferenceWhereSomebodyCouldSeeIt(String preset, MemoryType type, long kept) {
        WalkRefs refs = WalkRefs.none(spec(Protocol.preset(preset), type));
        assertEquals(kept, refs.apply(granted("w1", 1, GrabKind.PIN)).total());
        assertEquals(kept, refs.apply(granted("w1", 1, GrabKind.GET)).of("w1", 1));
        assertEquals(0, refs.apply(granted("vm1", 1, GrabKind.MAP)).total());
    }

    @Test
    @DisplayName("D2: one for each page where the protocol says so")
    void shouldKeepOneForEachPage() {
        WalkRefs refs = WalkRefs.none(spec(Protocol.V6_1.with("gup.pgmap-ref", "per-page"), MemoryType.GENERIC));
        assertEquals(200, refs.apply(granted("w1", 1, GrabKind.PIN)).total());
    }

    @Test
    void shouldTakeBackWhatTheGrantAddedOnce() {
        WalkRefs two = WalkRefs.none(spec(Protocol.V6_1, MemoryType.GENERIC))
                .apply(granted("w1", 1, GrabKind.PIN))
                .apply(granted("w2", 1, GrabKind.PIN));
        assertEquals(List.of(new WalkRefs.Grant("w2", 1)), two.grantsOf("w2"));
        Event.WalkEnded end = new Event.WalkEnded("pmem0", 0, "w1", 1);
        WalkRefs one = two.apply(end);
        assertEquals(1, one.total());
        assertEquals(one, one.apply(end));
        assertEquals(List.of(), one.grantsOf("w1"));
    }
}
