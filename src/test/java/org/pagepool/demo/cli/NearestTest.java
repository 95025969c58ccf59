package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    @Test
    void shouldCountSwappedNeighboursOnce() {
        assertEquals(1, Nearest.distance("geomtery", "geometry"));
        assertEquals(1, Nearest.distance("geomtry", "geometry"));
        assertEquals(0, Nearest.distance("KILL", "kill"));
        assertEquals(3, Nearest.distance("", "pin"));
    }

    @Test
    void shouldSuggestTheFirstOfTheNearest() {
        assertEquals("pmem1", Nearest.to("pmemo", List.of("pmem1", "pmem0")));
        assertNull(Nearest.to("zebra", List.of("pin", "get")));
    }
}
