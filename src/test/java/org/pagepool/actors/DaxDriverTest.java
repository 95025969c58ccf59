package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;
import static org.pagepool.actors.PoolHarness.refused;

import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.DaxDevice;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.devdax.DaxFault;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.MapRefusal;
import org.pagepool.runtime.protocol.Protocol;

/** A device-dax driver: probe, fault, kill, probe again (B13, B42, B43, R27). */
class DaxDriverTest {
    private static final long PMD = 2L << 20;
    private static final PfnRange ONE = new PfnRange(0x100000, 2048);
    private static final PfnRange TWO = new PfnRange(0x200000, 2048);

    private static DaxDevice dynamic(PoolHarness h, Protocol protocol, PfnRange... ranges) {
        return await(
                h.pool.devDax(DeviceSpec.of("dax0.0", 0).protocol(protocol).at(ranges), DaxRegion.Kind.DYNAMIC, PMD));
    }

    @Test
    @DisplayName("B13, B43: probed, mapped, killed and probed again; the mapping goes before the pgmap is killed")
    void shouldComeAndGo() {
        try (PoolHarness h = new PoolHarness()) {
            DaxDevice dax = dynamic(h, Protocol.PAGEPOOL, ONE, TWO);
            Device device = await(dax.probe());
            assertEquals(9, device.spec().geometry().order());
            assertEquals(4096, device.spec().pages());
            assertTrue(message(refused(dax.probe())).contains("EBUSY"));
            Space vm = await(h.pool.openSpace("vm1"));
            await(dax.map(vm, device, 0, 0, 2048, true));
            Walker w = h.walker("w7", vm);
            await(w.unpin(await(w.pin(0, 600)).pin()));
            assertEquals(1024, await(vm.mappedPages()));

            assertInstanceOf(Pgmap.Closed.class, await(dax.kill(SOON)));

            assertEquals(0, await(vm.mappedPages()));
            long zapped = h.events(Event.Zapped.class, e -> e.pages() == 1024).size();
            assertEquals(1, zapped);
            List<Event> all = h.events(Event.class, e -> e instanceof Event.Zapped || e instanceof Event.Killed);
            assertInstanceOf(Event.Zapped.class, all.get(0), "unmapped first");
            assertInstanceOf(Event.Killed.class, all.get(1));
            assertEquals(DaxRegion.State.IDLE, await(dax.region()).state());
            assertTrue(message(refused(dax.kill(SOON))).contains("ENODEV"));
            Device again = await(dax.probe());
            await(dax.map(vm, again, 0, 2048, 2048, true));
            assertEquals(DaxFault.INSTALL, await(vm.touch(5, Level.PMD)).outcome());
            assertInstanceOf(Pgmap.Closed.class, await(dax.kill(SOON)));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("R27: a probe that failed can be repeated only where the pgmap is published last")
    void shouldSurviveAProbeThatFailedWhereItPublishesLast(boolean last) {
        try (PoolHarness h = new PoolHarness()) {
            Device other = h.map(DeviceSpec.of("pmem0", 0).at(TWO));
            DaxDevice dax = dynamic(h, Protocol.PAGEPOOL.with("dax.publish-last", String.valueOf(last)), ONE, TWO);
            PoolRefusedException conflict = refused(dax.probe());
            assertEquals(MapRefusal.CONFLICT, conflict.mapRefusal());
            assertEquals(last ? null : "dax0.0", await(dax.region()).pgmap());
            await(other.closeIfIdle());
            if (last) {
                assertEquals(4096, await(dax.probe()).spec().pages());
            } else {
                PoolRefusedException again = refused(dax.probe());
                assertEquals(MapRefusal.INVALID, again.mapRefusal());
                assertTrue(message(again).contains("pre-populated"), message(again));
            }
        }
    }

    @Test
    @DisplayName("B43: a static region has one range, dynamic ones have several")
    void shouldRefuseAStaticRegionOfSeveralRanges() {
        try (PoolHarness h = new PoolHarness()) {
            DeviceSpec two = DeviceSpec.of("dax0.0", 0).at(ONE, TWO);
            DaxDevice dax = await(h.pool.devDax(two, DaxRegion.Kind.STATIC, PMD));
            PoolRefusedException refused = refused(dax.probe());
            assertEquals(MapRefusal.INVALID, refused.mapRefusal());
            assertTrue(message(refused).contains("several ranges"));
            DaxDevice one = await(h.pool.devDax(DeviceSpec.of("dax1.0", 0).at(ONE), DaxRegion.Kind.STATIC, PMD));
            assertEquals(2048, await(one.probe()).spec().pages());
            assertInstanceOf(Pgmap.Closed.class, await(one.kill(SOON)));
            assertEquals("dax1.0", await(one.region()).pgmap(), "the creator's, dead or alive");
            assertEquals(2048, await(one.probe()).spec().pages());
        }
    }

    @Test
    @DisplayName("B13, R28: a device that somebody pins goes when he lets go, and can be probed again then, not before")
    void shouldBeProbedAgainOnlyWhenItsPagesAreGone() {
        try (PoolHarness h = new PoolHarness()) {
            DaxDevice dax = dynamic(h, Protocol.PAGEPOOL, ONE);
            Device device = await(dax.probe());
            Space vm = await(h.pool.openSpace("vm1"));
            await(dax.map(vm, device, 0, 0, 2048, true));
            Walker w = h.walker("w7", vm);
            GupWalker.Walked held = await(w.pin(0, 1));

            assertInstanceOf(Pgmap.StillHeld.class, await(dax.kill(Duration.ofMillis(50))));

            assertEquals(DaxRegion.State.DYING, await(dax.region()).state());
            assertNull(await(dax.region()).pgmap());
            assertTrue(message(refused(dax.probe())).contains("EBUSY"));
            assertEquals(Refusal.DYING, await(vm.touch(5, Level.PMD)).refusal());
            assertEquals(DaxFault.SIGBUS, await(vm.touch(5, Level.PMD)).outcome());
            await(w.unpin(held.pin()));
            Awaitility.await().atMost(SOON).until(() -> await(dax.region()).state() == DaxRegion.State.IDLE);
            await(dax.probe());
        }
    }

    @Test
    @DisplayName("B13: a second kill insists; revoke takes what is held")
    void shouldInsist() {
        try (PoolHarness h = new PoolHarness()) {
            DaxDevice dax = dynamic(h, Protocol.PAGEPOOL, ONE);
            Device device = await(dax.probe());
            Space vm = await(h.pool.openSpace("vm1"));
            await(dax.map(vm, device, 0, 0, 2048, true));
            await(h.walker("w7", vm).pin(0, 1));
            assertInstanceOf(Pgmap.StillHeld.class, await(dax.kill(Duration.ofMillis(50))));
            assertInstanceOf(Pgmap.Closed.class, await(dax.revoke("unbound")));
            assertEquals(DaxRegion.State.IDLE, await(dax.region()).state());
        }
    }

    @Test
    @DisplayName("B42: one size of faults, shared and aligned areas, cut only where a fault ends")
    void shouldServeFaultsOfItsSizeOnly() {
        try (PoolHarness h = new PoolHarness()) {
            DaxDevice dax = dynamic(h, Protocol.PAGEPOOL, ONE);
            Device device = await(dax.probe());
            Space vm = await(h.pool.openSpace("vm1"));
            assertEquals(
                    Refusal.INVALID,
                    refused(dax.map(vm, device, 0, 0, 2048, false)).refusal());
            assertEquals(
                    Refusal.INVALID,
                    refused(dax.map(vm, device, 1, 0, 512, true)).refusal());
            assertEquals(
                    Refusal.INVALID,
                    refused(dax.map(vm, device, 0, 0, 600, true)).refusal());
            await(dax.map(vm, device, 0, 0, 2048, true));

            assertEquals(DaxFault.FALLBACK, await(vm.touch(700, Level.PUD)).outcome());
            assertNull(await(vm.touch(700, Level.PUD)).refusal());
            assertEquals(DaxFault.SIGBUS, await(vm.touch(700, Level.PTE)).outcome());
            assertEquals(Refusal.INVALID, await(vm.touch(700, Level.PTE)).refusal());
            assertEquals(0, await(vm.mappedPages()));
            assertEquals(DaxFault.INSTALL, await(vm.touch(700, Level.PMD)).outcome());
            assertEquals(512, await(vm.mappedPages()));
            assertEquals(DaxFault.INSTALL, await(vm.touch(701, Level.PMD)).outcome(), "there already");
            assertEquals(Refusal.NOT_MAPPED, await(vm.touch(4096, Level.PMD)).refusal());

            assertEquals(Refusal.INVALID, refused(vm.unmap(0, 700)).refusal());
            assertEquals(Refusal.INVALID, refused(vm.unmap(1, 511)).refusal());
            assertEquals(512, await(vm.unmap(512, 512)));
            assertEquals(0, await(vm.mappedPages()));
            assertEquals(Refusal.NOT_MAPPED, await(vm.touch(700, Level.PMD)).refusal());
            assertEquals(DaxFault.INSTALL, await(vm.touch(0, Level.PMD)).outcome());
            assertEquals(DaxFault.INSTALL, await(vm.touch(2047, Level.PMD)).outcome());
            long zapped = await(dax.map(vm, device, 512, 1024, 512, true).thenCompose(none -> vm.zap(0, 512)));
            assertEquals(512, zapped);
        }
    }

    @Test
    void shouldRefuseWhatIsNoDeviceDaxDevice() {
        try (PoolHarness h = new PoolHarness()) {
            DeviceSpec fs = DeviceSpec.of("pmem0", 64 << 20).type(MemoryType.FS_DAX);
            assertTrue(message(refused(h.pool.devDax(fs, DaxRegion.Kind.DYNAMIC, PMD)))
                    .contains("generic"));
            DeviceSpec odd = DeviceSpec.of("dax0.0", 64 << 20);
            assertTrue(message(refused(h.pool.devDax(odd, DaxRegion.Kind.DYNAMIC, PMD / 2)))
                    .contains("align=1048576"));
        }
    }

    @Test
    @DisplayName("B40: base pages where the description asks for them, with faults of 2 MiB")
    void shouldKeepBasePagesUnderHugeFaults() {
        try (PoolHarness h = new PoolHarness()) {
            DaxDevice dax = await(h.pool.devDax(
                    DeviceSpec.of("dax0.0", 0)
                            .headBytes(4096)
                            .protocol(Protocol.V5_13)
                            .at(ONE),
                    DaxRegion.Kind.DYNAMIC,
                    PMD));
            Device device = await(dax.probe());
            assertEquals(2048, device.spec().heads());
            Space vm = await(h.pool.openSpace("vm1"));
            await(dax.map(vm, device, 0, 0, 2048, true));
            assertEquals(DaxFault.INSTALL, await(vm.touch(517, Level.PMD)).outcome());
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> !h.events(Event.Tied.class, e -> true).isEmpty());
            Event.Tied tied = h.events(Event.Tied.class, e -> true).get(0);
            assertEquals(512, tied.index());
            assertEquals(512, tied.runs().get(0).heads());
        }
    }

    private static String message(Throwable thrown) {
        return String.valueOf(thrown.getMessage());
    }
}
