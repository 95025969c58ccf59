package org.pagepool.demo.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Where a walker goes in a lap. */
class GupRouteTest {
    private static List<String> calls(GupRoute route) {
        return LongStream.range(0, route.calls())
                .mapToObj(call -> route.first(call) + "-" + route.end(call))
                .toList();
    }

    @Test
    void shouldShortenTheLastCall() {
        assertEquals(List.of("0-4", "4-8", "8-10"), calls(new GupRoute(0, 10, 1, 4)));
    }

    @Test
    void shouldStayInItsPart() {
        assertEquals(List.of("20-27", "27-30"), calls(new GupRoute(20, 10, 1, 7)));
    }

    @Test
    void shouldBeginAgainWithEachTurn() {
        GupRoute route = new GupRoute(0, 5, 2, 3);

        assertEquals(List.of("0-3", "3-5", "0-3", "3-5"), calls(route));
        assertEquals(10, route.pagesPerLap());
    }
}
