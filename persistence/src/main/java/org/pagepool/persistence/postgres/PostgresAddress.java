package org.pagepool.persistence.postgres;

import com.typesafe.config.Config;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
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
