package org.pagepool.demo.scenario;

import java.util.Locale;

/** What a walker asks for. */
public enum WalkMode {
    /** FOLL_GET: a reference per page, given back with put. */
    GET,
    /** FOLL_PIN: a pin per page, given back with unpin (B23). */
    PIN,
    /** FOLL_PIN with FOLL_LONGTERM; refused on memory that must stay movable (B29). */
    LONGTERM;

    /** As scenarios write it: {@code longterm}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
