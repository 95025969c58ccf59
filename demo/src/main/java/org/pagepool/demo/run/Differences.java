package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;

/**
 * Says in words where runs differ in what they allow: something happened in some and not in others. How often is counted, and
 * numbers that differ only in size are no difference; latencies are for the table.
 */
final class Differences {
    private final List<RunResult> runs;
    private final List<Difference> found = new ArrayList<>();

    private Differences(List<RunResult> runs) {
        this.runs = runs;
    }

    static List<Difference> of(List<RunResult> runs) {
        Differences differences = new Differences(runs);
        differences.handOut();
        differences.lateGrabs();
        differences.notices();
        differences.waiters();
        differences.files();
        differences.teardown();
        differences.puts();
        differences.invariants();
        return List.copyOf(differences.found);
    }

    private void handOut() {
        if (runs.stream().map(RunResult::handOutCounts).distinct().count() > 1) {
            say(
                    "D1",
                    r -> r.handOutCounts().isEmpty()
                            ? "handed nothing out"
                            : "counted " + r.handOutCounts() + " (parked, handed out, given back)");
        }
        boolean handed = runs.stream().allMatch(r -> r.handed(Hands::granted) > 0);
        if (handed && runs.stream().map(RunResult::sharesAtKill).distinct().count() > 1) {
            say("B8", r -> "had " + Numbers.counted(r.sharesAtKill(), "pgmap reference") + " at the kill");
        }
        if (handed) {
            between(
                    "B38",
                    r -> r.counters().eventsByKind().getOrDefault("Warned", 0L),
                    r -> "warned " + Numbers.counted(r.counters().eventsByKind().getOrDefault("Warned", 0L), "time"),
                    r -> "said nothing");
        }
        for (Refusal reason : Refusal.values()) {
            ToLongFunction<RunResult> many = r -> r.handed(h -> h.refused().getOrDefault(reason, 0L));
            between(
                    "D11",
                    many,
                    r -> "refused " + Numbers.counted(many.applyAsLong(r), "request") + " (" + reason + ")",
                    r -> "none");
        }
        between(
                "R25",
                r -> r.handed(Hands::speculatedGranted),
                r -> "granted " + Numbers.counted(r.handed(Hands::speculatedGranted), "get")
                        + " of pages on their driver's free list",
                r -> free(r) > 0 ? "refused " + Numbers.grouped(free(r)) + " (FREE)" : "none");
    }

    private void lateGrabs() {
        between(
                "R5",
                r -> r.noted().lateGrants(),
                r -> "granted " + Numbers.counted(r.noted().lateGrants(), "late " + kind(r))
                        + " on pages out of use and took them back",
                r -> free(r) > 0 ? "refused " + Numbers.grouped(free(r)) + " (FREE)" : "granted none");
    }

    private static long free(RunResult run) {
        return run.counters().refusals().getOrDefault(Refusal.FREE, 0L);
    }

    private static String kind(RunResult run) {
        Map<GrabKind, Long> kinds = run.noted().late();
        return kinds.size() == 1 ? Comparison.key(kinds.keySet().iterator().next()) : "grab";
    }

    private void notices() {
        notice("R8", r -> r.noted().freedBy(ReleaseCause.UNWIND), " as idle once more when a late grab was given back");
        notice("R32", r -> r.noted().freedWhileHeld(), " as idle while they were held");
        notice("D1", r -> r.noted().freedBy(ReleaseCause.UNMAP), " as idle when their entries went");
    }

    private void notice(String row, ToLongFunction<RunResult> many, String how) {
        between(row, many, r -> "announced " + Numbers.counted(many.applyAsLong(r), "page") + how, r -> "none");
    }

    /** By whose leaving waiters were told: that of the last user, or that of the last entry. */
    private void waiters() {
        Predicate<RunResult> waits = r -> r.noted().toldIdle() > 0;
        Predicate<RunResult> byUnmap = r -> r.noted().toldBy(ReleaseCause.UNMAP) > 0;
        if (runs.stream().allMatch(waits) && differ(byUnmap)) {
            say(
                    "B32",
                    r -> "told "
                            + Numbers.counted(r.noted().toldIdle(), "waiter")
                            + (byUnmap.test(r) ? " when the entries had gone too" : " when the last user let go"));
        }
        between(
                "R32",
                r -> r.noted().toldWhileHeld(),
                r -> "told " + Numbers.counted(r.noted().toldWhileHeld(), "waiter") + " of pages that were held",
                r -> "none");
    }

    private void files() {
        between(
                "D8, R14",
                RunResult::freedInUse,
                r -> "gave blocks back while " + Numbers.counted(r.freedInUse(), "holder") + " had them",
                r -> r.cutWaits() == 0 ? "had nothing to wait for" : "waited until nobody had them");
        between(
                "R15",
                RunResult::deadlocks,
                r -> "waited with the fault lock for one who waited for it",
                r -> "dropped it while waiting");
    }

    private void teardown() {
        Predicate<RunResult> held = r -> r.refsHeldAtCleanup() > 0;
        if (differ(held)) {
            say(
                    "R28",
                    r -> held.test(r)
                            ? "cleaned up while " + Numbers.counted(r.refsHeldAtCleanup(), "reference") + " were held"
                            : r.refsWaitedFor() > 0
                                    ? "waited for " + Numbers.counted(r.refsWaitedFor(), "reference")
                                    : "had nobody to wait for");
        }
    }

    private void puts() {
        for (Refusal reason : Refusal.values()) {
            ToLongFunction<RunResult> many = r -> r.load().refusedPuts().getOrDefault(reason, 0L);
            between(
                    "",
                    many,
                    r -> "refused " + Numbers.counted(many.applyAsLong(r), "put") + " (" + reason + ")",
                    r -> "none");
        }
    }

    private void invariants() {
        Map<Object, List<RunResult>> byBroken =
                runs.stream().collect(Collectors.groupingBy(r -> r.verdict().broken()));
        if (byBroken.size() > 1) {
            say(
                    "",
                    r -> r.verdict().clean()
                            ? "broke no invariant"
                            : "broke "
                                    + r.verdict().broken().stream()
                                            .map(rule -> rule + " at event #" + r.brokeAt(rule))
                                            .collect(Collectors.joining(", ")));
        }
    }

    // ---- sentences

    private boolean differ(Predicate<RunResult> what) {
        return runs.stream().anyMatch(what) && !runs.stream().allMatch(what);
    }

    /** Where {@code many} is zero in some runs and not in others: first those where it happened, then the others. */
    private void between(String row, ToLongFunction<RunResult> many, Words happened, Words not) {
        if (differ(r -> many.applyAsLong(r) > 0)) {
            List<RunResult> some =
                    runs.stream().filter(r -> many.applyAsLong(r) > 0).toList();
            List<RunResult> others =
                    runs.stream().filter(r -> many.applyAsLong(r) == 0).toList();
            found.add(new Difference(row, grouped(some, happened) + "; " + grouped(others, not)));
        }
    }

    private void say(String row, Words words) {
        found.add(new Difference(row, grouped(runs, words)));
    }

    /** Runs of which the same is said share a clause: {@code v5.5 and v5.18 granted 3 late gets; v6.1 refused 3}. */
    private static String grouped(List<RunResult> some, Words words) {
        Map<String, List<RunResult>> bySaid = new LinkedHashMap<>();
        some.forEach(run ->
                bySaid.computeIfAbsent(words.of(run), said -> new ArrayList<>()).add(run));
        return bySaid.entrySet().stream()
                .map(entry -> Comparison.names(entry.getValue()) + " " + entry.getKey())
                .collect(Collectors.joining("; "));
    }

    /** What is said of one run, without its name. */
    private interface Words {
        String of(RunResult run);
    }
}
