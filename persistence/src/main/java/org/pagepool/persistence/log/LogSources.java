package org.pagepool.persistence.log;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.pagepool.persistence.postgres.PostgresAddress;
import org.pagepool.persistence.postgres.PostgresStore;
import org.pagepool.persistence.rocks.RocksStore;

/**
 * Finds out what a user has named: a log as a file, in either form and under whatever name; the directory of a journal, or one of
 * a run that has it as {@code journal}; a PostgreSQL database by its URL.
 */
public final class LogSources {
    private static final String JOURNAL = "journal";
    private static final Pattern DATABASE = Pattern.compile("(jdbc:)?postgres(ql)?:.*");

    private LogSources() {}

    /**
     * That source, opened.
     *
     * @throws LogException if it is none
     */
    public static LogSource open(String name) {
        if (DATABASE.matcher(name).matches()) {
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
        JournalLog log = new JournalLog(name, "journal", () -> RocksStore.openReadOnly(journal));
        log.rows().close();
        return log;
    }

    /** User and password come from the URL, or from where PostgreSQL's own tools have them. Only the address is ever shown. */
    private static LogSource database(String name) {
        try {
            URI url = new URI(name.startsWith("jdbc:") ? name.substring("jdbc:".length()) : name);
            if (url.getHost() == null || url.getPath() == null || url.getPath().length() < 2) {
                throw LogException.unusable(
                        "the database", "has no host or no name; want postgresql://HOST[:PORT]/NAME");
            }
            String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
            String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
            String[] user = url.getUserInfo() == null
                    ? new String[0]
                    : url.getUserInfo().split(":", 2);
            PostgresAddress address = new PostgresAddress(
                    "jdbc:postgresql://" + host + url.getRawPath() + query,
                    user.length > 0 ? user[0] : set("user", query, "PGUSER", System.getProperty("user.name")),
                    user.length > 1 ? user[1] : set("password", query, "PGPASSWORD", ""));
            JournalLog log = new JournalLog(
                    "postgresql://" + host + url.getPath(),
                    "PostgreSQL journal",
                    () -> PostgresStore.openReadOnly(address));
            log.rows().close();
            return log;
        } catch (URISyntaxException wrong) {
            throw LogException.unusable(
                    "the database", "has no address that can be read; want postgresql://HOST[:PORT]/NAME");
        }
    }

    private static String set(String parameter, String query, String variable, String otherwise) {
        for (String setting : query.substring(query.isEmpty() ? 0 : 1).split("&", -1)) {
            if (setting.startsWith(parameter + "=")) {
                return URLDecoder.decode(setting.substring(parameter.length() + 1), StandardCharsets.UTF_8);
            }
        }
        String value = System.getenv(variable);
        return value == null ? otherwise : value;
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
