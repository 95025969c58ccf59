package org.pagepool.persistence.rocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.journal.Scribe;
import org.pagepool.persistence.journal.StoredId;
import org.pagepool.persistence.journal.StoredRow;

/** A process that writes and says what was acknowledged is killed, again and again, on the same directory. */
class CrashTest {
    private static final int WRITERS = 16;

    @TempDir
    Path temp;

    @Test
    void shouldLoseNothingThatWasAcknowledged() throws Exception {
        crash(3, 1);
    }

    @Test
    @Tag("soak")
    void shouldLoseNothingThatWasAcknowledgedManyTimes() throws Exception {
        crash(40, 2);
    }

    private void crash(int rounds, long seed) throws Exception {
        Path directory = temp.resolve("journal");
        Random random = new Random(seed);
        Map<String, Long> acknowledged = new HashMap<>();
        for (int round = 0; round < rounds; round++) {
            long before = acknowledged.values().stream().mapToLong(n -> n).sum();
            runAndKill(directory, temp.resolve("said-" + round), Duration.ofMillis(random.nextInt(1200)), acknowledged);
            long after = acknowledged.values().stream().mapToLong(n -> n).sum();
            assertTrue(after > before, "nothing was written");
            check(directory, acknowledged);
        }
    }

    private static void runAndKill(Path directory, Path said, Duration life, Map<String, Long> acknowledged)
            throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(said.toFile())
                .start();
        try {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Files.size(said) > 0 || !child.isAlive());
            assertFalse(child.waitFor(life.toMillis(), TimeUnit.MILLISECONDS), "ended by itself");
        } finally {
            child.destroyForcibly().waitFor();
        }
        for (String line : Files.readAllLines(said)) {
            if (line.endsWith(".")) {
                String[] words = line.substring(0, line.length() - 1).split(" ", -1);
                acknowledged.merge(words[0], Long.parseLong(words[1]), Math::max);
            }
        }
    }

    private static void check(Path directory, Map<String, Long> acknowledged) {
        Map<String, Long> found = new HashMap<>();
        try (JournalReader reader = RocksStore.openReadOnly(directory)) {
            long ordinal = 0;
            for (Iterator<StoredRow> rows = reader.rows(0); rows.hasNext(); ) {
                StoredRow row = rows.next();
                assertEquals(++ordinal, row.ordinal());
                long number = found.merge(row.persistenceId(), 1L, Long::sum);
                assertEquals(number, row.sequence());
                assertEquals(row.persistenceId() + "-" + number, new String(row.payload(), StandardCharsets.UTF_8));
            }
            for (Iterator<StoredId> ids = reader.persistenceIds(); ids.hasNext(); ) {
                StoredId id = ids.next();
                assertEquals(found.get(id.persistenceId()), id.highest());
                long rows = 0;
                for (Iterator<StoredRow> own = reader.rowsOf(id.persistenceId(), 0, Long.MAX_VALUE); own.hasNext(); ) {
                    assertEquals(++rows, own.next().sequence());
                }
                assertEquals(id.highest(), rows);
            }
        }
        acknowledged.forEach((id, number) ->
                assertTrue(found.getOrDefault(id, 0L) >= number, id + " lost " + number + ", has " + found.get(id)));
    }

    /** Writes until it is killed. Prints every acknowledgement as "name number."; a line without the full stop was cut off. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            ActorSystem.create(
                    writers(System.out),
                    "crash",
                    ConfigFactory.parseString("akka.persistence.journal.plugin = \"pagepool.journal.rocks\"\n"
                                    + "akka.loglevel = ERROR\n"
                                    + "pagepool.journal.rocks.dir = \"" + args[0] + "\"")
                            .withFallback(ConfigFactory.load()));
        }

        private static Behavior<Scribe.Wrote> writers(PrintStream out) {
            return Behaviors.setup(context -> {
                Map<String, ActorRef<Scribe.Command>> scribes = new HashMap<>();
                for (int i = 0; i < WRITERS; i++) {
                    ActorRef<Scribe.Command> scribe = context.spawn(Scribe.create("w" + i), "w" + i);
                    scribes.put("w" + i, scribe);
                    scribe.tell(new Scribe.Count(context.getSelf()));
                }
                Set<String> counted = new HashSet<>();
                return Behaviors.receiveMessage(wrote -> {
                    if (!counted.add(wrote.id())) {
                        out.println(wrote.id() + " " + wrote.lines() + ".");
                        out.flush();
                    }
                    scribes.get(wrote.id())
                            .tell(new Scribe.Write(wrote.id() + "-" + (wrote.lines() + 1), context.getSelf()));
                    return Behaviors.same();
                });
            });
        }
    }
}
