package org.pagepool.demo.scenario;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as scenarios write them: a number and one of {@code ns us ms s m h}. A number alone is refused, except 0;
 * HOCON would read it as milliseconds, and most people do not expect that.
 */
public final class Durations {
    private static final Pattern TEXT = Pattern.compile("(-?)([0-9]+(?:\\.[0-9]+)?)\\s*([\\p{L}%]*)");
    private static final Map<String, Long> NANOS = units();
    private static final String UNIT_NAMES = String.join(" ", NANOS.keySet());
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private Durations() {}

    /**
     * The duration {@code text} stands for, zero or more and at most 2^63-1 ns.
     *
     * @throws IllegalArgumentException saying what is wrong with it and what would be right, but not repeating it
     */
    public static Duration parse(String text) {
        Matcher parts = TEXT.matcher(text.strip());
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "is no duration; want a number and a unit, such as 5s (units are " + UNIT_NAMES + ")");
        }
        if (!parts.group(1).isEmpty()) {
            throw new IllegalArgumentException("is negative; want a duration such as 5s");
        }
        BigDecimal nanos =
                new BigDecimal(parts.group(2)).multiply(BigDecimal.valueOf(unit(parts.group(2), parts.group(3))));
        if (nanos.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("is too long; want less than 2562047h");
        }
        if (nanos.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("is no whole number of nanoseconds; want a duration such as 5s");
        }
        return Duration.ofNanos(nanos.longValueExact());
    }

    /** The shortest exact text, which {@link #parse} reads back: {@code 5s}, {@code 1500ms}. */
    public static String exact(Duration duration) {
        long nanos = duration.toNanos();
        String text = "0s";
        for (Map.Entry<String, Long> unit : NANOS.entrySet()) {
            if (nanos != 0 && nanos % unit.getValue() == 0) {
                text = nanos / unit.getValue() + unit.getKey();
            }
        }
        return text;
    }

    private static long unit(String number, String unit) {
        if (unit.isEmpty() && new BigDecimal(number).signum() == 0) {
            return 1;
        }
        if (unit.isEmpty()) {
            throw new IllegalArgumentException(
                    "has no unit; did you mean " + number + "s or " + number + "ms? (units are " + UNIT_NAMES + ")");
        }
        Long nanos = NANOS.get(unit);
        if (nanos == null) {
            throw new IllegalArgumentException("unknown unit \"" + unit + "\"; units are " + UNIT_NAMES);
        }
        return nanos;
    }

    private static Map<String, Long> units() {
        Map<String, Long> units = new LinkedHashMap<>();
        units.put("ns", 1L);
        units.put("us", 1_000L);
        units.put("ms", 1_000_000L);
        units.put("s", 1_000_000_000L);
        units.put("m", 60_000_000_000L);
        units.put("h", 3_600_000_000_000L);
        return units;
    }
}
