package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * Several runs of one scenario side by side: what was counted and measured, one row for each thing, and in words where they
 * differ in what they allow. Everything here comes from what the runs saw.
 *
 * @param scenario its name
 * @param runs at least two
 * @param rows what to show, by groups; rows of which no run saw anything are left out, but for the first group and latencies
 * @param differences one sentence each
 */
record Comparison(String scenario, List<RunResult> runs, List<Row> rows, List<Difference> differences) {
    /** Copies the lists. */
    Comparison {
        runs = List.copyOf(runs);
        rows = List.copyOf(rows);
        differences = List.copyOf(differences);
    }

    /**
     * One thing that was counted or measured.
     *
     * @param group {@code load}, {@code latencies}, {@code notices}, {@code refusals}, {@code waits}, {@code files} or {@code outcome}
     * @param name what, with its unit
     * @param cells for people, one for each run
     * @param values the numbers, one for each run; NaN where there is none or it is no number
     */
    record Row(String group, String name, List<String> cells, List<Double> values) {
        /** Copies the lists. */
        Row {
            cells = List.copyOf(cells);
            values = List.copyOf(values);
        }
    }

    /** The name of a run among the others. */
    static String label(RunResult run) {
        return run.scenario().variant().orElse(run.scenario().name());
    }

    /** Compares them. */
    static Comparison of(List<RunResult> runs) {
        return new Comparison(runs.get(0).scenario().name(), runs, new Rows(runs).all(), Differences.of(runs));
    }

    /** Puts the rows together. */
    private static final class Rows {
        private final List<RunResult> runs;
        private final List<Row> rows = new ArrayList<>();

        Rows(List<RunResult> runs) {
            this.runs = runs;
        }

        List<Row> all() {
            if (runs.stream().anyMatch(r -> r.load().begun() > 0)) {
                load();
                latencies();
            }
            teardown();
            handOut();
            notices();
            refusals();
            waits();
            files();
            text(
                    "outcome",
                    "events",
                    r -> Numbers.grouped(r.verdict().events()),
                    r -> r.verdict().events());
            text("outcome", "broken", Rows::broken, r -> r.verdict().broken().size());
            text("outcome", "verdict", RunResult::outcome, r -> Double.NaN);
            return rows;
        }

        private void load() {
            text("load", "workload", r -> r.digest().substring(0, 8), r -> Double.NaN);
            count("load", "walks", r -> r.load().granted());
            text("load", "walks/s", r -> Numbers.shortened(r.walksPerSecond()), RunResult::walksPerSecond);
            text("load", "pages/s", r -> Numbers.shortened(r.pagesPerSecond()), RunResult::pagesPerSecond);
            perWalk("pages/walk", Meter.Load::pages);
            perWalk("head grabs/walk", Meter.Load::headGrabs);
            perWalk("messages/walk", Meter.Load::messages);
            count("load", "pgmap refs at map", Rows::refsAtMap);
        }

        private void latencies() {
            micros("walk p50 us", r -> r.load().walkNanos(), 50);
            micros("walk p99 us", r -> r.load().walkNanos(), 99);
            micros("unpin p50 us", r -> r.load().unpinNanos(), 50);
            micros("unpin p99 us", r -> r.load().unpinNanos(), 99);
        }

        private void teardown() {
            text("latencies", "teardown", Rows::teardownTook, r -> Numbers.rounded(r.teardownNanos() / 1e6, 3));
        }

        private void handOut() {
            some("hand-out", "folios handed out", r -> r.handed(Hands::granted));
            if (runs.stream().anyMatch(r -> !r.handOutCounts().isEmpty())) {
                text("hand-out", "count: parked, out, back", RunResult::handOutCounts, r -> Double.NaN);
            }
            for (Refusal reason : Refusal.values()) {
                some(
                        "hand-out",
                        "requests refused, " + reason,
                        r -> r.handed(h -> h.refused().getOrDefault(reason, 0L)));
            }
            some("hand-out", "brought back by a touch", r -> r.handed(Hands::broughtBack));
            some("hand-out", "speculative gets granted", r -> r.handed(Hands::speculatedGranted));
            some("hand-out", "told free while on the list", Rows::freedTwice);
            some("hand-out", "pgmap refs at kill", RunResult::sharesAtKill);
        }

        private static long freedTwice(RunResult run) {
            return run.handed(h -> h.account() == null ? 0 : h.account().freedTwice());
        }

        private void notices() {
            some("notices", "pages announced idle", r -> r.noted().freed());
            for (ReleaseCause cause : ReleaseCause.values()) {
                some("notices", "  by " + by(cause), r -> r.noted().freedBy(cause));
            }
            some("notices", "  by teardown's base put", r -> r.noted().freedByTeardown());
            some("notices", "  while held", r -> r.noted().freedWhileHeld());
            some("notices", "late grabs granted", r -> r.noted().lateGrants());
        }

        private void refusals() {
            for (Refusal reason : Refusal.values()) {
                some(
                        "refusals",
                        "walks, " + reason,
                        r -> r.load().refusedWalks().getOrDefault(reason, 0L));
            }
            for (Refusal reason : Refusal.values()) {
                some("refusals", "puts, " + reason, r -> r.load().refusedPuts().getOrDefault(reason, 0L));
            }
        }

        private void waits() {
            some("waits", "waiters", r -> r.noted().waiters());
            some("waits", "  told idle", r -> r.noted().toldIdle());
            some("waits", "  told while held", r -> r.noted().toldWhileHeld());
            if (runs.stream().anyMatch(r -> r.noted().toldIdle() > 0)) {
                text(
                        "waits",
                        "  told after, p50",
                        r -> r.noted().toldIdle() == 0
                                ? "-"
                                : Numbers.span(r.noted().waitNanos().getValueAtPercentile(50)),
                        r -> r.noted().toldIdle() == 0
                                ? Double.NaN
                                : Numbers.rounded(r.noted().waitNanos().getValueAtPercentile(50) / 1e6, 3));
            }
            some("waits", "teardown waited for, refs", RunResult::refsWaitedFor);
            some("waits", "held at cleanup, refs", RunResult::refsHeldAtCleanup);
        }

        private void files() {
            if (runs.stream().allMatch(r -> r.play().cuttings().isEmpty())) {
                return;
            }
            text("files", "idle rule (D8)", r -> rule(r, "layout.idle-rule"), r -> Double.NaN);
            text("files", "wait (D9)", r -> rule(r, "layout.wait"), r -> Double.NaN);
            count("files", "waits for a page", RunResult::cutWaits);
            count("files", "retries", RunResult::cutRetries);
            count("files", "blocks freed", r -> r.counters().blocksFreed());
            count("files", "  while in use (R14)", RunResult::freedInUse);
            some("files", "warned of (B35)", r -> r.counters().warnings().getOrDefault("B35", 0L));
            text(
                    "files",
                    "longest took",
                    r -> Double.isNaN(r.cutNanos()) ? "-" : Numbers.span((long) r.cutNanos()),
                    r -> Numbers.rounded(r.cutNanos() / 1e6, 3));
        }

        private static String rule(RunResult run, String key) {
            return run.scenario().protocol().resolved().getOrDefault(key, "-");
        }

        private void text(
                String group, String name, Function<RunResult, String> cell, ToDoubleFunction<RunResult> value) {
            rows.add(new Row(
                    group,
                    name,
                    runs.stream().map(cell).toList(),
                    runs.stream().map(value::applyAsDouble).toList()));
        }

        private void count(String group, String name, ToLongFunction<RunResult> value) {
            text(group, name, r -> Numbers.grouped(value.applyAsLong(r)), value::applyAsLong);
        }

        private void some(String group, String name, ToLongFunction<RunResult> value) {
            if (runs.stream().anyMatch(r -> value.applyAsLong(r) > 0)) {
                count(group, name, value);
            }
        }

        private void perWalk(String name, ToLongFunction<Meter.Load> sum) {
            ToDoubleFunction<RunResult> value = r -> r.load().perWalk(sum.applyAsLong(r.load()));
            text(
                    "load",
                    name,
                    r -> Numbers.fixed(value.applyAsDouble(r), 1),
                    r -> Numbers.rounded(value.applyAsDouble(r), 3));
        }

        private void micros(String name, Function<RunResult, Histogram> nanos, double percentile) {
            ToLongFunction<RunResult> value = r -> nanos.apply(r).getValueAtPercentile(percentile);
            text(
                    "latencies",
                    name,
                    r -> Numbers.micros(value.applyAsLong(r)),
                    r -> Numbers.jsonMicros(value.applyAsLong(r)));
        }

        private static String broken(RunResult run) {
            String all = String.join(
                    " ", run.verdict().broken().stream().map(Enum::name).toList());
            return all.isEmpty() ? "none" : all;
        }

        private static long refsAtMap(RunResult run) {
            return run.scenario().devices().stream()
                    .filter(d -> d.protocol().mapTakesPgmapRefs(d.type()))
                    .mapToLong(PgmapSpec::heads)
                    .sum();
        }

        private static String teardownTook(RunResult run) {
            double longest = run.teardownNanos();
            return Double.isNaN(longest) ? "-" : Numbers.span((long) longest);
        }
    }

    /** By what a reference went, in words. */
    static String by(ReleaseCause cause) {
        return switch (cause) {
            case PUT -> "a put";
            case UNWIND -> "a late grab's put";
            case UNMAP -> "an entry's end";
            case RECLAIM -> "a holder's death";
            case REVOKE -> "revocation";
        };
    }

    /** {@code v5.5}, {@code v5.5 and v5.18}, {@code v5.5, v5.18 and v6.1}. */
    static String names(List<RunResult> runs) {
        List<String> labels = runs.stream().map(Comparison::label).toList();
        int last = labels.size() - 1;
        return last == 0 ? labels.get(0) : String.join(", ", labels.subList(0, last)) + " and " + labels.get(last);
    }

    /** Lower case, for JSON. */
    static String key(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
