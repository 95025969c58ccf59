package org.pagepool.persistence.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pagepool.runtime.journal.Batch;

class LogOrderTest {
    private final LogOrder order = new LogOrder();

    private String add(long ordinal, String owner, long sequence) {
        return order.check(LogRow.of(ordinal, owner, sequence, 0, new Batch(List.of(), List.of())));
    }

    @Test
    void shouldTakeRowsInOrder() {
        assertEquals(null, add(1, "a", 1));
        assertEquals(null, add(2, "b", 1));
        assertEquals(null, add(3, "a", 2));
        assertEquals(null, order.whole());
        assertEquals(2, order.owners());
    }

    @ParameterizedTest
    @CsvSource({
        "2, b, 1, row 2 comes twice",
        "1, b, 1, row 1 comes behind row 2",
        "3, a, 4, 'row 3 is number 4 of a, and number 3 is missing'",
        "3, a, 6, 'row 3 is number 6 of a, and number 3 and more are missing'",
        "3, a, 2, 'row 3 is number 2 of a, which came before'",
    })
    void shouldSayWhatIsOutOfOrder(long ordinal, String owner, long sequence, String said) {
        add(1, "a", 1);
        add(2, "a", 2);
        assertEquals(said, add(ordinal, owner, sequence));
    }

    /** What an owner has deleted at its beginning is not missing; more is. */
    @Test
    void shouldCountWhatIsMissing() {
        add(3, "a", 3);
        assertEquals(null, order.whole());
        add(5, "b", 1);
        assertEquals("1 of the ordinals up to 5 are missing", order.whole());
    }
}
