package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.persistence.codec.PoolSerializer;
import org.pagepool.persistence.codec.Records;
import org.pagepool.persistence.postgres.PostgresAddress;
import org.pagepool.persistence.postgres.PostgresCluster;
import org.pagepool.persistence.postgres.PostgresSchema;
import org.pagepool.persistence.postgres.SharedCluster;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.journal.Batch;

/** What the user of the command line sees of a database that is not there, or goes away: one line, and nothing half done. */
class PostgresCommandsTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int ROWS = 200_000;

    @RegisterExtension
    static final SharedCluster CLUSTER = new SharedCluster();

    @TempDir
    private Path dir;

    private PostgresAddress address;

    @BeforeEach
    void schema() {
        CLUSTER.get().startAgain();
        address = CLUSTER.get().empty();
    }

    /** As users write it, with a password that nobody asks for. */
    private String url() {
        return address.url().replace("jdbc:postgresql://", "postgresql://" + address.user() + ":secret@");
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(address.url(), address.user(), address.password());
    }

    private static CommandLineRun run(String words) {
        return CommandLineRun.of(words.split(" ", -1));
    }

    private String words(String command) {
        return command.replace("URL", url()).replace("DIR", dir.toString());
    }

    private static void assertOneLine(CommandLineRun run, String what) {
        assertEquals(2, run.status(), () -> what + run.err());
        assertEquals(1, run.err().lines().count(), () -> what + run.err());
        assertTrue(run.err().startsWith("pagepool: "), run::err);
        assertFalse(run.err().contains("Exception") || run.err().contains("secret"), run::err);
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    @DisplayName("a database that is down is one line and status 2, whatever was to be done with it")
    void shouldSayThatTheDatabaseIsDown() throws IOException {
        CLUSTER.get().crash();
        for (String command : List.of(
                "gup-test -m 4 --journal URL",
                "replay URL",
                "replay --state --checkpoints DIR/states URL",
                "replay --diff URL URL",
                "log ls URL",
                "log cat URL",
                "log fsck URL",
                "log follow URL",
                "log export URL DIR/a.pplog",
                "log import URL DIR/journal")) {
            CommandLineRun run = run(words(command));
            assertOneLine(run, command);
            assertTrue(run.err().contains("cannot be opened"), run::err);
            assertEquals("", run.out(), command);
        }
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replay URL",
                "replay --state --checkpoints DIR URL",
                "log ls URL",
                "log fsck URL",
                "log follow URL",
                "log import URL DIR/journal"
            })
    @DisplayName("a database that goes down while it is read is one line and status 2")
    void shouldSayThatTheDatabaseWentDown(String command) throws Exception {
        fill(1);
        try (Connection holder = connect();
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("lock table event_journal in access exclusive mode");
            CompletableFuture<CommandLineRun> running = CompletableFuture.supplyAsync(() -> run(words(command)));
            awaitReader();
            CLUSTER.get().crash();
            CommandLineRun run = running.get(60, TimeUnit.SECONDS);
            assertOneLine(run, command);
            assertTrue(run.err().contains("does not work"), run::err);
        }
        assertNothingLeft();
    }

    @Test
    @DisplayName("a database that goes down in the middle of an export leaves no half of a file")
    void shouldLeaveNoHalfOfAnExport() throws Exception {
        fill(ROWS);
        CompletableFuture<CommandLineRun> running =
                CompletableFuture.supplyAsync(() -> run(words("log export URL DIR/a.pplog")));
        try (Connection holder = connect();
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            Awaitility.await()
                    .atMost(SOON)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> dir.toFile().list().length > 0);
            lock.execute("lock table event_journal in access exclusive mode");
            awaitReader();
            CLUSTER.get().crash();
        }
        assertOneLine(running.get(60, TimeUnit.SECONDS), "export");
        assertNothingLeft();
    }

    @Test
    @DisplayName(
            "a database that goes down while it is measured is one line on standard error, status 2, and no result")
    void shouldEndAMeasurement() throws Exception {
        CommandLineRun run = measureUntil(CLUSTER.get()::crash);
        assertOneLine(run, "gup-test");
        assertTrue(run.err().contains("does not work any more"), run::err);
        assertEquals("", run.out());
    }

    @Test
    @DisplayName("a database that can be read but takes no more rows, as when it is full, ends a measurement as well")
    void shouldEndAMeasurementThatCannotBeWrittenDown() throws Exception {
        CommandLineRun run = measureUntil(() -> PostgresCluster.execute(
                address,
                "create function is_full() returns trigger as 'begin raise exception ''full''; end' language plpgsql",
                "create trigger is_full before insert on event_journal for each row execute function is_full()"));
        assertOneLine(run, "gup-test");
        assertTrue(run.err().contains("does not work any more (a write failed"), run::err);
        assertEquals("", run.out());
    }

    /** A measurement without an end, in a process of its own because of what is logged, and what befalls its database. */
    private CommandLineRun measureUntil(Runnable happens) throws Exception {
        Path said = dir.resolve("said");
        Path printed = dir.resolve("printed");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(
                words("gup-test --json -m 16 -n 512 -r 1000000 --journal URL").split(" ", -1)));
        Process process = new ProcessBuilder(command)
                .redirectError(said.toFile())
                .redirectOutput(printed.toFile())
                .start();
        try {
            Awaitility.await().atMost(SOON).until(() -> rows() > 100);
            happens.run();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "in time");
        } finally {
            process.destroyForcibly();
        }
        return new CommandLineRun(process.exitValue(), Files.readString(printed), Files.readString(said));
    }

    @Test
    @DisplayName("a password in a URL is never shown")
    void shouldKeepThePassword() throws SQLException {
        fill(3);
        for (String command : List.of("log ls URL", "log fsck URL", "replay URL", "replay --diff URL URL")) {
            CommandLineRun run = run(words(command));
            assertTrue(run.out().contains(address.label()), run::out);
            assertFalse((run.out() + run.err()).contains("secret"), () -> run.out() + run.err());
        }
    }

    /** Rows of one owner. */
    private void fill(int rows) throws SQLException {
        PostgresSchema.createOrCheck(address);
        Batch batch = new Batch(List.of(new Batch.Entry(1, new Event.Drained("pmem0"))), List.of());
        PostgresCluster.execute(
                address,
                "insert into event_journal (persistence_id, sequence_number, deleted, writer, write_timestamp,"
                        + " adapter_manifest, event_ser_id, event_ser_manifest, event_payload)"
                        + " select 'pgmap-pmem0', n, false, '', n, '', " + PoolSerializer.IDENTIFIER + ", '"
                        + Records.manifest(batch) + "', decode('"
                        + HexFormat.of().formatHex(Records.write(batch)) + "', 'hex')"
                        + " from generate_series(1, " + rows + ") n");
    }

    /** Rows that are there, 0 before the tables are. */
    private long rows() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("select count(*) from event_journal")) {
            found.next();
            return found.getLong(1);
        } catch (SQLException notYet) {
            return 0;
        }
    }

    /** Somebody waits for the table. */
    private void awaitReader() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            Awaitility.await().atMost(SOON).until(() -> {
                try (ResultSet found = statement.executeQuery("select count(*) from pg_locks where not granted")) {
                    found.next();
                    return found.getLong(1) > 0;
                }
            });
        }
    }
}
