package org.pagepool.demo.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.demo.CommandLineRun;

/** Five million events in a JVM of 256 MiB; the figures are printed. */
@Tag("soak")
class ReplayMemoryTest {
    private static final String EVENTS = "5000000";

    @TempDir
    private Path dir;

    @Test
    void shouldReplayFiveMillionEventsInLittleMemory() throws Exception {
        String log = dir.resolve("big.pplog").toString();
        assertEquals(
                0,
                CommandLineRun.of("log", "generate", log, "--events", EVENTS, "--seed", "1")
                        .status());
        Process replay = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.pagepool.demo.Main",
                        "replay",
                        log))
                .redirectErrorStream(true)
                .start();
        String out = new String(replay.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, replay.waitFor(), out);
        assertTrue(out.contains("PASS"), out);
        out.lines().filter(line -> line.contains("events/s")).forEach(System.out::println);
    }
}
