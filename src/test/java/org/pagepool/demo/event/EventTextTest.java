package org.pagepool.demo.event;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pagepool.persistence.codec.Samples;
import org.pagepool.runtime.event.Event;

class EventTextTest {
    /** Their kind says it all. */
    private static final Set<Class<?>> SILENT = Set.of(Event.Drained.class, Event.CleanedUp.class);

    @Test
    void shouldHaveWordsForEveryEvent() {
        for (Event event : Samples.ofEvents()) {
            String what = EventText.what(event);
            assertTrue(SILENT.contains(event.getClass()) == what.isBlank(), () -> event.toString());
            assertFalse(what.contains("\n"), what);
        }
    }
}
