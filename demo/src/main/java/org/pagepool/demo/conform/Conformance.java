package org.pagepool.demo.conform;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.HeadHosting;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.conform.Outcome.Result;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Runs checks. All pools of one run share an actor system, which is started when the first check wants a pool. Used by one
 * thread.
 */
public final class Conformance implements AutoCloseable {
    private static final long STOP_SECONDS = 30;

    private static final String IN_MEMORY = """
            akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
            akka.persistence.journal.inmem.test-serialization = on
            """;

    private final boolean durable;
    private final HeadHosting hosting;
    private @Nullable ActorSystem<?> system;
    private int scenes;

    /** On pools that keep nothing. */
    public Conformance() {
        this(false, HeadHosting.ACTOR);
    }

    /**
     * On pools that keep nothing, or, if {@code durable}, on pools that write down what they do before they tell anybody.
     *
     * @param hosting where their heads count
     */
    public Conformance(boolean durable, HeadHosting hosting) {
        this.durable = durable;
        this.hosting = hosting;
    }

    /**
     * A line of the plan.
     *
     * @param number from 1 on
     * @param check what to run, or null where there is nothing
     */
    public record Item(
            int number,
            Row row,
            Protocol protocol,
            @Nullable Check check) {
        /** What it is called in reports, as {@link Outcome#title}. */
        public String title() {
            return title(row, protocol, check == null ? null : check.name());
        }

        static String title(Row row, Protocol protocol, @Nullable String what) {
            return row.id() + " " + row.name() + (what == null ? "" : ": " + what) + " [" + protocol.name() + "]";
        }

        /** Runs it with {@code conformance}. */
        public Outcome run(Conformance conformance) {
            return conformance.run(this);
        }
    }

    /**
     * What there is to run: for each row and preset its checks. Where a row does not apply, or a behaviour has none, one line
     * says so; a race, dispute or invariant of which there is nothing to try has one line in all.
     */
    public static List<Item> plan(List<Row> rows, List<Protocol> presets) {
        List<Item> plan = new ArrayList<>();
        for (Row row : rows) {
            int before = plan.size();
            for (Protocol preset : presets) {
                boolean skipped = row.skipped(preset) != null;
                List<Check> checks = skipped ? List.of() : row.checks(preset);
                for (Check check : checks) {
                    plan.add(new Item(plan.size() + 1, row, preset, check));
                }
                if (checks.isEmpty() && (skipped || row.kind() == 'B')) {
                    plan.add(new Item(plan.size() + 1, row, preset, null));
                }
            }
            if (plan.size() == before) {
                plan.add(new Item(plan.size() + 1, row, presets.get(0), null));
            }
        }
        return List.copyOf(plan);
    }

    /** Runs one line of the plan. */
    public Outcome run(Item item) {
        Check check = item.check();
        if (check == null) {
            return without(item);
        }
        long start = SystemTime.MONOTONIC.nanos();
        try (Scene scene = new Scene(item.protocol(), this::system, "conform-" + ++scenes, durable)) {
            check.body().run(scene);
            scene.finish();
            return outcome(item, Result.OK, null, null, null, start);
        } catch (CheckFailure failed) {
            return outcome(item, Result.FAILED, failed.getMessage(), failed.expected(), failed.actual(), start);
        } catch (Exception | LinkageError | AssertionError broken) {
            return outcome(item, Result.FAILED, "threw " + broken, null, null, start);
        }
    }

    private static Outcome outcome(
            Item item,
            Result result,
            @Nullable String text,
            @Nullable String expected,
            @Nullable String actual,
            long start) {
        String what = item.check() == null ? null : item.check().name();
        long nanos = start == 0 ? 0 : SystemTime.MONOTONIC.nanos() - start;
        return new Outcome(item.number(), item.row(), item.protocol(), what, result, text, expected, actual, nanos);
    }

    private static Outcome without(Item item) {
        Row row = item.row();
        String skipped = row.skipped(item.protocol());
        if (skipped != null) {
            return outcome(item, Result.SKIPPED, skipped, null, null, 0);
        }
        if (row.kind() == 'B') {
            return outcome(item, Result.FAILED, "no check", null, null, 0);
        }
        String why = row.state().text()
                + (row.tests().isEmpty() ? "" : ", shown by " + row.tests().get(0));
        return outcome(item, Result.SKIPPED, "no check: " + why, null, null, 0);
    }

    private ActorSystem<?> system() {
        ActorSystem<?> there = system;
        if (there == null) {
            Config config = ConfigFactory.parseString("akka.actor.default-dispatcher = ${pagepool.dispatcher}")
                    .withFallback(PoolCalls.settings("""
                            akka.scheduler.tick-duration = 1ms
                            pagepool.teardown.grace = 10ms
                            pagepool.heads.hosting = %s
                            """.formatted(hosting.label()) + (durable ? IN_MEMORY : "")))
                    .resolve();
            there = ActorSystem.create(Behaviors.empty(), "conform", config);
            system = there;
        }
        return there;
    }

    /** Stops the pools. */
    @Override
    public void close() {
        ActorSystem<?> there = system;
        if (there != null) {
            there.terminate();
            try {
                there.getWhenTerminated().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException stuck) {
                throw new IllegalStateException("the pools did not stop", stuck);
            }
        }
    }
}
