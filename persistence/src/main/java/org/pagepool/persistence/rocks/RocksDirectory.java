package org.pagepool.persistence.rocks;

import static org.pagepool.persistence.journal.JournalUnavailableException.Reason.DAMAGED;
import static org.pagepool.persistence.journal.JournalUnavailableException.Reason.IN_USE;
import static org.pagepool.persistence.journal.JournalUnavailableException.Reason.MISSING;
import static org.pagepool.persistence.journal.JournalUnavailableException.Reason.NEWER_FORMAT;
import static org.pagepool.persistence.journal.JournalUnavailableException.Reason.NOT_A_JOURNAL;
import static org.pagepool.persistence.journal.JournalUnavailableException.Reason.NOT_WORKING;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * Where a journal lies. A small text file names the format, so that nothing of somebody else's, or of a newer pagepool, has to be
 * opened to be recognized.
 */
record RocksDirectory(Path path) {
    /** The file that says what the directory is. */
    static final String MARK = "pagepool-journal";

    private static final String DRAFT = MARK + ".new";

    /** The format this code reads and writes. */
    static final int FORMAT = 1;

    private static final Pattern FORMAT_LINE = Pattern.compile("pagepool journal, format (\\d{1,9})\\s*");

    /** What may lie in an empty directory: the root of a file system has one of these, and a crash leaves the other. */
    private static final Set<String> NOTHING = Set.of("lost+found", DRAFT);

    /** Makes sure that RocksDB may be opened here for writing; makes and marks a directory that is new or empty. */
    void prepare() {
        try {
            Files.createDirectories(path);
            List<String> names = names();
            if (names.contains(MARK)) {
                checkMark(names);
            } else if (NOTHING.containsAll(names)) {
                mark();
            } else {
                throw foreign(names);
            }
        } catch (IOException e) {
            throw unavailable(
                    NOT_WORKING,
                    "cannot be made or read (" + e.getMessage() + " "
                            + e.getClass().getSimpleName() + "); name a directory that can be written",
                    e);
        }
    }

    /** Makes sure that a journal is here to be read. */
    void checkReadable() {
        try {
            if (!Files.isDirectory(path)) {
                throw unavailable(MISSING, "does not exist; name the directory of a journal", null);
            }
            List<String> names = names();
            if (!names.contains(MARK)) {
                throw foreign(names);
            }
            checkMark(names);
            if (!names.contains("CURRENT")) {
                throw unavailable(MISSING, "was made but never written; there is nothing to read", null);
            }
        } catch (IOException e) {
            throw unavailable(NOT_WORKING, "cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * How far the list of the journal's files has got. It changes before any file is removed: if it is the same before and after
     * opening for reading, nothing was pulled away meanwhile.
     */
    String manifest() {
        try {
            String current = Files.readString(path.resolve("CURRENT")).strip();
            return current + " " + Files.size(path.resolve(current));
        } catch (IOException e) {
            return "changing: " + e.getMessage();
        }
    }

    /** What RocksDB said, for people. */
    JournalUnavailableException explain(RocksDBException e) {
        String said = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
        Status.Code code =
                e.getStatus() == null ? Status.Code.Undefined : e.getStatus().getCode();
        if (code == Status.Code.IOError && said.contains("/LOCK")) {
            return unavailable(
                    IN_USE, "is open already, here or in another process; end that one, or name another directory", e);
        }
        if (code == Status.Code.Corruption) {
            return unavailable(DAMAGED, "is damaged (" + said + "); keep a copy, go back to a backup", e);
        }
        return unavailable(NOT_WORKING, "does not work (" + said + "); look at the disk's space and health", e);
    }

    /** This directory, and what is wrong with it. */
    JournalUnavailableException unavailable(Reason reason, String what, @Nullable Throwable cause) {
        return new JournalUnavailableException(reason, "journal " + path.toAbsolutePath() + " " + what, cause);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void checkMark(List<String> names) throws IOException {
        Matcher format = FORMAT_LINE.matcher(Files.readString(path.resolve(MARK)));
        if (!format.matches()) {
            throw unavailable(DAMAGED, "has a file " + MARK + " that does not say which format it has", null);
        }
        if (Integer.parseInt(format.group(1)) > FORMAT) {
            throw unavailable(
                    NEWER_FORMAT,
                    "has format " + format.group(1) + ", this pagepool knows up to " + FORMAT
                            + "; use a newer pagepool",
                    null);
        }
        if (!names.contains("CURRENT") && names.stream().anyMatch(name -> name.matches("\\d+\\.(sst|log)"))) {
            throw unavailable(DAMAGED, "has events but no file CURRENT; go back to a backup", null);
        }
    }

    private JournalUnavailableException foreign(List<String> names) {
        String some = names.stream().limit(3).collect(Collectors.joining(", "));
        return unavailable(
                NOT_A_JOURNAL,
                names.isEmpty()
                        ? "is empty; name the directory of a journal"
                        : "holds something else (" + some + "); name an empty directory, or one that does not exist",
                null);
    }

    /** All or nothing: a mark that a crash cut short would look damaged. */
    private void mark() throws IOException {
        Path draft = path.resolve(DRAFT);
        Files.writeString(draft, "pagepool journal, format " + FORMAT + "\n");
        try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            file.force(true);
        }
        Files.move(draft, path.resolve(MARK), StandardCopyOption.ATOMIC_MOVE);
    }
}
