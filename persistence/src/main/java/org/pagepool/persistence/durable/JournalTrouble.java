package org.pagepool.persistence.durable;

/**
 * Hears of every time that a journal does not work, from many threads. Whoever writes goes on trying; this is for those who do not
 * want to wait for it.
 */
public interface JournalTrouble {
    /** Nobody listens. */
    JournalTrouble IGNORED = new JournalTrouble() {
        @Override
        public void writeFailed() {}

        @Override
        public void cannotBeRead(Throwable why) {}
    };

    /** A write failed; why is in the log. What is written is read again next. */
    void writeFailed();

    /** It cannot be read what is written, at the start or after a write that failed. */
    void cannotBeRead(Throwable why);
}
