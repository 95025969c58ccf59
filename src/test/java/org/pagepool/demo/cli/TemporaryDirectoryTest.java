package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
        untilAFileComesInBetween((path, asked) -> {
            try (Coming coming = new Coming(path, () -> asked.get() < 2)) {
                TemporaryDirectory.at(coming.directory, () -> 0L * asked.incrementAndGet())
                        .remove();
            }
            assertFalse(Files.exists(path));
        });
    }

    @Test
    void shouldSayThatItCannotGoWhenFilesComeForTooLong() throws Exception {
        untilAFileComesInBetween((path, asked) -> {
            try (Coming coming = new Coming(path, () -> true)) {
                TemporaryDirectory directory = TemporaryDirectory.at(
                        coming.directory, () -> Duration.ofSeconds(11).toNanos() * asked.incrementAndGet());
                UncheckedIOException tooLong = null;
                try {
                    directory.remove();
                } catch (UncheckedIOException failed) {
                    tooLong = failed;
                }
                assertEquals(asked.get() >= 2, tooLong != null);
                if (tooLong != null) {
                    assertEquals("cannot remove " + path, tooLong.getMessage());
                    assertInstanceOf(DirectoryNotEmptyException.class, tooLong.getCause());
                }
            }
        });
    }

    @Test
    void shouldGoForWhoeverIsInterruptedToo() throws Exception {
        untilAFileComesInBetween((path, asked) -> {
            boolean interrupted;
            try (Coming coming = new Coming(path, () -> asked.get() < 2)) {
                Thread.currentThread().interrupt();
                TemporaryDirectory.at(coming.directory, () -> {
                            assertFalse(Thread.currentThread().isInterrupted(), "or it would not pause");
                            return 0L * asked.incrementAndGet();
                        })
                        .remove();
                interrupted = Thread.interrupted();
            }
            assertTrue(interrupted, "and still is");
            assertFalse(Files.exists(path));
        });
    }

    @Test
    void shouldNotFollowLinks() throws IOException {
        Path kept =
                Files.createFile(Files.createDirectory(outside.resolve("kept")).resolve("file"));
        Path path = Files.createDirectory(outside.resolve("gone"));
        Files.createSymbolicLink(path.resolve("link"), kept.getParent());
        TemporaryDirectory.at(path, () -> 0).remove();
        assertFalse(Files.exists(path));
        assertTrue(Files.exists(kept));
    }

    @Test
    void shouldSayWhatCannotGo() throws IOException {
        Path file = Files.createFile(outside.resolve("file"));
        TemporaryDirectory inside = TemporaryDirectory.at(file.resolve("below"), () -> 0);
        UncheckedIOException failed = assertThrows(UncheckedIOException.class, inside::remove);
        assertEquals("cannot remove " + inside.path(), failed.getMessage());
    }

    /** Removes a directory; {@code asked} counts how often the clock was read: twice or more if something came meanwhile. */
    private interface Removal {
        void of(Path path, AtomicInteger asked) throws Exception;
    }

    private void untilAFileComesInBetween(Removal removal) throws Exception {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            AtomicInteger asked = new AtomicInteger();
            removal.of(Files.createDirectory(outside.resolve("round-" + round)), asked);
            if (asked.get() >= 2) {
                return;
            }
        }
        throw new AssertionError("in no round a file came at the wrong time");
    }

    /** Somebody who makes and deletes files there, from before this returns until it is closed, or no more are wanted. */
    private static final class Coming implements AutoCloseable {
        final Path directory;
        private final AtomicBoolean closed = new AtomicBoolean();
        private final CompletableFuture<Void> all;

        Coming(Path directory, BooleanSupplier wanted) throws InterruptedException {
            this.directory = directory;
            CountDownLatch first = new CountDownLatch(1);
            all = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; wanted.getAsBoolean() && !closed.get(); i++) {
                        Files.createFile(directory.resolve("file-" + i));
                        first.countDown();
                        Files.deleteIfExists(directory.resolve("file-" + (i - 2)));
                    }
                } catch (NoSuchFileException gone) {
                    // was removed before it had seen one
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
            assertTrue(first.await(10, TimeUnit.SECONDS));
        }

        @Override
        public void close() {
            closed.set(true);
            all.join();
        }
    }
}
