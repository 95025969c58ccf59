package org.pagepool.persistence.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.FailureReport;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.GupWalker.LoopWalked;
import org.pagepool.actors.GupWalker.Walked;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.File;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.persistence.journal.FaultyJournal.Fault;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.protocol.Protocol;

/** A journal that fails, hangs or is slow while everything goes on. */
final class JournalFaultsTest {
    private static final long MIB = 1 << 20;
    private static final long PAGES = (512 * MIB) >> 12;
    private static final Set<Refusal> NOT_NOW = EnumSet.of(Refusal.JOURNAL, Refusal.TIMEOUT);

    static Stream<Arguments> faultsAndOwners() {
        return Stream.of("section", "pgmap", "teardown", "pool", "")
                .flatMap(owner -> Stream.of(Fault.FAIL, Fault.FAIL_STORED, Fault.HANG, Fault.SLOW)
                        .map(fault -> Arguments.of(fault, owner)));
    }

    @ParameterizedTest
    @MethodSource("faultsAndOwners")
    @DisplayName(
            "I7, I11, I12: whatever a journal does for a while, nothing is lost, nothing counts twice, and teardown ends")
    void shouldComeThroughUnharmed(Fault fault, String owner) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (FaultyPool faulty = new FaultyPool()) {
            faulty.faults.on(FaultyPool.of(owner), fault, 2);
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Space space = faulty.space("vm1", device);
            List<Walker> walkers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                walkers.add(faulty.walker("w" + i, space));
            }
            walk(walkers, random);
            faulty.faults.on(FaultyPool.of(owner), fault, 3);
            walk(walkers, random);
            Walked kept = pinned(walkers.get(0), 1000);
            awaitHeld(device, 1000);

            faulty.crash();
            faulty.faults.on(FaultyPool.of(owner), fault, 2);
            faulty.start();

            Pool.Recovery recovery = await(faulty.pool.recovered());
            assertEquals(2, recovery.life(), "seed " + seed);
            Device back = recovery.devices().get(0);
            assertNotNull(kept.pin());
            CompletionStage<Pgmap.CloseAnswer> closed = back.closeWhenIdle(SOON);
            assertInstanceOf(Pgmap.Closed.class, await(closed), "seed " + seed);
            assertEquals(1, faulty.events(Event.CleanedUp.class).size());
            assertEquals(1, faulty.events(Event.Drained.class).size());
            assertFalse(faulty.faults.spoiled().isEmpty(), "something was spoiled");
            faulty.assertClean();

            faulty.crash();
            faulty.start();
            assertEquals(List.of(), await(faulty.pool.recovered()).devices());
        }
    }

    /** Every walker pins and unpins a few times, all at once; whatever does not work says why. */
    private static void walk(List<Walker> walkers, Random random) {
        for (int round = 0; round < 4; round++) {
            List<CompletionStage<Walked>> walks = new ArrayList<>();
            for (Walker walker : walkers) {
                long pages = 1L + random.nextInt(5000);
                walks.add(walker.pin(random.nextLong(PAGES - pages), pages));
            }
            for (int i = 0; i < walkers.size(); i++) {
                Walked walked = await(walks.get(i));
                if (walked.pin() == null) {
                    assertTrue(NOT_NOW.contains(walked.stop()), () -> "stopped by " + walked.stop());
                } else {
                    assertEquals(walked.pages(), await(walkers.get(i).unpin(walked.pin())));
                }
            }
        }
    }

    private static Walked pinned(Walker walker, long pages) {
        return Awaitility.await().atMost(SOON).until(() -> await(walker.pin(0, pages)), walked -> {
            if (walked.pin() != null && walked.pages() < pages) {
                await(walker.unpin(walked.pin()));
            }
            return walked.pages() == pages;
        });
    }

    private static void awaitHeld(Device device, long pages) {
        Awaitility.await()
                .atMost(SOON)
                .until(
                        () -> await(device.holders()).stream()
                                .mapToLong(Holding::pins)
                                .sum(),
                        held -> held == pages);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"FAIL", "HANG"})
    @DisplayName("while nothing can be written, walks end in time: those under way with TIMEOUT, new ones with JOURNAL")
    void shouldAnswerWhileTheJournalIsAway(Fault fault) {
        try (FaultyPool faulty = new FaultyPool()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Space space = faulty.space("vm1", device);
            Walker early = faulty.walker("early", space);
            Walker late = faulty.walker("late", space);
            Walked kept = await(early.pin(0, 512));
            assertNotNull(kept.pin());
            faulty.faults.always(FaultyPool.of("section"), fault);

            Walked underWay = await(early.pin(512, 512));
            assertEquals(Refusal.TIMEOUT, underWay.stop());
            assertNull(underWay.pin());
            long start = System.nanoTime();
            assertEquals(Refusal.JOURNAL, await(late.pin(0, 512)).stop());
            assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos(), "refused at once");
            CompletionStage<Long> unpinned = early.unpin(kept.pin());
            CompletionStage<Pgmap.CloseAnswer> deadline = device.closeWhenIdle(Duration.ofMillis(200));

            faulty.faults.heal();
            assertEquals(512, await(unpinned));
            await(deadline);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> faulty.events(Event.CleanedUp.class).size() == 1);
            faulty.assertClean();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"section", "pgmap", "teardown", "pool"})
    @DisplayName("what cannot be read at the start is waited for, and nobody is told before that everything is back")
    void shouldWaitForReplays(String owner) {
        try (FaultyPool faulty = new FaultyPool()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Walker walker = faulty.walker("w7", faulty.space("vm1", device));
            assertEquals(70_000, await(walker.pin(0, 70_000)).pages());
            if (owner.equals("teardown")) {
                device.closeWhenIdle(SOON);
                Awaitility.await()
                        .atMost(SOON)
                        .until(() -> !faulty.events(Event.KillConfirmed.class).isEmpty());
            }
            faulty.crash();
            faulty.faults.failReplays(id -> id.startsWith(owner));
            faulty.start();
            CompletionStage<Pool.Recovery> recovered = faulty.pool.recovered();
            if (!owner.equals("teardown")) {
                Awaitility.await()
                        .during(Duration.ofMillis(500))
                        .atMost(SOON)
                        .until(() -> !recovered.toCompletableFuture().isDone());
            }
            faulty.faults.heal();

            Device back = await(recovered).devices().get(0);
            assertInstanceOf(Pgmap.Closed.class, await(back.closeWhenIdle(SOON)));
            assertEquals(1, faulty.events(Event.CleanedUp.class).size());
            faulty.assertClean();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"section", "pgmap", "teardown"})
    @DisplayName("an event that can never be written ends its device, whoever waits is answered, and the others go on")
    void shouldEndWhatCannotBeWritten(String owner) {
        try (FaultyPool faulty = new FaultyPool()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Device other = await(faulty.pool.map(DeviceSpec.of("pmem1", 512 * MIB)));
            Walker walker = faulty.walker("w7", faulty.space("vm1", device));
            faulty.faults.on(FaultyPool.of(owner + "-pmem0"), Fault.REJECT, 1);

            Walked walked = await(walker.pin(0, 512));
            if (owner.equals("section")) {
                assertTrue(
                        EnumSet.of(Refusal.DEAD, Refusal.TIMEOUT, Refusal.NOT_MAPPED)
                                .contains(walked.stop()),
                        () -> "" + walked.stop());
                assertNull(walked.pin());
            }
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(Duration.ofMillis(300));
            assertEquals(
                    Map.of(),
                    assertInstanceOf(Pgmap.Closed.class, await(closed)).enteredNanos());
            assertEquals(List.of(), faulty.events(Event.CleanedUp.class));
            assertEquals(
                    List.of("pmem1"),
                    await(faulty.pool.recovered()).devices().stream()
                            .map(d -> d.spec().id())
                            .toList());

            Walker next = faulty.walker("w8", faulty.space("vm2", other));
            assertEquals(512, await(next.pin(0, 512)).pages(), "the other device goes on");
        }
    }

    @Test
    @DisplayName("a write that the journal has swallowed is made again")
    void shouldWriteAgainWhatWasSwallowed() {
        try (FaultyPool faulty = new FaultyPool()) {
            faulty.faults.on(FaultyPool.of("pool"), Fault.HANG, 1);
            await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            faulty.crash();
            faulty.start();
            assertEquals(1, await(faulty.pool.recovered()).devices().size());
            assertEquals(1, faulty.faults.spoiled().size());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SLOW", "FAIL", "FAIL_STORED"})
    @DisplayName("B24, I7: calls under way at the same time get what they ask for once, and have it when it is written")
    void shouldWriteWhatCallsAtTheSameTimeGet(Fault fault) {
        try (FaultyPool faulty = FaultyPool.patient()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Walker walker = faulty.walker("w7", faulty.space("vm1", device));
            faulty.faults.delay(Duration.ofMillis(30));
            faulty.faults.on(FaultyPool.of("section"), fault, 4);

            LoopWalked walked = await(walker.walkLoop(0, PAGES, 512, GupWalker.AT_ONCE_MAX, GupWalker.Flags.PIN));

            assertNull(walked.stop());
            assertEquals(PAGES, walked.pages());
            assertEquals(4, faulty.faults.spoiled().size());
            assertEquals(
                    PAGES,
                    faulty.events(Event.Grabbed.class).stream()
                            .filter(grabbed -> grabbed.holder().equals("w7"))
                            .mapToLong(grabbed -> Runs.totalRefs(grabbed.runs()))
                            .sum(),
                    "written, and once");
            awaitHeld(device, PAGES);
            faulty.faults.on(FaultyPool.of("section"), fault, 4);
            for (Pin pin : walked.pins()) {
                assertEquals(512, await(walker.unpin(pin)));
            }
            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(SOON)));
            faulty.assertClean();
        }
    }

    @Test
    @DisplayName(
            "I11, I12: a crash amid calls that go together leaves what was written of them, and the lease ends that")
    void shouldReleaseWhatWasWrittenOfCallsThatACrashCutShort() {
        try (FaultyPool faulty = FaultyPool.patient()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Walker walker = faulty.walker("w7", faulty.space("vm1", device));
            await(walker.unpin(
                    Objects.requireNonNull(await(walker.pin(0, PAGES)).pin())));
            AtomicReference<String> hanging = new AtomicReference<>();
            faulty.faults.always(
                    attempt -> attempt.persistenceId().startsWith("section")
                            && (hanging.compareAndSet(null, attempt.persistenceId())
                                    || attempt.persistenceId().equals(hanging.get())),
                    Fault.HANG);
            int before = faulty.events(Event.Grabbed.class).size();
            TestProbe<Object> caller = TestProbe.create(faulty.pool.system());
            walker.ref()
                    .tell(new GupWalker.WalkLoop(
                            0, PAGES, 512, GupWalker.AT_ONCE_MAX, GupWalker.Flags.PIN, caller.ref()));
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> hanging.get() != null
                            && faulty.events(Event.Grabbed.class).size() >= before + 3 * 64);

            faulty.crash();
            faulty.start();

            Device back = await(faulty.pool.recovered()).devices().get(0);
            assertEquals(
                    before + 3 * 64,
                    faulty.events(Event.Grabbed.class).size(),
                    "three of four sections had written their calls");
            awaitHeld(back, 0);
            assertEquals(
                    3 * 64,
                    faulty.events(Event.Released.class).stream()
                            .filter(released ->
                                    released.holder().equals("w7") && released.cause() == ReleaseCause.RECLAIM)
                            .count(),
                    "the end of the lease");
            assertInstanceOf(Pgmap.Closed.class, await(back.closeWhenIdle(SOON)));
            faulty.assertClean();
        }
    }

    /** A file of one head, mapped, whose journal is slow. */
    private record MappedFile(Device device, File file, Walker walker) {
        static MappedFile of(FaultyPool faulty) {
            faulty.faults.always(FaultyPool.of("file"), Fault.SLOW);
            Device device = await(faulty.pool.map(
                    DeviceSpec.of("pmem0", 64 * MIB).type(MemoryType.FS_DAX).protocol(Protocol.V6_15)));
            File file = await(faulty.pool.openFile("f1", device, 512));
            Space space = await(faulty.pool.openSpace("vm1"));
            await(space.map(file, 0, 0, 512, Level.PMD, true, false));
            return new MappedFile(device, file, faulty.walker("w1", space));
        }
    }

    @Test
    @DisplayName(
            "R17: who has dropped the entries of a file hears of it when that is written, and what it warned of too")
    void shouldNotTellOfDroppedEntriesBeforeTheyAreWritten() {
        try (FaultyPool faulty = new FaultyPool()) {
            MappedFile mapped = MappedFile.of(faulty);
            Walked read =
                    await(mapped.walker.walk(0, 1, new GupWalker.Flags(GrabKind.PIN, false, false, false, false)));
            assertNotNull(read.pin());

            assertEquals(512, await(mapped.file.invalidate(0, 512)).pages());

            assertEquals(1, faulty.events(Event.EntryDeleted.class).size());
            assertEquals(
                    List.of("R17"),
                    faulty.events(Event.Warned.class).stream()
                            .map(Event.Warned::row)
                            .toList());
            assertEquals(1, await(mapped.walker.unpin(read.pin())));
        }
    }

    @Test
    @DisplayName("a file that is closed lets go of its pages, and ends, when it is written that its entries are gone")
    void shouldNotEndAFileBeforeItIsWritten() {
        try (FaultyPool faulty = new FaultyPool()) {
            MappedFile mapped = MappedFile.of(faulty);
            Walked walked = await(mapped.walker.pin(0, 512));
            assertNotNull(walked.pin());
            await(mapped.walker.unpin(walked.pin()));
            TestProbe<Object> probe = TestProbe.create(faulty.pool.system());

            mapped.file.close();
            probe.expectTerminated(mapped.file.ref(), SOON);

            assertBefore(faulty, Event.EntryDeleted.class, Event.Untied.class);
            assertInstanceOf(Pgmap.Closed.class, await(mapped.device.closeWhenIdle(SOON)));
        }
    }

    @Test
    @DisplayName(
            "a space that is closed ends when it is written what it has unmapped: teardown, which waits for it, goes on then")
    void shouldNotEndASpaceBeforeItIsWritten() {
        try (FaultyPool faulty = new FaultyPool()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Space space = faulty.space("vm1", device);
            faulty.faults.always(FaultyPool.of("space"), Fault.SLOW);
            CompletionStage<Pgmap.CloseAnswer> closed = device.closeWhenIdle(SOON);
            Awaitility.await().atMost(SOON).until(() -> !faulty.faults.spoiled().isEmpty());

            space.close();

            assertInstanceOf(Pgmap.Closed.class, await(closed));
            assertBefore(faulty, Event.Zapped.class, Event.Drained.class);
            faulty.assertClean();
        }
    }

    @Test
    @DisplayName("B39: a device that dies while one of its pages fails is drained when it is written how that ended")
    void shouldNotDrainBeforeAFailureIsWritten() {
        try (FaultyPool faulty = new FaultyPool()) {
            Device device = await(faulty.pool.map(DeviceSpec.of("pmem0", 512 * MIB)));
            Space space = faulty.space("vm1", device);
            assertEquals(PAGES, await(space.mappedPages()));
            faulty.faults.on(FaultyPool.of("space"), Fault.SLOW, 1).always(FaultyPool.of("pgmap"), Fault.SLOW);
            CompletionStage<FailureReport> failed =
                    faulty.pool.memoryFailure(device.spec().pfnAt(5));
            Awaitility.await().atMost(SOON).until(() -> !faulty.faults.spoiled().isEmpty());

            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(SOON)));

            assertEquals(FailureOutcome.RECOVERED, await(failed).outcome());
            assertBefore(faulty, Event.MemoryFailed.class, Event.Drained.class);
            faulty.assertClean();
        }
    }

    private static void assertBefore(FaultyPool faulty, Class<? extends Event> first, Class<? extends Event> then) {
        List<Class<?>> happened = faulty.events(Event.class).stream()
                .<Class<?>>map(Event::getClass)
                .filter(List.of(first, then)::contains)
                .toList();
        assertEquals(List.of(first, then), happened);
    }
}
