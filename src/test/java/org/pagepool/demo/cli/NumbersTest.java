package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers and tables for people. */
class NumbersTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "7, 7", "1234.5, '1,235'", "9999, '9,999'", "12934, 12.9k", "50230000, 50.2M", "1e15, '1,000T'"
    })
    void shouldShorten(double number, String text) {
        assertEquals(text, Numbers.shortened(number));
    }

    @ParameterizedTest
    @CsvSource({"900, 0.9 us", "412000, 412 us", "12400000, 12.4 ms", "312400000, 312 ms", "1503000000, 1.503 s"})
    void shouldPickTheUnitThatFits(long nanos, String text) {
        assertEquals(text, Numbers.span(nanos));
    }

    @Test
    void shouldAlignColumnsAndKeepNoSpaceAtTheEnd() {
        Table table = new Table("  ", "lr").row("walk", "1,234", "9").row("unpin", "7", "");

        assertEquals(List.of("  walk   1,234  9", "  unpin      7"), table.lines());
    }
}
