package org.pagepool.persistence.journal;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.persistence.JournalChoice;

/** How many events a second a journal takes; run by hand: {@code JournalThroughput DIRECTORY}. Prints medians of five rounds. */
final class JournalThroughput {
    private static final int ROUNDS = 5;
    private static final String LINE = "0123456789abcdef";

    private JournalThroughput() {}

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(args[0]), "throughput");
        Config config = JournalChoice.prepare(
                JournalChoice.rocks(directory.resolve("journal")).withFallback(ConfigFactory.load()));
        Map<String, double[]> found = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            measure(found, round, "one to each of 8192", config, 8192, 1);
            measure(found, round, "one after another by 64", config, 64, 500);
            measure(found, round, "one after another by one", config, 1, 3000);
        }
        try (JournalDriver driver = new JournalDriver(config, JournalChoice.ROCKS.plugin())) {
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (int n = 0; n < 200; n++) {
                    driver.write(JournalDriver.together("list" + round, 1 + 100L * n, 100 + 100L * n));
                }
                note(found, round, "lists of 100 by one", 20_000, start);
            }
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                int events = driver.payloads("list" + round).size();
                note(found, round, "replay of one", events, start);
            }
        }
        try (JournalReader reader = JournalChoice.reader(config)) {
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                int[] rows = {0};
                reader.rows(0).forEachRemaining(row -> rows[0]++);
                note(found, round, "read in order of all", rows[0], start);
            }
        }
        found.forEach((what, rates) -> {
            Arrays.sort(rates);
            System.out.printf("%-28s %,12.0f events/s%n", what, rates[ROUNDS / 2]);
        });
    }

    private static void measure(
            Map<String, double[]> found, int round, String what, Config config, int writers, int events)
            throws Exception {
        long[] started = new long[1];
        ActorSystem<Scribe.Wrote> system = ActorSystem.create(
                drive(what.replace(' ', '-') + round, writers, events, started), "throughput", config);
        system.getWhenTerminated().toCompletableFuture().get();
        note(found, round, what, (double) writers * events, started[0]);
    }

    private static void note(Map<String, double[]> found, int round, String what, double events, long start) {
        found.computeIfAbsent(what, any -> new double[ROUNDS])[round] = events / (System.nanoTime() - start) * 1e9;
    }

    /** The clock runs from the moment at which all have recovered. */
    private static Behavior<Scribe.Wrote> drive(String prefix, int writers, int events, long[] started) {
        return Behaviors.setup(context -> {
            Map<String, ActorRef<Scribe.Command>> scribes = new TreeMap<>();
            for (int i = 0; i < writers; i++) {
                ActorRef<Scribe.Command> scribe = context.spawnAnonymous(Scribe.create(prefix + "-" + i));
                scribes.put(prefix + "-" + i, scribe);
                scribe.tell(new Scribe.Count(context.getSelf()));
            }
            int[] counted = {0};
            int[] done = {0};
            return Behaviors.receiveMessage(wrote -> {
                if (counted[0] < writers) {
                    if (++counted[0] == writers) {
                        started[0] = System.nanoTime();
                        scribes.values().forEach(scribe -> scribe.tell(new Scribe.Write(LINE, context.getSelf())));
                    }
                } else if (wrote.lines() < events) {
                    scribes.get(wrote.id()).tell(new Scribe.Write(LINE, context.getSelf()));
                } else if (++done[0] == writers) {
                    return Behaviors.stopped();
                }
                return Behaviors.same();
            });
        });
    }
}
