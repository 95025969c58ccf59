package org.pagepool.persistence.codec;

/**
 * How the fields of a value are written and read, in the same order.
 *
 * @param put writes them
 * @param get reads them
 */
public record Part<T>(Put<T> put, Get<T> get) {
    /** Writes the fields of a value. */
    @FunctionalInterface
    public interface Put<T> {
        /** Writes them. */
        void put(Out out, T value);
    }

    /** Reads the fields of a value. */
    @FunctionalInterface
    public interface Get<T> {
        /** Reads them in the order in which they were written. */
        T get(In in);
    }
}
