package org.pagepool.demo.log;

import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.Durations;
import org.pagepool.runtime.event.Recorded;

/**
 * A place in a history, as users write it: the number of an event ({@code 1234} or {@code #1234}), a time after the first event
 * ({@code 2.5s}), or a time of day ({@code 2026-11-21T15:00:00Z}).
 */
public final class Point {
    private enum Unit {
        EVENT,
        AFTER_FIRST,
        CLOCK
    }

    private static final long NANOS = 1_000_000_000L;

    private final String text;
    private final Unit unit;
    private final long value;

    private Point(String text, Unit unit, long value) {
        this.text = text;
        this.unit = unit;
        this.value = value;
    }

    /** That place, or null for null; a {@link UsageException} if it is none. */
    public static @Nullable Point parse(String option, @Nullable String text) {
        if (text == null) {
            return null;
        }
        String number = text.startsWith("#") ? text.substring(1) : text;
        if (number.matches("\\d{1,18}")) {
            return new Point(text, Unit.EVENT, Long.parseLong(number));
        }
        try {
            if (text.contains("T") && text.endsWith("Z")) {
                Instant at = Instant.parse(text);
                return new Point(
                        text, Unit.CLOCK, Math.addExact(Math.multiplyExact(at.getEpochSecond(), NANOS), at.getNano()));
            }
            return new Point(text, Unit.AFTER_FIRST, Durations.parse(text).toNanos());
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException wrong) {
            throw new UsageException(option + " " + (text.isBlank() ? "'" + text + "'" : text)
                    + ": is no place in a log; want the number of an event, a time after the first such as 2.5s, or one such"
                    + " as 2026-11-21T15:00:00Z");
        }
    }

    /** Whether the event lies behind it. */
    public boolean before(Recorded event, long firstNanos) {
        return switch (unit) {
            case EVENT -> event.ordinal() > value;
            case AFTER_FIRST -> event.atNanos() - firstNanos > value;
            case CLOCK -> event.atNanos() > value;
        };
    }

    /** Whether the event lies before it. */
    public boolean behind(Recorded event, long firstNanos) {
        return switch (unit) {
            case EVENT -> event.ordinal() < value;
            case AFTER_FIRST -> event.atNanos() - firstNanos < value;
            case CLOCK -> event.atNanos() < value;
        };
    }

    /** The number of the event, or -1 where it is a time. */
    public long event() {
        return unit == Unit.EVENT ? value : -1;
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
