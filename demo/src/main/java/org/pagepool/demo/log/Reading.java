package org.pagepool.demo.log;

import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.StatusLine;

/** Says how far reading has come, now and then, and whether the user wants it to end. */
public final class Reading {
    private static final int LOOK_EVERY = 1 << 12;

    private final String what;
    private final StatusLine status;
    private final Interrupts interrupts;
    private long steps;

    /** Shows progress there; {@code what} is done with the log. */
    public Reading(String what, StatusLine status, Interrupts interrupts) {
        this.what = what;
        this.status = status;
        this.interrupts = interrupts;
    }

    /** One more; false once the user wants it to end. */
    public boolean goesOn(long events, double progress) {
        if (++steps % LOOK_EVERY != 0) {
            return true;
        }
        status.show(() -> what + ": " + Numbers.counted(events, "event")
                + (progress < 0 ? "" : ", " + Math.round(progress * 100) + "%"));
        return !interrupts.interrupted();
    }
}
