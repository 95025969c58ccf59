package org.pagepool.demo.cli;

import java.io.PrintWriter;

/**
 * What text for people is written on: titled parts, tables, blank lines between.
 *
 * @param out where it goes
 * @param ink its colours
 */
public record Sheet(PrintWriter out, Ink ink) {
    /** Before what stands under a title. */
    public static final String INDENT = "  ";

    /** A line. */
    public void line(String text) {
        out.println(text);
    }

    /** A blank line. */
    public void blank() {
        out.println();
    }

    /** The title of a part, and what there is to say beside it. */
    public void title(String title, String beside) {
        out.println(ink.bold(title) + (beside.isEmpty() ? "" : "   " + beside));
    }

    /** A table. */
    public void table(Table table) {
        table.lines().forEach(out::println);
    }

    /** Writes what is left. */
    public void flush() {
        out.flush();
    }
}
