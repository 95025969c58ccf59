package org.pagepool.actors;

import akka.dispatch.DispatcherPrerequisites;
import akka.dispatch.ExecutorServiceConfigurator;
import akka.dispatch.ExecutorServiceFactory;
import akka.dispatch.ForkJoinExecutorConfigurator;
import akka.dispatch.MonitorableThreadFactory;
import akka.dispatch.ThreadPoolConfig;
import com.typesafe.config.Config;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadFactory;

/**
 * Akka's fork-join executor, but for one thing: whoever comes from outside gets a turn. A fork-join thread does what its own tasks
 * have forked before it looks at what other threads have submitted. Actors that keep each other busy, as walkers do that pin and unpin
 * without a pause, never leave it a moment for that: calls of the API, timers, and with them kills and deadlines, would wait for
 * ever. Here every so often a task from outside is taken among the thread's own.
 *
 * <p>Named by {@code pagepool.dispatcher.executor}; reads the settings of {@code fork-join-executor}.
 */
public final class FairForkJoin extends ExecutorServiceConfigurator {
    /** How many of its own tasks a thread forks before it takes one from outside; a power of two. */
    private static final int EVERY = 32;

    private final Config settings;

    /** For Akka. */
    public FairForkJoin(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        this.settings = config.getConfig("fork-join-executor");
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
        if (!(threadFactory instanceof MonitorableThreadFactory monitorable)) {
            throw new IllegalStateException("a thread factory that is not Akka's: " + threadFactory);
        }
        MonitorableThreadFactory named = monitorable.withName(monitorable.name() + "-" + id);
        int threads = ThreadPoolConfig.scaledPoolSize(
                settings.getInt("parallelism-min"),
                settings.getDouble("parallelism-factor"),
                settings.getInt("parallelism-max"));
        return () -> new Pool(threads, named);
    }

    private static final class Pool extends ForkJoinPool {
        /** Ints between the counters of two threads: a cache line. */
        private static final int APART = 16;

        private static final int COUNTERS = 64;

        /** How often each thread has forked. Threads that share a counter may lose a count, which does not matter. */
        private final int[] forks = new int[COUNTERS * APART];

        Pool(int threads, MonitorableThreadFactory factory) {
            super(threads, factory, MonitorableThreadFactory.doNothing(), true);
        }

        @Override
        public void execute(Runnable task) {
            if (Thread.currentThread() instanceof ForkJoinWorkerThread worker && worker.getPool() == this) {
                int counter = (worker.getPoolIndex() & (COUNTERS - 1)) * APART;
                if ((++forks[counter] & (EVERY - 1)) == 0) {
                    Outside.takeOne();
                }
            }
            super.execute(
                    task instanceof ForkJoinTask<?> forkJoin
                            ? forkJoin
                            : new ForkJoinExecutorConfigurator.AkkaForkJoinTask(task));
        }
    }

    /** Only tasks may take tasks. */
    private abstract static class Outside extends ForkJoinTask<Void> {
        private static final long serialVersionUID = 1;

        static void takeOne() {
            ForkJoinTask<?> submitted = pollSubmission();
            if (submitted != null) {
                submitted.fork();
            }
        }
    }
}
