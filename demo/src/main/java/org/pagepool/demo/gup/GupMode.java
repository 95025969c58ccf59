package org.pagepool.demo.gup;

import org.pagepool.runtime.head.GrabKind;

/** What {@code gup_test} measures, by its letter. */
enum GupMode {
    /** {@code -u}: get_user_pages_fast. */
    GET_FAST('u', "get fast", "GUP_FAST_BENCHMARK", GrabKind.GET, false, true),
    /** {@code -U}: get_user_pages, which begins on the slow path. */
    GET_BASIC('U', "get", "GUP_BASIC_TEST", GrabKind.GET, false, false),
    /** {@code -a}: pin_user_pages_fast. */
    PIN_FAST('a', "pin fast", "PIN_FAST_BENCHMARK", GrabKind.PIN, false, true),
    /** {@code -b}: pin_user_pages, which begins on the slow path. */
    PIN_BASIC('b', "pin", "PIN_BASIC_TEST", GrabKind.PIN, false, false),
    /** {@code -L}: pin_user_pages with FOLL_LONGTERM. */
    PIN_LONGTERM('L', "pin longterm", "PIN_LONGTERM_BENCHMARK", GrabKind.PIN, true, false);

    private final char letter;

    private final String text;
    private final String benchmark;
    private final GrabKind kind;
    private final boolean longterm;
    private final boolean fast;

    GupMode(char letter, String text, String benchmark, GrabKind kind, boolean longterm, boolean fast) {
        this.letter = letter;
        this.text = text;
        this.benchmark = benchmark;
        this.kind = kind;
        this.longterm = longterm;
        this.fast = fast;
    }

    /** The option that chooses it. */
    String option() {
        return "-" + letter;
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

    /** Whether it begins on the fast path. */
    boolean fast() {
        return fast;
    }

    /** Whether the kernel's test prints times for it, or only that it is done. */
    boolean timed() {
        return fast || longterm;
    }

    /** Whether each page is looked at after it was taken (B53). */
    boolean verifies() {
        return kind == GrabKind.PIN;
    }

    /** The verb that takes references. */
    String take() {
        return kind == GrabKind.PIN ? "pin" : "get";
    }

    /** The verb that gives them back. */
    String give() {
        return kind == GrabKind.PIN ? "unpin" : "put";
    }
}
