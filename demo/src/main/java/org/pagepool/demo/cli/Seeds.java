package org.pagepool.demo.cli;

import java.security.SecureRandom;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Where a seed comes from that nobody has given: the one place of the program that is not repeatable. */
public final class Seeds {
    private static final long BOUND = 1L << 31;

    private Seeds() {}

    /** The seed the user gave, else the scenario's, else a new one, short enough to be typed again. */
    public static long choose(@Nullable Long given, OptionalLong scenario) {
        if (given != null) {
            return given;
        }
        return scenario.orElseGet(() -> new SecureRandom().nextLong() & (BOUND - 1));
    }
}
