package org.pagepool.demo.run;

import java.util.List;
import java.util.stream.Collectors;
import org.pagepool.demo.cli.Wrapped;
import org.pagepool.demo.event.EventText;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** What is known before a run, in words. */
final class ScenarioText {
    /** Of text beside a title, so that a line fits a terminal of 80 columns. */
    static final int WIDTH = 66;

    private ScenarioText() {}

    /** As scenarios write it: lower case with dashes. */
    static String label(Enum<?> value) {
        return EventText.label(value);
    }

    /** {@code generic, 16 GiB as 8,192 heads of 2 MiB, pfns [0x880000, 0xc80000)}. */
    static String device(PgmapSpec spec) {
        return EventText.device(spec);
    }

    /** Every switch of a protocol, several to a line. */
    static List<String> switches(Protocol protocol) {
        String all = protocol.resolved().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
        return wrapped(all, WIDTH, "");
    }

    /** A text in lines of at most that many columns, if its words allow; all but the first are indented. */
    static List<String> wrapped(String text, int width, String indent) {
        return Wrapped.lines(text, width, indent);
    }
}
