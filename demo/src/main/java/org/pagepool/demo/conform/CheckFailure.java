package org.pagepool.demo.conform;

import org.jspecify.annotations.Nullable;

/** A rule that does not hold: what was looked at, what it should have been and what it was. */
public final class CheckFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String expected;
    private final @Nullable String actual;

    /** Without values to compare. */
    public CheckFailure(String what) {
        this(what, null, null);
    }

    /** With the two values that differ. */
    public CheckFailure(String what, @Nullable String expected, @Nullable String actual) {
        super(what);
        this.expected = expected;
        this.actual = actual;
    }

    /** What it should have been, or null. */
    public @Nullable String expected() {
        return expected;
    }

    /** What it was, or null. */
    public @Nullable String actual() {
        return actual;
    }
}
