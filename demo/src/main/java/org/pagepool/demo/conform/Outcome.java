package org.pagepool.demo.conform;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One line of the report: one check of one row under one preset, or a row that does not apply there.
 *
 * @param number its number in the plan, from 1 on
 * @param what what the check shows, or null where there is none
 * @param result how it ended
 * @param text why it was skipped or what failed; null where all is well
 * @param expected what should have been, where two values were compared
 * @param actual what was
 * @param nanos how long it took
 */
public record Outcome(
        int number,
        Row row,
        Protocol protocol,
        @Nullable String what,
        Result result,
        @Nullable String text,
        @Nullable String expected,
        @Nullable String actual,
        long nanos) {

    /** How a check ended. */
    public enum Result {
        /** The rule holds. */
        OK,
        /** The row does not apply under this preset. */
        SKIPPED,
        /** The rule does not hold, or there is no check. */
        FAILED
    }

    /** What is behind the number in the report: {@code B4 free_zone_device_page: driver first [v6.15]}. */
    public String title() {
        return Conformance.Item.title(row, protocol, what);
    }
}
