package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That it goes, whoever else is still at work in it. */
class TemporaryDirectoryTest {
    private static final int ROUNDS_MAX = 1_000;

    @TempDir
    private Path outside;

    @Test
    void shouldGoWithAllThatIsInItAndMayBeGoneAlready() throws IOException {
        TemporaryDirectory directory = TemporaryDirectory.create("pagepool-test-");
        Files.createDirectories(directory.path().resolve("a/b"));
        Files.writeString(directory.path().resolve("a/b/c"), "text");
        directory.remove();
        assertFalse(Files.exists(directory.path()));
        directory.remove();
    }

    @Test
    void shouldGoAlthoughFilesComeAndGoThereOnceNoMoreCome() throws Exception {
        int round = 0;
        AtomicInteger asked = new AtomicInteger();
        do {
            assertTrue(round++ < ROUNDS_MAX, "in no round a file came at the wrong time");
            asked.set(0);
            Path path = Files.createDirectory(outside.resolve("round-" + round));
            CompletableFuture<Void> coming = filesComeAndGo(path, () -> asked.get() < 2);
            TemporaryDirectory.at(path, () -> {
                        asked.incrementAndGet();
                        return 0;
                    })
                    .remove();
            assertFalse(Files.exists(path));
            coming.get();
        } while (asked.get() < 2);
    }

    @Test
    void shouldSayThatItCannotGoWhenFilesComeForTooLong() throws Exception {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            Path path = Files.createDirectory(outside.resolve("round-" + round));
            AtomicInteger asked = new AtomicInteger();
            CompletableFuture<Void> coming = filesComeAndGo(path, () -> asked.get() < 2);
            TemporaryDirectory directory =
                    TemporaryDirectory.at(path, () -> Duration.ofSeconds(11).toNanos() * asked.getAndIncrement());
            try {
                directory.remove();
            } catch (UncheckedIOException tooLong) {
                assertEquals("cannot remove " + path, tooLong.getMessage());
                coming.get();
                return;
            }
            coming.get();
        }
        throw new AssertionError("in no round a file came at the wrong time");
    }

    @Test
    void shouldSayWhatCannotGo() throws IOException {
        Path file = Files.createFile(outside.resolve("file"));
        TemporaryDirectory inside = TemporaryDirectory.at(file.resolve("below"), () -> 0);
        UncheckedIOException failed = assertThrows(UncheckedIOException.class, inside::remove);
        assertEquals("cannot remove " + inside.path(), failed.getMessage());
    }

    private static CompletableFuture<Void> filesComeAndGo(Path directory, BooleanSupplier wanted) {
        return CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; wanted.getAsBoolean(); i++) {
                    Files.createFile(directory.resolve("file-" + i));
                    Files.deleteIfExists(directory.resolve("file-" + (i - 2)));
                }
            } catch (NoSuchFileException gone) {
                // was removed before it had seen one
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }
}
