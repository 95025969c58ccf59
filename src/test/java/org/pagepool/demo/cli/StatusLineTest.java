package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often progress is written, and how. Time is moved by hand. */
class StatusLineTest {
    private final StringWriter err = new StringWriter();
    private long now;

    private StatusLine line(ProgressMode mode) {
        return new StatusLine(new PrintWriter(err), mode, () -> now);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void shouldRewriteALineAtMostFiveTimesASecond() {
        StatusLine line = line(ProgressMode.TTY);

        for (int i = 0; i < 100; i++) {
            line.show(() -> "x");
            pass(Duration.ofMillis(10));
        }

        assertEquals(5, err.toString().chars().filter(c -> c == 'x').count());
    }

    @Test
    void shouldLeaveACleanLineBehind() {
        StatusLine line = line(ProgressMode.TTY);

        line.show(() -> "half way");
        line.close();

        assertTrue(err.toString().endsWith("\r\u001b[K"));
    }

    @Test
    void shouldFitOneLineOfATerminal() {
        line(ProgressMode.TTY).show(() -> "long ".repeat(100));

        assertTrue(err.toString().replace("\r\u001b[K", "").length() < 80);
    }

    @Test
    void shouldWriteAPlainLineEveryTenSeconds() {
        StatusLine line = line(ProgressMode.PLAIN);

        for (int i = 0; i < 25; i++) {
            line.show(() -> "at it");
            pass(Duration.ofSeconds(1));
        }
        line.close();

        assertEquals("10.0s at it\n20.0s at it\n", err.toString().replace(System.lineSeparator(), "\n"));
    }

    @Test
    void shouldSayNothingWhenNobodyListens() {
        try (StatusLine line = line(ProgressMode.NONE)) {
            line.show(() -> "at it");
        }

        assertEquals("", err.toString());
    }
}
