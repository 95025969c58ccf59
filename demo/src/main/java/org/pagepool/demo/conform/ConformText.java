package org.pagepool.demo.conform;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.Ink;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.conform.Outcome.Result;
import org.pagepool.runtime.protocol.Protocol;

/** The report as TAP, version 14: one line for each check and preset, diagnostics as YAML blocks. */
final class ConformText {
    private static final int WIDTH = 100;

    private final PrintWriter out;
    private final Ink ink;

    ConformText(PrintWriter out, Ink ink) {
        this.out = out;
        this.ink = ink;
    }

    /** Version, plan and the rules of every preset; those after the first only where they differ from the one before. */
    void announce(List<Protocol> presets, int lines) {
        out.println("TAP version 14");
        out.println("1.." + lines);
        Map<String, String> before = Map.of();
        for (Protocol preset : presets) {
            out.println("# protocol " + preset.name() + (before.isEmpty() ? "" : ", different from the one above in"));
            switches(preset.resolved(), before);
            before = preset.resolved();
        }
        out.flush();
    }

    private void switches(Map<String, String> resolved, Map<String, String> before) {
        StringBuilder line = new StringBuilder("#  ");
        for (Map.Entry<String, String> entry : resolved.entrySet()) {
            if (entry.getValue().equals(before.get(entry.getKey()))) {
                continue;
            }
            String item = " " + entry.getKey() + "=" + entry.getValue();
            if (line.length() + item.length() > WIDTH) {
                out.println(line);
                line.setLength(0);
                line.append("#  ");
            }
            line.append(item);
        }
        out.println(line);
    }

    /** One line, and what went wrong. */
    void show(Outcome outcome) {
        boolean failed = outcome.result() == Result.FAILED;
        String verdict = failed ? ink.red("not ok") : ink.green("ok");
        String skip = outcome.result() == Result.SKIPPED ? " # SKIP " + outcome.text() : "";
        out.println(verdict + " " + outcome.number() + " - " + escaped(outcome.title()) + skip);
        if (failed) {
            out.println("  ---");
            yaml("message", outcome.text());
            yaml("expected", outcome.expected());
            yaml("actual", outcome.actual());
            out.println("  ...");
        }
    }

    /** TAP takes a number sign for a directive. */
    private static String escaped(String title) {
        return title.replace("\\", "\\\\").replace("#", "\\#");
    }

    private void yaml(String key, @Nullable String value) {
        if (value != null) {
            String quoted = value.replace("\\", "\\\\")
                    .replace("\"", "\\\"")
                    .replace("\n", "\\n")
                    .replace("\r", "\\r")
                    .replace("\t", "\\t");
            out.println("  " + key + ": \"" + quoted + "\"");
        }
    }

    /** How many of what, in one line; a row that was not built yet has no check and is not ok. */
    void conclude(int rows, List<Outcome> outcomes, long nanos) {
        out.println("# " + Numbers.counted(rows, "row") + ", "
                + Numbers.counted(
                        outcomes.stream().filter(o -> o.what() != null).count(), "check")
                + ": " + Numbers.grouped(count(outcomes, Result.OK)) + " ok, "
                + Numbers.grouped(count(outcomes, Result.SKIPPED)) + " skipped, "
                + Numbers.grouped(count(outcomes, Result.FAILED)) + " not ok, in " + Numbers.span(nanos));
        out.flush();
    }

    static long count(List<Outcome> outcomes, Result result) {
        return outcomes.stream().filter(o -> o.result() == result).count();
    }

    /** The rows, in how many of the presets each applies, and how many checks it has. */
    static void list(PrintWriter out, List<Row> rows, List<Protocol> presets) {
        Table table = new Table("", "llrrll");
        table.row("row", "state", "checks", "presets", "eras", "name");
        for (Row row : rows) {
            long applies = presets.stream().filter(p -> row.skipped(p) == null).count();
            table.row(
                    row.id(),
                    row.state().text(),
                    String.valueOf(row.checks().size()),
                    String.valueOf(applies),
                    row.eras(),
                    row.name());
        }
        table.lines().forEach(out::println);
        out.flush();
    }
}
