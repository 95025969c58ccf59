package org.pagepool.demo.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which grabs a floor makes for a call. */
class FloorGrabsTest {
    /** Heads of 8 pages. */
    private static final int ORDER = 3;

    private static List<String> grabs(FloorGrabs grabs, long call) {
        List<String> made = new ArrayList<>();
        long end = grabs.route().end(call);
        long next;
        for (long at = grabs.route().first(call); at < end; at = next) {
            next = grabs.next(at, end);
            made.add(grabs.head(at) + ":" + (next - at));
        }
        assertEquals(made.size(), grabs.in(call));
        return made;
    }

    @Test
    void shouldGrabEachHeadOfACallOnce() {
        FloorGrabs grabs = new FloorGrabs(new GupRoute(0, 32, 1, 12), ORDER, 8);

        assertEquals(List.of("0:8", "1:4"), grabs(grabs, 0));
        assertEquals(List.of("1:4", "2:8"), grabs(grabs, 1));
        assertEquals(List.of("3:8"), grabs(grabs, 2));
        assertEquals(5, grabs.inAll());
    }

    @Test
    void shouldGrabPageByPageWhereTheBatchingDoes() {
        FloorGrabs grabs = new FloorGrabs(new GupRoute(6, 4, 1, 4), ORDER, 1);

        assertEquals(List.of("0:1", "0:1", "1:1", "1:1"), grabs(grabs, 0));
    }
}
