package org.pagepool.persistence.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import org.pagepool.persistence.postgres.PostgresAddress;
import org.pagepool.persistence.postgres.PostgresStore;
import org.pagepool.persistence.rocks.RocksStore;

/**
 * Finds out what a user has named: a log as a file, in either form and under whatever name; the directory of a journal, or one of
 * a run that has it as {@code journal}; a PostgreSQL database by its URL.
 */
public final class LogSources {
    private static final String JOURNAL = "journal";

    private LogSources() {}

    /**
     * That source, opened.
     *
     * @throws LogException if it is none
     */
    public static LogSource open(String name) {
        if (PostgresAddress.looksLikeOne(name)) {
            return database(name);
        }
        Path path;
        try {
            path = Path.of(name);
        } catch (InvalidPathException wrong) {
            throw LogException.unusable(name, "is no name of a file");
        }
        if (name.isBlank()) {
            throw LogException.unusable("''", "is no name of a file; want a log, a journal's directory or a database");
        }
        if (Files.isDirectory(path)) {
            return directory(name, path);
        }
        if (!Files.exists(path)) {
            throw LogException.unusable(name, "no such file or directory");
        }
        return file(name, path);
    }

    private static LogSource directory(String name, Path path) {
        Path inner = path.resolve(JOURNAL);
        Path journal = Files.isDirectory(inner) ? inner : path;
        JournalLog log =
                new JournalLog(name, "journal", RunManifest.header(path), () -> RocksStore.openReadOnly(journal));
        log.rows().close();
        return log;
    }

    private static LogSource database(String name) {
        try {
            PostgresAddress address = PostgresAddress.parse(name);
            JournalLog log = new JournalLog(
                    address.label(),
                    "PostgreSQL journal",
                    LogHeader.UNKNOWN,
                    () -> PostgresStore.openReadOnly(address));
            log.rows().close();
            return log;
        } catch (IllegalArgumentException wrong) {
            throw LogException.unusable("the database", String.valueOf(wrong.getMessage()));
        }
    }

    private static LogSource file(String name, Path path) {
        byte[] first;
        try (InputStream in = Files.newInputStream(path)) {
            first = in.readNBytes(Frames.MAGIC.length);
        } catch (IOException failed) {
            throw FileBytes.unreadable(name, failed);
        }
        if (Arrays.equals(first, Frames.MAGIC)) {
            return new CompactLog(name, path);
        }
        if (first.length > 0 && first[0] == '{') {
            return new JsonLog(name, path);
        }
        if (first.length == 0) {
            throw LogException.unusable(name, "is empty; want a log");
        }
        if (Arrays.equals(first, Arrays.copyOf(Frames.MAGIC, first.length))) {
            throw LogException.damaged(name, "byte " + first.length, "the log is cut off before its header");
        }
        throw LogException.unusable(
                name, "is no log: it begins neither like a compact log nor like JSON Lines; see docs/log-format.md");
    }
}
