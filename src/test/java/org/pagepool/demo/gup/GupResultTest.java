package org.pagepool.demo.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pagepool.demo.cli.Console;
import picocli.CommandLine;

/** What follows from the times of laps. */
class GupResultTest {
    private static final GupPlan PLAN = plan("-a -m 4 -n -1 -j 2");
    private static final long PAGES = 1000;

    /** What that command line asks for. */
    static GupPlan plan(String args) {
        GupTestCommand command = new GupTestCommand(Console.ofProcess());
        new CommandLine(command).parseArgs(args.split(" +"));
        return command.plan();
    }

    private static GupLoop.Lap lap(long takeStart, long takeNanos, long giveStart, long giveNanos) {
        return new GupLoop.Lap(takeStart, takeNanos, giveStart, giveNanos, PAGES, 1, 1, 2, null, null);
    }

    private static double pagesPerSecond(List<List<GupLoop.Lap>> laps) {
        return new GupResult(PLAN, laps, 0, 0, 0, false, null, null).pagesPerSecond();
    }

    @Test
    void shouldCountPagesOfAllWalkersInTheTimeAnyOfThemWasBusy() {
        GupLoop.Lap one = lap(0, 100, 150, 100); // 100 to 150 it was verified
        GupLoop.Lap other = lap(50, 100, 240, 60); // fills the gap, ends at 300

        assertEquals(2 * PAGES / 300e-9, pagesPerSecond(List.of(List.of(one), List.of(other))), 1);
    }

    @Test
    void shouldLeaveOutWhatIsNotTimed() {
        assertEquals(PAGES / 200e-9, pagesPerSecond(List.of(List.of(lap(0, 100, 500, 100)))), 1);
    }

    @Test
    void shouldTakeTheMedianOfTheRepeats() {
        List<GupLoop.Lap> laps = List.of(lap(0, 1, 1, 1), lap(0, 100, 100, 100), lap(0, 9000, 9000, 9000));

        assertEquals(PAGES / 200e-9, pagesPerSecond(List.of(laps)), 1);
    }

    @Test
    void shouldHaveNoThroughputWithoutALap() {
        assertEquals(0, pagesPerSecond(List.of(List.of())));
    }
}
