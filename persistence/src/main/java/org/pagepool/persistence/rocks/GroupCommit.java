package org.pagepool.persistence.rocks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.journal.JournalBusyException;
import org.pagepool.persistence.journal.JournalUnavailableException;
import org.pagepool.persistence.journal.JournalUnavailableException.Reason;
import org.pagepool.persistence.journal.SequenceConflictException;

/**
 * The one writer of a store. Whatever came while the disk was busy is written by the next forced write, in the order in which it
 * came. What may wait is bounded; one more is refused at once.
 */
final class GroupCommit {
    /** One forced write takes about so much; more waits for the next. */
    private static final long GROUP_BYTES = 8 << 20;

    private sealed interface Job permits Write, Task {
        /** Told once, with null where all went well. */
        Consumer<@Nullable Throwable> done();
    }

    private record Write(List<NewRow> rows, long bytes, Consumer<@Nullable Throwable> done) implements Job {}

    /** Whether it must see nothing that came after it: then it ends the group before it. */
    private record Task(boolean alone, Runnable action, Consumer<@Nullable Throwable> done) implements Job {}

    private final RocksStore store;
    private final Executor executor;
    private final Executor answers;
    private final int writesMax;
    private final long bytesMax;

    private final Deque<Job> waiting = new ArrayDeque<>();
    private int writes;
    private long bytes;
    private boolean running;
    private boolean closed;

    /**
     * Nothing runs before the first job.
     *
     * @param executor where the jobs run, one at a time; they block
     * @param answers where those who wrote are told, all of a group together, while {@code executor} goes on with the next one
     * @param writesMax how many writes may wait
     * @param bytesMax how many bytes may wait, unless they are of one write alone
     */
    GroupCommit(RocksStore store, Executor executor, Executor answers, int writesMax, long bytesMax) {
        this.store = store;
        this.executor = executor;
        this.answers = answers;
        this.writesMax = writesMax;
        this.bytesMax = bytesMax;
    }

    /** Completes with {@code answer} when these rows of one writer are on the disk, all of them; or fails, and says why. */
    <T> CompletionStage<T> write(List<NewRow> rows, T answer) {
        long size = rows.stream().mapToLong(NewRow::size).sum();
        CompletableFuture<T> done = new CompletableFuture<>();
        Write write = new Write(rows, size, why -> {
            if (why == null) {
                done.complete(answer);
            } else {
                done.completeExceptionally(why);
            }
        });
        synchronized (this) {
            if (writes == writesMax || (writes > 0 && bytes + size > bytesMax)) {
                return CompletableFuture.failedFuture(new JournalBusyException(writes, bytes));
            }
            if (!add(write)) {
                return CompletableFuture.failedFuture(closed());
            }
            writes++;
            bytes += size;
        }
        return done;
    }

    /** Asks the store something after every write that came before has been written or has failed. */
    <T> CompletionStage<T> afterWrites(Supplier<T> question) {
        return task(false, question);
    }

    /** Does something to the store between the writes that came before and those that come after. */
    <T> CompletionStage<T> betweenWrites(Supplier<T> change) {
        return task(true, change);
    }

    /** Fails what waits and whatever comes; what is being written now is finished. */
    void close() {
        List<Job> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(waiting);
            waiting.clear();
        }
        left.forEach(job -> job.done().accept(closed()));
    }

    private <T> CompletionStage<T> task(boolean alone, Supplier<T> action) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Task task = new Task(alone, () -> done.complete(action.get()), why -> {
            if (why != null) {
                done.completeExceptionally(why);
            }
        });
        synchronized (this) {
            if (!add(task)) {
                return CompletableFuture.failedFuture(closed());
            }
        }
        return done;
    }

    private synchronized boolean add(Job job) {
        if (closed) {
            return false;
        }
        waiting.add(job);
        if (!running) {
            running = true;
            executor.execute(this::run);
        }
        return true;
    }

    private void run() {
        List<Write> group = new ArrayList<>();
        List<Task> after = new ArrayList<>();
        while (take(group, after)) {
            commit(group);
            after.forEach(GroupCommit::perform);
            group.clear();
            after.clear();
        }
    }

    /** Either a task that wants to be alone, or what comes before the next of those. */
    private synchronized boolean take(List<Write> group, List<Task> after) {
        long size = 0;
        while (!waiting.isEmpty() && size < GROUP_BYTES) {
            Job next = waiting.element();
            if (next instanceof Task task) {
                if (task.alone() && !(group.isEmpty() && after.isEmpty())) {
                    break;
                }
                after.add(task);
                waiting.remove();
                if (task.alone()) {
                    break;
                }
            } else if (next instanceof Write write) {
                group.add(write);
                size += write.bytes();
                waiting.remove();
            }
        }
        running = !group.isEmpty() || !after.isEmpty();
        return running;
    }

    private static void perform(Task task) {
        try {
            task.action().run();
        } catch (RuntimeException | Error e) {
            task.done().accept(e);
        }
    }

    private void commit(List<Write> group) {
        if (group.isEmpty()) {
            return;
        }
        List<@Nullable SequenceConflictException> refusals = List.of();
        @Nullable Throwable failure = null;
        try {
            refusals = store.append(group.stream().map(Write::rows).toList());
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        synchronized (this) {
            writes -= group.size();
            bytes -= group.stream().mapToLong(Write::bytes).sum();
        }
        tell(List.copyOf(group), failure, refusals);
    }

    private void tell(
            List<Write> group, @Nullable Throwable failure, List<@Nullable SequenceConflictException> refusals) {
        Runnable tell = () -> {
            for (int i = 0; i < group.size(); i++) {
                group.get(i).done().accept(failure != null ? failure : refusals.get(i));
            }
        };
        try {
            answers.execute(tell);
        } catch (RuntimeException | Error nobodyThere) {
            tell.run(); // or this one would never write again, and nobody hear why
        }
    }

    private JournalUnavailableException closed() {
        return new JournalUnavailableException(Reason.CLOSED, "journal " + store.directory() + " was closed");
    }
}
