package org.pagepool.demo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import org.pagepool.actors.TimeSource;

/**
 * A directory that nobody has asked for and that goes when its command ends. Snapshots are written and deleted by threads that an
 * actor system does not wait for when it ends, so that files may come and go there while they are removed.
 */
public final class TemporaryDirectory {
    /** How long files may go on coming. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private final Path path;
    private final TimeSource clock;

    private TemporaryDirectory(Path path, TimeSource clock) {
        this.path = path;
        this.clock = clock;
    }

    /**
     * A new one.
     *
     * @param prefix what its name begins with
     * @throws IOException if there can be none
     */
    public static TemporaryDirectory create(String prefix) throws IOException {
        return at(Files.createTempDirectory(prefix), SystemTime.MONOTONIC);
    }

    static TemporaryDirectory at(Path path, TimeSource clock) {
        return new TemporaryDirectory(path, clock);
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /**
     * Removes it and all that is in it. What was removed by somebody else is gone all the same, and where something was added
     * meanwhile it begins again.
     *
     * @throws UncheckedIOException if something there cannot be removed, or is added all the time
     */
    public void remove() {
        boolean interrupted = Thread.interrupted(); // who is would not pause
        try {
            DirectoryNotEmptyException more = removed();
            long start = clock.nanos();
            while (more != null) {
                if (clock.nanos() - start > PATIENCE.toNanos()) {
                    throw more;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
                more = removed();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot remove " + path, failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Null if it is gone; else where something came meanwhile. */
    private @Nullable DirectoryNotEmptyException removed() throws IOException {
        try {
            Files.walkFileTree(path, new Remover());
            return null;
        } catch (DirectoryNotEmptyException more) {
            return more;
        }
    }

    private static final class Remover extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
            if (failed instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failed;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
            if (failed != null && !(failed instanceof NoSuchFileException)) {
                throw failed;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
