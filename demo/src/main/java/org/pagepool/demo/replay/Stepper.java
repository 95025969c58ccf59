package org.pagepool.demo.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Collectors;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.log.EventFilter;
import org.pagepool.demo.log.EventLine;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;

/** Stops at each event that is chosen, shows the state after it, and waits for the user. */
final class Stepper {
    private static final int HOLDERS_MAX = 8;

    private final Sheet sheet;
    private final EventFilter filter;
    private final Rebuilt rebuilt;
    private final BufferedReader in;
    private final Interrupts interrupts;
    private long skip;
    private boolean toTheEnd;

    Stepper(Sheet sheet, EventFilter filter, Rebuilt rebuilt, BufferedReader in, Interrupts interrupts) {
        this.sheet = sheet;
        this.filter = filter;
        this.rebuilt = rebuilt;
        this.in = in;
        this.interrupts = interrupts;
    }

    /** An event that {@code rebuilt} has seen. */
    void at(Recorded event, Long zero) {
        if (toTheEnd || !filter.wants(event) || --skip > 0) {
            return;
        }
        sheet.line(EventLine.text(event, zero) + Stories.page(rebuilt, event, filter.pfn()));
        Rebuilt.Device device = rebuilt.device(event.event().pgmap());
        if (device != null) {
            sheet.line("          " + state(device));
        }
        sheet.flush();
        ask();
    }

    private static String state(Rebuilt.Device device) {
        List<Holding> holdings = device.holdings();
        String names =
                holdings.stream().limit(HOLDERS_MAX).map(Holding::toString).collect(Collectors.joining(", "));
        String more = holdings.size() > HOLDERS_MAX ? ", and " + (holdings.size() - HOLDERS_MAX) + " more" : "";
        return device.spec().id() + " " + device.phase() + "; held by "
                + (holdings.isEmpty() ? "nobody" : names + more);
    }

    /** The end of the input goes on to the end of the log, so that a script need not count. */
    private void ask() {
        try {
            String answer = in.readLine();
            if (answer == null) {
                toTheEnd = true;
            } else if (answer.strip().equals("q")) {
                toTheEnd = true;
                interrupts.interrupt();
            } else if (answer.strip().matches("\\d{1,9}")) {
                skip = Long.parseLong(answer.strip());
            } else {
                skip = 1;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
