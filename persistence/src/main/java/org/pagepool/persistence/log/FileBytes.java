package org.pagepool.persistence.log;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file, read from front to back; knows where it is. */
final class FileBytes implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final String name;
    private final FileChannel channel;
    private final InputStream in;
    private final long size;
    private long offset;

    FileBytes(String name, Path file, long from) {
        this.name = name;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            channel.position(from);
            size = channel.size();
        } catch (IOException failed) {
            throw unreadable(name, failed);
        }
        in = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
        offset = from;
    }

    static LogException unreadable(String name, IOException failed) {
        String why =
                failed instanceof AccessDeniedException ? "permission denied" : String.valueOf(failed.getMessage());
        return LogException.unusable(name, "cannot be read: " + why);
    }

    long offset() {
        return offset;
    }

    long left() {
        return Math.max(0, size - offset);
    }

    double progress() {
        return size == 0 ? 1 : (double) offset / size;
    }

    /** As many of {@code count} bytes as there are. */
    byte[] read(int count) {
        try {
            byte[] bytes = in.readNBytes(count);
            offset += bytes.length;
            return bytes;
        } catch (IOException failed) {
            throw unreadable(name, failed);
        }
    }

    /** A line without its end, or null at the end of the file; at most {@code max} bytes of it and one more. */
    @Nullable
    Line line(int max) {
        try {
            ByteArrayOutputStream line = new ByteArrayOutputStream(256);
            int next = in.read();
            if (next < 0) {
                return null;
            }
            while (next >= 0 && next != '\n' && line.size() <= max) {
                line.write(next);
                offset++;
                next = in.read();
            }
            offset += next == '\n' ? 1 : 0;
            return new Line(line.toByteArray(), next == '\n');
        } catch (IOException failed) {
            throw unreadable(name, failed);
        }
    }

    /** A line, and whether it has an end. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    record Line(byte[] text, boolean ended) {}

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException failed) {
            throw unreadable(name, failed);
        }
    }
}
