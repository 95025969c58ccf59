package org.pagepool.demo.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Program;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.TemporaryDirectory;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.ScenarioFile;
import org.pagepool.demo.scenario.TimelineEntry;

/**
 * The first half of a run that crashes: it is played in a process of its own, which ends at once, with nothing written that was
 * not written already, when the timeline says {@code crash}.
 */
final class CrashedRun {
    /** What such a process says by its exit status: as if it had been killed. */
    static final int STATUS = 137;

    private final Path directory;
    private final @Nullable TemporaryDirectory temporary;
    private final List<String> arguments = new ArrayList<>();
    private String said = "";

    /**
     * A run that crashes.
     *
     * @param data where it keeps what outlives it, or null for a temporary directory
     */
    CrashedRun(@Nullable Path data, String scenario, Map<String, String> overrides, long seed) {
        this.temporary = data == null ? newTemporary() : null;
        this.directory = temporary == null ? Objects.requireNonNull(data) : temporary.path();
        arguments.addAll(List.of("run", "--crash-here", "--data", directory.toString(), "--quiet"));
        overrides.forEach((key, value) -> arguments.addAll(List.of("-D", key + "=" + value)));
        arguments.addAll(List.of("--seed", String.valueOf(seed), scenario));
    }

    /** Whether one of these crashes. */
    static boolean wanted(List<ScenarioFile> files) {
        return files.stream()
                .flatMap(file -> file.runs().stream())
                .flatMap(run -> run.timeline().stream())
                .anyMatch(TimelineEntry.Crash.class::isInstance);
    }

    private static TemporaryDirectory newTemporary() {
        try {
            return TemporaryDirectory.create("pagepool-run-");
        } catch (IOException failed) {
            throw new UncheckedIOException("no temporary directory; want --data DIR", failed);
        }
    }

    /** Where it has left what is left. */
    Path directory() {
        return directory;
    }

    /** Whether nobody has asked for that directory. */
    boolean temporary() {
        return temporary != null;
    }

    /** All is well, and nobody will want to look at it: removes the directory, if it is a temporary one. */
    void discard() {
        if (temporary != null) {
            temporary.remove();
        }
    }

    /** How it ended, in one line. */
    String said() {
        return said;
    }

    /** Plays it until it is gone. */
    void play(StatusLine status) {
        long start = SystemTime.MONOTONIC.nanos();
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.MAIN));
        command.addAll(arguments);
        try {
            Path errors = Files.createTempFile("pagepool-crash-", ".err");
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(errors.toFile())
                    .start();
            status.show(() -> "running in process " + process.pid() + " until it crashes");
            int code = process.waitFor();
            List<String> lines = Files.readAllLines(errors);
            Files.delete(errors);
            if (code != STATUS) {
                boolean mistake = code == ExitStatus.OK.code() || code == ExitStatus.USAGE.code();
                if (mistake) {
                    discard();
                }
                throw new UsageException("the run did not crash; it ended with status " + code
                        + (lines.isEmpty() ? "" : ": " + lines.get(0).replaceFirst("^pagepool: ", ""))
                        + "; want a crash before the end of the load"
                        + (mistake || temporary == null ? "" : "; what is left is in " + directory));
            }
            said = "process " + process.pid() + " died where the timeline says crash, "
                    + Numbers.fixed((SystemTime.MONOTONIC.nanos() - start) / 1e9, 3)
                    + " s after it was started; what is left is in "
                    + (temporary == null ? directory : "a temporary directory");
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot start a process", failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a process ran", stopped);
        }
    }
}
