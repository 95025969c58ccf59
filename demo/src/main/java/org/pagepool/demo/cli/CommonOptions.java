package org.pagepool.demo.cli;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import picocli.CommandLine.Option;

/** The options that every command has. */
public final class CommonOptions {
    @Option(names = "--json", description = "Print one JSON document instead of text.")
    private boolean json;

    @Option(names = "--seed", paramLabel = "N", description = "Where all randomness comes from; printed if not given.")
    private @Nullable Long seed;

    @Option(
            names = "--progress",
            paramLabel = "WHEN",
            description = "Progress on standard error: ${COMPLETION-CANDIDATES}. auto: one changing line on a terminal,"
                    + " a line every 10 s on a dumb one or in CI, nothing in a pipe.")
    private ProgressMode progress = ProgressMode.AUTO;

    @Option(
            names = {"-q", "--quiet"},
            description = "No progress, and of the text only the verdict.")
    private boolean quiet;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            description = "Colours: ${COMPLETION-CANDIDATES}. auto: on a terminal, unless NO_COLOR is set.")
    private ColorWhen color = ColorWhen.AUTO;

    /** Whether the result is JSON. */
    public boolean json() {
        return json;
    }

    /** The seed, if one was given. */
    public @Nullable Long seed() {
        return seed;
    }

    /** Whether only the verdict is wanted. */
    public boolean quiet() {
        return quiet;
    }

    /** Colours for the result. */
    public Ink ink(Console console) {
        return console.ink(color);
    }

    /** A line for progress. */
    public StatusLine statusLine(Console console) {
        ProgressMode mode = quiet ? ProgressMode.NONE : console.progress(progress);
        return new StatusLine(console.err(), mode, SystemTime.MONOTONIC);
    }

    /** Where text for people goes: nowhere if only JSON or the verdict is wanted. */
    public PrintWriter text(Console console) {
        return json || quiet ? new PrintWriter(PrintWriter.nullWriter()) : console.out();
    }
}
