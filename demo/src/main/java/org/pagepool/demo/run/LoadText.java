package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** The load of a run and what the timeline did to it, for people. */
final class LoadText {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};

    private final Sheet sheet;

    LoadText(Sheet sheet) {
        this.sheet = sheet;
    }

    /** What the devices cost. */
    void footprint(RunResult run) {
        Footprint footprint = run.footprint();
        sheet.title("Mapped", "");
        Table table = new Table(Sheet.INDENT, "lrl");
        for (PgmapSpec device : run.scenario().devices()) {
            long nanos = footprint.mapNanos().getOrDefault(device.id(), 0L);
            table.row(device.id(), Numbers.span(nanos), "for " + Numbers.counted(device.heads(), "head"));
        }
        table.row("entries", Numbers.span(footprint.fillNanos()), "to fill the address spaces");
        table.row("heap", heap(footprint.idleHeapBytes()), "for devices that are mapped and not used");
        if (footprint.rested()) {
            table.row("", heap(footprint.restHeapBytes()), "once the load was over and at rest");
        }
        table.row("heads", Numbers.grouped(run.play().headsMost()), "were actors at the same time, at most");
        if (footprint.rested()) {
            table.row("", Numbers.grouped(footprint.headsAtRest()), "once the load was over and at rest");
        }
        sheet.table(table);
        sheet.blank();
    }

    /** Below a mebibyte it is the JVM's own business. */
    private static String heap(long bytes) {
        return bytes < 1L << 20 ? "under 1 MiB" : Sizes.pretty(bytes);
    }

    void load(RunResult run) {
        Meter.Load load = run.load();
        Play play = run.play();
        String served = play.servedNanos() < play.loadNanos()
                ? ", with something to walk on for " + Numbers.seconds(play.servedNanos())
                : "";
        sheet.title("Load", Numbers.seconds(play.loadNanos()) + ", ended by " + play.endedBy() + served);
        Table facts = new Table(Sheet.INDENT, "lrl");
        facts.row(
                "walks",
                Numbers.grouped(load.granted()),
                Numbers.shortened(run.walksPerSecond()) + "/s; begun "
                        + Numbers.grouped(load.begun()) + ", cut short " + Numbers.grouped(load.shortened())
                        + ", refused "
                        + Numbers.grouped(load.refused()) + ", by the slow path " + Numbers.grouped(load.slow()));
        facts.row(
                "pages",
                Numbers.grouped(load.pages()),
                Numbers.shortened(run.pagesPerSecond()) + "/s; "
                        + Sizes.pretty(load.pages() * run.scenario().basePage().bytes()) + " in all");
        facts.row(
                "per walk",
                Numbers.fixed(load.perWalk(load.headGrabs()), 1),
                "head grabs, "
                        + Numbers.fixed(load.perWalk(load.messages()), 1) + " messages, "
                        + Numbers.fixed(load.perWalk(load.pages()), 1) + " pages");
        sheet.table(facts);
        Table latency = new Table(Sheet.INDENT, "lr");
        latency.row("us", "p50", "p90", "p99", "p99.9", "max", "count");
        latency.row(latencies("walk", load.walkNanos()));
        latency.row(latencies("unpin", load.unpinNanos()));
        sheet.table(latency);
        Table reasons = new Table(Sheet.INDENT, "lrl");
        reasons(reasons, "refused", load.refusedWalks());
        reasons(reasons, "cut short", load.shortWalks());
        reasons(reasons, "put refused", load.refusedPuts());
        if (load.revoked() > 0) {
            reasons.row("revoked", Numbers.grouped(load.revoked()), "grants that a teardown took away");
        }
        sheet.table(reasons);
        sheet.blank();
    }

    private static List<String> latencies(String what, Histogram nanos) {
        List<String> row = new ArrayList<>();
        row.add(what);
        for (double percentile : PERCENTILES) {
            row.add(Numbers.micros(nanos.getValueAtPercentile(percentile)));
        }
        row.add(Numbers.micros(nanos.getMaxValue()));
        row.add(Numbers.grouped(nanos.getTotalCount()));
        return row;
    }

    private static void reasons(Table table, String title, Map<Refusal, Long> counts) {
        String[] first = {title};
        counts.forEach((reason, count) -> {
            table.row(first[0], Numbers.grouped(count), reason + ": " + reason.text());
            first[0] = "";
        });
    }

    /** What drivers handed out. */
    void handOut(RunResult run) {
        run.play().hands().forEach((device, hands) -> {
            sheet.title("Hand-out", device);
            Table table = new Table(Sheet.INDENT, "lrl");
            table.row("granted", Numbers.grouped(hands.granted()), "of " + hands.requested() + " requests for a folio");
            hands.refused()
                    .forEach((reason, count) ->
                            table.row("refused", Numbers.grouped(count), reason + ": " + reason.text()));
            table.row("given back", Numbers.grouped(hands.freed()), "");
            if (hands.touched() > 0) {
                table.row("touched", Numbers.grouped(hands.touched()), hands.broughtBack() + " brought back to RAM");
            }
            if (hands.speculated() > 0) {
                table.row(
                        "speculated",
                        Numbers.grouped(hands.speculated()),
                        hands.speculatedGranted() + " gets of pages on the free list were granted");
            }
            if (!run.handOutCounts().isEmpty()) {
                table.row("count", "", run.handOutCounts() + " (parked, handed out, given back)");
            }
            table.row("pgmap", Numbers.grouped(run.sharesAtKill()), "references when the kill was confirmed");
            sheet.table(table);
            sheet.blank();
        });
    }

    void timeline(RunResult run) {
        if (run.play().acts().isEmpty()) {
            return;
        }
        sheet.title("Timeline", "");
        Table acts = new Table(Sheet.INDENT, "lrl");
        for (Play.Act act : run.play().acts()) {
            acts.row(
                    "at " + act.due(),
                    act.done() ? Numbers.seconds(run.sinceStart(act.atNanos())) : "not done",
                    act.done() ? act.what() : act.what() + " (the load ended before)");
        }
        sheet.table(acts);
        sheet.blank();
    }
}
