package org.pagepool.demo.cli;

import java.util.Locale;

/** Numbers for people: the same everywhere, whatever the locale. */
public final class Numbers {
    private static final long THOUSAND = 1000;

    private Numbers() {}

    /** {@code 1,234,567}. */
    public static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** That many digits behind the point, and groups before it. */
    public static String fixed(double number, int digits) {
        return String.format(Locale.ROOT, "%,." + digits + "f", number);
    }

    /** Three digits or a little more, with k, M or G: {@code 12.9k}. */
    public static String shortened(double number) {
        double scaled = number;
        int unit = 0;
        while (Math.abs(scaled) >= 10 * THOUSAND && unit < UNITS.length() - 1) {
            scaled /= THOUSAND;
            unit++;
        }
        int digits = Math.abs(scaled) >= 100 || (unit == 0 && scaled == Math.rint(scaled)) ? 0 : 1;
        return fixed(scaled, digits) + String.valueOf(UNITS.charAt(unit)).strip();
    }

    private static final String UNITS = " kMGT";

    /** Nanoseconds as seconds: {@code 1.503 s}. */
    public static String seconds(long nanos) {
        return fixed(nanos / 1e9, 3) + " s";
    }

    /** Nanoseconds in the unit that fits: {@code 412 us}, {@code 12.4 ms}, {@code 1.503 s}. */
    public static String span(long nanos) {
        if (nanos < 1_000_000L) {
            return fixed(nanos / 1e3, nanos < 10_000L ? 1 : 0) + " us";
        }
        return nanos < 1_000_000_000L ? fixed(nanos / 1e6, nanos < 100_000_000L ? 1 : 0) + " ms" : seconds(nanos);
    }

    /** Nanoseconds as microseconds, to a tenth. */
    public static String micros(long nanos) {
        return fixed(nanos / 1e3, 1);
    }

    /** Nanoseconds as microseconds for JSON, to a thousandth. */
    public static double jsonMicros(long nanos) {
        return nanos / 1e3;
    }

    /** Rounded to that many digits behind the point, for JSON. */
    public static double rounded(double number, int digits) {
        double scale = Math.pow(10, digits);
        return Math.rint(number * scale) / scale;
    }

    /** {@code one thing}, {@code 3 things}. */
    public static String counted(long count, String noun) {
        return grouped(count) + " " + noun + (count == 1 ? "" : "s");
    }
}
