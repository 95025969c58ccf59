package org.pagepool.demo.cli;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM, as a request to come to an end: whoever works is told, and the process waits until the partial
 * result is written. A second Ctrl-C ends it at once. Thread-safe.
 */
public final class Interrupts {
    private static final long PATIENCE_SECONDS = 15;

    /** Of Ctrl-C in the mask of signals that a process ignores. */
    private static final long SIGINT_BIT = 1L << 1;

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean interrupted;
    private boolean pressed;

    /** Listens to the signals of this process from now on. */
    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "pagepool-interrupt"));
        if (!ignoresKey()) {
            listenToKey();
        }
    }

    /** Whoever started this process in the background may not want it to hear Ctrl-C. */
    private static boolean ignoresKey() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("SigIgn:"))
                    .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT_BIT) != 0);
        } catch (IOException | NumberFormatException elsewhere) {
            return false;
        }
    }

    /**
     * Java ends the process at the first Ctrl-C and is deaf to the second. The class that can hear both is no part of its
     * official interface, hence the way round; without it the shutdown hook does for the first.
     */
    private void listenToKey() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onKey = Proxy.newProxyInstance(
                    Interrupts.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> {
                        if (method.getName().equals("handle")) {
                            onKey();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("INT"), onKey);
        } catch (ReflectiveOperationException | IllegalArgumentException without) {
            return; // then a second Ctrl-C does nothing
        }
    }

    /** Each press comes on a thread of its own. */
    private void onKey() {
        synchronized (this) {
            if (pressed) {
                Runtime.getRuntime().halt(ExitStatus.INTERRUPTED.code());
            }
            pressed = true;
        }
        end();
        if (finished.getCount() > 0) {
            Runtime.getRuntime().halt(ExitStatus.INTERRUPTED.code());
        }
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
        if (finished.getCount() > 0) {
            end();
        }
    }

    private void end() {
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
