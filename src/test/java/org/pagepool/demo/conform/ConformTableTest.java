package org.pagepool.demo.conform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.pagepool.actors.PoolHarness;
import org.pagepool.demo.conform.Outcome.Result;
import org.pagepool.runtime.protocol.Protocol;

/** Every check of every row under every preset: what {@code pagepool conform} would call {@code not ok} fails the build. */
class ConformTableTest {
    private static final Conformance CONFORMANCE = new Conformance(PoolHarness.DURABLE, PoolHarness.HOSTING);

    /** While rows are being built: true as soon as every behaviour has a check. */
    private static final boolean EVERY_BEHAVIOUR = false;

    @AfterAll
    static void stopPools() {
        CONFORMANCE.close();
    }

    @TestFactory
    Stream<DynamicContainer> shouldHold() {
        return ConformTable.rows().stream()
                .filter(row -> !row.checks().isEmpty() || (EVERY_BEHAVIOUR && row.kind() == 'B'))
                .map(row -> dynamicContainer(
                        row.id() + " " + row.name(),
                        Conformance.plan(List.of(row), Protocol.PRESETS).stream()
                                .map(item -> dynamicTest(item.title(), () -> assertHolds(item.run(CONFORMANCE))))));
    }

    private static void assertHolds(Outcome outcome) {
        assertTrue(
                outcome.result() != Result.FAILED,
                () -> outcome.title() + ": " + outcome.text() + ": expected " + outcome.expected() + ", was "
                        + outcome.actual());
    }

    /** A behaviour holds when its checks say so, so there has to be one. */
    @Test
    void shouldHaveACheckForEveryBehaviourThatHolds() {
        List<String> unproven = ConformTable.rows('B').stream()
                .filter(row -> row.state() == State.HOLDS && row.checks().isEmpty())
                .map(Row::id)
                .toList();
        assertTrue(!EVERY_BEHAVIOUR || unproven.isEmpty(), unproven::toString);
    }

    /** A check that runs nowhere shows nothing. */
    @Test
    void shouldRunEveryCheckUnderSomePreset() {
        for (Row row : ConformTable.rows()) {
            for (Check check : row.checks()) {
                assertTrue(
                        Protocol.PRESETS.stream()
                                .anyMatch(p ->
                                        row.skipped(p) == null && check.where().test(p)),
                        () -> row.id() + ": " + check.name());
            }
        }
    }

    /** A preset that no era knows would run no row that is limited to some. */
    @Test
    void shouldPutEveryPresetIntoOneEra() {
        List<String> known = Stream.of(Era.values())
                .flatMap(era -> era.presets().stream())
                .sorted()
                .toList();
        assertEquals(Protocol.PRESETS.stream().map(Protocol::name).sorted().toList(), known);
    }
}
