package org.pagepool.actors;

import akka.dispatch.DispatcherPrerequisites;
import akka.dispatch.ExecutorServiceConfigurator;
import akka.dispatch.ExecutorServiceFactory;
import akka.dispatch.MonitorableThreadFactory;
import akka.dispatch.ThreadPoolConfig;
import com.typesafe.config.Config;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import scala.Function0;
import scala.concurrent.BlockContext;
import scala.concurrent.CanAwait;

/**
 * A fork-join executor like Akka's, but for two things.
 *
 * <p><b>What belongs together stays on one thread.</b> A call of one head is a chain of turns, each of which wakes the next: walker,
 * section, head, section, walker. A fork-join thread would offer each of them to the others and wake one up for it, and the chain
 * would be handed back and forth. Here a thread keeps what a turn wakes first, where it has nothing else to do, and does it next; and
 * it keeps the heads that a section asks ({@link #near}), which are then asked, count and answer while their memory is still at hand. The rest is
 * offered to other threads as always: they take sections, and of heads what one thread cannot keep.
 *
 * <p><b>Whoever comes from outside gets a turn.</b> A fork-join thread does what its own tasks have forked before it looks at what other
 * threads have submitted. Actors that keep each other busy, as walkers do that pin and unpin without a pause, never leave it a moment
 * for that: calls of the API, timers, and with them kills and deadlines, would wait for ever. Here every so often a task from outside
 * is taken among the thread's own, and after so many turns that were kept the thread goes back to what it has offered.
 *
 * <p>What a thread keeps nobody else can take. Actors must not wait; code that is not the pool's runs {@link #far}, and Scala's blocking
 * says what it does.
 *
 * <p>Named by {@code pagepool.dispatcher.executor}; reads the settings of {@code fork-join-executor}.
 */
public final class FairForkJoin extends ExecutorServiceConfigurator {
    /** How many tasks a thread forks before it takes one from outside; a power of two. */
    private static final int EVERY = 32;

    /** How many tasks a thread keeps; a power of two, and more than a section has heads of 2 MiB. */
    private static final int KEPT_MAX = 128;

    /** How many it does one after another before it goes back to what it has offered. */
    private static final int KEPT_IN_A_ROW = 4 * KEPT_MAX;

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

    /**
     * What {@code tells} sends is taken by its receivers on this thread, behind the turn that goes on, as far as the thread can keep
     * them: for an actor and its own, heads and writers, that nobody else talks to. On threads of others it makes no difference.
     */
    public static void near(Runnable tells) {
        if (Thread.currentThread() instanceof Worker worker) {
            worker.tellsNear = true;
            try {
                tells.run();
            } finally {
                worker.tellsNear = false;
            }
        } else {
            tells.run();
        }
    }

    /**
     * Somebody else's code, which may wait although it should not: whoever it wakes is offered to other threads, and so is whatever
     * this one has kept.
     */
    public static void far(Runnable foreign) {
        if (Thread.currentThread() instanceof Worker worker) {
            worker.far(() -> {
                foreign.run();
                return null;
            });
        } else {
            foreign.run();
        }
    }

    private static final class Pool extends ForkJoinPool {
        Pool(int threads, MonitorableThreadFactory factory) {
            super(threads, pool -> Worker.of(pool, factory), factory.exceptionHandler(), true);
        }

        @Override
        public void execute(Runnable task) {
            if (Thread.currentThread() instanceof Worker worker && worker.getPool() == this) {
                worker.fork(task);
            } else {
                offer(task);
            }
        }

        /** Offers it to all threads. */
        void offer(Runnable task) {
            super.execute((ForkJoinTask<?>) new Turn(task));
        }
    }

    /** One task, and then whatever its thread has kept meanwhile. */
    private static final class Turn extends ForkJoinTask<Void> {
        private static final long serialVersionUID = 1;

        private final transient Runnable task;

        Turn(Runnable task) {
            this.task = task;
        }

        @Override
        public @Nullable Void getRawResult() {
            return null;
        }

        @Override
        protected void setRawResult(Void none) {
            // has none
        }

        @Override
        protected boolean exec() {
            if (Thread.currentThread() instanceof Worker worker) {
                worker.run(task);
            } else {
                task.run();
            }
            return true;
        }

        /** A task from outside becomes one of this thread's; only tasks may take tasks. */
        static void takeOne() {
            ForkJoinTask<?> submitted = pollSubmission();
            if (submitted != null) {
                submitted.fork();
            }
        }
    }

    /** A thread, and what it has kept for itself. */
    static final class Worker extends ForkJoinWorkerThread implements BlockContext {
        private final @Nullable Runnable[] kept = new Runnable[KEPT_MAX];
        private int first;
        private int end;
        private int forks;
        private int inARow;
        private boolean mayKeepOne;
        private boolean tellsNear;

        private Worker(ForkJoinPool pool) {
            super(pool);
        }

        /** Like Akka's own. */
        static Worker of(ForkJoinPool pool, MonitorableThreadFactory factory) {
            Worker worker = factory.wire(new Worker(pool));
            worker.setName(factory.name() + "-" + factory.counter().incrementAndGet());
            return worker;
        }

        private void fork(Runnable task) {
            if ((++forks & (EVERY - 1)) == 0) {
                Turn.takeOne();
            }
            boolean keeps = tellsNear || mayKeepOne;
            if (keeps && end - first < KEPT_MAX && goesOn()) {
                mayKeepOne &= tellsNear; // what it tells near takes nobody's place
                kept[end++ & (KEPT_MAX - 1)] = task;
            } else {
                offer(task);
            }
        }

        /** Where it has offered something that nobody has taken, it does not begin a chain, and does not go on with one for ever. */
        private boolean goesOn() {
            boolean all = tellsNear || inARow > 0;
            return (all && inARow < KEPT_IN_A_ROW) || ForkJoinTask.getQueuedTaskCount() == 0;
        }

        private void offer(Runnable task) {
            ((Pool) getPool()).offer(task);
        }

        private void run(Runnable task) {
            inARow = 0;
            try {
                turn(task);
                for (Runnable next = poll(); next != null; next = poll()) {
                    inARow++;
                    turn(next);
                }
            } finally {
                mayKeepOne = false;
                tellsNear = false;
                offerKept();
            }
        }

        private @Nullable Runnable poll() {
            if (first == end) {
                return null;
            }
            int at = first++ & (KEPT_MAX - 1);
            Runnable next = kept[at];
            kept[at] = null;
            return next;
        }

        private void offerKept() {
            for (Runnable next = poll(); next != null; next = poll()) {
                offer(next);
            }
        }

        private <T> @Nullable T far(Supplier<@Nullable T> foreign) {
            boolean mayKeep = mayKeepOne;
            boolean near = tellsNear;
            mayKeepOne = false;
            tellsNear = false;
            offerKept();
            try {
                return foreign.get();
            } finally {
                mayKeepOne = mayKeep;
                tellsNear = near;
            }
        }

        private void turn(Runnable task) {
            mayKeepOne = true;
            try {
                task.run();
            } catch (Throwable broken) {
                if (broken instanceof InterruptedException) {
                    interrupt();
                } else {
                    getUncaughtExceptionHandler().uncaughtException(this, broken);
                }
            }
        }

        /** Who waits, and says so, keeps nobody else waiting. */
        @Override
        @SuppressWarnings("NullAway") // null is what the thunk may say, too
        public <T> T blockOn(Function0<T> thunk, CanAwait permission) {
            Blocker<T> blocker = new Blocker<>(thunk);
            return far(() -> {
                try {
                    ForkJoinPool.managedBlock(blocker);
                } catch (InterruptedException interrupted) {
                    throw Blocker.<RuntimeException>undeclared(interrupted);
                }
                return blocker.result;
            });
        }
    }

    /** Lets another thread work while one waits. */
    private static final class Blocker<T> implements ForkJoinPool.ManagedBlocker {
        private final Function0<T> thunk;
        private @Nullable T result;
        private boolean done;

        Blocker(Function0<T> thunk) {
            this.thunk = thunk;
        }

        @Override
        public boolean block() {
            result = thunk.apply();
            done = true;
            return true;
        }

        @Override
        public boolean isReleasable() {
            return done;
        }

        /** Scala's code throws it without saying so, and expects it. */
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        static <X extends Throwable> X undeclared(Throwable thrown) throws X {
            throw (X) thrown;
        }
    }
}
