package org.pagepool.demo.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows of cells in aligned columns. Colours are put on afterwards, so that they do not count as width. */
public final class Table {
    private static final String GAP = "  ";

    private final String indent;
    private final String alignment;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * An empty table.
     *
     * @param indent before each row
     * @param alignment {@code l} or {@code r} for each column; the last one goes for all that follow
     */
    public Table(String indent, String alignment) {
        this.indent = indent;
        this.alignment = alignment;
    }

    /** One more row. */
    public Table row(String... cells) {
        return row(List.of(cells));
    }

    /** One more row. */
    public Table row(List<String> cells) {
        rows.add(List.copyOf(cells));
        return this;
    }

    /** True while it has no rows. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The rows, one line each. */
    public List<String> lines() {
        List<Integer> widths = widths();
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private List<Integer> widths() {
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                if (i == widths.size()) {
                    widths.add(0);
                }
                widths.set(i, Math.max(widths.get(i), row.get(i).length()));
            }
        }
        return widths;
    }

    private String line(List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder(indent);
        for (int i = 0; i < row.size(); i++) {
            String pad = " ".repeat(widths.get(i) - row.get(i).length());
            boolean right = alignment.charAt(Math.min(i, alignment.length() - 1)) == 'r';
            line.append(i == 0 ? "" : GAP).append(right ? pad + row.get(i) : row.get(i) + pad);
        }
        return line.toString().stripTrailing();
    }
}
