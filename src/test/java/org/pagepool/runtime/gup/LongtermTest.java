package org.pagepool.runtime.gup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

class LongtermTest {
    @ParameterizedTest
    @CsvSource({
        "v5.5,     GENERIC,    true,  ASK_SLOW",
        "v5.5,     GENERIC,    false, ASK_SLOW",
        "v6.15,    GENERIC,    false, ASK_SLOW",
        "v6.17,    GENERIC,    true,  DROP_THEN_ASK_SLOW",
        "v6.17,    GENERIC,    false, PIN",
        "pagepool, GENERIC,    true,  PIN",
        "pagepool, FS_DAX,     false, ASK_SLOW",
        "v6.17,    FS_DAX,     true,  ASK_SLOW",
        "v6.17,    COHERENT,   true,  ASK_SLOW",
        "v6.17,    PCI_P2PDMA, false, ASK_SLOW"
    })
    @DisplayName("B29, D14, B21: the fast path pins device-dax by type, for reading or writing as its era has it")
    void shouldDecideOnTheFastPath(String preset, MemoryType type, boolean write, Longterm expected) {
        assertEquals(expected, Longterm.fast(Protocol.preset(preset), type, write));
    }

    @ParameterizedTest
    @CsvSource({"GENERIC, PIN", "FS_DAX, REFUSE", "COHERENT, MIGRATE", "PCI_P2PDMA, REFUSE"})
    @DisplayName("B29: the slow path pins device-dax, moves coherent memory, refuses the others, in every era")
    void shouldDecideOnTheSlowPath(MemoryType type, Longterm expected) {
        for (Protocol preset : Protocol.PRESETS) {
            assertEquals(expected, Longterm.slow(preset, type), preset.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"v5.5, FS_DAX, true", "v6.15, FS_DAX, true", "v6.17, FS_DAX, false", "v5.5, GENERIC, false"})
    @DisplayName("B29: files are refused by their area as long as their pages are not asked")
    void shouldRefuseFilesBeforeAnythingIsLookedAt(String preset, MemoryType type, boolean early) {
        assertEquals(early, Longterm.refusesArea(Protocol.preset(preset), type));
    }
}
