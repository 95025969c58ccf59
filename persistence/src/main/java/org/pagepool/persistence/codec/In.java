package org.pagepool.persistence.codec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a codec reads the fields of a record, in the order in which they were written. Nothing that is read is trusted: what is
 * not as it must be is a {@link MalformedException}.
 */
public interface In {
    /** A text. */
    String text(String name);

    /** A text, or null. */
    @Nullable
    String textOrNull(String name);

    /** A whole number. */
    long number(String name);

    /** A whole number that fits an int. */
    default int integer(String name) {
        long value = number(name);
        if (value != (int) value) {
            throw new MalformedException(name + " is out of range: " + value);
        }
        return (int) value;
    }

    /** A time in nanoseconds. */
    long nanos(String name);

    /** Yes or no. */
    boolean flag(String name);

    /** A constant. */
    <E extends Enum<E>> E one(String name, EnumCodes<E> codes);

    /** A constant, or null. */
    <E extends Enum<E>> @Nullable E oneOrNull(String name, EnumCodes<E> codes);

    /** A list of constants. */
    <E extends Enum<E>> List<E> all(String name, EnumCodes<E> codes);

    /** A list of texts. */
    List<String> texts(String name);

    /** A list. */
    <T> List<T> list(String name, Part<T> part);

    /** A value that is part of this record. */
    <T> T part(String name, Part<T> part);

    /** Such a value, or null. */
    <T> @Nullable T partOrNull(String name, Part<T> part);

    /** A record with a version of its own, which must be of that type. */
    <T> T record(String name, Class<T> type);
}
