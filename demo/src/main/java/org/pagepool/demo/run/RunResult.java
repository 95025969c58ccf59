package org.pagepool.demo.run;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.PagePool.Census;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.runtime.audit.Counters;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.audit.Violation;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.protocol.TeardownWait;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/**
 * What came of one run.
 *
 * @param scenario what was run
 * @param file where it came from, as the user named it
 * @param again a command that runs it again
 * @param seed its seed
 * @param digest of its workload
 * @param digestOps how many walks of each walker the digest covers
 * @param play how it was played
 * @param load what the drivers saw
 * @param stories what became of each device, by name
 * @param counters a tally of the events
 * @param noted what they say of idle pages and of those who wait for them
 * @param verdict the auditor's
 * @param left what was left at the end
 * @param footprint what it took to set up, in time and heap
 * @param elapsedNanos from setting up to taking down
 */
record RunResult(
        Scenario scenario,
        String file,
        String again,
        long seed,
        String digest,
        int digestOps,
        Play play,
        Meter.Load load,
        Map<String, Chronicle.Story> stories,
        Counters counters,
        Notices.Noted noted,
        Verdict verdict,
        Census left,
        Footprint footprint,
        long elapsedNanos) {

    /** What the process should say of it. */
    ExitStatus status() {
        if (!asExpected() || (!tidy() && !play.interrupted())) {
            return ExitStatus.BROKEN;
        }
        if (play.interrupted()) {
            return ExitStatus.INTERRUPTED;
        }
        boolean idle = load.granted() == 0 && handed(Hands::granted) == 0;
        return idle || verdict.events() == 0 ? ExitStatus.INCONCLUSIVE : ExitStatus.OK;
    }

    /** True when no invariant broke but those that were to break, and those did, unless the run was cut short. */
    boolean asExpected() {
        return play.interrupted()
                ? scenario.expect().containsAll(verdict.broken())
                : scenario.expect().equals(verdict.broken());
    }

    /** Something that was counted of hand-out, over all devices. */
    long handed(ToLongFunction<Hands> what) {
        return play.hands().values().stream().mapToLong(what).sum();
    }

    /** Pgmap references when devices were killed, over all. */
    long sharesAtKill() {
        return noted.sharesAtKill().values().stream().mapToLong(Long::longValue).sum();
    }

    /** {@code 1 -> 2 -> 1}: counts of pages that are parked, handed out and given back; empty if none was handed out. */
    String handOutCounts() {
        if (noted.outCounts().isEmpty()) {
            return "";
        }
        String parked = scenario.devices().stream()
                .filter(device -> play.hands().containsKey(device.id()))
                .map(device -> String.valueOf(device.headRules().parked().refcount()))
                .distinct()
                .collect(Collectors.joining("/"));
        return parked + " -> " + joined(noted.outCounts()) + " -> " + joined(noted.backCounts());
    }

    private static String joined(Set<Long> counts) {
        return counts.isEmpty() ? "?" : counts.stream().map(String::valueOf).collect(Collectors.joining("/"));
    }

    /** Where an invariant broke first, or -1. */
    long brokeAt(Invariant invariant) {
        return verdict.violations().stream()
                .filter(violation -> violation.invariant() == invariant)
                .mapToLong(Violation::ordinal)
                .min()
                .orElse(-1);
    }

    /** True when nothing is left of the run: no device, head, section or holder. */
    boolean tidy() {
        return left.devices() == 0
                && left.sections() == 0
                && left.liveHeads() == 0
                && left.requestsUnderWay() == 0
                && left.holders() == 0;
    }

    /** The outcome in a word. */
    String outcome() {
        return switch (status()) {
            case OK -> verdict.clean() ? "clean" : "as-expected";
            case INCONCLUSIVE -> "inconclusive";
            case INTERRUPTED -> "interrupted";
            default -> asExpected() ? "left-behind" : verdict.clean() ? "unbroken" : "broken";
        };
    }

    /** Seconds of the load in which there was something to walk on. */
    double servedSeconds() {
        return Math.max(1, play.servedNanos()) / 1e9;
    }

    /** Walks per second, while there was something to walk on. */
    double walksPerSecond() {
        return load.granted() / servedSeconds();
    }

    /** Base pages granted per second, while there was something to walk on. */
    double pagesPerSecond() {
        return load.pages() / servedSeconds();
    }

    /** How often somebody held a block when it was given back (R14). */
    long freedInUse() {
        return verdict.violations().stream()
                .filter(violation -> violation.what().startsWith("block given back while it is in use"))
                .count();
    }

    /** How often those that took pages away from files waited for a page in use. */
    long cutWaits() {
        return cuts(DaxFile.Cut::waits);
    }

    /** How many of them waited for one who waited for them (R15). */
    long deadlocks() {
        return cuts(cut -> cut.deadlocked().isEmpty() ? 0 : 1);
    }

    /** How often they looked at all pages again. */
    long cutRetries() {
        return cuts(cut -> Math.max(0, cut.rounds() - 1));
    }

    /** How long the longest of them took; NaN without any. */
    double cutNanos() {
        return play.cuttings().stream()
                .filter(cutting -> cutting.cut() != null)
                .mapToDouble(cutting -> cutting.endedNanos() - cutting.atNanos())
                .max()
                .orElse(Double.NaN);
    }

    private long cuts(ToLongFunction<DaxFile.Cut> what) {
        long sum = 0;
        for (Play.Cutting cutting : play.cuttings()) {
            DaxFile.Cut cut = cutting.cut();
            sum += cut == null ? 0 : what.applyAsLong(cut);
        }
        return sum;
    }

    /** The teardowns of one device. */
    List<Play.Closing> closingsOf(String device) {
        return play.closings().stream().filter(c -> c.device().equals(device)).toList();
    }

    /** When the teardown of a device entered each phase; empty if it was not cleaned up. */
    Map<Phase, Long> phasesOf(String device) {
        Map<Phase, Long> entered = new EnumMap<>(Phase.class);
        for (Play.Closing closing : closingsOf(device)) {
            if (closing.closed() != null) {
                entered.putAll(closing.closed().enteredNanos());
            }
        }
        Chronicle.Story story = stories.get(device);
        Chronicle.Mark over = story == null ? null : story.cleanedUp();
        if (over != null && !entered.isEmpty()) {
            entered.putIfAbsent(Phase.DONE, over.atNanos());
        }
        return entered;
    }

    /** How long the longest teardown took until it was first answered; NaN if none was closed. */
    double teardownNanos() {
        return play.closings().stream()
                .filter(closing -> closing.closed() != null)
                .mapToDouble(closing -> closing.answeredNanos() - closing.atNanos())
                .max()
                .orElse(Double.NaN);
    }

    /** References that teardowns waited for. */
    long refsWaitedFor() {
        return stories.values().stream()
                .flatMap(story -> story.waitedFor().stream())
                .mapToLong(Chronicle.Waited::refs)
                .sum();
    }

    /** References that were held when a device was cleaned up. */
    long refsHeldAtCleanup() {
        return stories.values().stream()
                .flatMap(story -> story.heldAtCleanup().stream())
                .mapToLong(Chronicle.Waited::refs)
                .sum();
    }

    /** A place in time, counted from the start of the load. */
    long sinceStart(long atNanos) {
        return atNanos - play.startNanos();
    }

    /** The counters, by the names that text and JSON share. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("nr_foll_pin_acquired", counters.pinsAcquired());
        counts.put("nr_foll_pin_released", counters.pinsReleased());
        counts.put("gets_acquired", counters.granted(GrabKind.GET));
        counts.put("gets_released", counters.givenBack(GrabKind.GET));
        counts.put("maps_acquired", counters.granted(GrabKind.MAP));
        counts.put("maps_released", counters.givenBack(GrabKind.MAP));
        for (ReleaseCause cause : ReleaseCause.values()) {
            counts.put(
                    "released_by_" + cause.name().toLowerCase(Locale.ROOT),
                    counters.releases().getOrDefault(cause, 0L));
        }
        counts.put("free_notices", counters.frees());
        counts.put("repeated_requests", counters.repeats());
        counts.put("blocks_allocated", counters.blocksAllocated());
        counts.put("blocks_freed", counters.blocksFreed());
        counts.put(
                "warnings",
                counters.warnings().values().stream().mapToLong(Long::longValue).sum());
        return counts;
    }

    /** What is known to be wrong with the protocols of its devices. */
    List<String> hazards() {
        return scenario.devices().stream()
                .filter(device -> device.protocol().waitsFor() == TeardownWait.PGMAP_REFS_ONLY)
                .map(device -> "hazard R28: under " + device.protocol().name()
                        + " (teardown.waits-for=pgmap-refs-only) teardown of " + device.id()
                        + " does not wait for pins; they outlive their pages")
                .toList();
    }
}
