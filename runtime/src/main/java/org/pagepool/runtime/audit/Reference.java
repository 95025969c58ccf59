package org.pagepool.runtime.audit;

import java.util.List;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;

/**
 * What is left of one grant in one section.
 *
 * @param kind what the references are for
 * @param runs the heads and how many references each, never empty
 * @param granted the event that granted them
 */
record Reference(GrabKind kind, List<Run> runs, Recorded granted) {
    /** References of FOLL_PIN among them. */
    long pins() {
        return kind == GrabKind.PIN ? Runs.totalRefs(runs) : 0;
    }

    /**
     * A grant's name in its section.
     *
     * @param holder who asked for it
     * @param sequence the number of the request, unique for its holder
     */
    record Name(String holder, long sequence) {}
}
