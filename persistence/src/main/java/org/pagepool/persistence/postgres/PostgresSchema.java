package org.pagepool.persistence.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tables that Akka's JDBC journal and snapshot store expect. They are made where none of them is there; where one is there,
 * it is compared column by column before the first event is written, because afterwards a wrong table shows as a write that fails.
 */
public final class PostgresSchema {
    /** Nodes that start at the same time make the tables one after another. */
    private static final long LOCK = 0x7061_6765_706f_6f6cL;

    private static final Map<String, Map<String, String>> TABLES = tables();

    private PostgresSchema() {}

    /** Makes the tables if they are not there, and checks them. */
    public static void createOrCheck(PostgresAddress address) {
        run(address, true);
    }

    /** Checks the tables; changes nothing. */
    public static void check(PostgresAddress address) {
        run(address, false);
    }

    private static void run(PostgresAddress address, boolean create) {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            if (create) {
                statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
                for (Map.Entry<String, Map<String, String>> table : TABLES.entrySet()) {
                    if (columns(statement, table.getKey()).isEmpty()) {
                        create(statement, table.getKey(), table.getValue());
                    }
                }
            }
            for (Map.Entry<String, Map<String, String>> table : TABLES.entrySet()) {
                String wrong = compare(table.getKey(), table.getValue(), columns(statement, table.getKey()));
                if (wrong != null) {
                    throw address.wrong(wrong);
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw address.failed(e);
        }
    }

    /** What is wrong with a table, and what to do about it; null if nothing is. */
    private static @Nullable String compare(String table, Map<String, String> wanted, Map<String, String> found) {
        if (found.isEmpty()) {
            return "has no table " + table + "; set pagepool.journal.postgres.schema = create, or make it";
        }
        for (Map.Entry<String, String> column : wanted.entrySet()) {
            String type = found.get(column.getKey());
            String want = type(column.getValue());
            if (type == null) {
                return "has a table " + table + " without a column " + column.getKey()
                        + "; move that table away, or name another database or schema";
            }
            if (!type.equals(want)) {
                return "has a column " + table + "." + column.getKey() + " of type " + type + ", not " + want
                        + "; move that table away, or name another database or schema";
            }
        }
        return null;
    }

    /** Names and types of a table's columns; none if there is no such table. */
    private static Map<String, String> columns(Statement statement, String table) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        try (ResultSet rows = statement.executeQuery("select column_name, data_type from information_schema.columns"
                + " where table_schema = current_schema() and table_name = '" + table + "'")) {
            while (rows.next()) {
                columns.put(rows.getString(1), rows.getString(2));
            }
        }
        return columns;
    }

    private static void create(Statement statement, String table, Map<String, String> columns) throws SQLException {
        StringBuilder sql = new StringBuilder("create table ").append(table).append(" (");
        columns.forEach(
                (name, type) -> sql.append(name).append(' ').append(type).append(", "));
        sql.append(
                table.equals("event_tag")
                        ? "primary key (event_id, tag)"
                        : "primary key (persistence_id, sequence_number)");
        statement.execute(sql.append(')').toString());
        if (table.equals("event_journal")) {
            statement.execute("create unique index event_journal_ordering_idx on event_journal (ordering)");
        }
    }

    /** What PostgreSQL calls a type in its catalog. */
    private static String type(String declared) {
        return switch (declared.replaceAll("[( ].*", "")) {
            case "bigserial", "bigint" -> "bigint";
            case "varchar" -> "character varying";
            case "boolean" -> "boolean";
            case "integer" -> "integer";
            default -> "bytea";
        };
    }

    private static Map<String, Map<String, String>> tables() {
        String id = "varchar(255) not null";
        Map<String, String> meta = new LinkedHashMap<>();
        meta.put("meta_ser_id", "integer");
        meta.put("meta_ser_manifest", "varchar(255)");
        meta.put("meta_payload", "bytea");

        Map<String, String> events = new LinkedHashMap<>();
        events.put("ordering", "bigserial");
        events.put("persistence_id", id);
        events.put("sequence_number", "bigint not null");
        events.put("deleted", "boolean default false not null");
        events.put("writer", id);
        events.put("write_timestamp", "bigint");
        events.put("adapter_manifest", "varchar(255)");
        events.put("event_ser_id", "integer not null");
        events.put("event_ser_manifest", id);
        events.put("event_payload", "bytea not null");
        events.putAll(meta);

        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("event_id", "bigint not null references event_journal (ordering) on delete cascade");
        tags.put("tag", "varchar(255) not null");

        Map<String, String> snapshots = new LinkedHashMap<>();
        snapshots.put("persistence_id", id);
        snapshots.put("sequence_number", "bigint not null");
        snapshots.put("created", "bigint not null");
        snapshots.put("snapshot_ser_id", "integer not null");
        snapshots.put("snapshot_ser_manifest", id);
        snapshots.put("snapshot_payload", "bytea not null");
        snapshots.putAll(meta);

        Map<String, Map<String, String>> tables = new LinkedHashMap<>();
        tables.put("event_journal", events);
        tables.put("event_tag", tags);
        tables.put("snapshot", snapshots);
        return tables;
    }
}
