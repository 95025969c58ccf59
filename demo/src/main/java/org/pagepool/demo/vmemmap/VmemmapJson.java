package org.pagepool.demo.vmemmap;

import java.io.PrintWriter;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.vmemmap.VmemmapResult.Case;
import org.pagepool.demo.vmemmap.VmemmapResult.Idle;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.vmemmap.Fallback;
import org.pagepool.runtime.vmemmap.VmemmapFigures;

/** Costs for machines: the document {@code pagepool/vmemmap/1}, described in {@code docs/cli.md}. */
final class VmemmapJson {
    static final String FORMAT = "pagepool/vmemmap/1";

    private VmemmapJson() {}

    static void print(PrintWriter out, VmemmapResult result) {
        Json.print(out, json -> write(json, result));
    }

    private static void write(Json json, VmemmapResult result) {
        VmemmapPlan plan = result.plan();
        json.field("format", FORMAT)
                .field("exitStatus", result.status().code())
                .field("meaning", result.status().meaning())
                .object("device", d -> device(d, plan));
        if (result.cases().size() == 1) {
            kernel(json, plan, result.cases().get(0));
        }
        json.array("cases", result.cases(), (each, c) -> each.object(o -> kernel(o, plan, c)))
                .array("leftOut", plan.leftOut(), Json::element);
        if (plan.measure()) {
            json.array("process", result.idle(), (each, idle) -> each.object(o -> process(o, plan, idle)));
        } else {
            json.nothing("process");
        }
        json.object(
                        "protocol",
                        p -> p.field("name", plan.protocol().name())
                                .texts("switches", plan.protocol().resolved()))
                .field("elapsedMillis", Numbers.rounded(result.elapsedNanos() / 1e6, 3))
                .field("jvm", Json.jvm())
                .field("cores", Runtime.getRuntime().availableProcessors());
    }

    private static void device(Json json, VmemmapPlan plan) {
        Altmap altmap = plan.altmap();
        json.field("type", plan.type().label())
                .field("bytes", plan.bytes())
                .field("basePageBytes", plan.basePage().bytes())
                .field("pages", plan.pages())
                .field("altmapPages", altmap == null ? 0 : altmap.pages());
    }

    private static void kernel(Json json, VmemmapPlan plan, Case c) {
        VmemmapFigures figures = c.figures();
        Fallback why = figures.sharing().why();
        json.field("headBytes", plan.headBytes(c.geometry()))
                .field("geometry", c.geometry().pages())
                .field("dedup", VmemmapPlan.label(c.asked()))
                .field("effective", VmemmapPlan.label(figures.sharing().effective()))
                .field("fallback", why == null ? null : why.text())
                .field("heads", figures.heads())
                .field("structPages", figures.structPages())
                .field("vmemmapPages", figures.vmemmapPages())
                .field("vmemmapBytes", figures.vmemmapBytes())
                .field("percent", figures.percent())
                .field("pageTablePages", figures.pageTablePages())
                .field("pageTableBytes", figures.pageTableBytes())
                .field("totalBytes", figures.totalBytes())
                .field("totalPercent", figures.totalPercent())
                .field("systemBytes", figures.systemBytes())
                .field("structPagesInitialised", figures.structPagesInitialised())
                .field("pgmapRefs", figures.pgmapRefs())
                .array(
                        "sharedBlocks",
                        figures.sharedBlocks(),
                        (each, block) ->
                                each.object(o -> o.field("kind", block.kind().label())
                                        .field("refs", block.refs())
                                        .field("blocks", block.count())));
    }

    private static void process(Json json, VmemmapPlan plan, Idle idle) {
        json.field("headBytes", plan.headBytes(idle.geometry()));
        if (idle.refused() == null) {
            json.field("heapBytes", idle.heapBytes())
                    .field("mapMicros", Numbers.jsonMicros(idle.mapNanos()))
                    .field("headActors", idle.heads());
        } else {
            json.nothing("heapBytes").nothing("mapMicros").nothing("headActors");
        }
        json.field("refused", idle.refused());
    }
}
