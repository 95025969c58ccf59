package org.pagepool.demo.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a command writes, what is at the other end, and what the environment asks for.
 *
 * @param out the result
 * @param err progress and complaints
 * @param outIsTerminal whether somebody reads the result on a terminal
 * @param errIsTerminal whether somebody reads the progress on a terminal
 * @param env environment variables
 * @param interrupts Ctrl-C
 */
public record Console(
        PrintWriter out,
        PrintWriter err,
        boolean outIsTerminal,
        boolean errIsTerminal,
        Map<String, String> env,
        Interrupts interrupts) {

    private static final int OUT = 1;
    private static final int ERR = 2;

    /** The streams of this process. */
    public static Console ofProcess() {
        return new Console(
                new ResultWriter(new FileOutputStream(FileDescriptor.out)),
                writer(FileDescriptor.err),
                isTerminal(OUT),
                isTerminal(ERR),
                System.getenv(),
                new Interrupts());
    }

    /** Colours for the result. */
    public Ink ink(ColorWhen when) {
        return new Ink(
                switch (when) {
                    case ALWAYS -> true;
                    case NEVER -> false;
                    case AUTO -> outIsTerminal && !isSet("NO_COLOR") && !dumb();
                });
    }

    /** How to show progress. */
    public ProgressMode progress(ProgressMode wanted) {
        if (wanted != ProgressMode.AUTO) {
            return wanted;
        }
        if (!errIsTerminal) {
            return ProgressMode.NONE;
        }
        return dumb() || isSet("CI") ? ProgressMode.PLAIN : ProgressMode.TTY;
    }

    /** The program as the user started it, for command lines to be typed again. */
    public String program() {
        String given = env.get("PAGEPOOL_COMMAND");
        return given == null || given.isBlank() ? "pagepool" : given;
    }

    /** Writes what is left; returns why some of the result did not arrive, or null if all of it did. */
    public @Nullable String flush() {
        out.flush();
        err.flush();
        return out instanceof ResultWriter result ? result.lost() : null;
    }

    private boolean dumb() {
        return "dumb".equals(env.get("TERM"));
    }

    private boolean isSet(String variable) {
        String value = env.get(variable);
        return value != null && !value.isEmpty();
    }

    private static PrintWriter writer(FileDescriptor to) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(to), Charset.defaultCharset()), false);
    }

    /** Java does not tell what one stream is, Linux does. Elsewhere whoever wants a terminal's output has to ask for it. */
    private static boolean isTerminal(int stream) {
        Path link = Path.of("/proc/self/fd/" + stream);
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException elsewhere) {
            return false;
        }
    }
}
