package org.pagepool.demo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Command lines that can be typed again as they are printed. */
class ShellWordsTest {
    @Test
    void shouldQuoteOnlyWhatAShellWouldTakeApart() {
        assertEquals(
                "./pagepool run 'my scenario.conf' -D protocol=v6.15 -D 'name=it'\\''s' '' '$HOME'",
                ShellWords.join(List.of(
                        "./pagepool",
                        "run",
                        "my scenario.conf",
                        "-D",
                        "protocol=v6.15",
                        "-D",
                        "name=it's",
                        "",
                        "$HOME")));
    }
}
