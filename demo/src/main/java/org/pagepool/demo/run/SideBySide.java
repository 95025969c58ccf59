package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;

/** Several runs in one table, and in words where they differ. */
final class SideBySide {
    private final Sheet sheet;

    SideBySide(Sheet sheet) {
        this.sheet = sheet;
    }

    void show(Comparison comparison) {
        sheet.title("Side by side", comparison.scenario());
        Table table = new Table(Sheet.INDENT, "lr");
        List<String> head = new ArrayList<>();
        head.add("");
        comparison.runs().forEach(run -> head.add(Comparison.label(run)));
        table.row(head);
        String group = "";
        for (Comparison.Row row : comparison.rows()) {
            if (!row.group().equals(group)) {
                group = row.group();
                table.row(group);
            }
            List<String> cells = new ArrayList<>();
            cells.add(Sheet.INDENT + row.name());
            cells.addAll(row.cells());
            table.row(cells);
        }
        sheet.table(table);
        sheet.blank();
        if (!comparison.differences().isEmpty()) {
            sheet.title("Differences", "in what they allow");
            comparison.differences().forEach(this::difference);
            sheet.blank();
        }
    }

    private void difference(Difference difference) {
        String row = difference.row().isEmpty() ? "" : " (" + difference.row() + ")";
        for (String line : ScenarioText.wrapped(difference.text() + row, ScenarioText.WIDTH + 10, "    ")) {
            sheet.line(Sheet.INDENT + line);
        }
    }
}
