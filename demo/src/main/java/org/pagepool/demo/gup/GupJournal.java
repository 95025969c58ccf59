package org.pagepool.demo.gup;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.Journals;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.TemporaryDirectory;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.persistence.JournalChoice;
import org.pagepool.persistence.durable.DurableJournals;
import org.pagepool.persistence.durable.JournalSettings;
import org.pagepool.persistence.durable.JournalTrouble;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.StoredId;
import org.pagepool.persistence.postgres.PostgresAddress;
import org.pagepool.runtime.event.EventSink;

/**
 * The journal that a measured pool writes: in a directory of its own, mostly a temporary one that goes when this is closed, or in a
 * database that has nothing but such measurements. Every pool has names of its own there.
 */
final class GupJournal implements AutoCloseable {
    private static final String ROCKS = "rocks";
    private static final String OPTION = "--journal ";
    private static final String NAMES = "gup-test-";

    /** A slow disk is what is measured; it must not be taken for a broken one. */
    private static final Config PATIENT = ConfigFactory.parseString("pagepool.journal.patience = 1h");

    /** How long after a write that failed it is waited for somebody to say why; longer than for a connection. */
    private static final Duration REASON_MAX = Duration.ofSeconds(12);

    private final String label;
    private final @Nullable TemporaryDirectory temporary;
    private final Config settings;
    private final String prefix = NAMES + Long.toHexString(SystemTime.SINCE_1970.nanos()) + "-";
    private final JournalMeter meter = new JournalMeter();
    private final CompletableFuture<Void> trouble = new CompletableFuture<>();

    private GupJournal(String label, @Nullable TemporaryDirectory temporary, Config settings) {
        this.label = label;
        this.temporary = temporary;
        this.settings = settings;
    }

    /** Refuses what names no journal; looks at nothing. */
    static void check(String text) {
        if (text.equals(ROCKS) || text.startsWith(ROCKS + ":")) {
            if (text.equals(ROCKS + ":")) {
                throw new UsageException(OPTION + text + ": names no directory; want rocks or rocks:DIR");
            }
        } else if (PostgresAddress.looksLikeOne(text)) {
            address(text);
        } else {
            throw new UsageException(OPTION + (text.isBlank() ? "'" + text + "'" : text)
                    + ": no such journal; want rocks, rocks:DIR or postgresql://HOST[:PORT]/NAME");
        }
    }

    /**
     * Opens one.
     *
     * @param text {@code rocks}, {@code rocks:DIR} or the URL of a database
     * @param others every other setting of the pool
     * @throws UsageException if it cannot be used
     */
    static GupJournal open(String text, Config others) {
        check(text);
        if (PostgresAddress.looksLikeOne(text)) {
            return database(address(text), others);
        }
        TemporaryDirectory temporary = text.equals(ROCKS) ? temporary() : null;
        Path directory = temporary == null ? directory(text.substring(ROCKS.length() + 1)) : temporary.path();
        Config settings = JournalChoice.prepare(PATIENT.withFallback(JournalChoice.rocks(directory.resolve("journal")))
                .withFallback(others));
        return new GupJournal(temporary == null ? text : "rocks in a temporary directory", temporary, settings);
    }

    private static TemporaryDirectory temporary() {
        try {
            return TemporaryDirectory.create("pagepool-gup-test-");
        } catch (IOException failed) {
            throw new UsageException(
                    OPTION + "rocks: no temporary directory (" + failed.getMessage() + "); want rocks:DIR");
        }
    }

    private static Path directory(String name) {
        String what = OPTION + ROCKS + ":" + name;
        try {
            Path path = Path.of(name);
            Files.createDirectories(path);
            try (Stream<Path> inside = Files.list(path)) {
                if (inside.findAny().isPresent()) {
                    throw new UsageException(what + ": is not empty; want a new or empty directory");
                }
            }
            if (!Files.isWritable(path)) {
                throw new UsageException(what + ": cannot be written to; want a directory that can");
            }
            return path;
        } catch (InvalidPathException | IOException failed) {
            throw new UsageException(what + ": is no directory, and none can be made there; want a new or empty one");
        }
    }

    private static PostgresAddress address(String text) {
        try {
            return PostgresAddress.parse(text);
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(OPTION + "postgresql: the database " + wrong.getMessage());
        }
    }

    private static GupJournal database(PostgresAddress address, Config others) {
        try {
            Config settings = JournalChoice.prepare(
                    PATIENT.withFallback(JournalChoice.postgres(address)).withFallback(others));
            try (JournalReader reader = JournalChoice.reader(settings)) {
                for (Iterator<StoredId> ids = reader.persistenceIds(); ids.hasNext(); ) {
                    if (!ids.next().persistenceId().startsWith(NAMES)) {
                        throw new UsageException(OPTION + address.label()
                                + ": has a journal that is no measurement's; want an empty database or schema");
                    }
                }
            }
            return new GupJournal(address.label(), null, settings);
        } catch (JournalUnavailableException wrong) {
            throw new UsageException(OPTION + address.label() + ": "
                    + String.valueOf(wrong.getMessage()).replace("journal " + address + " ", ""));
        }
    }

    /** For people. */
    String label() {
        return label;
    }

    /** All settings of the pool. */
    Config settings() {
        return settings;
    }

    /** What the names of this pool's writers begin with. */
    String prefix() {
        return prefix;
    }

    /** Counts what the pool writes. */
    JournalMeter meter() {
        return meter;
    }

    /** Where the pool writes down what happens. */
    Journals journals() {
        return new DurableJournals(
                        JournalSettings.from(settings), EventSink.NONE, SystemTime.SINCE_1970, prefix + "pool-")
                .metered(meter)
                .complaining(new JournalTrouble() {
                    @Override
                    public void writeFailed() {
                        CompletableFuture.delayedExecutor(REASON_MAX.toMillis(), TimeUnit.MILLISECONDS)
                                .execute(() -> trouble.completeExceptionally(
                                        stopped(" (a write failed; with -v the log says why)")));
                    }

                    @Override
                    public void cannotBeRead(Throwable why) {
                        trouble.completeExceptionally(stopped(" (" + reason(why) + ")"));
                    }
                });
    }

    /** Never completes, but fails with a {@link UsageException} when the journal does not work any more. */
    CompletableFuture<Void> trouble() {
        return trouble;
    }

    /** What to say when it does not work any more. */
    UsageException stopped(String why) {
        return new UsageException(
                OPTION + label + ": does not work any more" + why + "; what was measured does not count");
    }

    /** The innermost cause that says something, in one line. */
    private static String reason(Throwable failure) {
        String said = failure.toString();
        for (Throwable at = failure; at != null; at = at.getCause()) {
            said = at.getMessage() == null ? said : at.getMessage();
        }
        return said.replaceAll("\\s+", " ").strip();
    }

    @Override
    public void close() {
        if (temporary != null) {
            temporary.remove();
        }
    }
}
