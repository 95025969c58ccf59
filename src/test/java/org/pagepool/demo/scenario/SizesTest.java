package org.pagepool.demo.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({
        "16GiB, 17179869184",
        "16G, 17179869184",
        "16 GiB, 17179869184",
        "2MiB, 2097152",
        "2M, 2097152",
        "2m, 2097152",
        "4KiB, 4096",
        "4k, 4096",
        "1TiB, 1099511627776",
        "1.5GiB, 1610612736",
        "4096, 4096",
        "4096B, 4096",
        "0, 0"
    })
    void shouldReadBinaryUnits(String text, long bytes) {
        assertEquals(bytes, Sizes.parse(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "16GB | unit GB is not binary; did you mean 16GiB?",
                "2MB | unit MB is not binary; did you mean 2MiB?",
                "2mb | unit mb is not binary; did you mean 2MiB?",
                "1.5kB | unit kB is not binary; did you mean 1.5KiB?",
                "16pages | unknown unit \"pages\"; units are KiB MiB GiB TiB or K M G T, none means bytes",
                "16PiB | unknown unit \"PiB\"; units are KiB MiB GiB TiB or K M G T, none means bytes",
                "2s | unknown unit \"s\"; units are KiB MiB GiB TiB or K M G T, none means bytes",
                "-2MiB | is negative; want a size such as 16GiB",
                "0.3KiB | is no whole number of bytes; want a size such as 16GiB",
                "9000000TiB | is too large; want less than 8388608TiB",
                "lots | is no size; want a number and a unit, such as 16GiB"
                        + " (units are KiB MiB GiB TiB or K M G T, none means bytes)"
            })
    void shouldRefuseOtherUnitsAndSayWhatIsRight(String text, String message) {
        Exception refused = assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
        assertEquals(message, refused.getMessage());
    }

    @Property
    void shouldReadBackExactText(@ForAll @LongRange(min = 0) long bytes) {
        assertEquals(bytes, Sizes.parse(Sizes.exact(bytes)));
    }

    @Property
    void shouldReadBackMultiplesOfPages(@ForAll @LongRange(min = 0, max = 1L << 46) long pages) {
        assertEquals(pages << 12, Sizes.parse(Sizes.exact(pages << 12)));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0 B",
        "512, 512, 512 B",
        "4096, 4KiB, 4 KiB",
        "1610612736, 1536MiB, 1.5 GiB",
        "17179869184, 16GiB, 16 GiB",
        "2097153, 2097153, 2 MiB",
        "1125899906842624, 1024TiB, 1024 TiB"
    })
    void shouldWriteExactAndPrettyText(long bytes, String exact, String pretty) {
        assertEquals(exact, Sizes.exact(bytes));
        assertEquals(pretty, Sizes.pretty(bytes));
    }

    @Property
    void shouldReadBackDurations(@ForAll @LongRange(min = 0) long nanos) {
        Duration duration = Duration.ofNanos(nanos);
        assertEquals(duration, Durations.parse(Durations.exact(duration)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "5 | has no unit; did you mean 5s or 5ms? (units are ns us ms s m h)",
                "5sec | unknown unit \"sec\"; units are ns us ms s m h",
                "-5s | is negative; want a duration such as 5s",
                "0.5ns | is no whole number of nanoseconds; want a duration such as 5s",
                "9999999h | is too long; want less than 2562047h",
                "soon | is no duration; want a number and a unit, such as 5s (units are ns us ms s m h)"
            })
    void shouldRefuseOtherDurations(String text, String message) {
        Exception refused = assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
        assertEquals(message, refused.getMessage());
    }

    @Test
    void shouldReadDurations() {
        assertEquals(Duration.ofMillis(1500), Durations.parse("1.5s"));
        assertEquals(Duration.ofMinutes(90), Durations.parse("90m"));
        assertEquals("1500ms", Durations.exact(Duration.ofMillis(1500)));
        assertEquals(Duration.ZERO, Durations.parse("0"));
    }
}
