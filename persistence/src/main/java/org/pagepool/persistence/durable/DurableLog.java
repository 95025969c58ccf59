package org.pagepool.persistence.durable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.EventLog;
import org.pagepool.actors.LogSignal;
import org.pagepool.actors.TimeSource;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.EventSink;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;

/**
 * The log of one actor over its {@link BatchWriter}. What is written down while a write is under way is written by the next
 * one. Effects run in the order of calls, each when everything before it is written; what was written is handed to the sink
 * first. A write that fails is repeated until it succeeds: nothing that was decided is undone, and nobody hears of it before.
 */
final class DurableLog implements EventLog {
    private enum Flush implements LogSignal {
        INSTANCE
    }

    /** What is written together, and what happens when it is. */
    private static final class Page {
        final List<Batch.Entry> entries = new ArrayList<>();
        final List<Receipt> receipts = new ArrayList<>();
        final List<Runnable> effects = new ArrayList<>();

        boolean blank() {
            return entries.isEmpty() && receipts.isEmpty();
        }

        int size() {
            return entries.size() + receipts.size();
        }
    }

    private final Consumer<LogSignal> self;
    private final Writer<?> writer;
    private final EventSink sink;
    private final TimeSource time;
    private final TimeSource patienceClock;
    private final JournalSettings settings;
    private final ArrayDeque<Page> full = new ArrayDeque<>();
    private Page page = new Page();
    private @Nullable Page writing;
    private long number;
    private long sinceNanos;
    private int pending;
    private boolean flushing;

    DurableLog(
            Consumer<LogSignal> self,
            Writer<?> writer,
            long number,
            EventSink sink,
            TimeSource time,
            TimeSource patienceClock,
            JournalSettings settings) {
        this.self = self;
        this.writer = writer;
        this.number = number;
        this.sink = sink;
        this.time = time;
        this.patienceClock = patienceClock;
        this.settings = settings;
    }

    @Override
    public void record(Event event) {
        room().entries.add(new Batch.Entry(time.nanos(), event));
        wrote();
    }

    @Override
    public void receipt(Receipt receipt) {
        room().receipts.add(receipt);
        wrote();
    }

    private Page room() {
        if (page.size() >= Batch.SIZE_MAX) {
            full.add(page);
            page = new Page();
        }
        return page;
    }

    private void wrote() {
        pending++;
        if (writing == null && !flushing) {
            flushing = true;
            self.accept(Flush.INSTANCE);
        }
    }

    @Override
    public void then(Runnable tell) {
        Page last = page.blank() ? full.isEmpty() ? writing : full.peekLast() : page;
        if (last == null) {
            tell.run();
        } else {
            last.effects.add(tell);
        }
    }

    @Override
    public void on(LogSignal signal) {
        if (signal instanceof Flush) {
            flushing = false;
            write();
        } else if (signal instanceof Writer.Look) {
            writer.lookAfter(writing != null);
        } else if (signal instanceof Writer.Failed failed && writer.is(failed.turn())) {
            throw new IllegalStateException("it cannot be written down what happened: batch=" + number);
        } else if (signal instanceof BatchWriter.Written written
                && writer.is(written.turn())
                && written.number() == number
                && writing != null) {
            written(writing);
        } else if (signal instanceof BatchWriter.Reopened reopened && writer.is(reopened.turn()) && writing != null) {
            if (reopened.number() >= number) {
                written(writing);
            } else {
                send(writing);
            }
        }
    }

    private void written(Page done) {
        pending -= done.size();
        for (Batch.Entry entry : done.entries) {
            sink.accept(entry.event());
        }
        for (int i = 0;
                i < done.effects.size();
                i++) { // an effect may add others, which come behind those that are there
            done.effects.get(i).run();
        }
        writing = null;
        write();
    }

    private void write() {
        if (writing != null) {
            return;
        }
        Page next = full.poll();
        if (next == null && !page.blank()) {
            next = page;
            page = new Page();
        }
        if (next != null) {
            writing = next;
            number++;
            sinceNanos = patienceClock.nanos();
            send(next);
        }
    }

    private void send(Page next) {
        writer.send(new BatchWriter.Append(number, new Batch(next.entries, next.receipts)));
    }

    @Override
    public boolean stuck() {
        if (writing == null) {
            return false;
        }
        long waits = patienceClock.nanos() - sinceNanos;
        return pending > settings.pendingMax() || waits > settings.patience().toNanos();
    }
}
