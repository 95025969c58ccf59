package org.pagepool.demo.replay;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.event.EventText;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.audit.Violation;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;

/** Replays for machines: {@code pagepool/replay/1} and {@code pagepool/replay-diff/1}, described in {@code docs/cli.md}. */
final class ReplayJson {
    static final String FORMAT = "pagepool/replay/1";
    static final String STATE_FORMAT = "pagepool/replay-state/1";
    static final String DIFF_FORMAT = "pagepool/replay-diff/1";

    private ReplayJson() {}

    static void print(PrintWriter out, ReplayResult result) {
        Json.print(out, json -> write(json, result));
    }

    private static void write(Json json, ReplayResult result) {
        Recorded last = result.last();
        json.field("format", FORMAT)
                .field("exitStatus", result.status().code())
                .field("meaning", result.status().meaning())
                .field("log", result.log())
                .field("kind", result.kind());
        header(json, result.header());
        json.field("rows", result.rows())
                .field("events", result.verdict().events())
                .field("stopped", result.stopped());
        event(json, "last", result, last);
        json.array(
                        "devices",
                        result.rebuilt().devices(),
                        (each, device) -> each.object(o -> device(o, result.zeroNanos(), device)))
                .array("teardowns", result.waits(), (each, story) -> each.object(o -> teardown(o, result, story)))
                .object("counters", o -> counters(o, result));
        Rejudged other = result.rejudged();
        if (other == null) {
            json.nothing("rejudged");
        } else {
            json.object("rejudged", o -> rejudged(o, other));
        }
        json.object("verdict", o -> verdict(o, result))
                .array("divergences", result.divergences(), Json::element)
                .field("divergenceCount", result.divergenceCount())
                .field("damage", result.damage())
                .field("elapsedMillis", Numbers.rounded(result.elapsedNanos() / 1e6, 3))
                .field("eventsPerSecond", Math.round(result.rate()))
                .field("jvm", Json.jvm());
    }

    private static void header(Json json, LogHeader header) {
        Instant created = header.created();
        json.field("program", header.program())
                .field("created", created == null ? null : created.toString())
                .field("scenario", header.scenario());
        Long seed = header.seed();
        if (seed == null) {
            json.nothing("seed");
        } else {
            json.field("seed", (long) seed);
        }
    }

    private static void event(Json json, String name, ReplayResult result, @Nullable Recorded event) {
        if (event == null) {
            json.nothing(name);
        } else {
            json.object(name, o -> event(o, result, event));
        }
    }

    private static void event(Json json, ReplayResult result, Recorded event) {
        json.field("event", event.ordinal())
                .field("atMillis", Numbers.rounded((event.atNanos() - result.zeroNanos()) / 1e6, 6))
                .field("kind", EventText.kind(event))
                .field("text", EventText.what(event));
    }

    static void print(PrintWriter out, StateRun.State state) {
        Json.print(
                out,
                json -> json.field("format", STATE_FORMAT)
                        .field("exitStatus", state.status().code())
                        .field("meaning", state.status().meaning())
                        .field("log", state.source().name())
                        .field("kind", state.source().kind())
                        .field("events", state.events())
                        .field("fromCheckpoint", state.checkpoint())
                        .array(
                                "devices",
                                state.rebuilt().devices(),
                                (each, device) -> each.object(o -> device(o, state.zeroNanos(), device)))
                        .field("divergenceCount", state.divergences())
                        .field("elapsedMillis", Numbers.rounded(state.elapsedNanos() / 1e6, 3)));
    }

    private static void device(Json json, long zero, Rebuilt.Device device) {
        json.field("id", device.spec().id())
                .field("protocol", device.spec().protocol().name())
                .field("phase", EventText.label(device.phase()));
        holders(json, "holders", zero, device.holdings());
        holders(json, "heldAtCleanup", zero, device.heldAtCleanup());
    }

    private static void holders(Json json, String name, long zero, List<Holding> holdings) {
        json.array(name, holdings, (each, h) -> each.object(o -> holding(o, zero, h)));
    }

    private static void holding(Json json, long zero, Holding holding) {
        json.field("holder", holding.holder())
                .field("refs", holding.refs())
                .field("gets", holding.gets())
                .field("pins", holding.pins())
                .field("maps", holding.maps())
                .field("requests", holding.requests())
                .field("sinceMillis", Numbers.rounded((holding.sinceNanos() - zero) / 1e6, 6));
    }

    private static void teardown(Json json, ReplayResult result, Waits.Story story) {
        json.field("device", story.pgmap())
                .field("verb", EventText.label(story.verb()))
                .field("reason", story.reason());
        event(json, "killed", result, story.killed());
        event(json, "drained", result, story.drained());
        event(json, "cleanedUp", result, story.cleanedUp());
        json.array(
                "waitedFor",
                story.holders(),
                (each, let) -> each.object(o -> {
                    holding(o, result.zeroNanos(), let.held());
                    event(o, "lastLetGo", result, let.last());
                    var cause = let.cause();
                    o.field("givenBackBy", cause == null ? null : EventText.label(cause));
                }));
    }

    private static void counters(Json json, ReplayResult result) {
        for (GrabKind kind : GrabKind.values()) {
            json.field(EventText.label(kind) + "sGranted", result.counters().granted(kind))
                    .field(
                            EventText.label(kind) + "sGivenBack",
                            result.counters().givenBack(kind));
        }
        json.field("freeNotices", result.counters().frees())
                .field("repeatedRequests", result.counters().repeats())
                .counts("byKind", result.counters().eventsByKind());
    }

    private static void rejudged(Json json, Rejudged other) {
        json.object(
                        "rules",
                        p -> p.field("name", other.protocol().name())
                                .texts("switches", other.protocol().resolved()))
                .array(
                        "findings",
                        other.tallies(),
                        (each, tally) -> each.object(o -> o.field("what", tally.what())
                                .field("heads", tally.heads())
                                .field("firstEvent", tally.firstEvent())
                                .field("firstHead", tally.firstHead())))
                .array(
                        "waits",
                        other.waits(),
                        (each, wait) -> each.object(o -> o.field("waiter", wait.waiter())
                                .field("head", wait.head())
                                .field("added", wait.added())
                                .field("toldInLog", wait.toldInLog())
                                .field("endsAt", wait.endsAt())))
                .field("waitsMore", other.waitsMore())
                .array(
                        "drains",
                        other.teardowns(),
                        (each, t) -> each.object(o -> o.field("device", t.pgmap())
                                .field("killedAt", t.killed())
                                .field("drainedInLog", t.drainedInLog())
                                .field("endsAt", t.drainsAt())
                                .field("heldThen", t.heldThen())))
                .array("limits", Rejudged.LIMITS, Json::element);
    }

    private static void verdict(Json json, ReplayResult result) {
        Verdict verdict = result.verdict();
        json.field("clean", verdict.clean())
                .field("violationCount", verdict.violationCount())
                .array(
                        "invariants",
                        List.of(Invariant.values()),
                        (each, rule) -> each.object(o -> {
                            Verdict.Judged judged = verdict.judged().get(rule);
                            o.field("id", rule.name())
                                    .field("rule", rule.rule())
                                    .field("judged", judged == null ? 0 : judged.eventsSeen())
                                    .field("violations", judged == null ? 0 : judged.violations());
                        }))
                .array(
                        "violations",
                        verdict.violations(),
                        (each, violation) -> each.object(o -> violation(o, result, violation)));
    }

    private static void violation(Json json, ReplayResult result, Violation violation) {
        json.field("invariant", violation.invariant().name())
                .field("event", violation.ordinal())
                .field("what", violation.what())
                .array("witness", violation.witness(), (each, event) -> each.object(o -> event(o, result, event)));
    }

    static void print(PrintWriter out, Difference difference) {
        Json.print(out, json -> {
            json.field("format", DIFF_FORMAT)
                    .field("exitStatus", difference.status().code())
                    .field("meaning", difference.status().meaning())
                    .field("first", difference.first())
                    .field("second", difference.second())
                    .field("equalEvents", difference.equalEvents())
                    .field("eventsOfFirst", difference.events())
                    .field("eventsOfSecond", difference.eventsThere());
            side(json, "here", difference.here());
            side(json, "there", difference.there());
            json.array("states", difference.states(), Json::element);
        });
    }

    private static void side(Json json, String name, @Nullable Recorded event) {
        if (event == null) {
            json.nothing(name);
        } else {
            json.object(
                    name,
                    o -> o.field("event", event.ordinal())
                            .field("kind", EventText.kind(event))
                            .field("text", EventText.what(event)));
        }
    }
}
