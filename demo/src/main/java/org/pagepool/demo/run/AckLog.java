package org.pagepool.demo.run;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the load was told, as a witness that is no part of the pool: each line is with the operating system before the load goes
 * on, so it is there when the process is killed. Thread-safe.
 *
 * <pre>
 *   ask w7 512     a walk over 512 pages begins
 *   got w7 500     it was told that it has 500 of them
 *   give w7 500    500 are to be taken back
 *   gave w7 500    it was told that they were
 *   gone w7 0      it dies, or a teardown took something from it: nothing can be said about it any more
 * </pre>
 */
final class AckLog implements AutoCloseable {
    /** Nobody listens. */
    static final AckLog NONE = new AckLog(null);

    private static final List<String> WORDS = List.of("ask", "got", "give", "gave", "gone");

    /**
     * What one holder knows, in base pages.
     *
     * @param asked of a walk it was told nothing of
     * @param granted it was told that it has them
     * @param giving to be taken back, and it was told nothing of that
     * @param given it was told that they were taken back
     * @param gone nothing can be said about it
     */
    record Account(long asked, long granted, long giving, long given, boolean gone) {
        private static final Account NEW = new Account(0, 0, 0, 0, false);

        /** The fewest it can hold. */
        long least() {
            return gone ? 0 : granted - given - giving;
        }

        /** The most it can hold. */
        long most() {
            return gone ? Long.MAX_VALUE : granted + asked - given;
        }

        private Account with(String word, long pages) {
            return switch (word) {
                case "ask" -> new Account(pages, granted, giving, given, gone);
                case "got" -> new Account(0, granted + pages, giving, given, gone);
                case "give" -> new Account(asked, granted, giving + pages, given, gone);
                case "gave" -> new Account(asked, granted, giving - pages, given + pages, gone);
                default -> new Account(asked, granted, giving, given, true);
            };
        }
    }

    private final @Nullable FileChannel file;

    private volatile @Nullable IOException failure;

    private AckLog(@Nullable FileChannel file) {
        this.file = file;
    }

    /** A new one in {@code file}. */
    static AckLog create(Path file) throws IOException {
        return new AckLog(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND));
    }

    /** Why a line could not be written, or null; then nothing it says can be relied upon. */
    @Nullable
    IOException failure() {
        return failure;
    }

    void ask(String holder, long pages) {
        line("ask", holder, pages);
    }

    void got(String holder, long pages) {
        line("got", holder, pages);
    }

    void give(String holder, long pages) {
        line("give", holder, pages);
    }

    void gave(String holder, long pages) {
        line("gave", holder, pages);
    }

    void gone(String holder) {
        line("gone", holder, 0);
    }

    private void line(String word, String holder, long pages) {
        FileChannel open = file;
        if (open == null) {
            return;
        }
        ByteBuffer line = ByteBuffer.wrap((word + " " + holder + " " + pages + "\n").getBytes(StandardCharsets.UTF_8));
        synchronized (this) {
            try {
                while (line.hasRemaining()) {
                    open.write(line);
                }
            } catch (IOException broken) {
                failure = broken;
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** What each holder knew, by name; a line that was cut off by the crash was never acted upon. */
    static Map<String, Account> read(Path file) throws IOException {
        Map<String, Account> accounts = new TreeMap<>();
        try (BufferedReader text = Files.newBufferedReader(file)) {
            StringBuilder line = new StringBuilder();
            for (int next = text.read(); next >= 0; next = text.read()) {
                if (next != '\n') {
                    line.append((char) next);
                    continue;
                }
                take(line.toString(), accounts);
                line.setLength(0);
            }
        }
        return accounts;
    }

    private static void take(String line, Map<String, Account> accounts) throws IOException {
        String[] words = line.split(" ", -1);
        if (words.length != 3 || !WORDS.contains(words[0])) {
            throw new IOException("no line of an acknowledgement: " + line);
        }
        Account before = accounts.getOrDefault(words[1], Account.NEW);
        accounts.put(words[1], before.with(words[0], Long.parseLong(words[2])));
    }
}
