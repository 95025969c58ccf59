package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.await;

import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.MapRefusal;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.vmemmap.FrameKind;
import org.pagepool.runtime.vmemmap.Vmemmap;

/** Memmaps come with a device, range by range, and go with it (B44 to B51, I10). */
class MemmapsTest {
    private static final long GIB = 1L << 30;
    private static final PfnRange ONE = new PfnRange(0x80000, 0x8000);
    private static final PfnRange TWO = new PfnRange(0x90000, 0x8000);

    private static PgmapSpec spec(BasePage base, @Nullable Altmap altmap, PfnRange... ranges) {
        PgmapSpec plain = new PgmapSpec(
                "pmem0", MemoryType.GENERIC, List.of(ranges), Geometry.ofPages(512), base, Protocol.PAGEPOOL);
        return new PgmapSpec(
                plain.id(),
                plain.type(),
                plain.ranges(),
                plain.geometry(),
                base,
                plain.protocol(),
                plain.ops(),
                altmap,
                plain.owner());
    }

    private static Vmemmap memmap(Memmaps memmaps) {
        Vmemmap memmap = memmaps.of("pmem0");
        assertNotNull(memmap);
        return memmap;
    }

    @Test
    @DisplayName("I10: nothing is left once a device is released")
    void shouldComeAndGoRangeByRange() {
        Memmaps memmaps = new Memmaps();
        PgmapSpec spec = spec(BasePage.KIB_4, null, ONE, TWO);

        assertNull(memmaps.populate(spec, ONE));
        assertEquals(64, memmap(memmaps).frames(FrameKind.TAIL).live());
        assertNull(memmaps.populate(spec, TWO));
        assertEquals(128, memmap(memmaps).frames(FrameKind.TAIL).live());
        memmaps.depopulate(spec, ONE);
        assertEquals(64, memmap(memmaps).frames(FrameKind.TAIL).live());
        assertNull(memmaps.populate(spec, ONE));

        assertEquals(List.of(), memmaps.release(spec));
        assertNull(memmaps.of("pmem0"));
    }

    @Test
    @DisplayName("B51: an altmap without room for the records is refused and leaves nothing")
    void shouldRefuseAnAltmapThatIsTooSmall() {
        Memmaps memmaps = new Memmaps();

        assertEquals(
                "altmap of pmem0 is too small for the records of its pages: free=511 records=512 base pages",
                memmaps.populate(spec(BasePage.KIB_4, new Altmap(1, 511), ONE), ONE));
        assertNull(memmaps.of("pmem0"));
        PgmapSpec enough = spec(BasePage.KIB_4, new Altmap(0, 512), ONE);
        assertNull(memmaps.populate(enough, ONE));
        assertEquals(List.of(), memmaps.release(enough));
    }

    @Test
    void shouldLeaveOutRangesThatCutAPageOfRecords() {
        Memmaps memmaps = new Memmaps();
        PgmapSpec cut = spec(BasePage.KIB_64, null, new PfnRange(0x200, 0x200));

        assertNull(memmaps.populate(cut, cut.ranges().get(0)));
        assertNull(memmaps.of("pmem0"));
        assertEquals(List.of(), memmaps.release(cut));
    }

    @Test
    @DisplayName("B9, B51: a pool maps a device whose altmap has room, and again once it is gone")
    void shouldMapADeviceOnlyIfItsRecordsHaveRoom() {
        try (PoolHarness h = new PoolHarness()) {
            DeviceSpec device = DeviceSpec.of("pmem0", GIB);
            PoolRefusedException refused = refused(h.pool.map(device.altmap(new Altmap(0, 2048))));
            assertEquals(MapRefusal.NO_MEMORY, refused.mapRefusal());
            assertTrue(String.valueOf(refused.getMessage()).contains("free=2048 records=4096"));

            for (int i = 0; i < 2; i++) {
                Device mapped = h.map(device.altmap(new Altmap(0, 4096)));
                assertEquals(504, mapped.spec().heads());
                await(mapped.closeIfIdle());
            }
        }
    }

    private static PoolRefusedException refused(CompletionStage<?> stage) {
        CompletionException failed = assertThrows(
                CompletionException.class, () -> stage.toCompletableFuture().join());
        return assertInstanceOf(PoolRefusedException.class, failed.getCause());
    }
}
