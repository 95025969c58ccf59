package org.pagepool.persistence.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A PostgreSQL of one test class: in a temporary directory, on a loopback port of its own, gone afterwards. PostgreSQL refuses to
 * run as root, so root runs it as {@code postgres} or {@code nobody}.
 *
 * <p>Where PostgreSQL is not installed the test is skipped with the reason; with {@code PAGEPOOL_REQUIRE_POSTGRES=1} in the
 * environment, as in CI, it fails.
 */
public final class PostgresCluster implements AutoCloseable {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final String USER = "pagepool";

    private final Path programs;
    private final Path directory;
    private final List<String> prefix;
    private final int port;
    private final Thread hook = new Thread(this::stop);
    private int schemas;

    private PostgresCluster(Path programs) throws IOException {
        this.programs = programs;
        directory = Files.createTempDirectory("pagepool-postgres");
        prefix = asSomebodyElse(directory);
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    /** Starts one, or skips the test. */
    public static PostgresCluster start() {
        Optional<Path> programs = programs();
        if (programs.isEmpty() && "1".equals(System.getenv("PAGEPOOL_REQUIRE_POSTGRES"))) {
            Assertions.fail("PostgreSQL is required here, but there is no initdb");
        }
        Assumptions.assumeTrue(
                programs.isPresent(), "PostgreSQL is not installed: no initdb on the PATH or in " + DEBIAN);
        try {
            PostgresCluster cluster = new PostgresCluster(programs.get());
            try {
                cluster.init();
            } catch (IOException | RuntimeException | Error e) {
                cluster.close();
                throw e;
            }
            return cluster;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void init() throws IOException {
        String data = data();
        run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        Runtime.getRuntime().addShutdownHook(hook);
        serve();
    }

    private void serve() {
        String options = "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + directory
                + " -c max_connections=200 -c shared_buffers=64MB";
        run(
                "pg_ctl",
                "-D",
                data(),
                "-w",
                "-t",
                "60",
                "-l",
                directory.resolve("log").toString(),
                "-o",
                options,
                "start");
    }

    /** An empty schema of its own, which is as good as a database. */
    public PostgresAddress empty() {
        String schema = "s" + ++schemas;
        execute(address("public"), "create schema " + schema);
        return address(schema);
    }

    /** Runs statements there. */
    public static void execute(PostgresAddress address, String... statements) {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private PostgresAddress address(String schema) {
        return new PostgresAddress(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?currentSchema=" + schema, USER, "");
    }

    /** Ends it at once, as a crash would. */
    public void crash() {
        run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
    }

    /** Starts it again after {@link #crash}, where it was, or does nothing if it runs. */
    public void startAgain() {
        if (!runs()) {
            serve();
        }
    }

    private boolean runs() {
        return Files.exists(directory.resolve("data/postmaster.pid"));
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // The hook is running.
        }
        stop();
    }

    private void stop() {
        try {
            if (runs()) {
                crash();
            }
        } finally {
            delete();
        }
    }

    private void delete() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("pagepool-postgres", ".out");
            try {
                // To a file: a server that was started holds on to a pipe.
                Process process = new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                boolean ended = process.waitFor(90, TimeUnit.SECONDS);
                if (!ended || process.exitValue() != 0) {
                    throw new AssertionError(command + ": " + Files.readString(output, StandardCharsets.UTF_8));
                }
            } finally {
                Files.delete(output);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Gives the directory to another user if we are root, and says how to become that user. */
    private static List<String> asSomebodyElse(Path directory) throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return List.of();
        }
        for (String name : List.of("postgres", "nobody")) {
            try {
                UserPrincipal user = directory
                        .getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(name);
                Files.setOwner(directory, user);
                return List.of("setpriv", "--reuid=" + name, "--clear-groups", "--");
            } catch (java.nio.file.attribute.UserPrincipalNotFoundException e) {
                // The next one, then.
            }
        }
        throw new AssertionError("PostgreSQL refuses root, and there is neither a user postgres nor nobody");
    }

    private static Optional<Path> programs() {
        List<Path> places = new ArrayList<>();
        if (Files.isDirectory(DEBIAN)) {
            try (Stream<Path> versions = Files.list(DEBIAN)) {
                versions.map(version -> version.resolve("bin"))
                        .sorted(Comparator.reverseOrder())
                        .forEach(places::add);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        for (String place : System.getenv("PATH").split(":", -1)) {
            places.add(Path.of(place));
        }
        return places.stream()
                .filter(place ->
                        Files.isExecutable(place.resolve("initdb")) && Files.isExecutable(place.resolve("pg_ctl")))
                .findFirst();
    }
}
