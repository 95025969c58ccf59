package org.pagepool.demo.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.ProgressMode;
import org.pagepool.demo.cli.StatusLine;

/** What a measurement runs, and how often. */
class GupRunTest {
    private static GupResult run(String args, Interrupts interrupts) {
        PrintWriter nowhere = new PrintWriter(PrintWriter.nullWriter());
        try (StatusLine status = new StatusLine(nowhere, ProgressMode.NONE, SystemTime.MONOTONIC)) {
            return new GupRun(GupResultTest.plan(args), null, interrupts, status).run();
        }
    }

    @Test
    void shouldRunEveryFloorAsOftenAsTheWalk() {
        GupResult result = run("-a -m 4 -n -1 -r 4 -j 2 --warmup 3 --floor", new Interrupts());

        GupResult.Floors floors = result.floors();
        assertNotNull(floors);
        assertEquals(3, result.warmups());
        assertEquals(2 * 4, result.all().size());
        assertEquals(2 * 4, floors.counters().size());
        assertEquals(2 * 4, floors.actors().size());
    }

    @Test
    void shouldRunNoFloorUnlessAsked() {
        assertNull(run("-a -m 4 -n -1 --warmup 0", new Interrupts()).floors());
    }

    /** Looking at pages takes a processor that a walker would be timed with. */
    @Test
    void shouldLookAtPagesWhileNobodyIsTimed() {
        GupResult result = run("-a -m 8 -n -1 -r 20 -j 5 --warmup 2", new Interrupts());

        assertEquals(20, result.repeats());
        for (int repeat = 0; repeat < 20; repeat++) {
            int r = repeat;
            List<GupLoop.Lap> together =
                    result.laps().stream().map(laps -> laps.get(r)).toList();
            long lastTaken = together.stream()
                    .mapToLong(lap -> lap.takeStart() + lap.takeNanos())
                    .max()
                    .orElseThrow();
            long firstGiven =
                    together.stream().mapToLong(GupLoop.Lap::giveStart).min().orElseThrow();
            assertTrue(
                    lastTaken <= firstGiven,
                    "repeat " + r + ": one gave back at " + firstGiven + ", one took until " + lastTaken);
            together.forEach(lap ->
                    assertEquals(8 << 8, Objects.requireNonNull(lap.verified()).pages()));
        }
    }

    @Test
    void shouldMeasureNothingOnceInterrupted() {
        Interrupts interrupts = new Interrupts();
        interrupts.interrupt();

        GupResult result = run("-a -m 4 -n -1 -r 4 --floor", interrupts);

        assertTrue(result.interrupted());
        assertEquals(0, result.all().size());
    }
}
