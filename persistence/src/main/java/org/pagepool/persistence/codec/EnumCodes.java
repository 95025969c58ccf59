package org.pagepool.persistence.codec;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The numbers by which the constants of an enum are stored: 1 and more, never changed, never used again; 0 is no constant. In
 * JSON they have labels: their names in lower case with dashes.
 */
public final class EnumCodes<E extends Enum<E>> {
    private static final int CODE_MAX = 127;

    private final Class<E> type;
    private final Map<E, Integer> codes;
    private final Object[] constants = new Object[CODE_MAX + 1];
    private final Map<String, E> byLabel = new HashMap<>();

    private EnumCodes(Class<E> type) {
        this.type = type;
        this.codes = new EnumMap<>(type);
    }

    /** No constant yet. */
    static <E extends Enum<E>> EnumCodes<E> of(Class<E> type) {
        return new EnumCodes<>(type);
    }

    /** One more constant; for building the table only. */
    EnumCodes<E> is(int code, E constant) {
        if (code < 1 || code > CODE_MAX || constants[code] != null || codes.put(constant, code) != null) {
            throw new IllegalArgumentException("code used twice or out of range: " + code + " " + constant);
        }
        constants[code] = constant;
        byLabel.put(label(constant), constant);
        return this;
    }

    /** The enum. */
    public Class<E> type() {
        return type;
    }

    /** Every number and its constant, in the order of the numbers. */
    public Map<Integer, E> table() {
        Map<Integer, E> table = new TreeMap<>();
        codes.forEach((constant, code) -> table.put(code, constant));
        return table;
    }

    /** As JSON has it. */
    public String label(E constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    int code(E constant) {
        Integer code = codes.get(constant);
        if (code == null) {
            throw new IllegalStateException("no number to store it by: " + type.getSimpleName() + "." + constant);
        }
        return code;
    }

    E constant(int code) {
        Object found = code > 0 && code <= CODE_MAX ? constants[code] : null;
        return type.cast(known(found, String.valueOf(code)));
    }

    E constant(String label) {
        return known(byLabel.get(label), label);
    }

    private <T> T known(@Nullable T found, String what) {
        if (found == null) {
            throw new MalformedException("unknown " + type.getSimpleName() + ": " + what);
        }
        return Objects.requireNonNull(found);
    }
}
