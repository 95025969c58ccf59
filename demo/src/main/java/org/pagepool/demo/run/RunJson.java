package org.pagepool.demo.run;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.FailureReport;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.event.EventText;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Violation;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/** Runs for machines: the document {@code pagepool/run/1}, described in {@code docs/cli.md}. */
final class RunJson {
    static final String FORMAT = "pagepool/run/1";

    private RunJson() {}

    /** The document as a text. */
    static String document(List<RunResult> runs, List<Comparison> comparisons, ExitStatus status, long elapsedNanos) {
        StringWriter text = new StringWriter();
        print(new PrintWriter(text, true), runs, comparisons, status, elapsedNanos);
        return text.toString();
    }

    static void print(
            PrintWriter out, List<RunResult> runs, List<Comparison> comparisons, ExitStatus status, long elapsedNanos) {
        Json.print(
                out,
                json -> json.field("format", FORMAT)
                        .field("exitStatus", status.code())
                        .field("meaning", status.meaning())
                        .field("elapsedMillis", Numbers.rounded(elapsedNanos / 1e6, 3))
                        .field("jvm", Json.jvm())
                        .field("cores", Runtime.getRuntime().availableProcessors())
                        .array("variants", runs, (each, run) -> each.object(fields -> run(fields, run)))
                        .array(
                                "comparison",
                                comparisons,
                                (each, comparison) -> each.object(fields -> comparison(fields, comparison))));
    }

    private static void comparison(Json json, Comparison comparison) {
        json.field("scenario", comparison.scenario())
                .array("variants", comparison.runs(), (each, run) -> each.element(Comparison.label(run)))
                .array(
                        "rows",
                        comparison.rows(),
                        (each, row) -> each.object(r -> r.field("group", row.group())
                                .field("name", row.name().strip())
                                .array("cells", row.cells(), Json::element)
                                .array("values", row.values(), Json::element)))
                .array(
                        "differences",
                        comparison.differences(),
                        (each, d) -> each.object(o -> o.field("row", d.row().isEmpty() ? null : d.row())
                                .field("text", d.text())));
    }

    private static void run(Json json, RunResult run) {
        Scenario scenario = run.scenario();
        json.field("scenario", scenario.name())
                .field("variant", scenario.variant().orElse(null))
                .field("description", scenario.description())
                .field("file", run.file())
                .field("again", run.again())
                .array("shows", scenario.shows(), (each, id) -> each.object(row -> shown(row, ShownRow.of(id))))
                .field("outcome", run.outcome())
                .field("exitStatus", run.status().code())
                .field("seed", run.seed())
                .object(
                        "workload",
                        w -> w.field("digest", run.digest())
                                .field("walkers", scenario.walkerCount())
                                .field("opsPerWalker", run.digestOps()))
                .object("protocol", p -> protocol(p, scenario.protocol()))
                .array("devices", scenario.devices(), (each, spec) -> each.object(d -> device(d, spec)))
                .object("load", l -> load(l, run))
                .array("timeline", run.play().acts(), (each, act) -> each.object(a -> act(a, run, act)))
                .array("poisonings", run.play().poisonings(), (each, one) -> each.object(p -> poisoning(p, run, one)))
                .array("cuts", run.play().cuttings(), (each, cutting) -> each.object(c -> cut(c, run, cutting)))
                .array("teardowns", scenario.devices(), (each, spec) -> each.object(t -> teardown(t, run, spec.id())))
                .counts("counters", run.counts())
                .array("handOut", run.play().hands().keySet(), (each, id) -> each.object(h -> handOut(h, run, id)))
                .object("notices", n -> notices(n, run.noted()))
                .object(
                        "events",
                        e -> e.field("total", run.counters().events())
                                .counts("byKind", run.counters().eventsByKind()))
                .object("verdict", v -> verdict(v, run))
                .object(
                        "left",
                        l -> l.field("devices", run.left().devices())
                                .field("sections", run.left().sections())
                                .field("heads", run.left().liveHeads())
                                .field("holders", run.left().holders())
                                .field("requests", run.left().requestsUnderWay()))
                .object("footprint", f -> footprint(f, run))
                .field("elapsedMillis", Numbers.rounded(run.elapsedNanos() / 1e6, 3));
    }

    private static void cut(Json json, RunResult run, Play.Cutting cutting) {
        DaxFile.Cut cut = cutting.cut();
        json.field("file", cutting.file()).field("what", cutting.what());
        time(json, "atMillis", run, cutting.atNanos());
        time(json, "endedMillis", run, cutting.endedNanos());
        json.field("result", cutting.word())
                .field("waits", cut == null ? 0 : cut.waits())
                .field("rounds", cut == null ? 0 : cut.rounds())
                .field("waitedMillis", Numbers.rounded(cut == null ? 0 : cut.waitedNanos() / 1e6, 3))
                .array("busyHolders", cut == null ? List.of() : cut.holders(), Json::element)
                .array("deadlocked", cut == null ? List.of() : cut.deadlocked(), Json::element);
    }

    private static void poisoning(Json json, RunResult run, Play.Poisoning one) {
        FailureReport report = one.report();
        json.field("device", one.device()).field("pfn", one.pfn()).field("tail", one.tail());
        time(json, "atMillis", run, one.atNanos());
        json.field("outcome", report == null ? "none" : ScenarioText.label(report.outcome()))
                .field("errno", report == null ? null : report.outcome().errno())
                .field("head", report == null ? -1 : report.head())
                .array(
                        "told",
                        report == null ? List.<Sigbus>of() : report.told(),
                        (each, sigbus) -> each.object(t -> t.field("space", sigbus.space())
                                .field("address", sigbus.address())
                                .field("lsb", sigbus.lsb())))
                .array("holders", report == null ? List.of() : report.holders(), Json::element);
    }

    private static void shown(Json json, ShownRow row) {
        json.field("row", row.id()).field("name", row.name()).field("rule", row.rule());
    }

    private static void footprint(Json json, RunResult run) {
        Footprint footprint = run.footprint();
        json.object(
                        "mapMicros",
                        m -> footprint
                                .mapNanos()
                                .forEach((device, nanos) -> m.field(device, Numbers.jsonMicros(nanos))))
                .field("fillMicros", Numbers.jsonMicros(footprint.fillNanos()))
                .field("idleHeapBytes", footprint.idleHeapBytes())
                .field("headActorsMax", run.play().headsMost());
        if (footprint.rested()) {
            json.field("restHeapBytes", footprint.restHeapBytes()).field("headActorsAtRest", footprint.headsAtRest());
        } else {
            json.nothing("restHeapBytes").nothing("headActorsAtRest");
        }
    }

    private static void handOut(Json json, RunResult run, String device) {
        Hands hands = run.play().hands().getOrDefault(device, Hands.NONE);
        json.field("device", device)
                .field("requested", hands.requested())
                .field("granted", hands.granted())
                .counts("refusedByReason", names(hands.refused()))
                .field("freed", hands.freed())
                .field("touched", hands.touched())
                .field("broughtBack", hands.broughtBack())
                .field("speculated", hands.speculated())
                .field("speculatedGranted", hands.speculatedGranted())
                .field("counts", run.handOutCounts())
                .field("pgmapRefsAtKill", run.noted().sharesAtKill().getOrDefault(device, 0L));
    }

    private static void notices(Json json, Notices.Noted noted) {
        json.field("announcedIdle", noted.freed());
        Map<String, Long> by = new LinkedHashMap<>();
        noted.freedBy().forEach((cause, count) -> by.put(ScenarioText.label(cause), count));
        by.put("base", noted.freedByTeardown());
        json.counts("by", by)
                .field("announcedWhileHeld", noted.freedWhileHeld())
                .field("lateGrabsGranted", noted.lateGrants())
                .field("waiters", noted.waiters())
                .field("toldIdle", noted.toldIdle())
                .field("toldWhileHeld", noted.toldWhileHeld())
                .object("toldAfterMicros", l -> latency(l, noted.waitNanos()));
    }

    private static void protocol(Json json, Protocol protocol) {
        json.field("name", protocol.name()).texts("switches", protocol.resolved());
    }

    private static void device(Json json, PgmapSpec spec) {
        json.field("id", spec.id())
                .field("type", spec.type().label())
                .field("bytes", spec.pages() * spec.basePage().bytes())
                .field("basePageBytes", spec.basePage().bytes())
                .field("pages", spec.pages())
                .field("headBytes", spec.geometry().pages() * spec.basePage().bytes())
                .field("heads", spec.heads())
                .field("protocol", spec.protocol().name())
                .array("ranges", spec.ranges(), (each, range) -> each.object(r -> range(r, range)));
    }

    private static void range(Json json, PfnRange range) {
        json.field("firstPfn", range.first()).field("pages", range.pages());
    }

    private static void load(Json json, RunResult run) {
        Meter.Load load = run.load();
        json.field("seconds", Numbers.rounded(run.play().loadNanos() / 1e9, 6))
                .field("servedSeconds", Numbers.rounded(run.play().servedNanos() / 1e9, 6))
                .field("endedBy", run.play().endedBy())
                .field("begun", load.begun())
                .field("walks", load.granted())
                .field("pages", load.pages())
                .field("walksPerSecond", Numbers.rounded(run.walksPerSecond(), 1))
                .field("pagesPerSecond", Numbers.rounded(run.pagesPerSecond(), 1))
                .field("headGrabs", load.headGrabs())
                .field("messages", load.messages())
                .field("headGrabsPerWalk", Numbers.rounded(load.perWalk(load.headGrabs()), 3))
                .field("messagesPerWalk", Numbers.rounded(load.perWalk(load.messages()), 3))
                .field("slowWalks", load.slow())
                .field("shortWalks", load.shortened())
                .field("refusedWalks", load.refused())
                .counts("shortByReason", names(load.shortWalks()))
                .counts("refusedByReason", names(load.refusedWalks()))
                .counts("putsRefusedByReason", names(load.refusedPuts()))
                .field("grantsGivenBack", load.givenBack())
                .field("grantsRevoked", load.revoked())
                .object("walkMicros", l -> latency(l, load.walkNanos()))
                .object("unpinMicros", l -> latency(l, load.unpinNanos()));
    }

    private static Map<String, Long> names(Map<Refusal, Long> counts) {
        Map<String, Long> out = new LinkedHashMap<>();
        counts.forEach((reason, count) -> out.put(reason.name(), count));
        return out;
    }

    private static void latency(Json json, Histogram nanos) {
        json.field("count", nanos.getTotalCount())
                .field("p50", Numbers.jsonMicros(nanos.getValueAtPercentile(50)))
                .field("p90", Numbers.jsonMicros(nanos.getValueAtPercentile(90)))
                .field("p99", Numbers.jsonMicros(nanos.getValueAtPercentile(99)))
                .field("p99.9", Numbers.jsonMicros(nanos.getValueAtPercentile(99.9)))
                .field("max", Numbers.jsonMicros(nanos.getMaxValue()));
    }

    private static void act(Json json, RunResult run, Play.Act act) {
        json.field("due", act.due()).field("what", act.what()).field("done", act.done());
        time(json, "atMillis", run, act.atNanos());
    }

    // ---- teardown

    private static void teardown(Json json, RunResult run, String device) {
        Chronicle.Story story = run.stories().getOrDefault(device, Chronicle.Story.NONE);
        List<Play.Closing> closings = run.closingsOf(device);
        json.field("device", device);
        json.array("requests", closings, (each, closing) -> each.object(c -> closing(c, run, closing)));
        Map<Phase, Long> phases = run.phasesOf(device);
        json.object("phases", p -> {
            for (Phase phase : Phase.values()) {
                if (phases.containsKey(phase)) {
                    time(p, phase.name(), run, phases.get(phase));
                }
            }
        });
        json.array("waitedFor", story.waitedFor(), (each, w) -> each.object(o -> waited(o, run, story, w)));
        json.array("heldAtCleanup", story.heldAtCleanup(), (each, w) -> each.object(o -> waited(o, run, story, w)));
        asked(json, run, device);
        json.object("order", o -> order(o, story));
    }

    private static void closing(Json json, RunResult run, Play.Closing closing) {
        json.field("verb", ScenarioText.label(closing.verb()))
                .field("reason", closing.reason())
                .field("byTimeline", closing.byTimeline());
        Duration deadline = closing.deadline().orElse(null);
        if (deadline == null) {
            json.nothing("deadlineMillis");
        } else {
            json.field("deadlineMillis", Numbers.rounded(deadline.toNanos() / 1e6, 3));
        }
        time(json, "atMillis", run, closing.atNanos());
        json.field("answer", closing.word());
        time(json, "answeredMillis", run, closing.answeredNanos());
        time(json, "closedMillis", run, closing.closedNanos());
        json.array("holders", closing.holders(), (each, h) -> each.object(o -> holding(o, run, h)));
    }

    private static void holding(Json json, RunResult run, Holding holding) {
        json.field("holder", holding.holder())
                .field("refs", holding.refs())
                .field("gets", holding.gets())
                .field("pins", holding.pins())
                .field("maps", holding.maps());
        time(json, "sinceMillis", run, holding.sinceNanos());
    }

    private static void waited(Json json, RunResult run, Chronicle.Story story, Chronicle.Waited waited) {
        Chronicle.Mark killed = story.killed();
        json.field("holder", waited.holder()).field("refs", waited.refs());
        time(json, "sinceMillis", run, waited.sinceNanos());
        if (waited.untilNanos() < 0 || killed == null) {
            json.nothing("untilMillis").nothing("waitedMillis");
        } else {
            time(json, "untilMillis", run, waited.untilNanos());
            json.field("waitedMillis", Numbers.rounded((waited.untilNanos() - killed.atNanos()) / 1e6, 3));
        }
        json.field("givenBackBy", waited.cause() == null ? null : ScenarioText.label(waited.cause()));
    }

    private static void asked(Json json, RunResult run, String device) {
        Play.Asked asked = run.play().lastAsked().get(device);
        if (asked == null) {
            json.nothing("asked");
            return;
        }
        json.object("asked", a -> {
            a.field("times", asked.times());
            time(a, "lastMillis", run, asked.atNanos());
            a.array("holders", asked.holders(), (each, h) -> each.object(o -> holding(o, run, h)));
        });
    }

    private static void order(Json json, Chronicle.Story story) {
        mark(json, "killed", story.killed());
        mark(json, "lastRelease", story.lastRelease());
        json.field("lastReleaseBy", story.lastReleaseBy())
                .field(
                        "lastReleaseCause",
                        story.lastReleaseCause() == null ? null : ScenarioText.label(story.lastReleaseCause()));
        mark(json, "drained", story.drained());
        mark(json, "cleanedUp", story.cleanedUp());
        json.field("cleanedUpLast", story.cleanedUpLast());
    }

    private static void mark(Json json, String name, Chronicle.@Nullable Mark mark) {
        if (mark == null) {
            json.nothing(name);
        } else {
            json.field(name, mark.ordinal());
        }
    }

    // ---- verdict

    private static void verdict(Json json, RunResult run) {
        json.field("clean", run.verdict().clean())
                .array("expected", run.scenario().expect(), (each, rule) -> each.object(o -> expected(o, run, rule)))
                .field("events", run.verdict().events())
                .field("violationCount", run.verdict().violationCount())
                .array(
                        "invariants",
                        run.verdict().judged().entrySet(),
                        (each, entry) ->
                                each.object(i -> i.field("id", entry.getKey().name())
                                        .field("rule", entry.getKey().rule())
                                        .field("judged", entry.getValue().eventsSeen())
                                        .field("violations", entry.getValue().violations())))
                .array("violations", run.verdict().violations(), (each, v) -> each.object(o -> violation(o, run, v)))
                .array("knownHazards", run.hazards(), Json::element);
    }

    private static void expected(Json json, RunResult run, Invariant rule) {
        boolean broke = run.verdict().broken().contains(rule);
        json.field("invariant", rule.name()).field("broke", broke);
        if (broke) {
            json.field("event", run.brokeAt(rule));
        } else {
            json.nothing("event");
        }
    }

    private static void violation(Json json, RunResult run, Violation violation) {
        json.field("invariant", violation.invariant().name()).field("event", violation.ordinal());
        time(json, "atMillis", run, violation.atNanos());
        json.field("what", violation.what())
                .array("witness", violation.witness(), (each, e) -> each.object(o -> event(o, run, e)));
    }

    private static void event(Json json, RunResult run, Recorded event) {
        json.field("event", event.ordinal());
        time(json, "atMillis", run, event.atNanos());
        json.field("kind", EventText.kind(event)).field("text", EventText.what(event));
    }

    /** Milliseconds since the load began, to a microsecond; null for never. */
    private static void time(Json json, String name, RunResult run, long atNanos) {
        if (atNanos < 0) {
            json.nothing(name);
        } else {
            json.field(name, Numbers.rounded(run.sinceStart(atNanos) / 1e6, 3));
        }
    }
}
