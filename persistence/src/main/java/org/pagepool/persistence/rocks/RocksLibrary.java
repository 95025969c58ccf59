package org.pagepool.persistence.rocks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * RocksDB's native library, which has to be unpacked into a file before it can be loaded. RocksDB removes that file when the
 * process ends, but not when it is killed, and pools are made to be killed. So here it goes as soon as it is loaded.
 */
final class RocksLibrary {
    private static final String NAMED = "ROCKSDB_SHAREDLIB_DIR";

    private static boolean loaded;

    private RocksLibrary() {}

    /** Loads it, if it is not loaded yet. Throws whatever prevents that. */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        if (System.getenv(NAMED) == null) {
            unpack();
        }
        RocksDB.loadLibrary();
        loaded = true;
    }

    private static void unpack() {
        try {
            Path directory = Files.createTempDirectory("pagepool-rocksdb-");
            try {
                NativeLibraryLoader.getInstance().loadLibrary(directory.toString());
            } finally {
                remove(directory);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed.getMessage(), failed);
        }
    }

    /** Where a file in use cannot be removed, RocksDB's own way has to do. */
    private static void remove(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> inside = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : inside) {
                Files.deleteIfExists(file);
            }
        } catch (IOException inUse) {
            directory.toFile().deleteOnExit();
        }
    }
}
