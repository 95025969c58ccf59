package org.pagepool.demo.run;

import java.util.Set;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.event.EventText;
import org.pagepool.demo.event.InvariantText;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.audit.Violation;
import org.pagepool.runtime.event.Recorded;

/** What the auditor says, for people; where something broke: which rule, at which event, and the story that shows it. */
final class VerdictText {
    private static final int VIOLATIONS_SHOWN_MAX = 3;

    private final Sheet sheet;

    VerdictText(Sheet sheet) {
        this.sheet = sheet;
    }

    void verdict(RunResult run) {
        Verdict verdict = run.verdict();
        String word = !run.asExpected()
                ? sheet.ink().red(verdict.clean() ? "NOT BROKEN" : "BROKEN")
                : sheet.ink().green(verdict.clean() ? "clean" : "broken as expected");
        sheet.title(
                "Verdict",
                word + ", " + Numbers.grouped(verdict.events()) + " events audited"
                        + (run.play().interrupted() ? ", up to the interrupt" : ""));
        table(verdict, run.scenario().expect());
    }

    /** The verdict of a history that was not run here. */
    void judged(Verdict verdict, Set<Invariant> expect) {
        boolean asExpected = verdict.broken().equals(expect);
        String word = !asExpected
                ? sheet.ink().red(verdict.clean() ? "NOT BROKEN" : "BROKEN")
                : sheet.ink().green(verdict.clean() ? "clean" : "broken as expected");
        sheet.title("Verdict", word + ", " + Numbers.grouped(verdict.events()) + " events audited, from the first on");
        table(verdict, expect);
    }

    private void table(Verdict verdict, Set<Invariant> expect) {
        Table table = new Table(Sheet.INDENT, "llrl");
        table.row("rule", "", "judged", "");
        verdict.judged()
                .forEach((rule, judged) -> table.row(
                        rule.name(),
                        word(judged, expect.contains(rule)),
                        Numbers.grouped(judged.eventsSeen()),
                        InvariantText.inShort(rule)));
        for (String line : table.lines()) {
            sheet.line(line.contains("  FAIL  ") ? sheet.ink().red(line) : line);
        }
        sheet.blank();
    }

    private static String word(Verdict.Judged judged, boolean expected) {
        if (judged.violations() > 0) {
            return expected ? "broken" : "FAIL";
        }
        return expected ? "FAIL" : judged.eventsSeen() > 0 ? "ok" : "-";
    }

    void violations(RunResult run) {
        Verdict verdict = run.verdict();
        Set<Invariant> expect = run.scenario().expect();
        if (verdict.clean() && expect.isEmpty()) {
            return;
        }
        verdict.judged().forEach((rule, judged) -> {
            if (expect.contains(rule)) {
                expected(run, rule);
            }
            if (judged.violations() > 0) {
                String word = expect.contains(rule) ? "    " : sheet.ink().red("FAIL");
                sheet.line(word + "  " + sheet.ink().bold(rule.name()) + "  " + rule.rule() + "  ("
                        + Numbers.counted(judged.violations(), "violation") + " in "
                        + Numbers.grouped(verdict.events()) + " events)");
                verdict.violations().stream()
                        .filter(v -> v.invariant() == rule)
                        .limit(VIOLATIONS_SHOWN_MAX)
                        .forEach(v -> story(run, v));
            }
        });
        run.hazards().forEach(line -> sheet.line(sheet.ink().yellow("known") + " " + line));
        sheet.line("again: " + run.again());
        sheet.blank();
    }

    private void expected(RunResult run, Invariant rule) {
        String said = said(run, rule);
        boolean broke = run.verdict().broken().contains(rule);
        sheet.line(broke ? sheet.ink().green(said) : sheet.ink().red(said));
    }

    /** {@code expected: I6 broke at event #4,641}. */
    static String said(RunResult run, Invariant rule) {
        return run.verdict().broken().contains(rule)
                ? "expected: " + rule + " broke at event #" + run.brokeAt(rule)
                : "expected: " + rule + " to break, and it did not";
    }

    private void story(RunResult run, Violation violation) {
        Table table = new Table("      ", "lrll");
        for (Recorded event : violation.witness()) {
            boolean here = event.ordinal() == violation.ordinal();
            table.row(
                    "t=" + Numbers.fixed(run.sinceStart(event.atNanos()) / 1e9, 6) + "s",
                    "#" + event.ordinal(),
                    EventText.kind(event),
                    EventText.what(event) + (here ? "   <-- here" : ""));
        }
        for (String line : table.lines()) {
            sheet.line(line.endsWith("<-- here") ? sheet.ink().bold(line) : line);
        }
        sheet.line("      #" + violation.ordinal() + ": " + violation.what());
    }
}
