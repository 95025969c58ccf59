package org.pagepool.demo.log;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Program;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogForm;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.persistence.log.LogWriter;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.protocol.Protocol;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pagepool log export}: any log as a file. */
@Command(name = "export", description = "Writes a log as a file, in either form. A damaged one is refused.")
final class ExportCommand implements Callable<Integer> {
    static final String FORMAT = "pagepool/log-export/1";

    /** How far into a journal devices are looked for, whose protocols the file then names. */
    private static final int LOOK_INTO_MAX = 100_000;

    private final Console console;

    @Parameters(index = "0", paramLabel = "LOG", description = "The log.")
    private String log = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to be written.")
    private String file = "";

    @Option(
            names = "--form",
            paramLabel = "FORM",
            description = "json or compact (json where FILE ends in .jsonl, else compact).")
    private @Nullable LogForm form;

    @Option(names = "--force", description = "Replace FILE if it exists.")
    private boolean force;

    @Mixin
    private CommonOptions options = new CommonOptions();

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        LogForm wanted = formOf(form, file);
        try (LogSource source = LogSources.open(log);
                LogWriter writer = LogWriter.create(Path.of(file), wanted, header(source), force);
                StatusLine status = options.statusLine(console)) {
            Reading reading = new Reading("exporting", status, console.interrupts());
            try (LogEvents events = new LogEvents(source.name(), source.rows(), 0, writer::append)) {
                for (Recorded event = events.next(); event != null; event = events.next()) {
                    if (!reading.goesOn(events.events(), events.progress())) {
                        return ExitStatus.INTERRUPTED.code();
                    }
                }
            }
            writer.finish();
            report(console, options, FORMAT, file, writer.rows(), writer.events());
        }
        return ExitStatus.OK.code();
    }

    static LogForm formOf(@Nullable LogForm given, String file) {
        return given != null
                ? given
                : file.endsWith(".jsonl") || file.endsWith(".json") ? LogForm.JSON : LogForm.COMPACT;
    }

    static void report(Console console, CommonOptions options, String format, String target, long rows, long events) {
        if (options.json()) {
            Json.print(
                    console.out(),
                    json -> json.field("format", format)
                            .field("target", target)
                            .field("rows", rows)
                            .field("events", events));
        } else {
            console.out()
                    .println(target + ": " + Numbers.counted(rows, "row") + ", " + Numbers.counted(events, "event"));
        }
    }

    /** What the log says of itself; of a journal, what the run and its devices say. */
    private static LogHeader header(LogSource source) {
        LogHeader known = source.header();
        if (known.created() != null && !known.protocols().isEmpty()) {
            return known;
        }
        Set<Protocol> protocols = new LinkedHashSet<>();
        try (LogEvents events = LogEvents.of(source)) {
            for (Recorded event = events.next();
                    event != null && event.ordinal() <= LOOK_INTO_MAX;
                    event = events.next()) {
                if (event.event() instanceof Event.Mapped mapped) {
                    protocols.add(mapped.spec().protocol());
                }
            }
        }
        List<Protocol> all = new ArrayList<>(protocols);
        Instant created = known.created();
        String program = known.program();
        return new LogHeader(
                program == null ? Program.version() : program,
                created == null ? Instant.now() : created,
                known.seed(),
                known.scenario(),
                all);
    }
}
