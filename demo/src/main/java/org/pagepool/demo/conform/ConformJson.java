package org.pagepool.demo.conform;

import java.io.PrintWriter;
import java.util.List;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Json;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.conform.Outcome.Result;
import org.pagepool.runtime.protocol.Protocol;

/** The report for machines: the document {@code pagepool/conform/1}, described in {@code docs/cli.md}. */
final class ConformJson {
    static final String FORMAT = "pagepool/conform/1";

    private ConformJson() {}

    static void print(
            PrintWriter out,
            List<Row> rows,
            List<Protocol> presets,
            List<Outcome> outcomes,
            ExitStatus status,
            long nanos) {
        Json.print(
                out,
                json -> json.field("format", FORMAT)
                        .field("exitStatus", status.code())
                        .field("meaning", status.meaning())
                        .field("rows", rows.size())
                        .field(
                                "checks",
                                outcomes.stream().filter(o -> o.what() != null).count())
                        .field("ok", ConformText.count(outcomes, Result.OK))
                        .field("skipped", ConformText.count(outcomes, Result.SKIPPED))
                        .field("failed", ConformText.count(outcomes, Result.FAILED))
                        .array(
                                "protocols",
                                presets,
                                (each, preset) -> each.object(
                                        p -> p.field("name", preset.name()).texts("switches", preset.resolved())))
                        .array("table", rows, (each, row) -> each.object(r -> row(r, row, outcomes)))
                        .field("elapsedMillis", Numbers.rounded(nanos / 1e6, 3))
                        .field("jvm", Json.jvm()));
    }

    private static void row(Json json, Row row, List<Outcome> outcomes) {
        json.field("row", row.id())
                .field("name", row.name())
                .field("rule", row.rule())
                .field("eras", row.eras())
                .field("state", row.state().text())
                .field("remark", row.remark().isEmpty() ? null : row.remark())
                .array("where", row.where(), Json::element)
                .array("tests", row.tests(), Json::element)
                .array(
                        "results",
                        outcomes.stream().filter(o -> o.row().equals(row)).toList(),
                        (each, outcome) -> each.object(o -> result(o, outcome)));
    }

    private static void result(Json json, Outcome outcome) {
        json.field("number", outcome.number())
                .field("protocol", outcome.protocol().name())
                .field("check", outcome.what())
                .field("result", outcome.result().name().toLowerCase(java.util.Locale.ROOT))
                .field("message", outcome.text())
                .field("expected", outcome.expected())
                .field("actual", outcome.actual())
                .field("micros", Numbers.jsonMicros(outcome.nanos()));
    }
}
