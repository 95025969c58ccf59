package org.pagepool.demo.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.demo.conform.ConformTable;
import org.pagepool.demo.conform.Row;

/** A scenario can show every row that the conformance table has, and no other. */
class RowsTest {
    @Test
    void shouldKnowEveryRowOfTheTable() {
        assertEquals(
                List.of(),
                ConformTable.rows().stream()
                        .map(Row::id)
                        .filter(id -> Rows.wrong(id) != null)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"B54", "R34", "D17", "I13"})
    void shouldKnowNoMoreThanTheTable(String behindTheLast) {
        assertNotNull(Rows.wrong(behindTheLast));
        int last = Integer.parseInt(behindTheLast.substring(1)) - 1;
        assertEquals(
                last,
                ConformTable.rows(behindTheLast.charAt(0)).stream()
                        .mapToInt(Row::number)
                        .max()
                        .orElse(0));
        assertNull(Rows.wrong(behindTheLast.substring(0, 1) + last));
    }
}
