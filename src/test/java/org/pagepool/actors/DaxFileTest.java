package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.refused;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.File;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.dax.DaxEntry;
import org.pagepool.runtime.dax.LayoutBreak.Phase;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.protocol.Protocol;

/** Files on fs-dax devices: what a fault brings in, what truncation waits for, and that nothing is given back in use. */
class DaxFileTest {
    private static final long MIB = 1L << 20;
    private static final long PMD = 512;
    private static final Duration LATE = Duration.ofMillis(300);

    private static <T> T get(CompletionStage<T> stage) {
        return PoolHarness.await(stage);
    }

    static List<Protocol> protocols() {
        return Protocol.PRESETS;
    }

    /** A device, a file on it, a space that maps all of the file, and a walker. */
    private static final class Stage implements AutoCloseable {
        final PoolHarness h;
        final Device device;
        final File file;
        final Space space;
        final Walker walker;

        Stage(Protocol protocol) {
            this(protocol, 2 * MIB, Level.PMD);
        }

        Stage(Protocol protocol, long headBytes, Level level) {
            h = new PoolHarness();
            device = h.map(DeviceSpec.of("pmem0", 64 * MIB)
                    .type(MemoryType.FS_DAX)
                    .headBytes(headBytes)
                    .protocol(protocol));
            file = get(h.pool.openFile("f1", device, 8 * PMD));
            space = get(h.pool.openSpace("vm1"));
            get(space.map(file, 0, 0, 8 * PMD, level, true, false));
            walker = h.walker("w7", space);
        }

        Pin pin(long vpn, long pages) {
            GupWalker.Walked walked = get(walker.pin(vpn, pages));
            assertEquals(pages, walked.pages(), () -> String.valueOf(walked.stop()));
            Pin pin = walked.pin();
            assertNotNull(pin);
            return pin;
        }

        Pin gets(long vpn, long pages) {
            GupWalker.Walked walked = get(walker.get(vpn, pages));
            assertEquals(pages, walked.pages(), () -> String.valueOf(walked.stop()));
            Pin got = walked.pin();
            assertNotNull(got);
            return got;
        }

        void waits() {
            Awaitility.await().atMost(SOON).until(() -> get(file.status()).phase() == Phase.WAIT);
        }

        @Override
        public void close() {
            h.close();
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    @DisplayName("B31: a fault ties the page to the file, and holds what the era says")
    void aFaultShouldBringInThePagesOfTheFile(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            Pin pin = s.pin(0, 2 * PMD);

            assertEquals(2 * PMD, get(s.space.mappedPages()));
            assertEquals(2, get(s.file.status()).entries().size());
            List<Event.Tied> tied = s.h.events(Event.Tied.class, e -> e.file().equals("f1"));
            assertEquals(2, tied.stream().mapToInt(e -> Runs.heads(e.runs())).sum());
            long byFile = get(s.device.holders()).stream()
                    .filter(x -> x.holder().equals("f1"))
                    .mapToLong(x -> x.requests())
                    .sum();
            assertEquals(protocol.entriesHoldRefs() ? 2 : 0, byFile);
            long byMappings =
                    get(s.device.holders()).stream().mapToLong(x -> x.maps()).sum();
            assertEquals(protocol.mapHoldsRefs(MemoryType.FS_DAX) ? 2 : 0, byMappings);
            get(s.walker.unpin(pin));
            assertEquals(4 * PMD, get(s.file.truncate(4 * PMD, SOON)).pages());
            s.file.close();
            assertInstanceOf(Pgmap.Closed.class, get(s.device.closeWhenIdle(SOON)));
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    @DisplayName("B33, R14: truncation waits for a pin, and gives the block back when it is gone")
    void truncationShouldWaitForAPin(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            Pin pin = s.pin(PMD, 1);

            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();

            assertEquals(List.of(), s.h.events(Event.BlockFreed.class, e -> true));
            assertTrue(get(s.file.status()).holders().contains("w7"));
            get(s.walker.unpin(pin));
            DaxFile.Cut done = get(cut);
            assertNull(done.refusal());
            assertEquals(0, done.pages());
            assertTrue(done.waits() >= 1);
            assertEquals(0, get(s.space.mappedPages()));
            assertEquals(
                    8,
                    Runs.heads(
                            s.h.events(Event.BlockFreed.class, e -> true).get(0).runs()));
            assertEquals(List.of(), s.h.events(Event.Warned.class, e -> e.row().equals("B35")));
            assertTrue(s.h.verdict(false).clean());
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.13, false", "v6.15, true", "dax-gup-fix, false", "request-folio, true", "pagepool, true"})
    @DisplayName("B34: eviction waits without being interrupted where the era waits at all")
    void evictionShouldWaitWhereTheEraDoes(String preset, boolean waits) {
        Protocol protocol = Protocol.preset(preset);
        assertNotNull(protocol);
        try (Stage s = new Stage(protocol)) {
            Pin pin = s.pin(0, 1);

            CompletionStage<DaxFile.Cut> cut = s.file.evict(SOON);
            if (waits) {
                s.waits();
                s.file.interrupt();
                assertEquals(Phase.WAIT, get(s.file.status()).phase());
                get(s.walker.unpin(pin));
                assertNull(get(cut).refusal());
                assertTrue(s.h.verdict(false).clean());
            } else {
                assertNull(get(cut).refusal());
                assertEquals(
                        1,
                        s.h.events(Event.Warned.class, e -> e.row().equals("B35"))
                                .size());
                get(s.walker.unpin(pin));
                s.h.expectViolations();
                assertEquals(Set.of(Invariant.I3), s.h.verdict(false).broken());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v5.13", "v6.15", "dax-gup-fix"})
    @DisplayName("D8, R14: waiting only for pins gives a page back that somebody gets")
    void waitingForPinsOnlyShouldBeFoundOut(String preset) {
        Protocol right = Protocol.preset(preset);
        assertNotNull(right);
        try (Stage s = new Stage(right.with("layout.idle-rule", "not-pinned"))) {
            s.h.expectViolations();
            Pin got = s.gets(0, 1);

            DaxFile.Cut cut = get(s.file.truncate(0, SOON));

            assertNull(cut.refusal());
            assertEquals(0, cut.waits());
            assertEquals(
                    1,
                    s.h.events(Event.Warned.class, e -> e.row().equals("B35")).size());
            get(s.walker.put(got));
            var verdict = s.h.verdict(false);
            assertEquals(Set.of(Invariant.I3), verdict.broken());
            assertEquals(
                    s.h.ordinalOfLast(Event.BlockFreed.class),
                    verdict.violations().get(0).ordinal());
            assertTrue(verdict.violations().get(0).what().contains("holder=w7"));
        }
    }

    @Test
    @DisplayName("B33: not waiting, it is refused at once; the range is unmapped, the entries are kept")
    void shouldBeRefusedAtOnceWhereItMayNotWait() {
        try (Stage s = new Stage(Protocol.V6_15.with("layout.wait", "non-blocking"))) {
            Pin pin = s.pin(0, 1);

            DaxFile.Cut cut = get(s.file.truncate(0, SOON));

            assertEquals(Refusal.BUSY, cut.refusal());
            assertEquals(List.of("w7"), cut.holders());
            assertEquals(8 * PMD, cut.pages());
            assertEquals(0, get(s.space.mappedPages()));
            assertEquals(1, get(s.file.status()).entries().size());
            get(s.walker.unpin(pin));
            assertNull(get(s.file.truncate(0, SOON)).refusal());
        }
    }

    @Test
    @DisplayName("B33: a deadline and a signal end the wait; the page can be faulted in again")
    void shouldEndTheWait() {
        try (Stage s = new Stage(Protocol.PAGEPOOL)) {
            Pin pin = s.pin(0, 1);

            DaxFile.Cut late = get(s.file.truncate(0, LATE));
            assertEquals(Refusal.TIMEOUT, late.refusal());
            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();
            s.file.interrupt();
            assertEquals(Refusal.INTERRUPTED, get(cut).refusal());

            Pin again = s.pin(0, 1);
            get(s.walker.unpin(pin));
            get(s.walker.unpin(again));
            assertNull(get(s.file.truncate(0, SOON)).refusal());
        }
    }

    @Test
    @DisplayName("R15: with the lock held, who needs a fault to let go waits for who waits for him")
    void holdingTheLockShouldDeadlockAndSaySo() {
        try (Stage s = new Stage(Protocol.V6_15.with("layout.wait", "hold-locks"))) {
            Pin first = s.pin(0, 1);
            CompletionStage<DaxFile.Cut> cut = s.file.truncate(PMD, SOON);
            Pin unrelated = first;
            assertNull(get(cut).refusal(), "what is not in the range is not waited for");

            CompletionStage<DaxFile.Cut> stuck = s.file.truncate(0, Duration.ofSeconds(2));
            s.waits();
            CompletionStage<GupWalker.Walked> second = s.walker.pin(0, 1);
            Awaitility.await().until(() -> get(s.file.status()).blocked().equals(List.of("w7")));

            DaxFile.Cut gaveUp = get(stuck);
            assertEquals(Refusal.TIMEOUT, gaveUp.refusal());
            assertEquals(List.of("w7"), gaveUp.deadlocked());
            assertEquals(
                    List.of("w7"),
                    s.h.events(Event.LayoutRefused.class, e -> true).get(0).blocked());
            Pin later = get(second).pin();
            assertNotNull(later, "once it has given up, the fault goes on");
            get(s.walker.unpin(later));
            get(s.walker.unpin(unrelated));
        }
    }

    @Test
    @DisplayName("R15: with the lock dropped, the fault goes on and the page is let go")
    void droppingTheLockShouldLetTheHolderFinish() {
        try (Stage s = new Stage(Protocol.V6_15)) {
            Pin source = s.pin(0, 1);
            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();

            Pin target = s.pin(PMD, 1);
            get(s.walker.unpin(source));
            Awaitility.await()
                    .until(() -> get(s.file.status()).busyHead()
                            == target.pieces().get(0).firstPfn());
            get(s.walker.unpin(target));

            assertNull(get(cut).refusal());
            assertTrue(get(cut).waits() >= 2, "it searched again and found the other page (R16)");
        }
    }

    @Test
    @DisplayName("R16: without another search the page that became busy meanwhile is given back in use")
    void notSearchingAgainShouldBeFoundOut() {
        try (Stage s = new Stage(Protocol.V6_15.with("layout.rescan", "false"))) {
            s.h.expectViolations();
            Pin source = s.pin(0, 1);
            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();
            Pin target = s.pin(PMD, 1);
            get(s.walker.unpin(source));

            assertNull(get(cut).refusal());
            get(s.walker.unpin(target));
            assertEquals(Set.of(Invariant.I3), s.h.verdict(false).broken());
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    @DisplayName("B36: files share blocks until one writes; the last to let go frees them")
    void filesShouldShareBlocksUntilOneWrites(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            File copy = get(s.h.pool.openFile("f2", s.device, 0));
            DaxFile.Cut shared = get(copy.cloneRange(s.file, 0, 2 * PMD, 0, SOON));
            if (protocol.entriesHoldRefs()) {
                assertEquals(Refusal.OUT_OF_RANGE, shared.refusal());
                return;
            }
            assertNull(shared.refusal());
            Space other = get(s.h.pool.openSpace("vm2"));
            get(other.map(copy, 0, 0, 2 * PMD, Level.PMD, true, true));
            Pin read = get(s.walker.walk(
                            0,
                            1,
                            new GupWalker.Flags(org.pagepool.runtime.head.GrabKind.GET, false, false, false, false)))
                    .pin();
            assertNotNull(read);
            get(s.walker.put(read));
            Walker writer = s.h.walker("w8", other);
            Pin own = get(writer.pin(0, 1)).pin();
            assertNotNull(own, "a write gets a block of its own");
            assertFalse(own.pfns()[0] == read.pfns()[0]);
            get(writer.unpin(own));

            assertNull(get(s.file.truncate(0, SOON)).refusal());
            assertEquals(
                    7,
                    s.h.events(Event.BlockFreed.class, e -> true).stream()
                            .mapToInt(e -> Runs.heads(e.runs()))
                            .sum(),
                    "the second block is still the copy's");
            assertNull(get(copy.truncate(0, SOON)).refusal());
            assertEquals(
                    9,
                    s.h.events(Event.BlockFreed.class, e -> true).stream()
                            .mapToInt(e -> Runs.heads(e.runs()))
                            .sum());
        }
    }

    @Test
    @DisplayName("R17: invalidation takes the entry of a page in use, and says so")
    void invalidationShouldWarnOfPagesInUse() {
        try (Stage s = new Stage(Protocol.V6_15)) {
            GupWalker.Walked read = get(s.walker.walk(
                    0, 1, new GupWalker.Flags(org.pagepool.runtime.head.GrabKind.PIN, false, false, false, false)));
            assertEquals(PMD, get(s.file.invalidate(0, PMD)).pages());
            assertEquals(
                    1,
                    s.h.events(Event.Warned.class, e -> e.row().equals("R17")).size());
            Pin pin = read.pin();
            assertNotNull(pin);
            get(s.walker.unpin(pin));
            Pin dirty = s.pin(0, 1);
            assertEquals(0, get(s.file.invalidate(0, PMD)).pages(), "a dirty entry stays");
            get(s.walker.unpin(dirty));
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    @DisplayName("B31: a hole that is read is noted; a write gives it a block")
    void aHoleShouldGetABlockWhenItIsWritten(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            assertNull(get(s.file.punchHole(PMD, PMD, SOON)).refusal());
            GupWalker.Walked read = get(s.walker.walk(
                    PMD, 1, new GupWalker.Flags(org.pagepool.runtime.head.GrabKind.GET, false, false, false, false)));
            assertEquals(Refusal.NOT_MAPPED, read.stop());
            assertTrue(get(s.file.status()).entries().stream().anyMatch(e -> e.is(DaxEntry.Flag.ZERO)));

            Pin written = s.pin(PMD, 1);

            assertEquals(8 * PMD, get(s.file.status()).blocks());
            assertFalse(get(s.file.status()).entries().stream().anyMatch(e -> e.is(DaxEntry.Flag.ZERO)));
            get(s.walker.unpin(written));
        }
    }

    @Test
    @DisplayName("B32: a PMD entry over base pages is 512 heads, and any of them makes it busy")
    void aHugeEntryShouldSpanItsHeads() {
        try (Stage s = new Stage(Protocol.V5_13, 4096, Level.PMD)) {
            Pin pin = s.pin(PMD + 77, 1);
            assertEquals(1, get(s.file.status()).entries().size());
            assertEquals(9, get(s.file.status()).entries().get(0).order());

            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();
            assertEquals(pin.pieces().get(0).firstPfn(), get(s.file.status()).busyHead());
            get(s.walker.unpin(pin));

            assertNull(get(cut).refusal());
        }
    }

    @Test
    void smallEntriesShouldBeUsedWhereTheBlocksAreScattered() {
        try (Stage s = new Stage(Protocol.V6_15, 4096, Level.PMD)) {
            get(s.walker.unpin(s.pin(3, 1)));
            assertNull(get(s.file.truncate(PMD + 8, SOON)).refusal());
            get(s.walker.unpin(s.pin(PMD, 8)));
            assertEquals(
                    Set.of(9, 0),
                    Set.copyOf(get(s.file.status()).entries().stream()
                            .map(DaxEntry::order)
                            .toList()));
        }
    }

    @Test
    void whatLiesBehindTheEndShouldNotBeMapped() {
        try (Stage s = new Stage(Protocol.PAGEPOOL)) {
            assertNull(get(s.file.truncate(2 * PMD, SOON)).refusal());

            GupWalker.Walked across = get(s.walker.pin(PMD, 2 * PMD));
            assertEquals(PMD, across.pages());
            assertEquals(Refusal.NOT_MAPPED, across.stop());
            assertNull(get(s.file.truncate(4 * PMD, SOON)).refusal());
            get(s.walker.unpin(s.pin(3 * PMD, PMD)));
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    @DisplayName("A device that dies takes its files' entries with it, and does not wait for them")
    void teardownShouldNotWaitForFiles(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            get(s.walker.unpin(s.pin(0, 4 * PMD)));

            assertInstanceOf(Pgmap.Closed.class, get(s.device.closeWhenIdle(SOON)));

            GupWalker.Walked after = get(s.walker.pin(0, 1));
            assertEquals(0, after.pages());
            s.file.close();
            Awaitility.await().atMost(SOON).until(() -> get(s.h.pool.census()).holders() == 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v6.15", "dax-gup-fix", "v5.13"})
    void aTruncationShouldEndWithItsDevice(String preset) {
        Protocol protocol = Protocol.preset(preset);
        assertNotNull(protocol);
        try (Stage s = new Stage(protocol.with("teardown.waits-for", "page-pins"))) {
            if (protocol.base(MemoryType.FS_DAX) == 1) {
                s.h.expectViolations(); // R32: teardown puts the base of a page in use
            }
            Pin pin = s.pin(0, 1);
            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();

            CompletionStage<Pgmap.CloseAnswer> closed = s.device.closeWhenIdle(SOON);

            assertEquals(Refusal.DYING, get(cut).refusal());
            get(s.walker.unpin(pin));
            assertInstanceOf(Pgmap.Closed.class, get(closed));
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    @DisplayName("A holder that dies lets go, and truncation goes on")
    void aDeadHolderShouldNotBeWaitedFor(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            s.pin(0, 1);
            CompletionStage<DaxFile.Cut> cut = s.file.truncate(0, SOON);
            s.waits();

            s.walker.close();

            assertNull(get(cut).refusal());
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void theExitOfAProcessShouldNotMakeATruncationFreeWhatItMaps(Protocol protocol) {
        try (Stage s = new Stage(protocol)) {
            for (int i = 0; i < 20; i++) {
                Space space = get(s.h.pool.openSpace("p" + i));
                get(space.map(s.file, 0, 0, 8 * PMD, Level.PMD, true, true));
                space.close();
                assertNull(get(s.file.truncate(0, SOON)).refusal());
                assertNull(get(s.file.truncate(8 * PMD, SOON)).refusal());
            }
            assertTrue(s.h.verdict(false).clean());
        }
    }

    @Test
    void filesShouldBeRefusedWhereTheyCannotBe() {
        try (Stage s = new Stage(Protocol.PAGEPOOL)) {
            Device generic = s.h.map(DeviceSpec.of("dax0", 64 * MIB));
            refused(s.h.pool.openFile("f2", generic, PMD));
            refused(s.h.pool.openFile("f1", s.device, PMD));
            assertEquals(
                    Refusal.NO_SPACE,
                    refused(s.h.pool.openFile("f3", s.device, 64 * PMD)).refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE, get(s.file.truncate(PMD + 1, SOON)).refusal());
            assertEquals(Refusal.OUT_OF_RANGE, get(s.file.punchHole(0, 0, SOON)).refusal());
            assertEquals(
                    Refusal.OUT_OF_RANGE,
                    refused(s.space.map(s.file, PMD, 0, PMD, Level.PMD, true, false))
                            .refusal());
        }
    }

    /** An entry locked by one, wanted by another, in the way of a truncation. */
    private static final class Locked implements AutoCloseable {
        final Stage s = new Stage(Protocol.PAGEPOOL);
        final TestProbe<DaxFile.EntryLocked> one = TestProbe.create(s.h.pool.system());
        final TestProbe<DaxFile.EntryLocked> two = TestProbe.create(s.h.pool.system());
        final CompletableFuture<DaxFile.Cut> cut;

        Locked() {
            get(s.walker.unpin(s.pin(0, PMD)));
            s.file.ref().tell(new DaxFile.LockEntry(3, one.ref()));
            DaxEntry entry = one.receiveMessage(SOON).entry();
            assertNotNull(entry);
            assertEquals(0, entry.offset(), "the entry that has the page in it");
            s.file.ref().tell(new DaxFile.LockEntry(5, two.ref()));
            cut = s.file.truncate(0, SOON).toCompletableFuture();
            Awaitility.await().atMost(SOON).until(() -> get(s.file.status()).phase() == Phase.SCAN);
        }

        @Override
        public void close() {
            s.close();
        }
    }

    @Test
    @DisplayName("a locked entry stays as it is: whoever else wants it, and truncation, wait until it is unlocked")
    void aLockedEntryShouldKeepOthersWaiting() {
        try (Locked l = new Locked()) {
            l.two.expectNoMessage(Duration.ofMillis(50));
            assertEquals(Phase.SCAN, get(l.s.file.status()).phase());
            assertEquals(1, get(l.s.file.status()).entries().size());
            assertFalse(l.cut.isDone());

            l.s.file.ref().tell(new DaxFile.UnlockEntry(0));

            assertNotNull(l.two.receiveMessage(SOON).entry());
            assertEquals(1, get(l.s.file.status()).entries().size());
            assertFalse(l.cut.isDone(), "locked again, by the second");
            l.s.file.ref().tell(new DaxFile.UnlockEntry(5));
            assertNull(get(l.cut).refusal());
            assertEquals(List.of(), get(l.s.file.status()).entries());
            assertTrue(l.s.h.verdict(false).clean());
        }
    }

    @Test
    @DisplayName("who waits for a locked entry of a file that is closed hears that there is none")
    void aClosedFileShouldHaveNoEntryToLock() {
        try (Locked l = new Locked()) {
            l.s.file.close();

            assertNull(l.two.receiveMessage(SOON).entry());
            assertEquals(Refusal.CLOSED, get(l.cut).refusal());
        }
    }

    @Test
    @DisplayName("where there is no entry there is nothing to lock, and nothing to unlock")
    void nothingShouldBeLockedWhereThereIsNoEntry() {
        try (Stage s = new Stage(Protocol.PAGEPOOL)) {
            TestProbe<DaxFile.EntryLocked> probe = TestProbe.create(s.h.pool.system());
            s.file.ref().tell(new DaxFile.UnlockEntry(PMD));
            s.file.ref().tell(new DaxFile.LockEntry(PMD, probe.ref()));
            assertNull(probe.receiveMessage(SOON).entry());
            get(s.walker.unpin(s.pin(PMD, PMD)));
            assertNull(get(s.file.truncate(0, SOON)).refusal());
        }
    }
}
