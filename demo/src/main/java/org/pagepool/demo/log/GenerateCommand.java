package org.pagepool.demo.log;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Program;
import org.pagepool.demo.cli.Seeds;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.persistence.log.LogForm;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.log.LogWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pagepool log generate}: a log of any length, to try the others out on. */
@Command(name = "generate", description = "Makes up a log: walkers that pin and unpin, and a teardown at the end.")
final class GenerateCommand implements Callable<Integer> {
    static final String FORMAT = "pagepool/log-generate/1";

    private final Console console;

    @Parameters(paramLabel = "FILE", description = "The file to be written.")
    private String file = "";

    @Option(names = "--events", paramLabel = "N", description = "About how many events (100000).")
    private long events = 100_000;

    @Option(names = "--form", paramLabel = "FORM", description = "json or compact, as with export.")
    private @Nullable LogForm form;

    @Option(names = "--force", description = "Replace FILE if it exists.")
    private boolean force;

    @Mixin
    private CommonOptions options = new CommonOptions();

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (events < LogGenerator.EVENTS_MIN) {
            throw new UsageException(
                    "--events " + events + ": is too few; want " + LogGenerator.EVENTS_MIN + " or more");
        }
        long seed = Seeds.choose(options.seed(), OptionalLong.empty());
        LogGenerator generator = new LogGenerator(seed);
        LogHeader header = new LogHeader(
                Program.version(), Instant.now(), seed, "generated", List.of(LogGenerator.SPEC.protocol()));
        try (LogWriter writer = LogWriter.create(Path.of(file), ExportCommand.formOf(form, file), header, force);
                StatusLine status = options.statusLine(console)) {
            Reading reading = new Reading("writing", status, console.interrupts());
            if (!generator.generate(events, row -> {
                writer.append(row);
                return reading.goesOn(writer.events(), -1);
            })) {
                return ExitStatus.INTERRUPTED.code();
            }
            writer.finish();
            ExportCommand.report(console, options, FORMAT, file, writer.rows(), writer.events());
        }
        return ExitStatus.OK.code();
    }
}
