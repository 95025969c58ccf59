package org.pagepool.demo.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.HeadHosting;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.PoolRefusedException;

/** How commands, which may wait, call a pool, which never does. */
public final class PoolCalls {
    private PoolCalls() {}

    /**
     * Settings of every pool of a command, over which it lays its own: Ctrl-C and fatal errors are the command's business,
     * and the log is not the place for a result.
     */
    public static Config settings(String own) {
        return ConfigFactory.parseString(own)
                .withFallback(ConfigFactory.parseString("""
                                akka.loglevel = WARNING
                                akka.log-dead-letters = off
                                akka.log-dead-letters-during-shutdown = off
                                akka.jvm-exit-on-fatal-error = off
                                akka.jvm-shutdown-hooks = off
                                akka.coordinated-shutdown.phases.actor-system-terminate.timeout = 60s
                                akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                                """))
                .withFallback(ConfigFactory.load());
    }

    /**
     * Keeps what the journal's own actors log about writes that fail to themselves, where the command ends with one line that says it;
     * not with a full trace. To be called before anything was logged.
     */
    public static void journalFailsInOneLine() {
        if (!"full".equals(System.getProperty("PAGEPOOL_TRACE"))) {
            System.setProperty("PAGEPOOL_JOURNAL_LOG", "OFF");
        }
    }

    /**
     * What {@code --hosting} says.
     *
     * @throws UsageException if it says nothing known
     */
    public static HeadHosting hosting(String label) {
        HeadHosting known = HeadHosting.of(label);
        if (known == null) {
            throw new UsageException("--hosting " + label + ": no such place; want actor or section");
        }
        return known;
    }

    /**
     * Waits for an answer.
     *
     * @throws UsageException if the pool refused what the user asked for
     * @throws IllegalStateException if the pool has died
     */
    public static <T> T join(Pool pool, CompletionStage<T> stage) {
        CompletableFuture<T> answer = stage.toCompletableFuture();
        try {
            CompletableFuture.anyOf(answer, died(pool)).join();
            checkAlive(pool, answer);
            return answer.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof PoolRefusedException refused) {
                throw new UsageException(String.valueOf(refused.getMessage()));
            }
            throw failed;
        }
    }

    /** Throws if the pool has died before it answered. */
    public static void checkAlive(Pool pool, CompletableFuture<?> answer) {
        if (!answer.isDone() && died(pool).isDone()) {
            throw new IllegalStateException("the pool has died; what it said is on standard error");
        }
    }

    private static CompletableFuture<?> died(Pool pool) {
        return pool.system().getWhenTerminated().toCompletableFuture();
    }
}
