package org.pagepool.demo.scenario;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes as users write and read them. Every unit is binary: {@code 16GiB}, {@code 2MiB}, {@code 4KiB}, and the
 * kernel's {@code 16G}, {@code 2M}, {@code 4K} for the same; no unit means bytes. Decimal units are refused, because
 * nobody who writes {@code 16GB} for a device of pages means it.
 */
public final class Sizes {
    private static final List<String> UNITS = List.of("", "KiB", "MiB", "GiB", "TiB");
    private static final String LETTERS = "KMGT";
    private static final Pattern TEXT = Pattern.compile("(-?)([0-9]+(?:\\.[0-9]+)?)\\s*([\\p{L}%]*)");
    private static final Pattern DECIMAL_UNIT = Pattern.compile("[kKmMgGtT][bB]");
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private Sizes() {}

    /**
     * The bytes that {@code text} stands for, zero or more.
     *
     * @throws IllegalArgumentException saying what is wrong with it and what would be right, but not repeating it
     */
    public static long parse(String text) {
        Matcher parts = TEXT.matcher(text.strip());
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "is no size; want a number and a unit, such as 16GiB (units are " + unitNames() + ")");
        }
        if (!parts.group(1).isEmpty()) {
            throw new IllegalArgumentException("is negative; want a size such as 16GiB");
        }
        BigDecimal bytes =
                new BigDecimal(parts.group(2)).multiply(BigDecimal.valueOf(unit(parts.group(2), parts.group(3))));
        if (bytes.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("is too large; want less than 8388608TiB");
        }
        if (bytes.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("is no whole number of bytes; want a size such as 16GiB");
        }
        return bytes.longValueExact();
    }

    /** The shortest exact text for {@code bytes}, which {@link #parse} reads back: {@code 16GiB}, {@code 1536MiB}. */
    public static String exact(long bytes) {
        int unit = UNITS.size() - 1;
        while (unit > 0 && (bytes == 0 || (bytes & ((1L << (10 * unit)) - 1)) != 0)) {
            unit--;
        }
        return (bytes >> (10 * unit)) + UNITS.get(unit);
    }

    /** Text for people, rounded to a tenth: {@code 16 GiB}, {@code 1.5 GiB}, {@code 512 B}. */
    public static String pretty(long bytes) {
        int unit = 0;
        while (unit < UNITS.size() - 1 && Math.abs(bytes) >= 1L << (10 * (unit + 1))) {
            unit++;
        }
        BigDecimal number = BigDecimal.valueOf(bytes)
                .divide(BigDecimal.valueOf(1L << (10 * unit)), 1, RoundingMode.HALF_UP)
                .stripTrailingZeros();
        return number.toPlainString() + " " + (unit == 0 ? "B" : UNITS.get(unit));
    }

    /** The units there are, for messages. */
    public static String unitNames() {
        return "KiB MiB GiB TiB or K M G T, none means bytes";
    }

    private static long unit(String number, String unit) {
        if (DECIMAL_UNIT.matcher(unit).matches()) {
            String binary = unit.substring(0, 1).toUpperCase(Locale.ROOT) + "iB";
            throw new IllegalArgumentException(
                    "unit " + unit + " is not binary; did you mean " + number + binary + "?");
        }
        if (unit.isEmpty() || unit.equals("B")) {
            return 1;
        }
        int power = LETTERS.indexOf(Character.toUpperCase(unit.charAt(0))) + 1;
        if (power == 0 || (unit.length() > 1 && !unit.equalsIgnoreCase(UNITS.get(power)))) {
            throw new IllegalArgumentException("unknown unit \"" + unit + "\"; units are " + unitNames());
        }
        return 1L << (10 * power);
    }
}
