package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few rounds of {@code src/test/scripts/kill-and-resume}. */
@Tag("soak")
class KillAndResumeTest {
    @TempDir
    Path directory;

    @Test
    @DisplayName(
            "I11, I12: killed at random, resumed, and killed while resuming: nothing is lost, nothing applied twice")
    void shouldLoseNothing() throws Exception {
        Path script = Path.of("").toAbsolutePath().resolve("scripts/kill-and-resume");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/env")), "needs a Unix");
        Path program = directory.resolve("pagepool");
        Files.writeString(
                program,
                "#!/bin/sh\nexec '" + ProcessHandle.current().info().command().orElse("java") + "' -cp '"
                        + System.getProperty("java.class.path") + "' " + Main.class.getName() + " \"$@\"\n");
        assertEquals(true, program.toFile().setExecutable(true));
        Path said = directory.resolve("said");
        ProcessBuilder rounds = new ProcessBuilder("bash", script.toString(), "3")
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        rounds.environment().put("PAGEPOOL", program.toString());
        Process process = rounds.start();
        assertEquals(true, process.waitFor(10, TimeUnit.MINUTES), "in time");
        assertEquals(0, process.exitValue(), () -> read(said));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException failed) {
            return failed.toString();
        }
    }
}
