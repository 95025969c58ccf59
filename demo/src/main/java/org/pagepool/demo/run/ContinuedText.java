package org.pagepool.demo.run;

import java.util.Map;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.runtime.audit.Violation;

/** How a run went on after a crash, for people. */
final class ContinuedText {
    private static final int SHOWN_MAX = 10;

    private final Sheet sheet;

    ContinuedText(Sheet sheet) {
        this.sheet = sheet;
    }

    void show(Continued run) {
        found(run);
        recovered(run);
        ended(run);
        new VerdictText(sheet).judged(run.verdict(), run.scenario().expect());
        sheet.flush();
    }

    private void found(Continued run) {
        JournalSums before = run.before();
        sheet.title("Found", run.directoryGoes() ? "a temporary directory" : run.directory());
        Table facts = new Table(Sheet.INDENT, "l");
        facts.row(
                "journal",
                Numbers.counted(before.events(), "event") + ", " + Numbers.counted(before.grants(), "request")
                        + " granted, "
                        + (before.grantedTwice() == 0
                                ? "each once"
                                : Numbers.grouped(before.grantedTwice()) + " of them more than once"));
        for (Map.Entry<String, Long> kill : before.killed().entrySet()) {
            Long done = before.cleanedUp().get(kill.getKey());
            facts.row(
                    "teardown",
                    kill.getKey() + ": killed at event #" + Numbers.grouped(kill.getValue())
                            + (done == null ? ", not finished" : ", cleaned up at #" + Numbers.grouped(done)));
        }
        facts.row(
                "the load",
                "had been told of " + Numbers.grouped(run.acknowledgedPages()) + " pages of "
                        + Numbers.counted(run.witness().size(), "holder") + " that it has; "
                        + Numbers.counted(run.inDoubt(), "holder") + " in doubt about the last request");
        sheet.table(facts);
        sheet.blank();
    }

    private void recovered(Continued run) {
        sheet.title(
                "Recovered",
                "life " + run.life() + ", in " + Numbers.fixed(run.recoverNanos() / 1e6, 0)
                        + " ms from the pool's start");
        Table facts = new Table(Sheet.INDENT, "l");
        facts.row(
                "devices",
                run.devices().isEmpty()
                        ? "none: all were cleaned up"
                        : String.join(", ", run.devices()) + " with " + Numbers.counted(run.sections(), "section"));
        facts.row(
                "held",
                Numbers.grouped(run.heldPages()) + " pages by " + Numbers.counted(run.holders(), "holder")
                        + (run.wrong().isEmpty() ? ", as the journal says, and no less than the load was told" : ""));
        facts.row(
                "released",
                run.holders() == 0
                        ? "nothing: nobody held anything"
                        : "all of it, once, when nobody had come back after "
                                + Numbers.fixed(run.reclaimedNanos() / 1e9, 3) + " s");
        sheet.table(facts);
        sheet.blank();
    }

    private void ended(Continued run) {
        if (run.endings().isEmpty()) {
            return;
        }
        sheet.title("Finished", "");
        Table facts = new Table(Sheet.INDENT, "ll");
        run.endings()
                .forEach((device, how) -> facts.row(
                        device,
                        how,
                        run.before().killed().containsKey(device)
                                ? "by the teardown that had begun before"
                                : "by a teardown of its own"));
        sheet.table(facts);
        sheet.blank();
    }

    private void violation(Violation violation) {
        sheet.line(sheet.ink().red("FAIL") + "  " + violation);
    }

    void conclude(Continued run) {
        for (String line : run.wrong()) {
            sheet.line(sheet.ink().red("FAIL") + "  " + line);
        }
        if (!run.asExpected()) {
            run.verdict().violations().stream().limit(SHOWN_MAX).forEach(this::violation);
        }
        boolean good = run.wrong().isEmpty() && run.asExpected();
        sheet.line((good ? sheet.ink().green("PASS") : sheet.ink().red("FAIL")) + "  "
                + run.scenario().label() + ", continued  seed " + run.seed() + ", protocol "
                + run.scenario().protocol().name() + ", "
                + Numbers.grouped(run.verdict().events()) + " events in "
                + run.life() + " lives, " + Numbers.fixed(run.elapsedNanos() / 1e9, 3) + " s");
        if (!run.directoryGoes()) {
            sheet.line("read it: pagepool replay " + run.directory());
        }
        sheet.flush();
    }
}
