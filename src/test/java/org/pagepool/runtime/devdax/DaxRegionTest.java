package org.pagepool.runtime.devdax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.runtime.devdax.DaxRegion.Kind;
import org.pagepool.runtime.devdax.DaxRegion.State;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;

/** Static and dynamic regions (B43), and a probe that fails after it has published (R27). */
class DaxRegionTest {
    private static final PfnRange ONE = new PfnRange(0, 512);
    private static final PfnRange TWO = new PfnRange(1024, 512);

    private static DaxRegion region(Kind kind, boolean publishLast, PfnRange... ranges) {
        return DaxRegion.of("dax0", kind, List.of(ranges), Geometry.ofPages(512), publishLast);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("B43: a static region has one range, and its pgmap before the probe and after the kill")
    void shouldKeepTheGivenPgmapOfAStaticRegion(boolean publishLast) {
        DaxRegion region = region(Kind.STATIC, publishLast, ONE);
        assertEquals("dax0", region.pgmap());
        region = region.probe().region().mapped().region();
        assertEquals(State.READY, region.state());
        region = region.kill().region();
        assertEquals("dax0", region.pgmap());
        region = region.released().region();
        assertNull(region.probe().refusal(), "it can be probed again");
        DaxRegion.Step several = region(Kind.STATIC, publishLast, ONE, TWO).probe();
        assertTrue(String.valueOf(several.refusal()).startsWith("EINVAL: static region has several ranges"));
        assertEquals(State.IDLE, several.region().state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("B43: a dynamic region has several ranges, and a pgmap from its probe to its kill")
    void shouldMakeThePgmapOfADynamicRegion(boolean publishLast) {
        DaxRegion region = region(Kind.DYNAMIC, publishLast, ONE, TWO);
        assertNull(region.pgmap());
        region = region.probe().region();
        assertEquals(publishLast ? null : "dax0", region.pgmap());
        region = region.mapped().region();
        assertEquals("dax0", region.pgmap());
        region = region.kill().region();
        assertNull(region.pgmap(), "cleared when nobody may fault any more, not when the pages are gone");
        assertEquals(State.DYING, region.state());
        assertNotNull(region.probe().refusal());
        region = region.released().region();
        assertNull(region.probe().refusal());
    }

    @Test
    @DisplayName("R27: a probe that fails after it has published leaves a region that can never be probed again")
    void shouldBeUnusableAfterAProbeThatPublishedTooEarly() {
        DaxRegion early =
                region(Kind.DYNAMIC, false, ONE, TWO).probe().region().failed().region();
        assertEquals("dax0", early.pgmap());
        assertTrue(String.valueOf(early.probe().refusal()).startsWith("EINVAL: dynamic region is pre-populated"));
        DaxRegion last =
                region(Kind.DYNAMIC, true, ONE, TWO).probe().region().failed().region();
        assertNull(last.pgmap());
        assertNull(last.probe().refusal());
    }

    @Test
    void shouldRefuseStepsOutOfOrder() {
        DaxRegion idle = region(Kind.DYNAMIC, true, ONE);
        assertThrows(IllegalStateException.class, idle::mapped);
        assertThrows(IllegalStateException.class, idle::released);
        assertTrue(String.valueOf(idle.kill().refusal()).startsWith("ENODEV"));
        assertTrue(String.valueOf(idle.probe().region().probe().refusal()).startsWith("EBUSY"));
    }

    @Test
    @DisplayName("B42: faults have the size of an entry")
    void shouldRefuseFaultsThatNoEntryHas() {
        assertNull(DaxRegion.refusesAlign(4096, BasePage.KIB_4));
        assertNull(DaxRegion.refusesAlign(2L << 20, BasePage.KIB_4));
        assertNull(DaxRegion.refusesAlign(1L << 30, BasePage.KIB_4));
        assertNotNull(DaxRegion.refusesAlign(1L << 20, BasePage.KIB_4));
        assertNull(DaxRegion.refusesAlign(32L << 20, BasePage.KIB_16));
        assertNotNull(DaxRegion.refusesAlign(2L << 20, BasePage.KIB_16));
    }
}
