package org.pagepool.demo.conform;

import java.util.Locale;

/** How far a row has come. */
public enum State {
    /** Implemented; the checks and tests named show it. */
    HOLDS,
    /** Some of it; the remark says what is there and what is missing. */
    PARTLY,
    /** Not built yet; the remark says why, and where it will live. */
    LATER,
    /** Deliberately not modelled; the remark says why. */
    OUT;

    /** As the document has it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
