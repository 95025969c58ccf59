package org.pagepool.persistence.log;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a log as a file: beside its place first, then, once all of it is on the disk, to its place. What is there is replaced
 * only if that was asked for; who looks never sees half a log.
 */
public abstract class LogWriter implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final Path target;
    private final boolean force;
    private final Path temporary;
    private final FileChannel channel;
    private final OutputStream out;
    private boolean finished;
    private long rows;
    private long events;

    LogWriter(Path target, boolean force) {
        this.target = target;
        this.force = force;
        this.temporary = target.resolveSibling(
                target.getFileName() + ".tmp-" + ProcessHandle.current().pid());
        try {
            if (!force && Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            if (Files.isDirectory(target)) {
                throw LogException.unusable(target.toString(), "is a directory; want the name of a file");
            }
            channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);
        } catch (IOException failed) {
            throw refused(failed);
        }
        out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    }

    /** A writer of that form. */
    public static LogWriter create(Path target, LogForm form, LogHeader header, boolean force) {
        return switch (form) {
            case JSON -> new JsonLogWriter(target, header, force);
            case COMPACT -> new CompactLogWriter(target, header, force);
        };
    }

    OutputStream out() {
        return out;
    }

    /** One more row. */
    public final void append(LogRow row) {
        rows++;
        events += row.batch().entries().size();
        try {
            write(row);
        } catch (IOException failed) {
            throw refused(failed);
        } catch (UncheckedIOException failed) {
            throw refused(new IOException(failed.getMessage(), failed));
        }
    }

    abstract void write(LogRow row) throws IOException;

    abstract void writeEnd(long rowsWritten, long eventsWritten) throws IOException;

    /** Rows appended. */
    public final long rows() {
        return rows;
    }

    /** Events in them. */
    public final long events() {
        return events;
    }

    /** All rows have been appended: the log appears in its place. */
    public final void finish() {
        try {
            writeEnd(rows, events);
            out.flush();
            channel.force(true);
            channel.close();
            if (force) {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else {
                putInPlace();
            }
            finished = true;
        } catch (IOException failed) {
            throw refused(failed);
        } catch (UncheckedIOException failed) {
            throw refused(new IOException(failed.getMessage(), failed));
        }
    }

    /** A second name is refused where there is one already, at whatever moment that came. */
    private void putInPlace() throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (UnsupportedOperationException noLinks) {
            Files.move(temporary, target);
            return;
        }
        Files.delete(temporary);
    }

    LogException refused(IOException failed) {
        String name = target.toString();
        if (failed instanceof FileAlreadyExistsException) {
            return LogException.unusable(name, "exists; want another name, or --force to replace it");
        }
        if (failed instanceof NoSuchFileException) {
            return LogException.unusable(name, "cannot be written: there is no such directory");
        }
        String why =
                failed instanceof AccessDeniedException ? "permission denied" : String.valueOf(failed.getMessage());
        return LogException.unusable(name, "cannot be written: " + why);
    }

    /** Leaves nothing behind that was not finished. */
    @Override
    public final void close() {
        if (finished) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(temporary);
        } catch (IOException failed) {
            throw refused(failed);
        }
    }
}
