package org.pagepool.demo.gup;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.HeadHosting;
import org.pagepool.demo.cli.Ink;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.gup.GupResult.Spread;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;

/** A measurement for people, as TAP: one result per walker, figures on lines that begin with {@code #}. */
final class GupText {
    private static final int WIDTH = 80;

    private final PrintWriter out;
    private final Ink ink;

    GupText(PrintWriter out, Ink ink) {
        this.out = out;
        this.ink = ink;
    }

    /** What is about to be measured, and on which journal if on any. */
    void announce(GupPlan plan, @Nullable String journal) {
        Level level = plan.level();
        out.println("TAP version 13");
        out.println("1.." + plan.walkers());
        out.println("# " + plan.mode().text() + ": " + Sizes.pretty(plan.bytes()) + " "
                + plan.type().label() + " = "
                + Numbers.counted(plan.pages(), "page") + " of "
                + plan.basePage().label() + " = "
                + Numbers.counted(plan.heads(), "head") + " of "
                + Sizes.pretty(plan.geometry().pages() * plan.basePage().bytes())
                + (level == null ? "" : " by " + level.label() + " entries")
                + (plan.shared() ? ", MAP_SHARED" : "") + (plan.write() ? "" : ", read only"));
        out.println("# " + Numbers.counted(plan.calls(), "call") + " of " + Numbers.counted(plan.pagesPerCall(), "page")
                + underWay(plan) + ", " + Numbers.counted(plan.walkers(), "walker")
                + (plan.overlap() == Overlap.SHARED ? "" : " (" + plan.overlap().label() + ")") + ", "
                + Numbers.counted(plan.repeats(), "repeat")
                + (plan.hosting() == HeadHosting.ACTOR
                        ? ""
                        : ", heads hosted by their " + plan.hosting().label())
                + ", seed " + plan.seed());
        if (journal != null) {
            out.println("# journal " + journal);
        }
        out.println("# protocol " + plan.protocol().name());
        StringBuilder line = new StringBuilder("#  ");
        for (Map.Entry<String, String> entry : plan.protocol().resolved().entrySet()) {
            String item = " " + entry.getKey() + "=" + entry.getValue();
            if (line.length() + item.length() > WIDTH) {
                out.println(line);
                line.setLength(0);
                line.append("#  ");
            }
            line.append(item);
        }
        out.println(line);
        out.flush();
    }

    private static String underWay(GupPlan plan) {
        if (plan.route(0).callsPerTurn() == 1) {
            return "";
        }
        return plan.callsUnderWay() == 1 ? ", one after the other" : ", up to " + plan.callsUnderWay() + " at once";
    }

    /** What came of it. */
    void show(GupResult result) {
        GupPlan plan = result.plan();
        GupLoop.Lap first = result.first();
        if (first != null && result.stop() == null) {
            times(plan, result);
            table(plan, result);
            out.println("# per repeat: " + Numbers.counted(first.headGrabs(), "head grab") + ", "
                    + Numbers.fixed(result.messagesPerWalk(), 1) + " messages per walk");
            out.println("# all walkers: " + Numbers.grouped(Math.round(result.pagesPerSecond())) + " pages per second, "
                    + plan.mode().take() + " and " + plan.mode().give());
            GupResult.Durable durable = result.durable();
            if (durable != null) {
                written(plan.mode().take(), durable.written().take(), result.callsMade());
                written(plan.mode().give(), durable.written().give(), result.callsMade());
            }
            if (result.verified() > 0) {
                out.println("# verified: " + Numbers.counted(result.verified(), "page") + " after "
                        + plan.mode().take() + ", " + Numbers.grouped(result.notPinned())
                        + " not what they should be");
            }
            out.println("# mapped in " + Numbers.span(result.mapNanos()) + ", warmed up for "
                    + Numbers.counted(result.warmups(), "lap") + ", Java " + Json.jvm() + ", "
                    + Numbers.counted(Runtime.getRuntime().availableProcessors(), "core"));
        }
        verdicts(result);
    }

    /** The line the kernel prints, with the median of all repeats and walkers. */
    private void times(GupPlan plan, GupResult result) {
        Spread take = Spread.of(result.all(), GupLoop.Lap::takeNanos);
        Spread give = Spread.of(result.all(), GupLoop.Lap::giveNanos);
        out.println("# " + plan.mode().benchmark() + ": "
                + (plan.mode().timed()
                        ? "Time: " + plan.mode().take() + ":" + take.p50() / 1000 + " "
                                + plan.mode().give() + ":" + give.p50() / 1000 + " us"
                        : "done"));
    }

    /** What a walk wrote. */
    private void written(String what, JournalMeter.Use use, long walks) {
        out.println("# journal per " + what + ": " + perWalk(use.rows(), walks) + " rows, "
                + perWalk(use.events(), walks) + " events, " + perWalk(use.bytes(), walks) + " bytes");
    }

    private static String perWalk(long of, long walks) {
        return Numbers.fixed((double) of / Math.max(1, walks), 1);
    }

    private void table(GupPlan plan, GupResult result) {
        Table table = new Table("# ", "lr");
        Map<String, List<FloorLap>> floors = floors(result);
        List<String> head = List.of("us", "min", "p50", "p99", "max", "ns/page");
        table.row(floors.isEmpty() ? head : with(head, "ratio"));
        rows(table, plan, "", result.all());
        floors.forEach((name, laps) -> floorRow(
                table, plan, name + plan.mode().take(), Spread.of(laps, FloorLap::takeNanos), result.takeRatio(laps)));
        floors.forEach((name, laps) -> floorRow(
                table, plan, name + plan.mode().give(), Spread.of(laps, FloorLap::giveNanos), result.giveRatio(laps)));
        if (plan.walkers() > 1) {
            for (int i = 0; i < result.laps().size(); i++) {
                rows(table, plan, "gup-" + (i + 1) + " ", result.laps().get(i));
            }
        }
        table.lines().forEach(out::println);
    }

    /** What was measured beside the walks, by what its rows begin with. */
    private static Map<String, List<FloorLap>> floors(GupResult result) {
        Map<String, List<FloorLap>> named = new LinkedHashMap<>();
        GupResult.Floors floors = result.floors();
        if (floors != null) {
            named.put("floor counters ", floors.counters());
            named.put("floor actors ", floors.actors());
        }
        GupResult.Durable durable = result.durable();
        if (durable != null && !durable.floor().isEmpty()) {
            named.put("floor journal ", durable.floor());
        }
        return named;
    }

    private static void rows(Table table, GupPlan plan, String who, List<GupLoop.Lap> laps) {
        row(table, plan, who + plan.mode().take(), Spread.of(laps, GupLoop.Lap::takeNanos));
        row(table, plan, who + plan.mode().give(), Spread.of(laps, GupLoop.Lap::giveNanos));
    }

    private static void floorRow(Table table, GupPlan plan, String what, Spread spread, double ratio) {
        table.row(with(cells(plan, what, spread), Numbers.fixed(ratio, 2)));
    }

    private static List<String> with(List<String> cells, String last) {
        List<String> all = new ArrayList<>(cells);
        all.add(last);
        return all;
    }

    private static void row(Table table, GupPlan plan, String what, Spread spread) {
        table.row(cells(plan, what, spread));
    }

    private static List<String> cells(GupPlan plan, String what, Spread spread) {
        return List.of(
                what,
                Numbers.micros(spread.min()),
                Numbers.micros(spread.p50()),
                Numbers.micros(spread.p99()),
                Numbers.micros(spread.max()),
                Numbers.fixed((double) spread.p50() / plan.pagesPerLap(), 3));
    }

    /** The lines a harness looks at. */
    void verdicts(GupResult result) {
        for (int i = 0; i < result.laps().size(); i++) {
            List<GupLoop.Lap> laps = result.laps().get(i);
            Refusal stop = stop(laps);
            GupLoop.Lap wrong = laps.stream()
                    .filter(lap -> lap.notVerified() > 0)
                    .findFirst()
                    .orElse(null);
            String what =
                    (i + 1) + " gup-" + (i + 1) + " " + result.plan().mode().text();
            if (wrong != null) {
                out.println(ink.red("not ok") + " " + what + ": " + unverified(wrong));
            } else if (stop != null) {
                GupLoop.Lap last = laps.get(laps.size() - 1);
                out.println(ink.red("not ok") + " " + what + ": " + stop + ": " + stop.text() + ", after "
                        + Numbers.counted(last.pages(), "page") + " of "
                        + Numbers.grouped(result.plan().pagesPerLap()));
            } else if (laps.isEmpty()) {
                out.println(ink.yellow("ok") + " " + what + " # SKIP interrupted before the first repeat");
            } else {
                out.println(ink.green("ok") + " " + what + ", " + Numbers.counted(laps.size(), "repeat"));
            }
        }
        out.flush();
    }

    /** Which page is not what it should be, as the kernel dumps it. */
    private static String unverified(GupLoop.Lap lap) {
        GupWalker.Verified verified = lap.verified();
        if (verified == null || verified.head() < 0) {
            return Numbers.counted(lap.notVerified(), "page") + " of a type that must not be pinned for long";
        }
        return Numbers.counted(verified.notPinned(), "page") + " of " + Numbers.grouped(verified.pages())
                + " do not look pinned: head=0x" + Long.toHexString(verified.head()) + " refcount="
                + verified.counts().refcount() + " pincount="
                + verified.counts().pincount()
                + (lap.stop() == null ? "" : "; unpin refused: " + lap.stop().text());
    }

    private static @Nullable Refusal stop(List<GupLoop.Lap> laps) {
        return laps.isEmpty() ? null : laps.get(laps.size() - 1).stop();
    }
}
