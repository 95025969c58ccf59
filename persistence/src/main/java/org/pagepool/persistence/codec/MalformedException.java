package org.pagepool.persistence.codec;

/** What was stored cannot be read: it is damaged, or a newer program has written it. The message says where and what. */
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Says so. */
    public MalformedException(String message) {
        super(message);
    }

    /** Says so, and what came of it. */
    public MalformedException(String message, Throwable cause) {
        super(message, cause);
    }
}
