package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.HdrHistogram.Histogram;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** Several runs in one table. */
final class SideBySide {
    private final Sheet sheet;

    SideBySide(Sheet sheet) {
        this.sheet = sheet;
    }

    /** Several runs side by side. */
    void compare(List<RunResult> runs) {
        sheet.title("Side by side", "");
        Table table = new Table(Sheet.INDENT, "lr");
        column(table, runs, "", r -> r.scenario().variant().orElse(r.scenario().name()));
        column(table, runs, "workload", r -> r.digest().substring(0, 8));
        column(table, runs, "walks", r -> Numbers.grouped(r.load().granted()));
        column(table, runs, "walks/s", r -> Numbers.shortened(r.walksPerSecond()));
        column(table, runs, "pages/s", r -> Numbers.shortened(r.pagesPerSecond()));
        column(
                table,
                runs,
                "pages/walk",
                r -> Numbers.fixed(r.load().perWalk(r.load().pages()), 1));
        column(
                table,
                runs,
                "head grabs/walk",
                r -> Numbers.fixed(r.load().perWalk(r.load().headGrabs()), 1));
        column(
                table,
                runs,
                "messages/walk",
                r -> Numbers.fixed(r.load().perWalk(r.load().messages()), 1));
        column(table, runs, "walk p50 us", r -> micros(r.load().walkNanos(), 50));
        column(table, runs, "walk p99 us", r -> micros(r.load().walkNanos(), 99));
        column(table, runs, "unpin p50 us", r -> micros(r.load().unpinNanos(), 50));
        column(table, runs, "refused", r -> Numbers.grouped(r.load().refused()));
        column(table, runs, "pgmap refs at map", SideBySide::refsAtMap);
        column(table, runs, "teardown", SideBySide::teardownTook);
        column(table, runs, "events", r -> Numbers.grouped(r.verdict().events()));
        column(table, runs, "verdict", RunResult::outcome);
        sheet.table(table);
        sheet.blank();
    }

    private static void column(Table table, List<RunResult> runs, String title, Function<RunResult, String> cell) {
        List<String> row = new ArrayList<>();
        row.add(title);
        runs.forEach(run -> row.add(cell.apply(run)));
        table.row(row);
    }

    private static String micros(Histogram nanos, double percentile) {
        return Numbers.micros(nanos.getValueAtPercentile(percentile));
    }

    private static String refsAtMap(RunResult run) {
        return Numbers.grouped(run.scenario().devices().stream()
                .filter(d -> d.protocol().mapTakesPgmapRefs(d.type()))
                .mapToLong(PgmapSpec::heads)
                .sum());
    }

    private static String teardownTook(RunResult run) {
        long longest = run.play().closings().stream()
                .filter(c -> c.closed() != null)
                .mapToLong(c -> c.answeredNanos() - c.atNanos())
                .max()
                .orElse(-1);
        return longest < 0 ? "-" : Numbers.span(longest);
    }
}
