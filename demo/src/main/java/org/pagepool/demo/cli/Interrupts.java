package org.pagepool.demo.cli;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM, as a request to come to an end: whoever works is told, and the process waits until the partial
 * result is written. Thread-safe.
 */
public final class Interrupts {
    private static final long PATIENCE_SECONDS = 15;

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean interrupted;

    /** Listens to the signals of this process from now on. */
    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "pagepool-interrupt"));
    }

    /** True once the user has asked for the end. */
    public boolean interrupted() {
        return interrupted;
    }

    /** Runs {@code listener} when the user asks for the end, at once if that was before; until the handle is closed. */
    public Handle onInterrupt(Runnable listener) {
        listeners.add(listener);
        if (interrupted) {
            listener.run();
        }
        return () -> listeners.remove(listener);
    }

    /** Asks for the end, as Ctrl-C does. */
    public void interrupt() {
        interrupted = true;
        listeners.forEach(Runnable::run);
    }

    /** Everything is written: the process may go. */
    public void finished() {
        finished.countDown();
    }

    /** Ends a subscription. */
    @FunctionalInterface
    public interface Handle extends AutoCloseable {
        @Override
        void close();
    }

    /** Runs when the process is ending, for whatever reason; one that ended by itself has finished before. */
    private void onShutdown() {
        if (finished.getCount() == 0) {
            return;
        }
        interrupt();
        try {
            if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println(
                        "pagepool: stopped without a result: it took longer than " + PATIENCE_SECONDS + " s");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
