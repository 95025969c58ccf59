package org.pagepool.runtime.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.pagepool.runtime.page.MemoryType;

class ProtocolTest {
    static final List<Protocol> PRESETS = Protocol.PRESETS;

    @ParameterizedTest
    @CsvSource({
        "v5.5,     PRIVATE,    1",
        "v5.5,     COHERENT, 1",
        "v5.5,     FS_DAX,   1",
        "v5.5,     GENERIC,    1",
        "v5.5,     PCI_P2PDMA, 1",
        "v6.15,    PRIVATE,    0",
        "v6.15,    COHERENT, 0",
        "v6.15,    FS_DAX,   0",
        "v6.15,    GENERIC,    1",
        "v6.15,    PCI_P2PDMA, 0",
        "pagepool, FS_DAX,     0",
        "pagepool, GENERIC,  1"
    })
    @DisplayName("section 2.1: count after memremap, by era and type")
    void shouldParkEachTypeAtTheCountOfItsEra(String preset, MemoryType type, int base) {
        assertEquals(base, Protocol.preset(preset).base(type));
    }

    @Test
    @DisplayName("B1: in E1 only managed types have a free transition")
    void shouldNotNoticeDeviceDaxPagesThatIdleAtOne() {
        assertTrue(Protocol.V5_5.noticesFree(MemoryType.FS_DAX));
        assertTrue(Protocol.V5_5.noticesFree(MemoryType.PRIVATE));
        assertFalse(Protocol.V5_5.noticesFree(MemoryType.GENERIC));
        assertFalse(Protocol.V5_5.noticesFree(MemoryType.PCI_P2PDMA));
        assertTrue(Protocol.V6_15.noticesFree(MemoryType.PCI_P2PDMA));
        assertFalse(Protocol.V6_15.noticesFree(MemoryType.GENERIC));
    }

    @Test
    @DisplayName("B8, B12: memremap takes one reference per head, except for driver-allocated memory from E3 on")
    void shouldTakePgmapReferencesAtMapTimeAsItsEraDoes() {
        for (MemoryType type : MemoryType.values()) {
            assertTrue(Protocol.V5_5.mapTakesPgmapRefs(type));
            assertTrue(Protocol.V5_5.pageHoldsPgmapRef(type));
        }
        assertFalse(Protocol.V6_15.mapTakesPgmapRefs(MemoryType.PRIVATE));
        assertFalse(Protocol.V6_15.mapTakesPgmapRefs(MemoryType.COHERENT));
        assertTrue(Protocol.V6_15.mapTakesPgmapRefs(MemoryType.FS_DAX));
        assertTrue(Protocol.V6_15.mapTakesPgmapRefs(MemoryType.GENERIC));
        assertTrue(Protocol.V6_15.pageHoldsPgmapRef(MemoryType.PRIVATE));
        assertFalse(Protocol.V6_15.pageHoldsPgmapRef(MemoryType.FS_DAX));
        assertFalse(Protocol.V6_15.pageHoldsPgmapRef(MemoryType.GENERIC));
    }

    @Test
    @DisplayName("R28: the recommended protocol waits for every pin")
    void shouldWaitForPinsByDefault() {
        for (MemoryType type : MemoryType.values()) {
            assertTrue(Protocol.PAGEPOOL.pageHoldsPgmapRef(type));
        }
        assertTrue(Protocol.PAGEPOOL.mapTakesPgmapRefs(MemoryType.GENERIC));
        assertFalse(Protocol.PAGEPOOL.mapTakesPgmapRefs(MemoryType.FS_DAX));
    }

    @Test
    @DisplayName("B29: device-dax may be pinned for long, nothing else")
    void shouldAllowLongtermPinsOfDeviceDaxOnly() {
        for (MemoryType type : MemoryType.values()) {
            assertEquals(type != MemoryType.GENERIC, Protocol.PAGEPOOL.refusesLongterm(type));
        }
    }

    @ParameterizedTest
    @FieldSource("PRESETS")
    void shouldBeFoundByItsName(Protocol preset) {
        assertSame(preset, Protocol.preset(preset.name()));
        assertNull(Protocol.preset(preset.name() + "x"));
    }

    @ParameterizedTest
    @FieldSource("PRESETS")
    void shouldSetEverySwitchToEveryValueAndNothingElse(Protocol preset) {
        for (Protocol.Switch s : Protocol.SWITCHES) {
            for (String value : s.values()) {
                Protocol changed = preset.with(s.key(), value);
                Map<String, String> expected = preset.resolved();
                boolean same = expected.get(s.key()).equals(value);
                expected.put(s.key(), value);
                assertEquals(expected, changed.resolved());
                assertEquals(same ? preset.name() : preset.name() + "+" + s.key() + "=" + value, changed.name());
                if (same) {
                    assertSame(preset, changed);
                } else {
                    assertNotEquals(preset, changed);
                }
            }
        }
    }

    @Test
    void shouldResolveEverySwitchInOneOrder() {
        List<String> keys = new ArrayList<>();
        Protocol.SWITCHES.forEach(s -> keys.add(s.key()));
        for (Protocol preset : Protocol.PRESETS) {
            assertEquals(keys, new ArrayList<>(preset.resolved().keySet()));
        }
    }

    @Test
    void shouldNameTheKeysThereAreWhenRefusingOne() {
        Exception refused =
                assertThrows(IllegalArgumentException.class, () -> Protocol.PAGEPOOL.with("gup.bach", "per-page"));
        assertTrue(refused.getMessage().startsWith("no such switch: gup.bach, want "), refused::getMessage);
        for (Protocol.Switch s : Protocol.SWITCHES) {
            assertTrue(refused.getMessage().contains(s.key()), refused::getMessage);
        }
    }

    @Test
    void shouldNameTheValuesThereAreWhenRefusingOne() {
        Exception refused =
                assertThrows(IllegalArgumentException.class, () -> Protocol.PAGEPOOL.with("gup.batch", "perPage"));
        assertEquals(
                "no such value for gup.batch: perPage, want per-page or per-entry-assume-one or per-head-loop or per-range",
                refused.getMessage());
    }

    @ParameterizedTest
    @FieldSource("PRESETS")
    void shouldMakeSenseInEveryPreset(Protocol preset) {
        assertNull(preset.nonsense());
        assertSame(preset, preset.checked());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "v6.15       | refcount.base.fs-dax=reset-to-one",
                "v6.1        | refcount.base.fs-dax=zero",
                "v6.15       | mapping.holds-refs=false",
                "v5.5        | refcount.base.generic=zero",
                "v5.5        | entry.holds-refs=true",
                "v5.5        | entry.zap-flag=true",
                "v5.5        | layout.idle-rule=count-eq-0",
                "v5.5        | layout.idle-rule=count-minus-mapcount",
                "v6.15       | layout.idle-rule=count-eq-1",
                "dax-gup-fix | layout.idle-rule=count-eq-0",
                "dax-gup-fix | entry.zap-flag=true",
            })
    @DisplayName("D1, D8, D10: rules under which no page could come into use, or none ever be idle")
    void shouldRefuseWhatMakesNoSenseAndSayWhy(String preset, String change) {
        String[] parts = change.split("=", 2);
        Protocol odd = Protocol.preset(preset).with(parts[0], parts[1]);
        assertTrue(odd.nonsense().contains("want "), odd::nonsense);
        Exception refused = assertThrows(IllegalArgumentException.class, odd::checked);
        assertEquals("protocol " + odd.name() + " makes no sense: " + odd.nonsense(), refused.getMessage());
    }

    @Test
    @DisplayName("D1, E2: pages that are set back are handed out at the one they are parked with")
    void shouldSetBackAllButFilePagesInE2() {
        for (MemoryType type : MemoryType.values()) {
            assertEquals(type != MemoryType.FS_DAX, Protocol.V5_18.resets(type));
            assertEquals(type == MemoryType.FS_DAX, Protocol.V5_18.managed(type));
            assertEquals(1, Protocol.V5_18.base(type));
            assertFalse(Protocol.V5_18.pageHoldsPgmapRef(type));
            assertTrue(Protocol.V5_18.mapTakesPgmapRefs(type));
            assertFalse(Protocol.V5_5.resets(type));
        }
        assertTrue(Protocol.V6_1.resets(MemoryType.PCI_P2PDMA));
        assertFalse(Protocol.V6_1.resets(MemoryType.PRIVATE));
        assertTrue(Protocol.V6_15.resets(MemoryType.GENERIC));
        assertFalse(Protocol.V6_15.resets(MemoryType.PCI_P2PDMA));
    }

    @ParameterizedTest
    @CsvSource({"v5.5, false, false", "v6.1, false, false", "v6.15, true, true", "dax-gup-fix, false, false"})
    @DisplayName("section 2.1: whether a mapping holds a reference")
    void shouldCountMappingsAsItsEraDoes(String preset, boolean files, boolean generic) {
        Protocol p = Protocol.preset(preset);
        assertEquals(files, p.mapHoldsRefs(MemoryType.FS_DAX));
        assertEquals(generic, p.mapHoldsRefs(MemoryType.GENERIC));
        assertTrue(p.mapHoldsRefs(MemoryType.COHERENT));
        assertTrue(p.mapHoldsRefs(MemoryType.PCI_P2PDMA));
    }

    @Test
    @DisplayName("I11: a protocol is written and printed alike in every run")
    void shouldKeepItsBasesInTheOrderOfTheTypes() {
        for (Protocol preset : Protocol.PRESETS) {
            assertEquals(
                    List.of(MemoryType.values()),
                    new ArrayList<>(preset.refcountBase().keySet()));
        }
    }
}
