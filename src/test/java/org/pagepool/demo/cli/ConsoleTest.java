package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the environment asks for: colours, progress, and what the program is called. */
class ConsoleTest {
    private static Console console(boolean terminals, Map<String, String> env) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        return new Console(nowhere, nowhere, terminals, terminals, env, new Interrupts());
    }

    private static ProgressMode progress(boolean terminal, Map<String, String> env) {
        return console(terminal, env).progress(ProgressMode.AUTO);
    }

    private static boolean colored(boolean terminal, Map<String, String> env) {
        return console(terminal, env).ink(ColorWhen.AUTO).on();
    }

    @Test
    void shouldRewriteOneLineOnATerminal() {
        assertEquals(ProgressMode.TTY, progress(true, Map.of("TERM", "xterm")));
    }

    @Test
    void shouldBeSilentInAPipe() {
        assertEquals(ProgressMode.NONE, progress(false, Map.of("TERM", "xterm")));
        assertEquals(ProgressMode.NONE, progress(false, Map.of("CI", "true")));
    }

    @Test
    void shouldWritePlainLinesOnADumbTerminalAndInCi() {
        assertEquals(ProgressMode.PLAIN, progress(true, Map.of("TERM", "dumb")));
        assertEquals(ProgressMode.PLAIN, progress(true, Map.of("TERM", "xterm", "CI", "true")));
    }

    @Test
    void shouldDoAsItIsToldWhateverTheTerminal() {
        assertEquals(ProgressMode.TTY, console(false, Map.of()).progress(ProgressMode.TTY));
        assertEquals(ProgressMode.NONE, console(true, Map.of()).progress(ProgressMode.NONE));
        assertEquals(
                true,
                console(false, Map.of("NO_COLOR", "1")).ink(ColorWhen.ALWAYS).on());
        assertEquals(false, console(true, Map.of()).ink(ColorWhen.NEVER).on());
    }

    @Test
    void shouldColourOnlyATerminalThatWantsIt() {
        assertEquals(true, colored(true, Map.of("TERM", "xterm")));
        assertEquals(true, colored(true, Map.of("NO_COLOR", "")), "empty is not set (no-color.org)");
        assertEquals(false, colored(true, Map.of("NO_COLOR", "1")));
        assertEquals(false, colored(true, Map.of("TERM", "dumb")));
        assertEquals(false, colored(false, Map.of("TERM", "xterm")));
    }

    @Test
    void shouldCallTheProgramWhatTheUserTyped() {
        assertEquals("pagepool", console(true, Map.of()).program());
        assertEquals(
                "../pagepool",
                console(true, Map.of("PAGEPOOL_COMMAND", "../pagepool")).program());
    }
}
