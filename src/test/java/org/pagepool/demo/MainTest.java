package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.ResultWriter;

/** The command line as a whole: what it knows, and how it takes a mistake. */
class MainTest {
    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(delimiter = '|', textBlock = """
                    rum                      | unknown command: rum; did you mean run?
                    rnu                      | unknown command: rnu; did you mean run?
                    help rnu                 | unknown command: rnu; did you mean run?
                    help run now             | unexpected argument: now
                    help log exprt           | unknown command: log exprt; did you mean export?
                    soak                     | unknown command: soak; want run or gup-test or vmemmap or conform or log or replay
                    --jsn                    | unknown option: --jsn
                    run --jsn                | unknown option: --jsn; did you mean --json?
                    run --seed x             | pagepool: --seed x: is no whole number in range; want one such as 42
                    run --seed 99999999999999999999 | is no whole number in range
                    run --seed               | pagepool: --seed: has no value; want --seed N
                    run --seed=              | pagepool: --seed '': is no whole number in range
                    run --color blue         | pagepool: --color blue: no such value; want auto, always or never
                    run --progress maybe     | pagepool: --progress maybe: no such value; want auto, tty, plain or none
                    run --progress tyt       | pagepool: --progress tyt: no such value; did you mean tty?
                    run -D limits            | pagepool: -D limits: has no =; want -D KEY=VALUE
                    run -D                   | pagepool: -D: has no value; want -D KEY=VALUE
                    run -q=3                 | pagepool: -q: takes no value; want -q alone
                    run --quite              | unknown option: --quite; did you mean --quiet?
                    gup-test -m              | pagepool: -m: has no value; want -m MIB
                    gup-test -m many         | pagepool: -m many: is no whole number in range
                    run nowhere.conf         | nowhere.conf: no such file
                    run devdax-16                  | did you mean "devdax-16g"?
                    run devdax-16g surprise-remova | did you mean "surprise-removal"?
                    run -D devices.pmem0.geometry=3MiB | is no power of two; want 2MiB or 4MiB
                    run -D devices.pmem0.size=16GB     | did you mean 16GiB?
                    run -D walkers.rdma.cuont=3        | cuont
                    run -D walkers.rdma.count=-3       | walkers.rdma.count
                    gup-test here            | unexpected argument: here
                    """)
    void shouldNameTheMistakeInOneLine(String args, String words) {
        CommandLineRun run = CommandLineRun.of(args.split(" "));

        assertAll(
                () -> assertEquals(2, run.status()),
                () -> assertEquals("", run.out()),
                () -> assertEquals(1, run.err().lines().count(), run.err()),
                () -> assertTrue(run.err().startsWith("pagepool: "), run.err()),
                () -> assertTrue(run.err().contains(words.strip()), run.err()));
    }

    @Test
    void shouldTakeNothingForAMistakeTo() {
        assertEquals(
                "pagepool: unknown command: ''; want run or gup-test or vmemmap or conform or log or replay",
                CommandLineRun.of("").err().strip());
        CommandLineRun run = CommandLineRun.of("run", "");
        assertEquals(2, run.status());
        assertTrue(run.err().startsWith("pagepool: scenario \"\": is no name; want a file, or one of "), run.err());
    }

    @Test
    void shouldShowTheSameHelpHoweverOneAsks() {
        assertEquals(
                CommandLineRun.of("gup-test", "--help").out(),
                CommandLineRun.of("help", "gup-test").out());
        assertEquals(
                CommandLineRun.of("--help").out(), CommandLineRun.of("help").out());
        assertEquals(
                CommandLineRun.of("log", "export", "--help").out(),
                CommandLineRun.of("help", "log", "export").out());
        assertEquals(0, CommandLineRun.of("help", "run").status());
    }

    /** A disk that is full, /dev/full: what looks printed would not be there. */
    @Test
    void shouldNotEndWellWhenTheResultCouldNotBeWritten() {
        StringWriter err = new StringWriter();
        assertEquals(74, statusInto(new IOException("No space left on device"), err, "conform", "--list"));
        assertEquals(
                "pagepool: standard output cannot be written: No space left on device",
                err.toString().strip());
    }

    @Test
    void shouldNotMindAReaderWhoWentAway() {
        StringWriter err = new StringWriter();
        assertEquals(0, statusInto(new IOException("Broken pipe"), err, "conform", "--list"));
        assertEquals("", err.toString());
    }

    private static int statusInto(IOException failure, StringWriter err, String... args) {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw failure;
            }
        };
        Console console =
                new Console(new ResultWriter(broken), new PrintWriter(err), false, false, Map.of(), new Interrupts());
        return Main.run(args, console);
    }

    @Test
    void shouldAskForACommand() {
        CommandLineRun run = CommandLineRun.of();

        assertEquals(2, run.status());
        assertEquals(
                "pagepool: which command? want run or gup-test or vmemmap or conform or log or replay (see pagepool --help)",
                run.err().strip());
    }

    @ParameterizedTest
    @CsvSource({"--help", "run --help", "gup-test --help", "vmemmap --help", "--version", "run -h"})
    void shouldAnswerQuestionsAboutItself(String args) {
        CommandLineRun run = CommandLineRun.of(args.split(" "));

        assertEquals(0, run.status());
        assertEquals("", run.err());
        assertTrue(run.out().lines().count() >= 3, run.out());
    }

    @Test
    void shouldDocumentEveryExitStatusOfRun() {
        String help = CommandLineRun.of("run", "--help").out();

        assertTrue(
                help.replaceAll("\\s+", " ").contains("0 clean, 1 an invariant broke, 2 bad input, 4 inconclusive"),
                help);
    }
}
