package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the load was told is read again as it was written, line by line. */
class AckLogTest {
    @TempDir
    private Path dir;

    @Test
    @DisplayName("a holder has what it was told, and at most what it asked for besides")
    void shouldAddUpWhatTheLoadWasTold() throws IOException {
        Path file = dir.resolve("acknowledged");
        try (AckLog log = AckLog.create(file)) {
            log.ask("w1", 512);
            log.got("w1", 500);
            log.ask("w2", 7);
            log.give("w1", 100);
            log.gave("w1", 100);
            log.ask("w1", 10);
        }
        AckLog.Account w1 = AckLog.read(file).get("w1");
        assertEquals(400, w1.least());
        assertEquals(410, w1.most());
        assertEquals(7, AckLog.read(file).get("w2").most());
    }

    @Test
    @DisplayName("a line that was cut off by a crash was never acted upon; one that is wrong is damage")
    void shouldLeaveOutWhatWasCutOff() throws IOException {
        Path file = Files.writeString(dir.resolve("cut"), "ask w1 512\ngot w1 512\ngive w1 5");
        assertEquals(512, AckLog.read(file).get("w1").least());
        assertTrue(AckLog.read(Files.writeString(file, "ask w1")).isEmpty());
        Files.writeString(file, "ask w1 512\nhad w1 512\n");
        assertThrows(IOException.class, () -> AckLog.read(file));
    }
}
