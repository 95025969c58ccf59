package org.pagepool.demo.cli;

/**
 * Colours, or none.
 *
 * @param on whether there are any
 */
public record Ink(boolean on) {
    /** None. */
    public static final Ink NONE = new Ink(false);

    /** For headings. */
    public String bold(String text) {
        return wrap("1", text);
    }

    /** For what is good. */
    public String green(String text) {
        return wrap("32", text);
    }

    /** For what is wrong. */
    public String red(String text) {
        return wrap("1;31", text);
    }

    /** For what is neither. */
    public String yellow(String text) {
        return wrap("33", text);
    }

    /** For what is only looked at when needed. */
    public String dim(String text) {
        return wrap("2", text);
    }

    private String wrap(String code, String text) {
        return on ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
