package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.ReleaseCause;

/** Why a teardown waited for nobody. */
class TeardownTextTest {
    private static final String LET_GO = ": all had let go";
    private static final String DOES_NOT_WAIT = ": the protocol does not wait for those who hold it";
    private static final Chronicle.Waited HOG = new Chronicle.Waited("hog", 8, 1, -1, null);

    private static Chronicle.@Nullable Mark mark(int ordinal) {
        return ordinal == 0 ? null : new Chronicle.Mark(ordinal, ordinal);
    }

    /** Killed by event 10; the others by the event of that number, or not yet. */
    private static String why(int lastRelease, int drained, int cleanedUp, List<Chronicle.Waited> held) {
        return TeardownText.whyNobody(new Chronicle.Story(
                mark(10), mark(drained), mark(cleanedUp), mark(lastRelease), "vm1", ReleaseCause.PUT, List.of(), held));
    }

    @Test
    void shouldSayThatAllHadLetGoWhenTheLastReleaseCameBefore() {
        assertEquals(LET_GO, why(5, 20, 21, List.of()));
        assertEquals(LET_GO, why(15, 20, 21, List.of()));
        assertEquals(LET_GO, why(0, 20, 21, List.of()));
    }

    @Test
    void shouldSayThatTheProtocolDoesNotWaitWhenSomebodyHeldIt() {
        assertEquals(DOES_NOT_WAIT, why(5, 20, 21, List.of(HOG)));
        assertEquals(DOES_NOT_WAIT, why(21, 20, 22, List.of()), "let go between drained and cleanup");
    }

    @Test
    void shouldSayNothingOfOneThatHasNotEnded() {
        assertEquals("", why(5, 0, 0, List.of()));
        assertEquals("", why(5, 20, 0, List.of()));
    }
}
