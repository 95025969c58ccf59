package org.pagepool.demo.run;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.pagepool.actors.PagePool.Census;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.demo.scenario.WorkloadPlan;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** A run for people. */
final class RunText {
    private final Sheet sheet;
    private List<String> shown = List.of();

    RunText(Sheet sheet) {
        this.sheet = sheet;
    }

    /** What is about to run: the resolved protocol, seed and workload. */
    void announce(Scenario scenario, String file, WorkloadPlan plan) {
        sheet.line(sheet.ink().bold(scenario.label())
                + (scenario.description().isEmpty() ? "" : ": " + scenario.description()));
        Table facts = new Table(Sheet.INDENT, "l");
        facts.row("file", file);
        shows(facts, scenario);
        if (!scenario.expect().isEmpty()) {
            facts.row(
                    "expects",
                    scenario.expect().stream().map(Enum::name).collect(Collectors.joining(", ")) + " to break");
        }
        facts.row("seed", String.valueOf(plan.seed()));
        facts.row(
                "workload",
                plan.digest(ScenarioRun.DIGEST_OPS) + " (the first " + ScenarioRun.DIGEST_OPS + " walks of "
                        + Numbers.counted(scenario.walkerCount(), "walker") + ")");
        for (PgmapSpec device : scenario.devices()) {
            facts.row("device", device.id() + ": " + ScenarioText.device(device));
        }
        protocol(facts, "protocol", scenario.protocol());
        for (PgmapSpec device : scenario.devices()) {
            if (!device.protocol().equals(scenario.protocol())) {
                protocol(facts, "of " + device.id(), device.protocol());
            }
        }
        sheet.table(facts);
        sheet.blank();
        sheet.flush();
    }

    /** Each row it shows, with its rule, which may take several lines. */
    private void shows(Table facts, Scenario scenario) {
        String title = "shows";
        boolean asBefore = !shown.isEmpty() && scenario.shows().equals(shown);
        shown = scenario.shows();
        if (asBefore) {
            facts.row(title, String.join(", ", shown));
            return;
        }
        for (String id : scenario.shows()) {
            for (String line : ScenarioText.wrapped(ShownRow.of(id).toString(), ScenarioText.WIDTH, "    ")) {
                facts.row(title, line);
                title = "";
            }
        }
    }

    private static void protocol(Table facts, String title, Protocol protocol) {
        facts.row(title, protocol.name());
        ScenarioText.switches(protocol).forEach(line -> facts.row("", line));
    }

    /** All that came of it. */
    void show(RunResult run) {
        LoadText load = new LoadText(sheet);
        load.footprint(run);
        load.load(run);
        load.timeline(run);
        new FileText(sheet).files(run);
        new PoisonText(sheet).poisonings(run);
        for (PgmapSpec device : run.scenario().devices()) {
            new TeardownText(sheet).teardown(run, device.id());
        }
        load.handOut(run);
        counters(run);
        VerdictText verdict = new VerdictText(sheet);
        verdict.verdict(run);
        left(run);
        verdict.violations(run);
    }

    private void counters(RunResult run) {
        sheet.title("Counters", Numbers.grouped(run.counters().events()) + " events");
        Table table = new Table(Sheet.INDENT, "lr");
        run.counts().forEach((name, count) -> table.row(name, Numbers.grouped(count)));
        sheet.table(table);
        sheet.blank();
    }

    private void left(RunResult run) {
        Census left = run.left();
        String text = "Left behind   " + left.liveHeads() + " heads, " + left.sections() + " sections, "
                + left.devices() + " devices, " + left.holders() + " holders, " + left.requestsUnderWay() + " requests";
        sheet.line(run.tidy() ? text : sheet.ink().red(text));
        sheet.blank();
    }

    /** One line that says it all. */
    void conclude(RunResult run) {
        ExitStatus status = run.status();
        String word = switch (status) {
            case OK -> sheet.ink().green("PASS");
            case INCONCLUSIVE -> sheet.ink().yellow("INCONCLUSIVE");
            case INTERRUPTED -> sheet.ink().yellow("INTERRUPTED");
            default -> sheet.ink().red("FAIL");
        };
        sheet.line(word + "  " + run.scenario().label() + "  seed " + run.seed() + ", protocol "
                + run.scenario().protocol().name() + ", "
                + Numbers.grouped(run.verdict().events()) + " events, "
                + Numbers.seconds(run.elapsedNanos()) + why(run));
        sheet.flush();
    }

    private static String why(RunResult run) {
        return switch (run.status()) {
            case OK -> expected(run);
            case BROKEN -> run.asExpected() ? "; something was left behind" : unexpected(run);
            case INCONCLUSIVE -> run.load().granted() == 0 ? "; no walk got a page" : "; no event to judge";
            case INTERRUPTED -> "; stopped by the user, this is what there was";
            default -> "";
        };
    }

    private static String expected(RunResult run) {
        return run.scenario().expect().stream()
                .map(rule -> "; " + VerdictText.said(run, rule))
                .collect(Collectors.joining());
    }

    private static String unexpected(RunResult run) {
        Set<Invariant> more = EnumSet.noneOf(Invariant.class);
        more.addAll(run.verdict().broken());
        more.removeAll(run.scenario().expect());
        return (more.isEmpty() ? "" : "; broken: " + more) + expected(run);
    }

    /** Several runs side by side. */
    void show(Comparison comparison) {
        new SideBySide(sheet).show(comparison);
    }
}
