package org.pagepool.persistence.rocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;
import org.pagepool.persistence.journal.SequenceConflictException;
import org.pagepool.persistence.journal.StoredId;
import org.pagepool.persistence.journal.StoredRow;

/** The store without Akka: what it keeps, what it leaves alone, and what it says when it cannot. */
class RocksStoreTest {
    @TempDir
    Path temp;

    @Test
    void shouldGiveOneOrderToAll() {
        try (RocksStore store = RocksStore.open(temp.resolve("j"))) {
            List<SequenceConflictException> refusals =
                    store.append(List.of(rows("a", 1, 2), rows("b", 1, 1), rows("a", 3, 3), rows("b", 3, 3)));
            assertNull(refusals.get(0));
            assertNull(refusals.get(2));
            assertNotNull(refusals.get(3));
            store.append(List.of(rows("b", 2, 3)));

            assertEquals(List.of("1 a1", "2 a2", "3 b1", "4 a3", "5 b2", "6 b3"), all(store.rows(1)));
            assertEquals(6, store.lastOrdinal());
        }
    }

    @Test
    void shouldNotGiveAnOrdinalAgainAfterDeletes() {
        Path directory = temp.resolve("j");
        try (RocksStore store = RocksStore.open(directory)) {
            store.append(List.of(rows("a", 1, 5)));
            store.deleteTo("a", Long.MAX_VALUE);
            assertFalse(store.rows(0).hasNext());
        }
        try (RocksStore store = RocksStore.open(directory)) {
            store.append(List.of(rows("a", 6, 6), rows("b", 1, 1)));
            assertEquals(List.of("6 a6", "7 b1"), all(store.rows(0)));
            assertEquals(new StoredId("a", 6), store.persistenceIds().next());
        }
    }

    @Test
    void shouldTellNamesApartThatBeginAlike() {
        try (RocksStore store = RocksStore.open(temp.resolve("j"))) {
            String odd = "a\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001";
            store.append(List.of(rows("a", 1, 3), rows("aa", 1, 1), rows(odd, 1, 1), rows("ä|9", 1, 2)));
            assertEquals(3, store.highest("a"));
            assertEquals(1, store.highest(odd));
            assertEquals(2, store.highest("ä|9"));
            assertEquals(0, store.highest(""));
            assertEquals(3, all(store.rowsOf("a", 0, Long.MAX_VALUE)).size());
        }
    }

    @Test
    void shouldReadWhatIsOpenElsewhereAndChangeNothing() throws IOException {
        Path directory = temp.resolve("j");
        try (RocksStore store = RocksStore.open(directory)) {
            store.append(List.of(rows("a", 1, 3)));
            Map<String, String> before = files(directory);
            try (RocksStore reader = RocksStore.openReadOnly(directory)) {
                store.append(List.of(rows("a", 4, 4)));
                assertEquals(3, all(reader.rows(0)).size());
                assertThrows(RuntimeException.class, () -> reader.append(List.of(rows("a", 4, 4))));
            }
            assertEquals(before.keySet(), files(directory).keySet());
        }
        Map<String, String> before = files(directory);
        try (RocksStore reader = RocksStore.openReadOnly(directory)) {
            assertEquals(4, all(reader.rows(0)).size());
        }
        assertEquals(before, files(directory));
    }

    /** Small buffers are filled again and again, so files come and go while they are read. */
    @Test
    void shouldSeeAWholeBeginningOfAJournalThatIsBeingWritten() throws Exception {
        Path directory = temp.resolve("j");
        try (RocksStore store = RocksStore.open(directory)) {
            store.append(List.of(rows("a", 1, 1)));
            Thread writer = new Thread(() -> {
                byte[] large = new byte[1 << 18];
                for (long n = 2; n <= 400; n++) {
                    store.append(List.of(List.of(new NewRow("a", n, 1, "", large, 1, "", "w"))));
                }
            });
            writer.start();
            int reads = 0;
            do {
                try (RocksStore reader = RocksStore.openReadOnly(directory)) {
                    long ordinal = 0;
                    for (Iterator<StoredRow> rows = reader.rows(0); rows.hasNext(); ) {
                        assertEquals(++ordinal, rows.next().ordinal());
                    }
                    assertEquals(ordinal, reader.highest("a"));
                    reads++;
                }
            } while (writer.isAlive());
            writer.join();
            assertTrue(reads > 1);
        }
    }

    @Test
    void shouldLeaveAloneWhatIsNotItsOwn() throws IOException {
        Path directory = Files.createDirectory(temp.resolve("other"));
        Files.writeString(directory.resolve("letters.txt"), "dear");
        Map<String, String> before = files(directory);

        JournalUnavailableException write = unavailable(Reason.NOT_A_JOURNAL, () -> RocksStore.open(directory));
        JournalUnavailableException read = unavailable(Reason.NOT_A_JOURNAL, () -> RocksStore.openReadOnly(directory));

        assertEquals(
                "journal " + directory
                        + " holds something else (letters.txt); name an empty directory, or one that does not exist",
                write.getMessage());
        assertEquals(write.getMessage(), read.getMessage());
        assertEquals(before, files(directory));
    }

    @Test
    void shouldLeaveAloneWhatANewerPagepoolWrote() throws IOException {
        Path directory = temp.resolve("j");
        RocksStore.open(directory).close();
        Files.writeString(directory.resolve(RocksDirectory.MARK), "pagepool journal, format 2\n");
        Map<String, String> before = files(directory);

        JournalUnavailableException why = unavailable(Reason.NEWER_FORMAT, () -> RocksStore.open(directory));

        assertEquals(
                "journal " + directory + " has format 2, this pagepool knows up to 1; use a newer pagepool",
                why.getMessage());
        assertEquals(before, files(directory));
    }

    @Test
    void shouldSayWhatIsMissing() throws IOException {
        Path none = temp.resolve("none");
        assertEquals(
                "journal " + none + " does not exist; name the directory of a journal",
                unavailable(Reason.MISSING, () -> RocksStore.openReadOnly(none)).getMessage());
        assertFalse(Files.exists(none));

        Path file = Files.writeString(temp.resolve("file"), "");
        unavailable(Reason.NOT_WORKING, () -> RocksStore.open(file));
        unavailable(Reason.NOT_WORKING, () -> RocksStore.open(file.resolve("below")));
    }

    @Test
    void shouldFinishADirectoryThatACrashLeftHalfMade() throws IOException {
        Path directory = Files.createDirectory(temp.resolve("j"));
        Files.writeString(directory.resolve(RocksDirectory.MARK + ".new"), "page");
        try (RocksStore store = RocksStore.open(directory)) {
            store.append(List.of(rows("a", 1, 1)));
        }
        assertEquals(1, count(directory));
        Files.delete(directory.resolve("CURRENT"));
        Map<String, String> before = files(directory);
        unavailable(Reason.DAMAGED, () -> RocksStore.open(directory));
        assertEquals(before, files(directory));
    }

    /** What a crash cut off is dropped; a byte that changed before the end is not taken for a crash. */
    @Test
    void shouldTellACrashFromDamage() throws IOException {
        Path directory = temp.resolve("j");
        Path copy = temp.resolve("copy");
        try (RocksStore store = RocksStore.open(directory)) {
            for (int n = 1; n <= 20; n++) {
                store.append(List.of(rows("a", n, n)));
            }
            copy(directory, copy);
        }
        Path log = newestLog(copy);
        byte[] bytes = Files.readAllBytes(log);

        Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - 5));
        assertEquals(19, count(copy));

        bytes[bytes.length / 2] ^= 0x10;
        Files.write(log, bytes);
        unavailable(Reason.DAMAGED, () -> RocksStore.openReadOnly(copy));
        JournalUnavailableException why = unavailable(Reason.DAMAGED, () -> RocksStore.open(copy));
        assertFalse(why.getMessage().contains("\n"));
    }

    @Test
    void shouldGoOnOnceTheDiskHasRoomAgain() throws Exception {
        Path disk = Files.createDirectory(temp.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString()) == 0,
                "no small file system: only root can mount one");
        try {
            Path directory = disk.resolve("j");
            Path ballast = disk.resolve("ballast");
            try (RocksStore store = RocksStore.open(directory)) {
                store.append(List.of(rows("a", 1, 10)));
                fill(ballast);
                List<Long> stored = new ArrayList<>(List.of(10L));
                byte[] large = new byte[1 << 16];
                JournalUnavailableException why = assertThrows(JournalUnavailableException.class, () -> {
                    for (long n = 11; ; n++) {
                        store.append(List.of(List.of(new NewRow("a", n, 1, "", large, 1, "", "w"))));
                        stored.add(n);
                    }
                });
                assertEquals(Reason.NOT_WORKING, why.reason());

                Files.delete(ballast);
                long next = store.highest("a") + 1;
                assertTrue(next > stored.get(stored.size() - 1), "lost what was acknowledged");
                assertNull(store.append(List.of(rows("a", next, next))).get(0));
                long ordinal = 0;
                for (Iterator<StoredRow> rows = store.rows(0); rows.hasNext(); ) {
                    assertEquals(++ordinal, rows.next().ordinal());
                }
                assertEquals(next, ordinal);
            }
            fill(ballast);
            unavailable(Reason.NOT_WORKING, () -> RocksStore.open(disk.resolve("another")));
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static void fill(Path file) throws IOException {
        try (java.io.OutputStream out = Files.newOutputStream(file)) {
            byte[] block = new byte[4096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertTrue(full.getMessage().contains("No space"), full.getMessage());
        }
    }

    private static int run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    private static JournalUnavailableException unavailable(
            Reason reason, java.util.function.Supplier<RocksStore> open) {
        JournalUnavailableException why =
                assertThrows(JournalUnavailableException.class, () -> open.get().close());
        assertEquals(reason, why.reason(), why::getMessage);
        return why;
    }

    private static List<NewRow> rows(String id, long from, long to) {
        List<NewRow> rows = new ArrayList<>();
        for (long n = from; n <= to; n++) {
            rows.add(new NewRow(id, n, 1, "", (id + n).getBytes(StandardCharsets.UTF_8), 1, "", "w"));
        }
        return rows;
    }

    private static int count(Path directory) {
        try (RocksStore reader = RocksStore.openReadOnly(directory)) {
            return all(reader.rows(0)).size();
        }
    }

    private static List<String> all(Iterator<StoredRow> rows) {
        List<String> all = new ArrayList<>();
        rows.forEachRemaining(row -> all.add(row.ordinal() + " " + row.persistenceId() + row.sequence()));
        return all;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static Path newestLog(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(java.util.Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    /** Names, lengths and times of change. */
    private static Map<String, String> files(Path directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> list = Files.list(directory)) {
            for (Path file : list.toList()) {
                files.put(file.getFileName().toString(), Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        }
        return files;
    }
}
