package org.pagepool.demo.log;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Ink;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.persistence.codec.MalformedException;
import org.pagepool.persistence.log.LogException;
import org.pagepool.persistence.log.LogOrder;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.persistence.log.LogRows;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pagepool log fsck}: looks for damage, and goes on behind it where that is possible. */
@Command(
        name = "fsck",
        description = "Looks for damage: bytes, order, gaps, rows that come twice. Changes nothing.",
        footer = {"", "Exit status: 0 whole, 2 bad input, 7 damaged, 70 internal error, 130 Ctrl-C."})
final class FsckCommand implements Callable<Integer> {
    static final String FORMAT = "pagepool/log-fsck/1";

    /** More are only counted. */
    private static final int SHOWN_MAX = 100;

    private final Console console;

    @Parameters(paramLabel = "LOG", description = "The log.")
    private String log = "";

    @Mixin
    private CommonOptions options = new CommonOptions();

    private String name = "";
    private final List<String> findings = new ArrayList<>();
    private long found;
    private long rows;
    private long events;
    private boolean toTheEnd = true;

    FsckCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String kind = "log";
        name = log;
        LogOrder order = new LogOrder();
        boolean whole = true;
        try (LogSource source = LogSources.open(log)) {
            name = source.name();
            kind = source.kind();
            try (LogRows all = source.rows();
                    StatusLine status = options.statusLine(console)) {
                whole = check(all, order, new Reading("checking", status, console.interrupts()));
            }
            String missing = toTheEnd && found == 0 && kind.equals("journal") ? order.whole() : null;
            if (missing != null) {
                found(name + ": " + missing);
            }
        } catch (LogException damaged) {
            if (damaged.kind() == LogException.Kind.UNUSABLE) {
                throw damaged;
            }
            toTheEnd = false;
            found(String.valueOf(damaged.getMessage()));
        }
        report(kind, order.owners());
        return (found > 0 ? ExitStatus.DAMAGED : whole ? ExitStatus.OK : ExitStatus.INTERRUPTED).code();
    }

    private boolean check(LogRows all, LogOrder order, Reading reading) {
        while (true) {
            try {
                LogRow row = all.next();
                if (row == null) {
                    return true;
                }
                rows++;
                String wrong = wrongWith(row, order);
                if (wrong != null) {
                    found(name + ": " + all.place() + ": " + wrong);
                }
            } catch (LogException damaged) {
                if (damaged.kind() == LogException.Kind.UNUSABLE) {
                    throw damaged;
                }
                found(String.valueOf(damaged.getMessage()));
                if (!damaged.goesOn()) {
                    toTheEnd = false;
                    return true;
                }
            }
            if (!reading.goesOn(events, all.progress())) {
                return false;
            }
        }
    }

    private @Nullable String wrongWith(LogRow row, LogOrder order) {
        String wrong = order.check(row);
        try {
            events += row.batch().entries().size();
        } catch (MalformedException broken) {
            return "row " + row.ordinal() + ": " + broken.getMessage();
        }
        return wrong;
    }

    private void found(String what) {
        found++;
        if (findings.size() < SHOWN_MAX) {
            findings.add(what);
        }
    }

    private void report(String kind, int owners) {
        if (options.json()) {
            Json.print(
                    console.out(),
                    json -> json.field("format", FORMAT)
                            .field("log", name)
                            .field("kind", kind)
                            .field("damaged", found > 0)
                            .field("toTheEnd", toTheEnd)
                            .field("rows", rows)
                            .field("events", events)
                            .field("owners", owners)
                            .field("found", found)
                            .array("findings", findings, Json::element));
            return;
        }
        Ink ink = options.ink(console);
        findings.forEach(console.out()::println);
        if (found > findings.size()) {
            console.out().println("and " + (found - findings.size()) + " more");
        }
        String sum = Numbers.counted(rows, "row") + " of " + Numbers.counted(owners, "owner") + ", "
                + Numbers.counted(events, "event");
        console.out()
                .println(
                        found == 0
                                ? ink.green("whole") + "  " + name + " (" + kind + "): " + sum
                                : ink.red("DAMAGED") + "  " + name + " (" + kind + "): " + sum + " can be read"
                                        + (toTheEnd ? "" : "; nothing behind that can"));
    }
}
