package org.pagepool.demo.scenario;

/**
 * A scenario cannot be used. The message is one line, for the user, with nothing to add:
 * {@code file:line: path.key = value: what is wrong; what would be right}.
 */
public final class ScenarioException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Keeps the message to one line, whatever is quoted in it. */
    public ScenarioException(String message) {
        super(message.strip().replaceAll("\\s*\\R\\s*", " "));
    }
}
