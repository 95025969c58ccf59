package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Random interleavings of walks, faults and truncations, step by step: under a rule that is right no block is given back
 * while a walk that kept its page still has it; under each rule that is wrong some interleaving shows it.
 */
class TruncationPropertiesTest {
    private static final int STEPS = 300;

    private static final List<Protocol> RIGHT = List.of(
            Protocol.V5_13,
            Protocol.V6_1,
            Protocol.V6_15,
            Protocol.V6_15.with("layout.idle-rule", "count-eq-0"),
            Protocol.PAGEPOOL,
            Protocol.DAX_GUP_FIX,
            Protocol.REQUEST_FOLIO);

    @Provide
    Arbitrary<Protocol> right() {
        return Arbitraries.of(RIGHT);
    }

    private static TinyFile run(Protocol protocol, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TinyFile file = new TinyFile(protocol, 3, 2);
        for (int i = 0; i < STEPS && file.broken == null; i++) {
            file.step(random.nextInt(64), random.nextInt(64));
        }
        return file;
    }

    @Property(tries = 3000)
    void shouldGiveNoBlockBackThatAWalkHas(@ForAll("right") Protocol protocol, @ForAll long seed) {
        TinyFile file = run(protocol, seed);
        assertNull(
                file.broken,
                () -> protocol.name() + " seed=" + seed + ": " + file.broken + "\n" + String.join("\n", file.log()));
    }

    @ParameterizedTest
    @DisplayName("D8, R5, R6, R16: what is wrong shows")
    @CsvSource({
        "v5.13,       layout.idle-rule=not-pinned",
        "v6.15,       layout.idle-rule=not-pinned",
        "dax-gup-fix, layout.idle-rule=not-pinned",
        "v5.13,       gup.recheck=false",
        "v5.13,       layout.unmap-first=false",
        "v6.15,       layout.unmap-first=false",
        "v5.13,       layout.rescan=false",
        "v6.15,       layout.rescan=false",
        "dax-gup-fix, layout.rescan=false",
    })
    void shouldShowWhatIsWrong(String preset, String change) {
        String[] parts = change.split("=", -1);
        Protocol protocol = assertPresent(Protocol.preset(preset)).with(parts[0], parts[1]);
        long seed = 0;
        while (seed < 3000 && run(protocol, seed).broken == null) {
            seed++;
        }
        assertTrue(seed < 3000, protocol.name() + ": no interleaving of " + seed + " goes wrong");
    }

    @ParameterizedTest
    @DisplayName("B35: where truncation has waited by the right rule, no entry goes with references outstanding")
    @CsvSource({"v6.15", "pagepool", "request-folio"})
    void shouldDeleteEntriesOfIdlePagesOnly(String preset) {
        int truncated = 0;
        for (long seed = 0; seed < 500; seed++) {
            TinyFile file = run(assertPresent(Protocol.preset(preset)), seed);
            assertEquals(0, file.warnings, () -> String.join("\n", file.log()));
            truncated += file.truncated;
        }
        assertTrue(truncated > 500, "truncations=" + truncated);
    }

    private static Protocol assertPresent(Protocol protocol) {
        assertNotNull(protocol);
        return protocol;
    }
}
