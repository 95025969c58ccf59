package org.pagepool.demo.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.cli.Wrapped;
import org.pagepool.demo.event.EventText;
import org.pagepool.demo.event.InvariantText;
import org.pagepool.demo.log.EventLine;
import org.pagepool.persistence.log.LogHeader;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.audit.Violation;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.head.GrabKind;

/** A replay for people. */
final class ReplayText {
    private static final int SHOWN_MAX = 20;
    private static final int VIOLATIONS_MAX = 3;
    private static final int WIDTH = 78;

    private final Sheet sheet;

    ReplayText(Sheet sheet) {
        this.sheet = sheet;
    }

    void show(ReplayResult result) {
        facts(result);
        held(result.rebuilt(), result.zeroNanos());
        result.waits().forEach(story -> teardown(result, story));
        counters(result);
        Rejudged other = result.rejudged();
        if (other != null) {
            rejudged(other);
        }
        verdict(result);
        violations(result);
        divergences(result);
    }

    private void facts(ReplayResult result) {
        sheet.title("Replay", result.log() + " (" + result.kind() + ")");
        Table facts = new Table(Sheet.INDENT, "l");
        LogHeader header = result.header();
        if (header.created() != null) {
            facts.row("written", header.created() + " by " + header.program());
        }
        if (header.scenario() != null) {
            facts.row("scenario", header.scenario() + (header.seed() == null ? "" : ", seed " + header.seed()));
        }
        for (Rebuilt.Device device : result.rebuilt().devices()) {
            facts.row("device", device.spec().id() + ": " + EventText.device(device.spec()));
            facts.row(
                    "",
                    EventText.label(device.phase()) + ", protocol "
                            + device.spec().protocol().name());
        }
        Recorded last = result.last();
        facts.row(
                "replayed",
                Numbers.counted(result.verdict().events(), "event") + " in " + Numbers.counted(result.rows(), "row")
                        + (last == null
                                ? ""
                                : ", to #" + last.ordinal() + " at t=" + since(result, last)
                                        + (result.stopped() ? ", as far as was asked" : "")));
        facts.row(
                "took",
                Numbers.seconds(result.elapsedNanos()) + ", " + Numbers.grouped(Math.round(result.rate()))
                        + " events/s");
        sheet.table(facts);
        sheet.blank();
    }

    private static String since(ReplayResult result, Recorded event) {
        return Numbers.fixed((event.atNanos() - result.zeroNanos()) / 1e9, 6) + "s";
    }

    /** A state alone. */
    void show(StateRun.State state) {
        sheet.title(
                "State",
                state.source().name() + " (" + state.source().kind() + ") after #" + state.events()
                        + (state.checkpoint() == 0 ? "" : ", from a checkpoint at #" + state.checkpoint()) + ", in "
                        + Numbers.span(state.elapsedNanos()));
        for (Rebuilt.Device device : state.rebuilt().devices()) {
            sheet.line(Sheet.INDENT + device.spec().id() + " " + EventText.label(device.phase()));
        }
        held(state.rebuilt(), state.zeroNanos());
        if (state.divergences() > 0) {
            sheet.line(sheet.ink().red("DIVERGED") + "  " + Numbers.counted(state.divergences(), "event")
                    + " cannot have happened");
        }
        sheet.flush();
    }

    private void held(Rebuilt rebuilt, long zero) {
        for (Rebuilt.Device device : rebuilt.devices()) {
            List<Holding> holdings = device.holdings();
            boolean late = holdings.isEmpty() && !device.heldAtCleanup().isEmpty();
            sheet.title(
                    "Held",
                    device.spec().id() + (late ? ", when it was cleaned up" : holdings.isEmpty() ? ", by nobody" : ""));
            table(zero, late ? device.heldAtCleanup() : holdings);
        }
        sheet.blank();
    }

    private void table(long zero, List<Holding> holdings) {
        Table table = new Table(Sheet.INDENT, "lrrrrr");
        if (!holdings.isEmpty()) {
            table.row("holder", "gets", "pins", "maps", "requests", "since");
        }
        holdings.stream()
                .limit(SHOWN_MAX)
                .forEach(h -> table.row(
                        h.holder(),
                        Numbers.grouped(h.gets()),
                        Numbers.grouped(h.pins()),
                        Numbers.grouped(h.maps()),
                        Numbers.grouped(h.requests()),
                        "t=" + Numbers.fixed((h.sinceNanos() - zero) / 1e9, 6) + "s"));
        sheet.table(table);
        more(holdings.size() - SHOWN_MAX);
    }

    private void more(long count) {
        if (count > 0) {
            sheet.line(Sheet.INDENT + "and " + Numbers.grouped(count) + " more");
        }
    }

    private void teardown(ReplayResult result, Waits.Story story) {
        sheet.title("Teardown", story.pgmap());
        sheet.line(Sheet.INDENT + EventText.label(story.verb()) + ", \"" + story.reason() + "\", #"
                + story.killed().ordinal() + " at t=" + since(result, story.killed()));
        Recorded drained = story.drained();
        Recorded cleaned = story.cleanedUp();
        sheet.line(Sheet.INDENT
                + (drained == null
                        ? "not drained by the end"
                        : "drained #" + drained.ordinal() + ", after "
                                + Numbers.span(
                                        drained.atNanos() - story.killed().atNanos()))
                + (cleaned == null ? "; not cleaned up by the end" : "; cleaned up #" + cleaned.ordinal()));
        Table table = new Table(Sheet.INDENT, "lrrl");
        if (!story.holders().isEmpty()) {
            table.row("waited for", "refs", "last let go", "");
        }
        story.holders().stream()
                .limit(SHOWN_MAX)
                .forEach(let -> table.row(
                        let.held().holder(), Numbers.grouped(let.held().refs()), lastOf(result, let), cause(let)));
        sheet.table(table);
        more(story.holders().size() + story.more() - SHOWN_MAX);
        if (story.holders().isEmpty()) {
            sheet.line(Sheet.INDENT + "nobody held anything when it began");
        }
        sheet.blank();
    }

    private static String lastOf(ReplayResult result, Waits.Let let) {
        Recorded last = let.last();
        return last == null ? "never" : "#" + last.ordinal() + " at t=" + since(result, last);
    }

    private static String cause(Waits.Let let) {
        var cause = let.cause();
        return cause == null ? "" : EventText.label(cause);
    }

    private void counters(ReplayResult result) {
        sheet.title("Counters", Numbers.counted(result.counters().events(), "event"));
        Table table = new Table(Sheet.INDENT, "lrr");
        table.row("references", "granted", "given back");
        for (GrabKind kind : GrabKind.values()) {
            table.row(
                    EventText.label(kind),
                    Numbers.grouped(result.counters().granted(kind)),
                    Numbers.grouped(result.counters().givenBack(kind)));
        }
        table.row("free notices", Numbers.grouped(result.counters().frees()), "");
        table.row("repeated requests", Numbers.grouped(result.counters().repeats()), "");
        result.counters()
                .refusals()
                .forEach((refusal, count) -> table.row("refused " + refusal, Numbers.grouped(count), ""));
        sheet.table(table);
        sheet.blank();
    }

    private void rejudged(Rejudged other) {
        sheet.title("Under other rules", other.protocol().name());
        Table table = new Table(Sheet.INDENT, "rll");
        other.tallies()
                .forEach(tally -> table.row(
                        Numbers.grouped(tally.heads()),
                        tally.what(),
                        tally.firstEvent() < 0
                                ? ""
                                : "first #" + tally.firstEvent() + " on 0x" + Long.toHexString(tally.firstHead())));
        sheet.table(table);
        other.waits()
                .forEach(wait ->
                        sheet.line(Sheet.INDENT + wait.waiter() + " waits for 0x" + Long.toHexString(wait.head())
                                + " from #" + wait.added() + ": told " + event(wait.toldInLog()) + " in the log, at "
                                + event(wait.endsAt()) + " under the other rules"));
        more(other.waitsMore());
        other.teardowns()
                .forEach(t -> sheet.line(Sheet.INDENT + "teardown of " + t.pgmap() + " from #" + t.killed()
                        + ": drained "
                        + event(t.drainedInLog()) + " in the log; under the other rules nothing is left to wait for at "
                        + event(t.drainsAt())
                        + (t.heldThen() > 0
                                ? ", with " + Numbers.counted(t.heldThen(), "reference") + " still held (R28)"
                                : "")));
        for (String line : Rejudged.LIMITS) {
            Wrapped.lines(line, WIDTH, "").forEach(part -> sheet.line(Sheet.INDENT + part));
        }
        sheet.blank();
    }

    private static String event(long number) {
        return number < 0 ? "never" : "#" + number;
    }

    private void verdict(ReplayResult result) {
        Verdict verdict = result.verdict();
        sheet.title(
                "Verdict",
                (verdict.clean() ? sheet.ink().green("clean") : sheet.ink().red("BROKEN")) + ", "
                        + Numbers.grouped(verdict.events()) + " events audited");
        Table table = new Table(Sheet.INDENT, "llrl");
        table.row("rule", "", "judged", "");
        verdict.judged()
                .forEach((rule, judged) -> table.row(
                        rule.name(),
                        judged.violations() > 0 ? "FAIL" : judged.eventsSeen() > 0 ? "ok" : "-",
                        Numbers.grouped(judged.eventsSeen()),
                        InvariantText.inShort(rule)));
        for (String line : table.lines()) {
            sheet.line(line.contains("  FAIL  ") ? sheet.ink().red(line) : line);
        }
        sheet.blank();
    }

    private void violations(ReplayResult result) {
        Verdict verdict = result.verdict();
        verdict.broken().forEach(rule -> {
            sheet.line(sheet.ink().red("FAIL") + "  " + sheet.ink().bold(rule.name()) + "  " + rule.rule());
            verdict.violations().stream()
                    .filter(v -> v.invariant() == rule)
                    .limit(VIOLATIONS_MAX)
                    .forEach(v -> story(result, v));
        });
    }

    private void story(ReplayResult result, Violation violation) {
        for (Recorded event : violation.witness()) {
            boolean here = event.ordinal() == violation.ordinal();
            String line = EventLine.text(event, result.zeroNanos()) + (here ? "   <-- here" : "");
            sheet.line(here ? sheet.ink().bold(line) : line);
        }
        sheet.line("  #" + violation.ordinal() + ": " + violation.what());
        sheet.blank();
    }

    private void divergences(ReplayResult result) {
        result.divergences().forEach(line -> sheet.line(sheet.ink().red("DIVERGED") + "  " + line));
        more(result.divergenceCount() - result.divergences().size());
    }

    void conclude(ReplayResult result) {
        ExitStatus status = result.status();
        String word = switch (status) {
            case OK -> sheet.ink().green("PASS");
            case INTERRUPTED -> sheet.ink().yellow("INTERRUPTED");
            case INCONCLUSIVE -> sheet.ink().yellow("INCONCLUSIVE");
            case DIVERGED -> sheet.ink().red("DIVERGED");
            case DAMAGED -> sheet.ink().red("DAMAGED");
            default -> sheet.ink().red("FAIL");
        };
        sheet.line(word + "  " + result.log() + "  "
                + Numbers.counted(result.verdict().events(), "event")
                + (result.verdict().clean()
                        ? ""
                        : "; broken: " + result.verdict().broken())
                + (result.divergenceCount() == 0
                        ? ""
                        : "; cannot have happened: " + Numbers.counted(result.divergenceCount(), "event"))
                + (result.damage() == null ? "" : "; judged up to the damage"));
        sheet.flush();
    }

    void show(Difference difference, boolean quiet) {
        boolean same = difference.status() == ExitStatus.OK;
        if (!quiet && !same) {
            sheet.title("First difference", "behind " + Numbers.counted(difference.equalEvents(), "equal event"));
            side("<", difference.here());
            side(">", difference.there());
            sheet.blank();
            sheet.title("States at their ends", difference.states().isEmpty() ? "equal" : "");
            difference.states().stream().limit(SHOWN_MAX).forEach(line -> sheet.line(Sheet.INDENT + line));
            more(difference.states().size() - SHOWN_MAX);
            sheet.blank();
        }
        sheet.line((same ? sheet.ink().green("SAME") : sheet.ink().red("DIFFERENT")) + "  " + difference.first() + "  "
                + difference.second() + "  " + Numbers.grouped(difference.equalEvents()) + " equal of "
                + Numbers.grouped(difference.events()) + " and " + Numbers.grouped(difference.eventsThere())
                + " events");
        sheet.flush();
    }

    private void side(String mark, @Nullable Recorded event) {
        sheet.line(Sheet.INDENT + mark + " "
                + (event == null
                        ? "has ended"
                        : "#" + event.ordinal() + "  " + event.event().pgmap() + "  " + EventText.kind(event) + "  "
                                + EventText.what(event)));
    }
}
