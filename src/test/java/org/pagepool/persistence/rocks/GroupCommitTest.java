package org.pagepool.persistence.rocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.persistence.journal.JournalBusyException;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.SequenceConflictException;

/** What waits, what is refused and in which order things happen, with a writer that runs when the test says so. */
class GroupCommitTest {
    @TempDir
    Path temp;

    private final Deque<Runnable> scheduled = new ArrayDeque<>();
    private RocksStore store;
    private GroupCommit commit;

    @BeforeEach
    void open() {
        store = RocksStore.open(temp.resolve("j"));
        commit = new GroupCommit(store, scheduled::add, Runnable::run, 4, 100_000);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void shouldRefuseTheFifthOfFourWritesAndTakeItAfterwards() {
        List<CompletableFuture<String>> waiting =
                List.of(write("a", 1, 1), write("b", 1, 1), write("a", 2, 1), write("c", 1, 1));
        assertInstanceOf(JournalBusyException.class, failure(write("d", 1, 1)));
        waiting.forEach(one -> assertFalse(one.isDone()));
        assertEquals(1, scheduled.size());

        scheduled.remove().run();

        waiting.forEach(one -> assertEquals("stored", one.join()));
        assertEquals(4, store.lastOrdinal());
        assertEquals(0, store.highest("d"));
        CompletableFuture<String> again = write("d", 1, 1);
        scheduled.remove().run();
        assertEquals("stored", again.join());
    }

    @Test
    void shouldCountBytesButTakeOneLargeWrite() {
        CompletableFuture<String> large = write("a", 1, 500_000);
        assertInstanceOf(JournalBusyException.class, failure(write("b", 1, 1)));
        scheduled.remove().run();
        assertEquals("stored", large.join());
    }

    @Test
    void shouldFailOnlyTheWriteWhoseNumberIsTaken() {
        CompletableFuture<String> first = write("a", 1, 1);
        CompletableFuture<String> second = write("a", 1, 1);
        CompletableFuture<String> other = write("b", 1, 1);
        scheduled.remove().run();
        assertEquals("stored", first.join());
        assertInstanceOf(SequenceConflictException.class, failure(second));
        assertEquals("stored", other.join());
    }

    @Test
    void shouldAskAfterAndDeleteBetweenWrites() {
        CompletableFuture<String> first = write("a", 1, 1);
        CompletionStage<Long> highest = commit.afterWrites(() -> store.highestForWriting("a"));
        CompletionStage<Long> deleted = commit.betweenWrites(() -> {
            store.deleteTo("a", Long.MAX_VALUE);
            return store.lastOrdinal();
        });
        CompletableFuture<String> second = write("a", 2, 1);
        scheduled.remove().run();

        assertEquals("stored", first.join());
        assertEquals("stored", second.join());
        assertEquals(1, highest.toCompletableFuture().join());
        assertEquals(1, deleted.toCompletableFuture().join());
        assertEquals(2, store.rowsOf("a", 0, Long.MAX_VALUE).next().sequence());
    }

    @Test
    void shouldWriteTheNextGroupBeforeThoseOfTheLastAreTold() {
        Deque<Runnable> answers = new ArrayDeque<>();
        commit = new GroupCommit(store, scheduled::add, answers::add, 4, 100_000);
        CompletableFuture<String> first = write("a", 1, 1);
        CompletableFuture<String> together = write("b", 1, 1);
        scheduled.remove().run();
        CompletableFuture<String> next = write("a", 2, 1);
        scheduled.remove().run();
        assertEquals(3, store.lastOrdinal());
        assertFalse(first.isDone() || together.isDone() || next.isDone());

        answers.remove().run();
        assertTrue(first.isDone() && together.isDone());
        assertFalse(next.isDone());
        answers.remove().run();
        assertEquals("stored", next.join());
        assertTrue(answers.isEmpty());
    }

    @Test
    void shouldTellByItselfWhenNobodyElseDoesAnyMore() {
        commit = new GroupCommit(
                store,
                scheduled::add,
                answer -> {
                    throw new RejectedExecutionException("shut down");
                },
                4,
                100_000);
        CompletableFuture<String> write = write("a", 1, 1);
        scheduled.remove().run();
        assertEquals("stored", write.join());
    }

    @Test
    void shouldFailWhatWaitsWhenClosed() {
        CompletableFuture<String> waiting = write("a", 1, 1);
        CompletionStage<String> task = commit.betweenWrites(() -> "done");
        commit.close();
        store.close();
        assertInstanceOf(JournalUnavailableException.class, failure(waiting));
        assertInstanceOf(JournalUnavailableException.class, failure(task.toCompletableFuture()));
        assertInstanceOf(JournalUnavailableException.class, failure(write("a", 2, 1)));
        scheduled.remove().run();
        assertTrue(scheduled.isEmpty());
    }

    private CompletableFuture<String> write(String id, long sequence, int bytes) {
        return commit.write(List.of(new NewRow(id, sequence, 1, "", new byte[bytes], 1, "", "w")), "stored")
                .toCompletableFuture();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, future::get).getCause();
    }
}
