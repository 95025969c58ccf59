package org.pagepool.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    private static final String ROUNDS = "5";

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
        assertTrue(program.toFile().setExecutable(true));
        Path said = directory.resolve("said");
        ProcessBuilder rounds = new ProcessBuilder("bash", script.toString(), ROUNDS)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        rounds.environment().put("PAGEPOOL", program.toString());
        Process process = rounds.start();
        try {
            assertTrue(process.waitFor(10, TimeUnit.MINUTES), () -> "in time: " + read(said));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), () -> read(said));
        assertTrue(
                number(said, "acknowledged pages checked") > 0, () -> "a round had something to lose: " + read(said));
        assertEquals(0, number(said, "lost (holders)"), () -> read(said));
        assertEquals(0, number(said, "applied twice (holders)"), () -> read(said));
    }

    /** The number behind those words in the sum at the end. */
    private static long number(Path said, String words) {
        return read(said)
                .lines()
                .filter(line -> line.startsWith(words + " "))
                .mapToLong(line -> Long.parseLong(line.substring(words.length()).strip()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(words + ": " + read(said)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException failed) {
            return failed.toString();
        }
    }
}
