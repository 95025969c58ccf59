package org.pagepool.runtime.pgmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.Protocol;

/** Which operations and which owner a device needs (B9, section 2.1). */
class PgmapOpTest {
    private static PgmapSpec spec(MemoryType type, String protocol, Set<PgmapOp> ops, @Nullable String owner) {
        return new PgmapSpec(
                "gpu0",
                type,
                List.of(new PfnRange(0, 512)),
                Geometry.BASE,
                BasePage.KIB_4,
                protocol(protocol),
                ops,
                null,
                owner);
    }

    private static Protocol protocol(String name) {
        Protocol preset = Protocol.preset(name);
        assertTrue(preset != null, name);
        return preset;
    }

    @ParameterizedTest
    @CsvSource({
        "PRIVATE,    v5.5,     MIGRATE_TO_RAM PAGE_FREE",
        "PRIVATE,    v5.18,    MIGRATE_TO_RAM PAGE_FREE",
        "PRIVATE,    pagepool, MIGRATE_TO_RAM PAGE_FREE",
        "COHERENT,   v6.1,     PAGE_FREE",
        "FS_DAX,     v5.5,     PAGE_FREE",
        "FS_DAX,     v5.13,    ''",
        "FS_DAX,     v6.15,    ''",
        "GENERIC,    v5.5,     ''",
        "GENERIC,    v6.17,    ''",
        "PCI_P2PDMA, v5.5,     ''",
        "PCI_P2PDMA, v6.1,     ''",
        "PCI_P2PDMA, v6.15,    PAGE_FREE"
    })
    @DisplayName("B9: operations by type and era; each one that is missing is named")
    void shouldNeedTheOperationsOfItsTypeAndEra(MemoryType type, String preset, String expected) {
        Set<PgmapOp> needed = PgmapOp.required(type, protocol(preset));
        Set<String> names = new TreeSet<>();
        needed.forEach(op -> names.add(op.name()));
        assertEquals(expected, String.join(" ", names));
        assertEquals(needed, spec(type, preset, needed, "me").ops());
        for (PgmapOp op : needed) {
            Set<PgmapOp> without = EnumSet.copyOf(needed);
            without.remove(op);
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> spec(type, preset, without, "me"));
            assertTrue(String.valueOf(refused.getMessage()).contains("operation=" + op.label()));
        }
    }

    @Test
    @DisplayName("B9: operations nobody needs are welcome")
    void shouldTakeMoreOperationsThanNeeded() {
        Set<PgmapOp> more = Set.of(PgmapOp.PAGE_FREE, PgmapOp.MEMORY_FAILURE);
        assertEquals(more, spec(MemoryType.FS_DAX, "pagepool", more, null).ops());
    }

    @ParameterizedTest
    @EnumSource(MemoryType.class)
    @DisplayName("B9: driver memory has an owner")
    void shouldNeedAnOwnerForDriverMemory(MemoryType type) {
        Set<PgmapOp> ops = PgmapOp.required(type, Protocol.PAGEPOOL);
        boolean driver = type == MemoryType.PRIVATE || type == MemoryType.COHERENT;
        assertEquals(driver, PgmapOp.needsOwner(type));
        if (driver) {
            assertThrows(IllegalArgumentException.class, () -> spec(type, "pagepool", ops, null));
            assertThrows(IllegalArgumentException.class, () -> spec(type, "pagepool", ops, " "));
        } else {
            spec(type, "pagepool", ops, null);
        }
        PgmapSpec plain = new PgmapSpec(
                "gpu0", type, List.of(new PfnRange(0, 512)), Geometry.BASE, BasePage.KIB_4, Protocol.V5_5);
        assertEquals(PgmapOp.required(type, Protocol.V5_5), plain.ops(), "the short way gets what its type needs");
    }

    @ParameterizedTest
    @CsvSource({
        "v5.5, true",
        "v5.13, true",
        "compound-devmaps-v4, true",
        "v5.18, false",
        "v6.1, false",
        "v6.15, false",
        "pagepool, false"
    })
    @DisplayName("B9, B11: a reference of the driver's own comes with kill and cleanup, up to v5.17")
    void shouldTakeADriversOwnReferenceOnlyInTheErasThatHaveIt(String preset, boolean welcome) {
        Set<PgmapOp> needed = EnumSet.noneOf(PgmapOp.class);
        needed.addAll(PgmapOp.required(MemoryType.FS_DAX, protocol(preset)));
        needed.add(PgmapOp.KILL);
        assertThrows(IllegalArgumentException.class, () -> spec(MemoryType.FS_DAX, preset, needed, null));
        needed.add(PgmapOp.CLEANUP);
        if (welcome) {
            spec(MemoryType.FS_DAX, preset, needed, null);
        } else {
            assertThrows(IllegalArgumentException.class, () -> spec(MemoryType.FS_DAX, preset, needed, null));
        }
        needed.remove(PgmapOp.KILL);
        assertThrows(IllegalArgumentException.class, () -> spec(MemoryType.FS_DAX, preset, needed, null));
    }
}
