package org.pagepool.persistence.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;

import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.protocol.Protocol;

/** What is there after a crash. */
final class RecoveryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private static void assertClean(DurablePool durable) {
        assertTrue(
                durable.verdict(true).clean(),
                () -> durable.verdict(true).violations().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pagepool", "v5.5", "v5.18", "v6.1", "v6.15", "dax-gup-fix"})
    @DisplayName(
            "I11: what a walk was told it has is held after a crash, until the lease is over, and is released once")
    void shouldKeepWhatWasGranted(String preset) {
        try (DurablePool durable = new DurablePool(directory, "pagepool.recovery.lease = 300ms")) {
            Device device =
                    await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB).protocol(Protocol.preset(preset))));
            Space space = durable.space("vm1", device);
            Walker walker = durable.walker("w7", space);
            GupWalker.Walked walked = await(walker.pin(0, 100_000));
            assertEquals(100_000, walked.pages());
            await(walker.unpin(walked.pin(), 5_000, 1_000));
            await(walker.get(70_000, 10));

            durable.crash();

            assertEquals(2, durable.recovery().life());
            Device back = durable.recovery().devices().get(0);
            assertEquals(device.spec(), back.spec());
            Holding held = await(back.holders()).stream()
                    .filter(h -> h.holder().equals("w7"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(99_000, held.pins());
            assertEquals(10, held.gets());
            Awaitility.await().atMost(SOON).until(() -> await(back.holders()).isEmpty());
            assertEquals(
                    99_010,
                    durable
                            .events(
                                    Event.Released.class,
                                    e -> e.holder().equals("w7") && e.cause() == ReleaseCause.RECLAIM)
                            .stream()
                            .flatMap(e -> e.runs().stream())
                            .mapToLong(run -> (long) run.heads() * run.refs())
                            .sum());
            Walker next = durable.walker("w7", durable.space("vm1", back));
            await(next.unpin(await(next.pin(0, 512)).pin()));
            assertInstanceOf(Pgmap.Closed.class, await(back.closeWhenIdle(SOON)));
            assertClean(durable);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pagepool", "v5.5", "v5.18", "v6.15", "dax-gup-fix"})
    @DisplayName("I12: a teardown that waits goes on waiting after a crash, and ends once")
    void shouldGoOnTearingDown(String preset) {
        try (DurablePool durable = new DurablePool(directory, "pagepool.recovery.lease = 1s")) {
            Protocol protocol = Protocol.preset(preset);
            Device device =
                    await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB).protocol(protocol)));
            Walker walker = durable.walker("w7", durable.space("vm1", device));
            await(walker.pin(0, 40_000));
            device.closeWhenIdle(SOON);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> !durable.events(Event.Zapped.class, e -> true).isEmpty());

            durable.crash();

            Awaitility.await()
                    .atMost(SOON)
                    .until(() ->
                            durable.events(Event.CleanedUp.class, e -> true).size() == 1);
            durable.crash();
            assertEquals(List.of(), durable.recovery().devices());
            assertEquals(1, durable.events(Event.Killed.class, e -> true).size());
            assertEquals(1, durable.events(Event.Drained.class, e -> true).size());
            assertEquals(1, durable.events(Event.CleanedUp.class, e -> true).size());
            await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB).protocol(protocol)));
        }
    }

    @Test
    @DisplayName("an idle device comes back, and can be torn down")
    void shouldBringBackWhatNobodyUsed() {
        try (DurablePool durable = new DurablePool(directory, "")) {
            await(durable.pool().map(DeviceSpec.of("pmem0", 512 * MIB)));
            await(durable.pool().map(DeviceSpec.of("pmem1", 512 * MIB)));
            durable.crash().crash();
            List<Device> back = durable.recovery().devices();
            assertEquals(
                    List.of("pmem0", "pmem1"),
                    back.stream().map(d -> d.spec().id()).toList());
            assertInstanceOf(Pgmap.Closed.class, await(back.get(0).closeIfIdle()));
            assertInstanceOf(Pgmap.Closed.class, await(back.get(1).closeIfIdle()));
            assertClean(durable);
        }
    }
}
