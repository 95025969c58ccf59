package org.pagepool.persistence.codec;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Where a codec writes the fields of a record: bytes, which know their order alone, or JSON, which knows their names. */
public interface Out {
    /** A text. */
    void text(String name, String value);

    /** A text, or null. */
    void textOrNull(String name, @Nullable String value);

    /** A whole number; small ones take less room. */
    void number(String name, long value);

    /** A time in nanoseconds; takes less room near the time before it. */
    void nanos(String name, long value);

    /** Yes or no. */
    void flag(String name, boolean value);

    /** A constant. */
    <E extends Enum<E>> void one(String name, EnumCodes<E> codes, E value);

    /** A constant, or null. */
    <E extends Enum<E>> void oneOrNull(String name, EnumCodes<E> codes, @Nullable E value);

    /** A list of constants. */
    <E extends Enum<E>> void all(String name, EnumCodes<E> codes, Collection<E> values);

    /** A list of texts. */
    void texts(String name, Collection<String> values);

    /** A list. */
    <T> void list(String name, Collection<T> values, Part<T> part);

    /** A value that is part of this record and of its version. */
    <T> void part(String name, T value, Part<T> part);

    /** Such a value, or null. */
    <T> void partOrNull(String name, @Nullable T value, Part<T> part);

    /** A record with a version of its own. */
    void record(String name, Object value);
}
