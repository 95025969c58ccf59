package org.pagepool.demo.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.runtime.event.Recorded;

/**
 * How two histories differ.
 *
 * @param first name of one
 * @param second name of the other
 * @param equalEvents events that are the same in both, from the beginning
 * @param here the first event of the one that is not that of the other, or null if it has ended by then
 * @param there the event of the other at that place, or null
 * @param events events of the one
 * @param eventsThere events of the other
 * @param states what is different in the two states at their ends, in lines
 * @param whole false after Ctrl-C
 */
record Difference(
        String first,
        String second,
        long equalEvents,
        @Nullable Recorded here,
        @Nullable Recorded there,
        long events,
        long eventsThere,
        List<String> states,
        boolean whole) {
    ExitStatus status() {
        boolean same = here == null && there == null && states.isEmpty();
        return !same ? ExitStatus.DIVERGED : whole ? ExitStatus.OK : ExitStatus.INTERRUPTED;
    }
}
