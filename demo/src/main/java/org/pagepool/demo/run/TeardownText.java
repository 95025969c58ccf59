package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.scenario.Durations;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/** The teardowns of a device, for people: who asked, what took how long, for whom it waited, what came when. */
final class TeardownText {
    private static final int WAITED_SHOWN_MAX = 8;
    private static final int NAMED_MAX = 3;

    private final Sheet sheet;

    TeardownText(Sheet sheet) {
        this.sheet = sheet;
    }

    void teardown(RunResult run, String device) {
        List<Play.Closing> closings = run.closingsOf(device);
        Chronicle.Story story = run.stories().getOrDefault(device, Chronicle.Story.NONE);
        sheet.title("Teardown", device);
        for (Play.Closing closing : closings) {
            sheet.line(Sheet.INDENT + asked(run, closing));
        }
        phases(run, run.phasesOf(device));
        waited(run, device, story);
        order(story);
        sheet.blank();
    }

    private static String asked(RunResult run, Play.Closing closing) {
        String who = closing.byTimeline() ? "" : " (end of the run)";
        String within =
                closing.deadline().map(d -> " within " + Durations.exact(d)).orElse("");
        StringBuilder text = new StringBuilder(ScenarioText.label(closing.verb()))
                .append(within)
                .append(" at ")
                .append(Numbers.seconds(run.sinceStart(closing.atNanos())))
                .append(who)
                .append(" -> ")
                .append(closing.word());
        if (closing.answer() != null) {
            text.append(" after ").append(Numbers.span(closing.answeredNanos() - closing.atNanos()));
        }
        if (!closing.holders().isEmpty()) {
            text.append(" by ").append(names(closing.holders()));
        }
        if (closing.closedNanos() > closing.answeredNanos()) {
            text.append(", closed after ").append(Numbers.span(closing.closedNanos() - closing.atNanos()));
        }
        return text.toString();
    }

    private static String names(List<Holding> holders) {
        return holders.stream().limit(NAMED_MAX).map(Holding::toString).collect(Collectors.joining(", "))
                + (holders.size() > NAMED_MAX ? " and " + (holders.size() - NAMED_MAX) + " more" : "");
    }

    private void phases(RunResult run, Map<Phase, Long> entered) {
        List<Map.Entry<Phase, Long>> order = entered.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Phase, Long> e) -> e.getValue())
                        .thenComparing(Map.Entry::getKey))
                .toList();
        Table table = new Table(Sheet.INDENT, "lrr");
        if (order.isEmpty()) {
            return;
        }
        table.row("phase", "entered", "took");
        for (int i = 0; i < order.size(); i++) {
            long at = order.get(i).getValue();
            String took = i + 1 < order.size() ? Numbers.span(order.get(i + 1).getValue() - at) : "";
            table.row(order.get(i).getKey().name(), Numbers.seconds(run.sinceStart(at)), took);
        }
        sheet.table(table);
    }

    /** Nothing for a teardown that has not ended. */
    static String whyNobody(Chronicle.Story story) {
        Chronicle.Mark drained = story.drained();
        if (drained == null || story.cleanedUp() == null) {
            return "";
        }
        Chronicle.Mark last = story.lastRelease();
        boolean allHadLetGo = story.heldAtCleanup().isEmpty() && (last == null || last.ordinal() < drained.ordinal());
        return allHadLetGo ? ": all had let go" : ": the protocol does not wait for those who hold it";
    }

    private void waited(RunResult run, String device, Chronicle.Story story) {
        Chronicle.Mark killed = story.killed();
        if (killed == null) {
            return;
        }
        holders(run, "waited for", story.waitedFor(), killed);
        if (story.waitedFor().isEmpty()) {
            sheet.line(Sheet.INDENT + "waited for nobody" + whyNobody(story));
        }
        if (!story.heldAtCleanup().isEmpty()) {
            holders(run, "cleaned up although held by", story.heldAtCleanup(), killed);
        }
        Play.Asked asked = run.play().lastAsked().get(device);
        if (asked != null && asked.atNanos() >= run.phasesOf(device).getOrDefault(Phase.WAIT, 0L)) {
            sheet.line(Sheet.INDENT + "asked " + Numbers.counted(asked.times(), "time") + " for whom it waits, at "
                    + Numbers.seconds(run.sinceStart(asked.atNanos())) + ": "
                    + (asked.holders().isEmpty() ? "nobody" : names(asked.holders())));
        }
    }

    private void holders(RunResult run, String heading, List<Chronicle.Waited> holders, Chronicle.Mark killed) {
        if (holders.isEmpty()) {
            return;
        }
        Table table = new Table(Sheet.INDENT, "lrrrrl");
        table.row(heading, "refs", "held since", "until", "kept it", "given back by");
        for (Chronicle.Waited w : holders.subList(0, Math.min(WAITED_SHOWN_MAX, holders.size()))) {
            boolean never = w.untilNanos() < 0;
            table.row(
                    w.holder(),
                    Numbers.grouped(w.refs()),
                    Numbers.seconds(run.sinceStart(w.sinceNanos())),
                    never ? "-" : Numbers.seconds(run.sinceStart(w.untilNanos())),
                    never ? "-" : Numbers.span(w.untilNanos() - killed.atNanos()),
                    cause(w));
        }
        sheet.table(table);
        if (holders.size() > WAITED_SHOWN_MAX) {
            sheet.line(Sheet.INDENT + "... and " + (holders.size() - WAITED_SHOWN_MAX) + " more");
        }
    }

    private static String cause(Chronicle.Waited waited) {
        ReleaseCause cause = waited.cause();
        if (cause == null) {
            return "nobody";
        }
        return ScenarioText.label(cause)
                + switch (cause) {
                    case RECLAIM -> " (the holder died)";
                    case REVOKE -> " (taken away)";
                    case UNMAP -> " (its entries went)";
                    case PUT, UNWIND -> "";
                };
    }

    private void order(Chronicle.Story story) {
        List<String> steps = new ArrayList<>();
        step(steps, "killed", story.killed());
        Chronicle.Mark last = story.lastRelease();
        if (last != null) {
            steps.add("last release #" + last.ordinal() + " (" + story.lastReleaseBy() + ")");
        }
        step(steps, "drained", story.drained());
        step(steps, "cleaned up", story.cleanedUp());
        sheet.line(Sheet.INDENT + "events    " + String.join(", ", steps));
        if (story.cleanedUp() != null && last != null) {
            boolean right = story.cleanedUpLast();
            String text = "cleanup #" + story.cleanedUp().ordinal()
                    + (right
                            ? " comes after the last reference came back (#" + last.ordinal() + ")"
                            : " comes BEFORE every reference has come back (see the verdict)");
            sheet.line(Sheet.INDENT + (right ? text : sheet.ink().red(text)));
        }
    }

    private static void step(List<String> steps, String what, Chronicle.@Nullable Mark mark) {
        if (mark != null) {
            steps.add(what + " #" + mark.ordinal());
        }
    }
}
