package org.pagepool.demo.cli;

/**
 * The user's mistake. The message is one line with nothing to add: which argument, what was given, what would be right.
 */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Keeps the message to one line, whatever is quoted in it. */
    public UsageException(String message) {
        super(message.strip().replaceAll("\\s*\\R\\s*", " "));
    }
}
