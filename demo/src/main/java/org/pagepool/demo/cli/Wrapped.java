package org.pagepool.demo.cli;

import java.util.ArrayList;
import java.util.List;

/** Text in lines that fit. */
public final class Wrapped {
    private Wrapped() {}

    /** A text in lines of at most that many columns, if its words allow; all but the first are indented. */
    public static List<String> lines(String text, int width, String indent) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.toString().isBlank() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
                line.append(indent);
            }
            line.append(line.toString().isBlank() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
