package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line as a whole: what it knows, and how it takes a mistake. */
class MainTest {
    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(delimiter = '|', textBlock = """
                    rum                      | unknown command: rum; did you mean run?
                    soak                     | unknown command: soak; want run or gup-test or conform
                    --jsn                    | unknown option: --jsn
                    run --jsn                | unknown option: --jsn; did you mean --json?
                    run --seed x             | --seed': 'x' is no whole number in range; want one such as 42
                    run --seed 99999999999999999999 | is no whole number in range
                    run --color blue         | --color
                    run --progress maybe     | --progress
                    run -D limits            | -D
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
    void shouldAskForACommand() {
        CommandLineRun run = CommandLineRun.of();

        assertEquals(2, run.status());
        assertEquals(
                "pagepool: which command? want run or gup-test or conform (see pagepool --help)",
                run.err().strip());
    }

    @ParameterizedTest
    @CsvSource({"--help", "run --help", "gup-test --help", "--version", "run -h"})
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
