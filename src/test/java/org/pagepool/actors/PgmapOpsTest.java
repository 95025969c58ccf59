package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;
import static org.pagepool.actors.PoolHarness.refused;

import com.typesafe.config.ConfigException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.MapRefusal;
import org.pagepool.runtime.protocol.Protocol;

/** A driver's own operations around a device, and mapping as a user of the pool sees it (B9, B11). */
class PgmapOpsTest {
    private static final long MIB = 1L << 20;

    @Test
    @DisplayName(
            "B11: kill comes before the gate closes, cleanup after the bases are put, and nothing is freed before it")
    void shouldKillAndAwaitTheDriversOwnReference() {
        try (PoolHarness h = new PoolHarness()) {
            List<Integer> seen = new CopyOnWriteArrayList<>();
            CompletableFuture<Void> frozen = new CompletableFuture<>();
            PgmapOps queue = PgmapOps.NONE.reference(
                    () -> seen.add(h.events(Event.GateClosed.class, e -> true).size()), () -> {
                        seen.add(h.events(Event.BaseDropped.class, e -> true).size());
                        return frozen;
                    });
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB)
                    .type(MemoryType.FS_DAX)
                    .protocol(Protocol.V5_13)
                    .ops(queue));
            Walker w = h.walker("w7", h.space("vm1", device));
            await(w.unpin(await(w.pin(0, 1)).pin()));

            assertInstanceOf(Pgmap.StillHeld.class, await(device.closeWhenIdle(Duration.ofMillis(100))));

            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> await(device.holders()).stream()
                            .anyMatch(x -> x.holder().contains("driver's own reference")));
            assertEquals(List.of(0, 1), seen, "gates closed when it was killed, bases dropped when it was waited for");
            assertEquals(List.of(), h.events(Event.Drained.class, e -> true));
            frozen.complete(null);
            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    @DisplayName("an operation that throws is counted, and teardown goes on")
    void shouldSurviveOperationsThatThrow() {
        try (PoolHarness h = new PoolHarness()) {
            PgmapOps broken = PgmapOps.NONE.reference(
                    () -> {
                        throw new IllegalStateException("kill");
                    },
                    () -> CompletableFuture.failedFuture(new IllegalStateException("cleanup")));
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB)
                    .type(MemoryType.FS_DAX)
                    .protocol(Protocol.V5_13)
                    .ops(broken));
            assertEquals(0, await(device.status()).driverFailures());
            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(SOON)));
        }
    }

    @Test
    void shouldCountWhatThrewAndSayThatPoisonWasNotHandled() {
        DriverCalls driver = new DriverCalls(
                "pmem0",
                PgmapOps.NONE
                        .memoryFailure((pfn, pages) -> {
                            throw new IllegalStateException("failure");
                        })
                        .pageFree((pfn, order) -> {
                            throw new IllegalStateException("free");
                        })
                        .migrateToRam(pfn -> {
                            throw new IllegalStateException("migrate");
                        })
                        .reference(() -> {}, () -> {
                            throw new IllegalStateException("cleanup");
                        }),
                org.slf4j.LoggerFactory.getLogger(PgmapOpsTest.class));
        assertEquals(PgmapOps.Handled.FAILED, driver.memoryFailure(7, 1));
        driver.pageFree(7, 0);
        assertFalse(driver.migrateToRam(7));
        CompletionStage<?> done = driver.cleanup();
        assertTrue(done.toCompletableFuture().isCompletedExceptionally());
        assertFalse(driver.cleaningUp());
        assertEquals(4, driver.failures());
        assertEquals(PgmapOps.Handled.NOT_SUPPORTED, DriverCalls.NONE.memoryFailure(7, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"private", "no-ops", "kill", "altmap", "cut"})
    @DisplayName("B9: a device that lacks what its type needs is refused with the reason a driver would get")
    void shouldRefuseWhatIsNoDevice(String what) {
        DeviceSpec plain = DeviceSpec.of("gpu0", 64 * MIB);
        DeviceSpec wrong = switch (what) {
            case "private" -> plain.type(MemoryType.PRIVATE).ops(PgmapOps.NONE.pageFree((pfn, order) -> {}));
            case "no-ops" -> plain.type(MemoryType.COHERENT).ops(PgmapOps.NONE);
            case "kill" -> plain.ops(PgmapOps.NONE.reference(() -> {}, () -> CompletableFuture.completedFuture(null)));
            case "altmap" ->
                plain.at(new PfnRange(0x40000, 512), new PfnRange(0x50000, 512)).altmap(new Altmap(0, 8));
            default -> plain.headBytes(4096).at(new PfnRange(0x40008, 512));
        };
        try (PoolHarness h = new PoolHarness()) {
            assertEquals(MapRefusal.INVALID, refused(h.pool.map(wrong)).mapRefusal());
            assertEquals(0, await(h.pool.census()).devices());
        }
    }

    @Test
    @DisplayName("B9: no device over RAM, as pagepool.ram says")
    void shouldNotMapOverRam() {
        try (PoolHarness h = new PoolHarness(Link.direct(), "pagepool.ram = [\"00000000-7fffffff\"]")) {
            DeviceSpec half = DeviceSpec.of("pmem0", 0).at(new PfnRange(0x40000, 512), new PfnRange(0x80000, 512));
            PoolRefusedException refused = refused(h.pool.map(half));
            assertEquals(MapRefusal.RAM, refused.mapRefusal());
            assertTrue(String.valueOf(refused.getMessage()).contains("00000000-7fffffff"));
            h.map(DeviceSpec.of("pmem0", 0).at(new PfnRange(0x80000, 512)));
        }
    }

    @Test
    @DisplayName("B9: what fails at its second range leaves the first one free")
    void shouldLeaveNothingOfADeviceThatFailedHalfWay() {
        try (PoolHarness h = new PoolHarness()) {
            Device other = h.map(DeviceSpec.of("pmem1", 0).at(new PfnRange(0x50000, 512)));
            DeviceSpec two = DeviceSpec.of("pmem0", 0).at(new PfnRange(0x40000, 512), new PfnRange(0x50000, 1024));
            assertEquals(MapRefusal.CONFLICT, refused(h.pool.map(two)).mapRefusal());
            assertEquals(1, h.events(Event.Mapped.class, e -> true).size());
            assertInstanceOf(Pgmap.Closed.class, await(other.closeIfIdle()));
            assertEquals(1536, h.map(two).spec().pages());
        }
    }

    @Test
    void shouldNameTheRamThatIsNone() {
        ConfigException wrong = assertThrows(
                ConfigException.class, () -> new PoolHarness(Link.direct(), "pagepool.ram = [\"low\"]").close());
        assertTrue(String.valueOf(wrong.getMessage()).contains("pagepool.ram"));
        assertTrue(String.valueOf(wrong.getMessage()).contains("no stretch of RAM: low"));
    }
}
