package org.pagepool.demo.log;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Interrupts;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogPosition;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.event.Recorded;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pagepool log follow}: what a running program writes, as it comes. */
@Command(
        name = "follow",
        description = "Shows the events that a running program writes, as they come, until Ctrl-C.",
        footer = {"", "Exit status: 2 bad input, 7 damaged, 70 internal error, 130 Ctrl-C."})
final class FollowCommand implements Callable<Integer> {
    private static final long LOOK_EVERY_MILLIS = 200;

    private final Console console;

    @Parameters(paramLabel = "LOG", description = "The directory of a journal or of a run, or a PostgreSQL URL.")
    private String log = "";

    @Option(names = "--all", description = "Begin with what is there already.")
    private boolean all;

    @Mixin
    private EventFilter filter = new EventFilter();

    @Mixin
    private CommonOptions options = new CommonOptions();

    FollowCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        filter.prepare();
        CountDownLatch stop = new CountDownLatch(1);
        Interrupts.Handle onStop = console.interrupts().onInterrupt(stop::countDown);
        try (LogSource source = LogSources.open(log)) {
            if (!source.kind().endsWith("journal")) {
                throw new UsageException(
                        log + ": is a file, and grows no more; want the directory of a running program");
            }
            follow(source, stop);
        } finally {
            onStop.close();
        }
        return ExitStatus.INTERRUPTED.code();
    }

    private void follow(LogSource source, CountDownLatch stop) throws InterruptedException {
        LogPosition at = LogPosition.START;
        long seen = 0;
        long zero = 0;
        boolean show = all;
        do {
            try (LogEvents events = new LogEvents(source.name(), source.rows(at), seen, row -> {})) {
                for (Recorded event = events.next(); event != null && stop.getCount() > 0; event = events.next()) {
                    zero = event.ordinal() == 1 ? event.atNanos() : zero;
                    if (filter.wants(event) && show) {
                        console.out()
                                .println(
                                        options.json()
                                                ? EventLine.json(event, events.row())
                                                : EventLine.text(event, zero));
                    }
                }
                at = events.position();
                seen = events.events();
            }
            show = true;
            if (console.out().checkError()) {
                return;
            }
        } while (!stop.await(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS));
    }
}
