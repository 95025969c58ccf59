package org.pagepool.persistence.replay;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.MalformedException;
import org.pagepool.persistence.log.LogPosition;
import org.pagepool.persistence.log.LogSource;

/**
 * States of a log at some points of it, in a directory of their own, so that who comes again need not begin at its beginning.
 * Only a cache: one that cannot be read, or is of another log, is as good as none, and one that cannot be written is left out.
 */
public final class Checkpoints {
    private static final long MAGIC = 0x7070_636b_7074_0001L;
    private static final long SIZE_MAX = 1L << 30;

    private final Path directory;
    private final String fingerprint;
    private final String key;

    /**
     * A state.
     *
     * @param events events that lead to it
     * @param zeroNanos time of the first of them
     * @param position where the log goes on
     * @param rebuilt the state
     */
    public record Checkpoint(long events, long zeroNanos, LogPosition position, Rebuilt rebuilt) {}

    /** Those of a log in a directory, which is made when it is first needed. */
    public Checkpoints(Path directory, LogSource source) {
        this.directory = directory;
        this.fingerprint = source.fingerprint();
        CRC32C crc = new CRC32C();
        crc.update(fingerprint.getBytes(StandardCharsets.UTF_8));
        this.key = Long.toHexString(crc.getValue());
    }

    /** The last one whose number of events is wanted, or null. */
    public @Nullable Checkpoint latest(LongPredicate wanted) {
        Pattern name = Pattern.compile(key + "-(\\d{1,18})\\.state");
        List<Long> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(file -> {
                Matcher matcher = name.matcher(file.getFileName().toString());
                if (matcher.matches() && wanted.test(Long.parseLong(matcher.group(1)))) {
                    found.add(Long.valueOf(matcher.group(1)));
                }
            });
        } catch (IOException none) {
            return null;
        }
        found.sort(Comparator.reverseOrder());
        for (long events : found) {
            Checkpoint read = read(file(events));
            if (read != null && read.events == events) {
                return read;
            }
        }
        return null;
    }

    private Path file(long events) {
        return directory.resolve(key + "-" + events + ".state");
    }

    /** Keeps one. */
    public void save(Checkpoint checkpoint) {
        Path file = file(checkpoint.events);
        Path draft = file.resolveSibling(
                file.getFileName() + ".tmp-" + ProcessHandle.current().pid());
        try {
            Files.createDirectories(directory);
            Files.write(draft, bytes(checkpoint));
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException notKept) {
            draft.toFile().delete();
        }
    }

    private byte[] bytes(Checkpoint checkpoint) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(content)) {
            out.writeUTF(fingerprint);
            out.writeLong(checkpoint.events);
            out.writeLong(checkpoint.zeroNanos);
            out.writeLong(checkpoint.position.afterOrdinal());
            out.writeLong(checkpoint.position.offset());
            out.writeLong(checkpoint.position.line());
            out.writeLong(checkpoint.position.rows());
            checkpoint.rebuilt.write(out);
        }
        byte[] bytes = content.toByteArray();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(all)) {
            out.writeLong(MAGIC);
            out.writeLong(checksum(bytes));
            out.write(bytes);
        }
        return all.toByteArray();
    }

    private static long checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    private @Nullable Checkpoint read(Path file) {
        try {
            if (Files.size(file) > SIZE_MAX) {
                return null;
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)));
            if (in.readLong() != MAGIC) {
                return null;
            }
            long checksum = in.readLong();
            byte[] content = in.readAllBytes();
            return checksum(content) == checksum ? read(content) : null;
        } catch (IOException | MalformedException unreadable) {
            return null;
        }
    }

    private @Nullable Checkpoint read(byte[] content) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
        if (!in.readUTF().equals(fingerprint)) {
            return null;
        }
        long events = in.readLong();
        long zero = in.readLong();
        LogPosition position = new LogPosition(in.readLong(), in.readLong(), in.readLong(), in.readLong());
        return new Checkpoint(events, zero, position, Rebuilt.read(in));
    }
}
