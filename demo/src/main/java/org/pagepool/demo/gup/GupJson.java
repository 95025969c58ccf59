package org.pagepool.demo.gup;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.ToLongFunction;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.gup.GupResult.Spread;
import org.pagepool.runtime.gup.Level;

/** A measurement for machines: the document {@code pagepool/gup-test/1}, described in {@code docs/cli.md}. */
final class GupJson {
    static final String FORMAT = "pagepool/gup-test/1";

    private GupJson() {}

    static void print(PrintWriter out, GupResult result) {
        Json.print(out, json -> write(json, result));
    }

    private static void write(Json json, GupResult result) {
        GupPlan plan = result.plan();
        GupLoop.Lap first = result.first();
        json.field("format", FORMAT)
                .field("exitStatus", result.status().code())
                .field("meaning", result.status().meaning())
                .field("mode", plan.mode().text())
                .field("pages", plan.pages())
                .field("pagesPerCall", plan.pagesPerCall())
                .field("calls", plan.calls())
                .field("callsAtOnce", plan.callsUnderWay())
                .field("headGrabs", first == null ? 0 : first.headGrabs())
                .field("repeats", result.repeats())
                .field("warmups", result.warmups())
                .field("walkers", plan.walkers())
                .field("overlap", plan.overlap().label())
                .field("hosting", plan.hosting().label())
                .field("pagesPerLap", plan.pagesPerLap())
                .object("pinMicros", o -> spread(o, result.all(), GupLoop.Lap::takeNanos))
                .object("unpinMicros", o -> spread(o, result.all(), GupLoop.Lap::giveNanos))
                .field("nsPerPage", Numbers.rounded(result.nsPerPage(GupLoop.Lap::takeNanos), 4))
                .field("unpinNsPerPage", Numbers.rounded(result.nsPerPage(GupLoop.Lap::giveNanos), 4))
                .field("pagesPerSecond", Numbers.rounded(result.pagesPerSecond(), 0))
                .field("messagesPerWalk", Numbers.rounded(result.messagesPerWalk(), 3))
                .field("refusal", result.stop() == null ? null : result.stop().name())
                .field("pagesGranted", first == null ? 0 : first.pages())
                .field("verified", result.verified())
                .field("notPinned", result.notPinned())
                .array("perWalker", result.laps(), (each, laps) -> each.object(o -> walker(o, laps)));
        floors(json, result);
        device(json, plan);
        GupResult.Durable durable = result.durable();
        if (durable == null) {
            json.field("journal", (String) null);
        } else {
            json.object("journal", o -> journal(o, result, durable));
        }
        json.object(
                        "protocol",
                        p -> p.field("name", plan.protocol().name())
                                .texts("switches", plan.protocol().resolved()))
                .field("seed", plan.seed())
                .field("mapMicros", Numbers.jsonMicros(result.mapNanos()))
                .field("elapsedMillis", Numbers.rounded(result.elapsedNanos() / 1e6, 3))
                .field("jvm", Json.jvm())
                .field("cores", Runtime.getRuntime().availableProcessors());
    }

    /** Medians, and those of the walk over them. */
    private static void floors(Json json, GupResult result) {
        GupResult.Floors floors = result.floors();
        if (floors == null) {
            json.field("floor", (String) null).field("ratio", (String) null);
            return;
        }
        json.object(
                        "floor",
                        o -> o.field("grabs", floors.grabs())
                                .field("countersMicros", median(floors.counters(), FloorLap::takeNanos))
                                .field("actorsMicros", median(floors.actors(), FloorLap::takeNanos))
                                .field("countersUnpinMicros", median(floors.counters(), FloorLap::giveNanos))
                                .field("actorsUnpinMicros", median(floors.actors(), FloorLap::giveNanos)))
                .object(
                        "ratio",
                        o -> o.field("toCounters", Numbers.rounded(result.takeRatio(floors.counters()), 3))
                                .field("toActors", Numbers.rounded(result.takeRatio(floors.actors()), 3))
                                .field("unpinToCounters", Numbers.rounded(result.giveRatio(floors.counters()), 3))
                                .field("unpinToActors", Numbers.rounded(result.giveRatio(floors.actors()), 3)));
    }

    private static double median(List<FloorLap> laps, ToLongFunction<FloorLap> nanos) {
        return Numbers.jsonMicros(Spread.of(laps, nanos).p50());
    }

    private static void device(Json json, GupPlan plan) {
        Level level = plan.level();
        json.object(
                "device",
                d -> d.field("type", plan.type().label())
                        .field("bytes", plan.bytes())
                        .field("basePageBytes", plan.basePage().bytes())
                        .field(
                                "headBytes",
                                plan.geometry().pages() * plan.basePage().bytes())
                        .field("heads", plan.heads())
                        .field("entries", level == null ? null : level.label())
                        .field("write", plan.write()));
    }

    private static void journal(Json json, GupResult result, GupResult.Durable durable) {
        json.field("where", durable.journal())
                .object("pin", o -> written(o, durable.written().take(), result.callsMade()))
                .object("unpin", o -> written(o, durable.written().give(), result.callsMade()));
        if (durable.floor().isEmpty()) {
            json.field("floor", (String) null);
            return;
        }
        json.object(
                "floor",
                o -> o.field(
                                "events",
                                result.plan().sectionGrabs() / result.plan().walkers())
                        .object("pinMicros", s -> spread(s, Spread.of(durable.floor(), FloorLap::takeNanos)))
                        .object("unpinMicros", s -> spread(s, Spread.of(durable.floor(), FloorLap::giveNanos)))
                        .field("pinRatio", Numbers.rounded(result.takeRatio(durable.floor()), 3))
                        .field("unpinRatio", Numbers.rounded(result.giveRatio(durable.floor()), 3)));
    }

    private static void written(Json json, JournalMeter.Use use, long walks) {
        double each = Math.max(1, walks);
        json.field("rowsPerWalk", Numbers.rounded(use.rows() / each, 3))
                .field("eventsPerWalk", Numbers.rounded(use.events() / each, 3))
                .field("bytesPerWalk", Numbers.rounded(use.bytes() / each, 3));
    }

    private static void walker(Json json, List<GupLoop.Lap> laps) {
        json.field("repeats", laps.size())
                .object("pinMicros", o -> spread(o, laps, GupLoop.Lap::takeNanos))
                .object("unpinMicros", o -> spread(o, laps, GupLoop.Lap::giveNanos));
    }

    private static void spread(Json json, List<GupLoop.Lap> laps, ToLongFunction<GupLoop.Lap> nanos) {
        spread(json, Spread.of(laps, nanos));
    }

    private static void spread(Json json, Spread spread) {
        json.field("min", Numbers.jsonMicros(spread.min()))
                .field("p50", Numbers.jsonMicros(spread.p50()))
                .field("p99", Numbers.jsonMicros(spread.p99()))
                .field("max", Numbers.jsonMicros(spread.max()));
    }
}
