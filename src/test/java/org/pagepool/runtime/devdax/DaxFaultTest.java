package org.pagepool.runtime.devdax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DaxFaultTest {
    @ParameterizedTest
    @CsvSource({
        "false, 512,    512, true,  INSTALL",
        "false, 1,      512, true,  SIGBUS",
        "false, 262144, 512, true,  FALLBACK",
        "false, 262144, 512, false, FALLBACK",
        "false, 512,    512, false, SIGBUS",
        "true,  512,    512, true,  SIGBUS",
        "true,  262144, 512, true,  SIGBUS",
        "false, 1,      1,   true,  INSTALL"
    })
    @DisplayName("B42: smaller than the device is an error, larger falls back, a dead device is an error")
    void shouldServeOneSize(boolean dead, long fault, long align, boolean inArea, DaxFault outcome) {
        assertEquals(outcome, DaxFault.of(dead, fault, align, inArea));
    }

    @Test
    @DisplayName("B42: private and unaligned mappings are refused, areas are cut where a fault ends")
    void shouldRefusePrivateAndUnalignedMappings() {
        assertNull(DaxFault.refusesMapping(true, 512, 1024, 2048, 512));
        assertNotNull(DaxFault.refusesMapping(false, 512, 1024, 2048, 512));
        assertNotNull(DaxFault.refusesMapping(true, 513, 1024, 2048, 512));
        assertNotNull(DaxFault.refusesMapping(true, 512, 1000, 2048, 512));
        assertNotNull(DaxFault.refusesMapping(true, 512, 1024, 2049, 512));
        assertTrue(DaxFault.maySplit(1024, 512));
        assertFalse(DaxFault.maySplit(1025, 512));
    }
}
