package org.pagepool.persistence.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.persistence.replay.Checkpoints.Checkpoint;
import org.pagepool.runtime.event.Recorded;

/** A replay that begins at a checkpoint comes to the same state as one that begins at the beginning. */
class CheckpointsTest {
    private static final long AT = 300;

    @TempDir
    private Path dir;

    private LogSource log;

    @BeforeEach
    void generate() {
        String file = dir.resolve("log").toString();
        assertEquals(
                0,
                CommandLineRun.of("log", "generate", file, "--events", "600", "--seed", "7")
                        .status());
        log = LogSources.open(file);
    }

    private Checkpoint save(Checkpoints checkpoints) {
        Rebuilt rebuilt = new Rebuilt();
        try (LogEvents events = new LogEvents(log.name(), log.rows(), 0, rebuilt::row)) {
            Recorded event = events.next();
            while (event.ordinal() < AT || !events.rowDone()) {
                rebuilt.apply(event);
                event = events.next();
            }
            rebuilt.apply(event);
            Checkpoint checkpoint = new Checkpoint(event.ordinal(), 17, events.position(), rebuilt);
            checkpoints.save(checkpoint);
            return checkpoint;
        }
    }

    private Rebuilt toTheEnd(Rebuilt rebuilt, LogEvents events) {
        for (Recorded event = events.next(); event.ordinal() < 500; event = events.next()) {
            rebuilt.apply(event);
        }
        return rebuilt;
    }

    @Test
    void shouldComeToTheSameState() {
        Checkpoints checkpoints = new Checkpoints(dir.resolve("states"), log);
        Checkpoint saved = save(checkpoints);
        Checkpoint read = checkpoints.latest(events -> events <= 400);
        assertNotNull(read);
        assertEquals(List.of(), saved.rebuilt().differences(read.rebuilt()));
        assertEquals(saved.position(), read.position());
        assertEquals(17, read.zeroNanos());
        assertEquals(null, checkpoints.latest(events -> events < 100));

        Rebuilt whole = new Rebuilt();
        try (LogEvents all = new LogEvents(log.name(), log.rows(), 0, whole::row);
                LogEvents rest =
                        new LogEvents(log.name(), log.rows(read.position()), read.events(), read.rebuilt()::row)) {
            assertEquals(List.of(), toTheEnd(whole, all).differences(toTheEnd(read.rebuilt(), rest)));
        }
    }

    @Test
    void shouldNotUseWhatIsDamagedOrOfAnotherLog() throws IOException {
        Checkpoints checkpoints = new Checkpoints(dir.resolve("states"), log);
        save(checkpoints);
        Path file;
        try (Stream<Path> files = Files.list(dir.resolve("states"))) {
            file = files.findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at += 7) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            assertEquals(null, checkpoints.latest(events -> true));
        }
        Files.write(file, new byte[0]);
        assertEquals(null, checkpoints.latest(events -> true));
        Files.write(file, bytes);
        assertNotNull(checkpoints.latest(events -> true));
        generateOther();
        assertEquals(null, new Checkpoints(dir.resolve("states"), log).latest(events -> true));
    }

    private void generateOther() {
        String file = dir.resolve("other").toString();
        assertEquals(
                0,
                CommandLineRun.of("log", "generate", file, "--events", "700", "--seed", "8")
                        .status());
        log = LogSources.open(file);
    }
}
