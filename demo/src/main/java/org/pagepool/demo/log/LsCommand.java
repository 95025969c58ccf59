package org.pagepool.demo.log;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.Table;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.protocol.Protocol;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pagepool log ls}: who has written what. */
@Command(name = "ls", description = "Lists who has written how many rows and events, and when.")
final class LsCommand implements Callable<Integer> {
    static final String FORMAT = "pagepool/log-ls/1";

    private final Console console;

    @Parameters(paramLabel = "LOG", description = "The log.")
    private String log = "";

    @Mixin
    private CommonOptions options = new CommonOptions();

    LsCommand(Console console) {
        this.console = console;
    }

    private static final class Sum {
        private long rows;
        private long events;
        private long firstSequence;
        private long lastSequence;
        private long firstNanos = Long.MAX_VALUE;
        private long lastNanos = Long.MIN_VALUE;

        void row(LogRow row) {
            firstSequence = rows == 0 ? row.sequence() : firstSequence;
            lastSequence = row.sequence();
            rows++;
        }

        void event(long nanos) {
            events++;
            firstNanos = Math.min(firstNanos, nanos);
            lastNanos = Math.max(lastNanos, nanos);
        }

        long span() {
            return events == 0 ? 0 : lastNanos - firstNanos;
        }
    }

    @Override
    public Integer call() {
        Map<String, Sum> owners = new TreeMap<>();
        Sum all = new Sum();
        boolean whole = true;
        try (LogSource source = LogSources.open(log)) {
            try (StatusLine status = options.statusLine(console);
                    LogEvents events = new LogEvents(source.name(), source.rows(), 0, row -> {
                        owners.computeIfAbsent(row.owner(), o -> new Sum()).row(row);
                        all.row(row);
                    })) {
                Reading reading = new Reading("listing", status, console.interrupts());
                for (Recorded event = events.next(); event != null && whole; event = events.next()) {
                    owners.computeIfAbsent(events.row().owner(), o -> new Sum()).event(event.atNanos());
                    all.event(event.atNanos());
                    whole = reading.goesOn(events.events(), events.progress());
                }
            }
            if (options.json()) {
                json(source, owners, all);
            } else {
                text(source, owners, all);
            }
        }
        return (whole ? ExitStatus.OK : ExitStatus.INTERRUPTED).code();
    }

    private void text(LogSource source, Map<String, Sum> owners, Sum all) {
        Sheet sheet = new Sheet(console.out(), options.ink(console));
        sheet.title(source.name(), source.kind());
        LogHeader header = source.header();
        Table facts = new Table(Sheet.INDENT, "l");
        if (header.created() != null) {
            facts.row("created", header.created() + " by " + header.program());
        }
        if (header.scenario() != null) {
            facts.row("scenario", header.scenario() + (header.seed() == null ? "" : ", seed " + header.seed()));
        }
        for (Protocol protocol : header.protocols()) {
            facts.row("protocol", protocol.name());
        }
        sheet.table(facts);
        Table table = new Table(Sheet.INDENT, "lrrrr");
        table.row("owner", "rows", "events", "sequences", "span");
        if (!options.quiet()) {
            owners.forEach((owner, sum) -> table.row(row(owner, sum)));
        }
        table.row(row("all", all));
        sheet.table(table);
        sheet.flush();
    }

    private static String[] row(String name, Sum sum) {
        return new String[] {
            name,
            Numbers.grouped(sum.rows),
            Numbers.grouped(sum.events),
            name.equals("all") ? "" : sum.firstSequence + "-" + sum.lastSequence,
            Numbers.span(sum.span())
        };
    }

    private void json(LogSource source, Map<String, Sum> owners, Sum all) {
        LogHeader header = source.header();
        Json.print(console.out(), json -> {
            json.field("format", FORMAT).field("log", source.name()).field("kind", source.kind());
            json.field("program", header.program())
                    .field("created", header.created() == null ? null : String.valueOf(header.created()))
                    .field("scenario", header.scenario());
            Long seed = header.seed();
            if (seed == null) {
                json.nothing("seed");
            } else {
                json.field("seed", (long) seed);
            }
            json.array("protocols", header.protocols(), (each, protocol) -> each.element(protocol.name()))
                    .field("rows", all.rows)
                    .field("events", all.events)
                    .field("spanMillis", all.span() / 1e6)
                    .array(
                            "owners",
                            owners.entrySet(),
                            (each, entry) -> each.object(o -> {
                                Sum sum = entry.getValue();
                                o.field("owner", entry.getKey())
                                        .field("rows", sum.rows)
                                        .field("events", sum.events)
                                        .field("firstSequence", sum.firstSequence)
                                        .field("lastSequence", sum.lastSequence)
                                        .field("spanMillis", sum.span() / 1e6);
                            }));
        });
    }
}
