package org.pagepool.demo.run;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;

/** How a run went on after a crash, as a document. */
final class ContinuedJson {
    private static final String FORMAT = "pagepool/continued/1";

    private ContinuedJson() {}

    static String document(Continued run) {
        StringWriter text = new StringWriter();
        Json.print(new PrintWriter(text, true), json -> write(json, run));
        return text.toString();
    }

    private static void write(Json json, Continued run) {
        json.field("format", FORMAT)
                .field("exitStatus", run.status().code())
                .field("meaning", run.status().meaning())
                .field("scenario", run.scenario().label())
                .field("seed", run.seed())
                .field("directory", run.directoryGoes() ? null : run.directory())
                .field("life", run.life())
                .object(
                        "found",
                        found -> found.field("events", run.before().events())
                                .field("grants", run.before().grants())
                                .field("grantedTwice", run.before().grantedTwice())
                                .counts("killed", run.before().killed())
                                .counts("cleanedUp", run.before().cleanedUp())
                                .field("acknowledgedPages", run.acknowledgedPages())
                                .field("holdersInDoubt", run.inDoubt()))
                .object(
                        "recovered",
                        back -> back.field("millis", Numbers.rounded(run.recoverNanos() / 1e6, 3))
                                .array("devices", run.devices(), Json::element)
                                .field("sections", run.sections())
                                .field("holders", run.holders())
                                .field("pages", run.heldPages())
                                .field("releasedAfterMillis", Numbers.rounded(run.reclaimedNanos() / 1e6, 3)))
                .texts("endings", run.endings())
                .array("wrong", run.wrong(), Json::element)
                .object(
                        "verdict",
                        verdict -> verdict.field("clean", run.verdict().clean())
                                .field("asExpected", run.asExpected())
                                .field("events", run.verdict().events())
                                .array("broken", run.verdict().broken(), (each, rule) -> each.element(rule.name())))
                .field("elapsedMillis", Numbers.rounded(run.elapsedNanos() / 1e6, 3))
                .field("jvm", Json.jvm());
    }
}
