package org.pagepool.demo.log;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.persistence.rocks.NewRow;
import org.pagepool.persistence.rocks.RocksStore;
import org.pagepool.runtime.event.Recorded;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pagepool log import}: a log as a journal. */
@Command(
        name = "import",
        description = "Writes a log into a new journal, after it has been read once to the end.",
        footer = {"", "Rows are numbered through from 1 there. Each owner must have all its rows, from its first on."})
final class ImportCommand implements Callable<Integer> {
    static final String FORMAT = "pagepool/log-import/1";

    private static final int ROWS_PER_WRITE = 256;

    private final Console console;

    @Parameters(index = "0", paramLabel = "LOG", description = "The log.")
    private String log = "";

    @Parameters(index = "1", paramLabel = "DIRECTORY", description = "The new journal: none yet, or empty.")
    private String directory = "";

    @Mixin
    private CommonOptions options = new CommonOptions();

    ImportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (LogSource source = LogSources.open(log);
                StatusLine status = options.statusLine(console)) {
            if (!read(source, status, "checking", row -> {})) {
                return ExitStatus.INTERRUPTED.code();
            }
            try (RocksStore store = RocksStore.open(Path.of(directory))) {
                if (store.lastOrdinal() > 0) {
                    throw new UsageException(directory + ": is a journal that has rows already; want a new directory");
                }
                return write(source, store, status);
            } catch (JournalUnavailableException refused) {
                throw new UsageException(String.valueOf(refused.getMessage()));
            }
        }
    }

    private int write(LogSource source, RocksStore store, StatusLine status) {
        List<List<NewRow>> waiting = new ArrayList<>();
        long[] sums = new long[2];
        boolean whole = read(source, status, "importing", row -> {
            if (row.sequence() != 1 && sums[0] == 0) {
                throw incomplete(row.ordinal() + " is number " + row.sequence() + " of " + row.owner());
            }
            sums[0]++;
            sums[1] += row.batch().entries().size();
            waiting.add(List.of(new NewRow(
                    row.owner(),
                    row.sequence(),
                    PoolSerializer.IDENTIFIER,
                    row.manifest(),
                    row.payload(),
                    row.writtenMillis(),
                    "",
                    "")));
            if (waiting.size() >= ROWS_PER_WRITE) {
                flush(store, waiting);
            }
        });
        flush(store, waiting);
        if (!whole) {
            return ExitStatus.INTERRUPTED.code();
        }
        ExportCommand.report(console, options, FORMAT, directory, sums[0], sums[1]);
        return ExitStatus.OK.code();
    }

    private void flush(RocksStore store, List<List<NewRow>> waiting) {
        store.append(waiting).stream().filter(Objects::nonNull).findFirst().ifPresent(refused -> {
            throw incomplete(String.valueOf(refused.getMessage()));
        });
        waiting.clear();
    }

    private UsageException incomplete(String what) {
        return new UsageException(log + ": cannot be imported, rows are missing at the beginning: " + what);
    }

    private boolean read(LogSource source, StatusLine status, String what, java.util.function.Consumer<LogRow> onRow) {
        Reading reading = new Reading(what, status, console.interrupts());
        try (LogEvents events = new LogEvents(source.name(), source.rows(), 0, onRow)) {
            for (Recorded event = events.next(); event != null; event = events.next()) {
                if (!reading.goesOn(events.events(), events.progress())) {
                    return false;
                }
            }
        }
        return true;
    }
}
