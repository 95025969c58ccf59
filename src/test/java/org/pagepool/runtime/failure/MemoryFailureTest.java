package org.pagepool.runtime.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.failure.MemoryFailure.FilePart;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapOp;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.record.PageRecord;

class MemoryFailureTest {
    private static PgmapSpec spec(String preset, MemoryType type, @Nullable Altmap altmap) {
        Protocol protocol = Protocol.preset(preset);
        assertTrue(protocol != null);
        return new PgmapSpec(
                "dev0",
                type,
                List.of(new PfnRange(0x1000, 4096)),
                Geometry.ofPages(512),
                BasePage.KIB_4,
                protocol,
                PgmapOp.required(type, protocol),
                altmap,
                PgmapOp.needsOwner(type) ? "me" : null);
    }

    private static PageRecord tied(long index) {
        return new PageRecord("f1", index, 0, null, Set.of());
    }

    @Test
    @DisplayName("B39: nobody uses pages that hold page records")
    void shouldRefuseTheAltmap() {
        PgmapSpec spec = spec("pagepool", MemoryType.FS_DAX, new Altmap(2, 510));
        assertEquals(FailureOutcome.ALTMAP, MemoryFailure.refuses(spec, 0x1000));
        assertEquals(FailureOutcome.ALTMAP, MemoryFailure.refuses(spec, 0x11ff));
        assertNull(MemoryFailure.refuses(spec, 0x1200));
        assertEquals("ENXIO", FailureOutcome.ALTMAP.errno());
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5, PRIVATE, BUSY", "v5.13, COHERENT, BUSY", "v5.18, PRIVATE, DRIVER_MEMORY",
                "v6.1, COHERENT, DRIVER_MEMORY",
        "v6.15, PRIVATE, DRIVER_MEMORY", "pagepool, COHERENT, DRIVER_MEMORY", "v5.5, FS_DAX, ", "pagepool, GENERIC, ",
        "v6.15, PCI_P2PDMA, "
    })
    @DisplayName("B39, section 2.1: driver memory is its driver's to handle, as the era says it")
    void shouldLeaveDriverMemoryToItsDriver(String preset, MemoryType type, @Nullable FailureOutcome refused) {
        assertEquals(refused, MemoryFailure.driverOnly(spec(preset, type, null)));
    }

    @Test
    @DisplayName("B36, B39: a page that no file has alone cannot be dealt with")
    void shouldBeBusyWithoutAFile() {
        assertEquals(FailureOutcome.BUSY, MemoryFailure.untied(PageRecord.BLANK));
        assertEquals(FailureOutcome.BUSY, MemoryFailure.untied(new PageRecord(null, 0, 2, null, Set.of())));
        assertNull(MemoryFailure.untied(tied(7)));
    }

    @Test
    @DisplayName("R18: where a tail lies in its file follows from its head")
    void shouldCountFromTheHead() {
        PgmapSpec spec = spec("pagepool", MemoryType.GENERIC, null);
        assertEquals(1024, MemoryFailure.index(spec, 0x1200, tied(1024)));
        assertEquals(1024 + 511, MemoryFailure.index(spec, 0x13ff, tied(1024)));
    }

    @Test
    @DisplayName("R21: what is unmapped is as long as the largest entry, and begins where that does")
    void shouldUnmapByLength() {
        Sigbus pte = new Sigbus("vm1", 0x5000, 12);
        Sigbus pmd = new Sigbus("vm2", 0x5000, 21);
        assertNull(MemoryFailure.unmap(1029, List.of(), BasePage.KIB_4));
        assertEquals(new FilePart(1029, 1), MemoryFailure.unmap(1029, List.of(pte), BasePage.KIB_4));
        assertEquals(new FilePart(1024, 512), MemoryFailure.unmap(1029, List.of(pte, pmd), BasePage.KIB_4));
        Sigbus wide = new Sigbus("vm1", 0, 25);
        assertEquals(new FilePart(2048, 2048), MemoryFailure.unmap(4000, List.of(wide), BasePage.KIB_16));
    }
}
