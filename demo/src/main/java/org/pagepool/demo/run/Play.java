package org.pagepool.demo.run;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.FailureReport;
import org.pagepool.actors.Pgmap;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Holding;

/**
 * How a scenario was played: what the conductor has to tell when it is over. Times are nanoseconds on the pool's clock.
 *
 * @param startNanos when the load began
 * @param loadNanos how long it lasted
 * @param servedNanos how much of that some device gave references: until the last one was killed
 * @param endedBy why it ended, as a clause: {@code operations}, {@code duration}, {@code every device is gone} ...
 * @param acts what the timeline did, in its order, and what it did not come to
 * @param closings every teardown that was asked for, in that order
 * @param cuttings everything that took pages away from a file, in that order
 * @param poisonings every page that was said to be bad, in that order
 * @param lastAsked what each dying device last said of whom it waits for, when asked while it waited
 * @param hands what the driver of each device handed out
 * @param headsMost the most head actors there were, looking a few times a second
 * @param interrupted whether the user cut it short
 */
record Play(
        long startNanos,
        long loadNanos,
        long servedNanos,
        String endedBy,
        List<Act> acts,
        List<Closing> closings,
        List<Cutting> cuttings,
        List<Poisoning> poisonings,
        Map<String, Asked> lastAsked,
        Map<String, Hands> hands,
        int headsMost,
        boolean interrupted) {

    /** Copies the lists. */
    Play {
        acts = List.copyOf(acts);
        closings = List.copyOf(closings);
        cuttings = List.copyOf(cuttings);
        poisonings = List.copyOf(poisonings);
        lastAsked = Map.copyOf(lastAsked);
        hands = Map.copyOf(hands);
    }

    /**
     * Something the timeline asks for.
     *
     * @param due when, as written
     * @param what what, for people
     * @param atNanos when it was done, or -1
     */
    record Act(String due, String what, long atNanos) {
        /** False if the load ended before it was due. */
        boolean done() {
            return atNanos >= 0;
        }
    }

    /**
     * Pages that the timeline took away from a file.
     *
     * @param what what, for people: {@code truncate f1 to 0}
     * @param atNanos when it was asked for
     * @param endedNanos when it was answered, or -1
     * @param cut the answer, or null
     */
    record Cutting(String file, String what, long atNanos, long endedNanos, DaxFile.@Nullable Cut cut) {
        /** The outcome in a word: {@code done}, why not, or {@code none}. */
        String word() {
            return cut == null
                    ? "none"
                    : cut.refusal() == null ? "done" : cut.refusal().name();
        }
    }

    /**
     * A page that the timeline said is bad (B39).
     *
     * @param order log2 of the base pages of its head
     * @param report what came of it, or null if nobody said
     */
    record Poisoning(
            String device,
            long pfn,
            int order,
            long atNanos,
            @Nullable FailureReport report) {
        /** True when the page is a tail. */
        boolean tail() {
            return (pfn & ((1L << order) - 1)) != 0;
        }
    }

    /**
     * A teardown that was asked for.
     *
     * @param verb how
     * @param deadline how long it was given; empty where it does not wait
     * @param byTimeline whether the scenario asked, rather than the end of the run
     * @param answer what the pgmap said first, or null if it has not answered
     * @param closedNanos when it said that it was cleaned up, or -1
     * @param closed the phases once it was cleaned up, also if {@code answer} was another one before; null if it never was
     */
    record Closing(
            String device,
            CloseVerb verb,
            Optional<Duration> deadline,
            String reason,
            boolean byTimeline,
            long atNanos,
            long answeredNanos,
            long closedNanos,
            Pgmap.@Nullable CloseAnswer answer,
            Pgmap.@Nullable Closed closed) {

        static Closing asked(
                String device,
                CloseVerb verb,
                Optional<Duration> deadline,
                String reason,
                boolean byTimeline,
                long now) {
            return new Closing(device, verb, deadline, reason, byTimeline, now, -1, -1, null, null);
        }

        Closing answered(Pgmap.CloseAnswer said, long now) {
            Pgmap.Closed over = said instanceof Pgmap.Closed c ? c : closed;
            return new Closing(
                    device,
                    verb,
                    deadline,
                    reason,
                    byTimeline,
                    atNanos,
                    answer == null ? now : answeredNanos,
                    over == null ? -1 : now,
                    answer == null ? said : answer,
                    over);
        }

        /** The answer in a word: {@code closed}, {@code busy}, {@code still-held}, {@code none}. */
        String word() {
            if (answer instanceof Pgmap.Closed) {
                return "closed";
            }
            if (answer instanceof Pgmap.Busy) {
                return "busy";
            }
            return answer instanceof Pgmap.StillHeld ? "still-held" : "none";
        }

        /** Whom the answer names. */
        List<Holding> holders() {
            if (answer instanceof Pgmap.Busy busy) {
                return busy.holders();
            }
            return answer instanceof Pgmap.StillHeld held ? held.holders() : List.of();
        }
    }

    /**
     * What a dying device said.
     *
     * @param times how often it was asked
     * @param atNanos when it was asked, the last time that it named somebody: the answer is older than its arrival
     * @param holders whom
     */
    record Asked(long times, long atNanos, List<Holding> holders) {
        /** Copies the list. */
        Asked {
            holders = List.copyOf(holders);
        }
    }
}
