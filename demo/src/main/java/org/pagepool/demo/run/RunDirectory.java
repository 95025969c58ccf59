package org.pagepool.demo.run;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.pagepool.actors.Journals;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Program;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.demo.scenario.ScenarioException;
import org.pagepool.demo.scenario.ScenarioLoader;
import org.pagepool.persistence.JournalChoice;
import org.pagepool.persistence.durable.DurableJournals;
import org.pagepool.persistence.durable.JournalSettings;
import org.pagepool.persistence.durable.JournalTrouble;
import org.pagepool.runtime.event.EventSink;

/**
 * Where a run keeps what must outlive it, laid out to be read later:
 *
 * <pre>
 *   manifest.json    what was run: seed, protocol, versions, when
 *   scenario.json    the scenario with nothing left to a default, a scenario file itself
 *   acknowledged     what the load was told ({@link AckLog})
 *   journal/         every event, by RocksDB
 *   journal-snapshots/
 *   results.json     the document of the run or of what continued it, once it has ended
 * </pre>
 */
final class RunDirectory {
    private static final String FORMAT = "pagepool/run-data/1";
    private static final String MANIFEST = "manifest.json";

    private final Path directory;
    private final Scenario scenario;
    private final long seed;
    private volatile boolean journalFailed;

    private RunDirectory(Path directory, Scenario scenario, long seed) {
        this.directory = directory;
        this.scenario = scenario;
        this.seed = seed;
    }

    /**
     * A new one.
     *
     * @throws UsageException if there is something in the directory, or it cannot be written to
     */
    static RunDirectory create(Path directory, Scenario scenario, String file, long seed) {
        try {
            if (Files.exists(directory) && !Files.isDirectory(directory)) {
                throw new UsageException("--data " + directory + ": is no directory; want a new or empty one");
            }
            if (Files.exists(directory.resolve(MANIFEST))) {
                throw new UsageException("--data " + directory + ": has a run in it; want a new or empty directory, or"
                        + " --resume " + directory);
            }
            if (!isEmpty(directory)) {
                throw new UsageException("--data " + directory + ": is not empty; want a new or empty directory");
            }
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("scenario.json"), scenario.resolved());
            write(directory.resolve(MANIFEST), manifest(scenario, file, seed));
        } catch (IOException failed) {
            throw new UsageException("--data " + directory + ": cannot be written to: " + reason(failed));
        }
        return new RunDirectory(directory, scenario, seed);
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return true;
        }
        try (Stream<Path> inside = Files.list(directory)) {
            return inside.findAny().isEmpty();
        }
    }

    private static String manifest(Scenario scenario, String file, long seed) {
        StringWriter text = new StringWriter();
        Json.print(
                new PrintWriter(text, true),
                json -> json.field("format", FORMAT)
                        .field("scenario", scenario.label())
                        .field("file", file)
                        .field("seed", seed)
                        .field("protocol", scenario.protocol().name())
                        .field("started", Instant.now().toString())
                        .field("program", Program.version())
                        .field("jvm", Json.jvm()));
        return text.toString();
    }

    /**
     * One that is there.
     *
     * @throws UsageException if it is none, or of another format
     */
    static RunDirectory open(Path directory) {
        Path manifest = directory.resolve(MANIFEST);
        if (!Files.isRegularFile(manifest)) {
            throw new UsageException(
                    "--resume " + directory + ": has no " + MANIFEST + "; want a directory that --data has filled");
        }
        try {
            Config read = ConfigFactory.parseString(
                    Files.readString(manifest), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
            String format = read.getString("format");
            if (!format.equals(FORMAT)) {
                throw new UsageException(manifest + ": is of format \"" + format + "\"; want " + FORMAT);
            }
            Scenario scenario = new ScenarioLoader(directory)
                    .load(directory.resolve("scenario.json"), Map.of())
                    .runs()
                    .get(0);
            Path results = directory.resolve("results.json");
            if (Files.exists(results) && Files.readString(results).contains("\"pagepool/run/")) {
                throw new UsageException("--resume " + directory
                        + ": the run has ended, there is nothing to go on with; replay shows it");
            }
            return new RunDirectory(directory, scenario, read.getLong("seed"));
        } catch (ConfigException wrong) {
            throw new UsageException(
                    manifest + ": is no manifest: " + line(wrong) + "; want one that --data has written");
        } catch (ScenarioException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        } catch (IOException failed) {
            throw new UsageException(manifest + ": cannot be read: " + reason(failed));
        }
    }

    private static String reason(IOException failed) {
        if (failed instanceof NoSuchFileException) {
            return "there is no such directory, and none can be made there";
        }
        return failed.getClass().getSimpleName().replace("Exception", "") + " " + line(failed);
    }

    private static String line(Exception failed) {
        return String.valueOf(failed.getMessage()).lines().findFirst().orElse("");
    }

    Path directory() {
        return directory;
    }

    Scenario scenario() {
        return scenario;
    }

    long seed() {
        return seed;
    }

    Path journal() {
        return directory.resolve("journal");
    }

    Path acknowledged() {
        return directory.resolve("acknowledged");
    }

    /** The settings of a pool on its journal, over {@code others}. */
    Config over(Config others) {
        return JournalChoice.prepare(JournalChoice.rocks(journal()).withFallback(others));
    }

    /** Where a pool with those settings writes down what happened; handed to {@code sink} once it is written. */
    Journals journals(Config settings, EventSink sink) {
        return new DurableJournals(JournalSettings.from(settings), sink, SystemTime.SINCE_1970)
                .complaining(new JournalTrouble() {
                    @Override
                    public void writeFailed() {
                        journalFailed = true;
                    }

                    @Override
                    public void cannotBeRead(Throwable why) {
                        journalFailed = true;
                    }
                });
    }

    /** Whether a write of the journal has failed, or it could not be read again. Any thread. */
    boolean journalFailed() {
        return journalFailed;
    }

    /** Keeps the document of how it ended. */
    void results(String document) {
        try {
            write(directory.resolve("results.json"), document);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write results.json", failed);
        }
    }

    /** There whole, or not at all. */
    private static void write(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.write(part, text.getBytes(StandardCharsets.UTF_8));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
