package org.pagepool.persistence.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A log that is a file. */
abstract class FileLog implements LogSource {
    private final String name;
    private final Path file;

    FileLog(String name, Path file) {
        this.name = name;
        this.file = file;
    }

    @Override
    public final String name() {
        return name;
    }

    final Path file() {
        return file;
    }

    @Override
    public final String fingerprint() {
        try {
            return file.toAbsolutePath() + " " + Files.size(file) + " "
                    + Files.getLastModifiedTime(file).toMillis();
        } catch (IOException failed) {
            throw FileBytes.unreadable(name, failed);
        }
    }
}
