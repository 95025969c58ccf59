package org.pagepool.persistence.postgres;

import com.typesafe.config.Config;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;

/**
 * Where the database is, and as whom to go there.
 *
 * @param url as JDBC wants it, {@code jdbc:postgresql://host:port/database}
 * @param user the name
 * @param password the password, or empty
 */
public record PostgresAddress(String url, String user, String password) {
    private static final Pattern URL = Pattern.compile("(jdbc:)?postgres(ql)?:.*");

    /** Whether somebody who wrote that meant a database. */
    public static boolean looksLikeOne(String text) {
        return URL.matcher(text).matches();
    }

    /**
     * As users write it: {@code postgresql://[USER[:PASSWORD]@]HOST[:PORT]/NAME[?PARAMETERS]}. User and password come from there,
     * or from where PostgreSQL's own tools have them.
     *
     * @throws IllegalArgumentException if it is none; its message shows nothing that may be secret
     */
    public static PostgresAddress parse(String text) {
        URI url;
        try {
            url = new URI(text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException(
                    "has no address that can be read; want postgresql://HOST[:PORT]/NAME", wrong);
        }
        if (url.getHost() == null || url.getPath() == null || url.getPath().length() < 2) {
            throw new IllegalArgumentException("has no host or no name; want postgresql://HOST[:PORT]/NAME");
        }
        String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String[] user =
                url.getUserInfo() == null ? new String[0] : url.getUserInfo().split(":", 2);
        return new PostgresAddress(
                "jdbc:postgresql://" + host + url.getRawPath() + query,
                user.length > 0 ? user[0] : set("user", query, "PGUSER", System.getProperty("user.name")),
                user.length > 1 ? user[1] : set("password", query, "PGPASSWORD", ""));
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

    /** Without what may be secret, as users write it. */
    public String label() {
        return toString().replaceFirst("^jdbc:", "");
    }

    /** From the settings under {@code pagepool.journal.postgres}. */
    public static PostgresAddress of(Config postgres) {
        return new PostgresAddress(
                postgres.getString("url"), postgres.getString("user"), postgres.getString("password"));
    }

    /** Without what may be secret. */
    @Override
    public String toString() {
        int parameters = url.indexOf('?');
        return parameters < 0 ? url : url.substring(0, parameters);
    }

    Connection connect() {
        try {
            return DriverManager.getConnection(url, user, password);
        } catch (SQLException e) {
            throw unavailable(
                    Reason.NOT_WORKING, "cannot be opened (" + oneLine(e) + "); look at its address and user", e);
        }
    }

    JournalUnavailableException failed(SQLException e) {
        return unavailable(Reason.NOT_WORKING, "does not work (" + oneLine(e) + ")", e);
    }

    JournalUnavailableException unavailable(Reason reason, String what, Throwable cause) {
        return new JournalUnavailableException(reason, "journal " + this + " " + what, cause);
    }

    JournalUnavailableException wrong(String what) {
        return new JournalUnavailableException(Reason.WRONG_SCHEMA, "journal " + this + " " + what);
    }

    private static String oneLine(SQLException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
    }
}
