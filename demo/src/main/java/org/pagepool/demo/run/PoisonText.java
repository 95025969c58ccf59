package org.pagepool.demo.run;

import java.util.List;
import org.pagepool.actors.FailureReport;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.scenario.MappingSpec;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.demo.scenario.SpaceSpec;
import org.pagepool.runtime.event.Sigbus;

/** What came of pages that were said to be bad, for people: which head was marked, who was told, who still holds it. */
final class PoisonText {
    private final Sheet sheet;

    PoisonText(Sheet sheet) {
        this.sheet = sheet;
    }

    void poisonings(RunResult run) {
        List<Play.Poisoning> all = run.play().poisonings();
        if (all.isEmpty()) {
            return;
        }
        sheet.title("Memory failure", "");
        Table table = new Table(Sheet.INDENT, "lrlll");
        table.row("device", "at", "page", "outcome", "");
        for (Play.Poisoning each : all) {
            row(table, run, each);
        }
        sheet.table(table);
        sheet.blank();
    }

    private static void row(Table table, RunResult run, Play.Poisoning each) {
        FailureReport report = each.report();
        String page = "0x" + Long.toHexString(each.pfn());
        String at = Numbers.seconds(run.sinceStart(each.atNanos()));
        if (report == null) {
            table.row(each.device(), at, page, "none", "nobody answered");
            return;
        }
        String outcome =
                ScenarioText.label(report.outcome()) + " (" + report.outcome().errno() + ")";
        table.row(each.device(), at, page, outcome, meaning(each, report));
        for (Sigbus told : report.told()) {
            table.row(
                    "",
                    "",
                    "",
                    "SIGBUS",
                    told.space() + " at 0x" + Long.toHexString(told.address()) + ", lsb " + told.lsb() + ": "
                            + Sizes.exact(1L << told.lsb()) + " unmapped" + wrong(run, each, told));
        }
        List<String> untold = report.holders().stream()
                .filter(holder ->
                        report.told().stream().noneMatch(told -> told.space().equals(holder)))
                .toList();
        if (!untold.isEmpty()) {
            table.row("", "", "", "held by", String.join(", ", untold) + ": not told");
        }
    }

    /** Where the page really is in the process that was told: another address than it was told is R19. */
    private static String wrong(RunResult run, Play.Poisoning each, Sigbus told) {
        long offset = each.pfn() - run.scenario().device(each.device()).pfnAt(0);
        for (SpaceSpec space : run.scenario().spaces()) {
            for (MappingSpec map : space.maps()) {
                long at = offset - map.deviceOffset();
                boolean maps = space.id().equals(told.space())
                        && map.device().equals(each.device())
                        && map.file().isEmpty();
                if (maps && at >= 0 && at < map.pages()) {
                    long address =
                            (map.firstVpn() + at) << run.scenario().basePage().shift();
                    return address == told.address()
                            ? ""
                            : "; WRONG, the page is at 0x" + Long.toHexString(address) + " (R19)";
                }
            }
        }
        return "";
    }

    /** What the outcome says of this page, with the row that says so. */
    private static String meaning(Play.Poisoning each, FailureReport report) {
        String head = "0x" + Long.toHexString(report.head());
        return switch (report.outcome()) {
            case RECOVERED ->
                (each.tail() ? "a tail: its head " + head + " is marked (R18)" : "its own head, marked (B39)")
                        + (report.told().isEmpty() ? "; nobody was found who maps it" : "");
            case DRIVER_HANDLED -> "its driver dealt with it (B39)";
            case DRIVER_FAILED -> "its driver tried and could not (B39)";
            case NO_DEVICE -> "no live pgmap has it (B39)";
            case ALTMAP -> "page records lie there, kept on the device (B39, B51)";
            case DRIVER_MEMORY -> "only its driver knows who uses it (B39)";
            case BUSY -> "nothing says who uses it: not marked, nobody told (B39, R20)";
        };
    }
}
