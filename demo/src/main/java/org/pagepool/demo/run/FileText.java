package org.pagepool.demo.run;

import java.util.Map;
import org.pagepool.actors.DaxFile;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.scenario.FileSpec;

/** What was taken away from files, for people: what it waited for, how often it looked again, what came of it. */
final class FileText {
    private final Sheet sheet;

    FileText(Sheet sheet) {
        this.sheet = sheet;
    }

    void files(RunResult run) {
        if (run.scenario().files().isEmpty()) {
            return;
        }
        sheet.title("Files", "");
        Table facts = new Table(Sheet.INDENT, "lrl");
        for (FileSpec file : run.scenario().files()) {
            facts.row(file.id(), Numbers.grouped(file.pages()), "pages on " + file.device() + " at first");
        }
        facts.row("blocks", Numbers.grouped(run.counters().blocksFreed()), "given back");
        long inUse = run.freedInUse();
        facts.row("", inUse == 0 ? "none" : sheet.ink().red(Numbers.grouped(inUse)), "in use when they were (R14)");
        for (Map.Entry<String, Long> row : run.counters().warnings().entrySet()) {
            facts.row(
                    "warnings",
                    Numbers.grouped(row.getValue()),
                    row.getKey() + ": " + ShownRow.of(row.getKey()).rule());
        }
        sheet.table(facts);
        Table cuts = new Table(Sheet.INDENT, "lrrrrll");
        if (!run.play().cuttings().isEmpty()) {
            cuts.row("", "at", "took", "waits", "retries", "outcome", "");
        }
        for (Play.Cutting cutting : run.play().cuttings()) {
            cut(cuts, run, cutting);
        }
        sheet.table(cuts);
        sheet.blank();
    }

    private static void cut(Table table, RunResult run, Play.Cutting cutting) {
        DaxFile.Cut cut = cutting.cut();
        table.row(
                cutting.what(),
                Numbers.seconds(run.sinceStart(cutting.atNanos())),
                cut == null ? "-" : Numbers.span(cutting.endedNanos() - cutting.atNanos()),
                cut == null ? "-" : Numbers.grouped(cut.waits()),
                cut == null ? "-" : Numbers.grouped(Math.max(0, cut.rounds() - 1)),
                cutting.word(),
                cut == null ? "" : waitsFor(cut));
    }

    private static String waitsFor(DaxFile.Cut cut) {
        if (cut.holders().isEmpty()) {
            return "";
        }
        String both = cut.deadlocked().isEmpty()
                ? ""
                : "; " + String.join(", ", cut.deadlocked()) + " wait for its lock (R15)";
        return "waited for " + String.join(", ", cut.holders()) + " on head 0x" + Long.toHexString(cut.busyHead())
                + both;
    }
}
