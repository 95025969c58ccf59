package org.pagepool.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pagepool.persistence.journal.FaultyJournal.Fault;
import org.pagepool.persistence.journal.FaultyJournal.Faults;

/** The faults do what they say, seen from a persistent actor that restarts after a failed write. */
class FaultyJournalTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final ActorTestKit kit = ActorTestKit.create(ConfigFactory.load(ConfigFactory.parseString(
            "akka.persistence.journal.plugin = \"" + FaultyJournal.PLUGIN + "\"\nakka.loglevel = OFF")));
    private final Faults faults = FaultyJournal.faults(kit.system());
    private final TestProbe<Scribe.Wrote> probe = kit.createTestProbe();
    private final ActorRef<Scribe.Command> scribe = kit.spawn(Scribe.create("a"));

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldStoreNothingThatFails() {
        write("one");
        probe.receiveMessage(LONG);
        faults.on(attempt -> attempt.events().contains("two"), Fault.FAIL, 1);
        write("two");
        awaitLines(1);
        write("two");
        assertEquals(2, probe.receiveMessage(LONG).lines());
        assertEquals(1, faults.spoiled().size());
        assertEquals(2, faults.spoiled().get(0).firstSequence());
    }

    @Test
    void shouldStoreWhatIsOnlySaidToHaveFailed() {
        faults.on(attempt -> true, Fault.FAIL_STORED, 1);
        write("one");
        awaitLines(1);
    }

    @Test
    void shouldDelayAndReject() {
        faults.delay(Duration.ofMillis(300)).on(attempt -> true, Fault.SLOW, 1);
        long start = System.nanoTime();
        write("slow");
        assertEquals(1, probe.receiveMessage(LONG).lines());
        assertEquals(true, System.nanoTime() - start >= 300_000_000);

        faults.on(attempt -> true, Fault.REJECT, 1);
        write("rejected");
        probe.expectTerminated(scribe, LONG);
    }

    @Test
    void shouldHangAndFailReplays() {
        faults.on(attempt -> true, Fault.HANG, 1);
        write("lost");
        Awaitility.await().until(() -> faults.spoiled().size() == 1);
        probe.expectNoMessage(Duration.ofMillis(100));

        faults.failReplays(id -> id.equals("b"));
        ActorRef<Scribe.Command> other = kit.spawn(Scribe.create("b"));
        other.tell(new Scribe.Count(probe.ref()));
        assertThrows(AssertionError.class, () -> probe.receiveMessage(Duration.ofMillis(200)));
        faults.heal();
        Awaitility.await().atMost(LONG).untilAsserted(() -> {
            TestProbe<Scribe.Wrote> once = kit.createTestProbe();
            other.tell(new Scribe.Count(once.ref()));
            assertEquals(0, once.receiveMessage(Duration.ofSeconds(1)).lines());
        });
    }

    private void write(String line) {
        scribe.tell(new Scribe.Write(line, probe.ref()));
    }

    private void awaitLines(long lines) {
        Awaitility.await().atMost(LONG).untilAsserted(() -> {
            TestProbe<Scribe.Wrote> once = kit.createTestProbe();
            scribe.tell(new Scribe.Count(once.ref()));
            assertEquals(lines, once.receiveMessage(Duration.ofSeconds(1)).lines());
        });
    }
}
