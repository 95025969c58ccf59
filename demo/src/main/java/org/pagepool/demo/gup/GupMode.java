package org.pagepool.demo.gup;

import org.pagepool.runtime.head.GrabKind;

/** What {@code gup_test} measures, by its letter. */
enum GupMode {
    /** {@code -u}: get_user_pages_fast. */
    GET_FAST("get fast", "GUP_FAST_BENCHMARK", GrabKind.GET, false, "get", "put"),
    /** {@code -a}: pin_user_pages_fast. */
    PIN_FAST("pin fast", "PIN_FAST_BENCHMARK", GrabKind.PIN, false, "pin", "unpin"),
    /** {@code -L}: pin_user_pages with FOLL_LONGTERM. */
    PIN_LONGTERM("pin longterm", "PIN_LONGTERM_BENCHMARK", GrabKind.PIN, true, "pin", "unpin");

    private final String text;
    private final String benchmark;
    private final GrabKind kind;
    private final boolean longterm;
    private final String take;
    private final String give;

    GupMode(String text, String benchmark, GrabKind kind, boolean longterm, String take, String give) {
        this.text = text;
        this.benchmark = benchmark;
        this.kind = kind;
        this.longterm = longterm;
        this.take = take;
        this.give = give;
    }

    /** For people. */
    String text() {
        return text;
    }

    /** The kernel's name for it in the line with the times. */
    String benchmark() {
        return benchmark;
    }

    GrabKind kind() {
        return kind;
    }

    boolean longterm() {
        return longterm;
    }

    /** The verb that takes references. */
    String take() {
        return take;
    }

    /** The verb that gives them back. */
    String give() {
        return give;
    }
}
