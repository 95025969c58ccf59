package org.pagepool.runtime.teardown;

import org.pagepool.runtime.event.Event;

/**
 * What a teardown has written down of itself, and does not write down again when it starts over after a crash. Immutable.
 *
 * @param confirmed no section gives live references any more
 * @param untouchedDropped the bases of the heads that nobody had ever used were dropped
 * @param drained nothing refers to the pgmap any more
 */
public record TeardownRecord(boolean confirmed, boolean untouchedDropped, boolean drained) {
    /** Nothing yet. */
    public static final TeardownRecord NONE = new TeardownRecord(false, false, false);

    /** The next state. */
    public TeardownRecord apply(Event event) {
        return new TeardownRecord(
                confirmed || event instanceof Event.KillConfirmed,
                untouchedDropped || (event instanceof Event.BaseDropped e && e.section() == Event.UNTOUCHED_SECTIONS),
                drained || event instanceof Event.Drained);
    }
}
