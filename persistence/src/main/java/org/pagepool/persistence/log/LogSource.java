package org.pagepool.persistence.log;

/** Something rows can be read from, any number of times. Nothing is ever written to it. */
public interface LogSource extends AutoCloseable {
    /** As the user named it. */
    String name();

    /** What kind of thing it is, for people: {@code compact log}. */
    String kind();

    /** What it says of itself. */
    LogHeader header();

    /** Its rows from that place on. */
    LogRows rows(LogPosition from);

    /** All of its rows. */
    default LogRows rows() {
        return rows(LogPosition.START);
    }

    /** Something that is another one if the contents were replaced; stays as it is while rows are only added. */
    String fingerprint();

    @Override
    default void close() {}
}
