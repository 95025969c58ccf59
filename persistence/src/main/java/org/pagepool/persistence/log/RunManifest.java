package org.pagepool.persistence.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.JsonRecords;
import org.pagepool.persistence.codec.MalformedException;

/**
 * The {@code manifest.json} of a run's directory, as far as it says where a journal comes from. One that is missing, is no JSON or
 * is of another format says nothing: the journal can be read all the same.
 */
final class RunManifest {
    private static final String FILE = "manifest.json";
    private static final String FORMAT = "pagepool/run-data/1";
    private static final int BYTES_MAX = 1 << 20;

    private RunManifest() {}

    /** What the manifest in that directory says; without protocols, of which it has only the first one's name. */
    static LogHeader header(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return LogHeader.UNKNOWN;
        }
        try (InputStream in = Files.newInputStream(file)) {
            Map<String, @Nullable Object> manifest = JsonRecords.parse(in.readNBytes(BYTES_MAX));
            if (!FORMAT.equals(manifest.get("format"))) {
                return LogHeader.UNKNOWN;
            }
            return new LogHeader(
                    text(manifest, "program"),
                    manifest.get("started") instanceof String started ? Instant.parse(started) : null,
                    manifest.get("seed") instanceof Long seed ? seed : null,
                    text(manifest, "scenario"),
                    List.of());
        } catch (IOException | MalformedException | DateTimeException unreadable) {
            return LogHeader.UNKNOWN;
        }
    }

    private static @Nullable String text(Map<String, @Nullable Object> manifest, String field) {
        return manifest.get(field) instanceof String text ? text : null;
    }
}
