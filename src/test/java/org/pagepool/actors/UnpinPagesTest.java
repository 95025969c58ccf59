package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;
import static org.pagepool.actors.PoolHarness.refused;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Run;

/** Giving back lists of pages through the API (B26). */
class UnpinPagesTest {
    private static final long MIB = 1L << 20;

    @Test
    @DisplayName("B26: a list is unpinned in as many decrements as it has groups, and nothing is left of the pin")
    void shouldUnpinAListInGroups() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            Pin pin = await(w.pin(0, 1024)).pin();
            long a = device.spec().pfnAt(0);
            long b = a + 512;

            GupWalker.PagesPut put = await(w.unpinPages(a, a + 1, b, -1, a + 2));

            assertEquals(4, put.pages());
            assertEquals(3, put.atomics());
            assertEquals(Refusal.ALREADY_RELEASED, refused(w.unpin(pin)).refusal(), "part of it is gone");
            assertEquals(509, await(w.unpin(pin, 3, 509)));
            assertEquals(511, await(w.unpinPages(pages(b + 1, 511))).pages());
            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    private static long[] pages(long first, int n) {
        long[] pfns = new long[n];
        for (int i = 0; i < n; i++) {
            pfns[i] = first + i;
        }
        return pfns;
    }

    @Test
    @DisplayName("B26: heads are marked dirty once, before their pages go back")
    void shouldMarkHeadsDirtyOnce() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            await(w.pin(0, 2048));
            long first = device.spec().pfnAt(0);

            await(w.unpinPages(pages(first + 500, 600), true));
            await(w.unpinPages(pages(first, 10), true));
            await(w.unpinPages(pages(first + 1536, 10), false));

            List<Event.Dirtied> dirtied = h.events(Event.Dirtied.class, e -> true);
            assertEquals(1, dirtied.size(), "the first head was dirty already, the last was not written to");
            assertEquals(List.of(new Run(first, 3, 1)), dirtied.get(0).runs());
            assertEquals("w7", dirtied.get(0).holder());
        }
    }

    @Test
    @DisplayName("B26, R30: a list with a page that is not pinned is refused whole, by name")
    void shouldRefuseAListWithAPageThatIsNotPinned() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(DeviceSpec.of("pmem0", 64 * MIB));
            Walker w = h.walker("w7", h.space("vm1", device));
            Pin pin = await(w.pin(0, 10)).pin();
            await(w.get(20, 10));
            long first = device.spec().pfnAt(0);

            PoolRefusedException unknown = refused(w.unpinPages(first, first + 10));
            PoolRefusedException got = refused(w.unpinPages(first, first + 20));

            assertEquals(Refusal.UNKNOWN_PIN, unknown.refusal());
            assertTrue(unknown.getMessage().contains("pfn=0x" + Long.toHexString(first + 10)), unknown::getMessage);
            assertEquals(Refusal.KIND_MISMATCH, got.refusal());
            assertEquals(10, await(w.unpin(pin)), "nothing was unpinned");
        }
    }
}
