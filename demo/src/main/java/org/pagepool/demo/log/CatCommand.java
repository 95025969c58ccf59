package org.pagepool.demo.log;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.event.Recorded;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pagepool log cat}: a line for each event. */
@Command(
        name = "cat",
        description = "Shows events, one in a line; with --json as JSON Lines.",
        footer = {
            "",
            "POINT is the number of an event, a time after the first such as 2.5s, or one such as 2026-11-21T15:00:00Z."
        })
final class CatCommand implements Callable<Integer> {
    private static final int LOOK_EVERY = 1 << 10;

    private final Console console;

    @Parameters(paramLabel = "LOG", description = "The log.")
    private String log = "";

    @Option(names = "--owner", paramLabel = "ID", description = "Only what that owner wrote.")
    private @Nullable String owner;

    @Option(names = "--from", paramLabel = "POINT", description = "From there on.")
    private @Nullable String from;

    @Option(names = "--until", paramLabel = "POINT", description = "Up to there.")
    private @Nullable String until;

    @Mixin
    private EventFilter filter = new EventFilter();

    @Mixin
    private CommonOptions options = new CommonOptions();

    CatCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Point first = Point.parse("--from", from);
        Point last = Point.parse("--until", until);
        filter.prepare();
        long zero = 0;
        try (LogSource source = LogSources.open(log);
                LogEvents events = LogEvents.of(source)) {
            for (Recorded event = events.next(); event != null; event = events.next()) {
                zero = event.ordinal() == 1 ? event.atNanos() : zero;
                if (last != null && last.event() >= 0 && last.before(event, zero)) {
                    break;
                }
                boolean wanted = filter.wants(event)
                        && (owner == null || events.row().owner().equals(owner))
                        && (first == null || !first.behind(event, zero))
                        && (last == null || !last.before(event, zero));
                if (wanted) {
                    console.out()
                            .println(
                                    options.json() ? EventLine.json(event, events.row()) : EventLine.text(event, zero));
                }
                if ((event.ordinal() % LOOK_EVERY == 0 && console.out().checkError())
                        || console.interrupts().interrupted()) {
                    break;
                }
            }
        }
        return ExitStatus.OK.code();
    }
}
