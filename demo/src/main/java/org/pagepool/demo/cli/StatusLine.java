package org.pagepool.demo.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Supplier;
import org.pagepool.actors.TimeSource;

/**
 * Progress on standard error: one line that is written over, or a plain line now and then, or nothing. Ask it as often as
 * you like; it decides when to write. Not thread-safe.
 */
public final class StatusLine implements AutoCloseable {
    private static final Duration REWRITE_EVERY = Duration.ofMillis(200);
    private static final Duration LINE_EVERY = Duration.ofSeconds(10);
    private static final int WIDTH = 79;
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter err;
    private final ProgressMode mode;
    private final TimeSource time;
    private final long startNanos;
    private long lastNanos;
    private boolean shown;

    /** Shows it as {@code mode} says; {@link ProgressMode#AUTO} must have been settled before. */
    public StatusLine(PrintWriter err, ProgressMode mode, TimeSource time) {
        this.err = err;
        this.mode = mode;
        this.time = time;
        this.startNanos = time.nanos();
        this.lastNanos = startNanos;
    }

    /** Shows {@code line} if it is time to. */
    public void show(Supplier<String> line) {
        long now = time.nanos();
        switch (mode) {
            case TTY -> {
                if (!shown || now - lastNanos >= REWRITE_EVERY.toNanos()) {
                    write(now, ERASE + cut(line.get()));
                }
            }
            case PLAIN -> {
                if (now - lastNanos >= LINE_EVERY.toNanos()) {
                    write(now, Numbers.fixed((now - startNanos) / 1e9, 1) + "s " + line.get() + System.lineSeparator());
                }
            }
            case AUTO, NONE -> {}
        }
    }

    /** Takes the line away, so that what comes next starts on a clean one. */
    @Override
    public void close() {
        if (mode == ProgressMode.TTY && shown) {
            err.print(ERASE);
            err.flush();
            shown = false;
        }
    }

    private void write(long now, String text) {
        err.print(text);
        err.flush();
        lastNanos = now;
        shown = true;
    }

    private static String cut(String line) {
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 3) + "...";
    }
}
