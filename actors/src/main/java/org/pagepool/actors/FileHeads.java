package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.dax.FileBlocks.Extent;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;

/**
 * What a file asks of the sections that host its heads: to tie them to it, to let them go, for references of its entries,
 * for the first head in use, to be told when that is idle. Each question goes to all sections concerned at once, and what
 * comes then is run when all have answered. Confined to its file's actor.
 */
final class FileHeads {
    /** A question to several sections. */
    private static final class Batch {
        final Consumer<@Nullable Refusal> then;
        int waiting;

        @Nullable
        Refusal refusal;

        Batch(Consumer<@Nullable Refusal> then) {
            this.then = then;
        }

        void answered(@Nullable Refusal why) {
            if (why != null && refusal == null) {
                refusal = why;
            }
            waiting--;
            endIfAnswered();
        }

        void endIfAnswered() {
            if (waiting == 0) {
                then.accept(refusal);
            }
        }
    }

    /** References the file holds on neighbouring heads of one section, granted under one sequence. */
    private record Piece(int section, long sequence, long first, int heads) {
        long end(Geometry geometry) {
            return first + ((long) heads << geometry.order());
        }
    }

    /** The sections of a range are being looked for. */
    private record Finding(int from, int to, Consumer<@Nullable Refusal> then) {}

    private final PgmapHandle device;
    private final PgmapSpec spec;
    private final String file;
    private final Wiring wiring;
    private final ActorContext<DaxFile.Command> context;
    private final SectionCalls calls;
    private final SectionDirectory directory = new SectionDirectory();
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private final List<Finding> finding = new ArrayList<>();
    private boolean lost;

    FileHeads(ActorContext<DaxFile.Command> context, String file, PgmapHandle device, Wiring wiring) {
        this.context = context;
        this.file = file;
        this.device = device;
        this.spec = device.spec();
        this.wiring = wiring;
        this.calls = new SectionCalls(file, context.getSelf().narrow(), wiring);
        directory.learn(device);
    }

    // ---- sections

    /** Runs {@code then} once the sections of these heads are known, at once if they are; with why not, if they are not. */
    void find(List<Run> runs, Consumer<@Nullable Refusal> then) {
        if (lost) {
            then.accept(Refusal.DEAD);
            return;
        }
        Map<Integer, List<Run>> sections = spec.bySection(runs);
        int from = Integer.MAX_VALUE;
        int to = -1;
        for (int number : sections.keySet()) {
            if (directory.section(spec, number) == null) {
                from = Math.min(from, number);
                to = Math.max(to, number);
            }
        }
        if (to < 0) {
            then.accept(null);
            return;
        }
        finding.add(new Finding(from, to, then));
        device.ref().tell(new Pgmap.FindSections(from, to, context.getSelf().narrow()));
    }

    void found(Pgmap.SectionsFound answer) {
        directory.learn(answer);
        for (Finding waiting : List.copyOf(finding)) {
            if (waiting.from == answer.from() && waiting.to == answer.to() && finding.remove(waiting)) {
                waiting.then.accept(answer.refusal());
                return;
            }
        }
    }

    private ActorRef<Section.Command> section(int number) {
        ActorRef<Section.Command> section = directory.section(spec, number);
        if (section == null) {
            throw new IllegalStateException(
                    "section was not looked for: file=" + file + " pgmap=" + spec.id() + " section=" + number);
        }
        return section;
    }

    /** The heads of neighbouring pages, refs 1. */
    List<Run> runs(List<Extent> extents) {
        List<Run> runs = new ArrayList<>();
        for (Extent extent : extents) {
            int heads = Math.toIntExact(extent.pages() >> spec.geometry().order());
            runs.add(new Run(extent.pfn(), heads, 1));
        }
        return Runs.normalise(runs, spec.geometry());
    }

    // ---- ties

    /** Ties the heads of these pages of the file to it (B31, B36). Their sections are known. */
    void tie(List<Extent> extents, Consumer<@Nullable Refusal> then) {
        if (lost) {
            then.accept(Refusal.DEAD);
            return;
        }
        Batch batch = new Batch(then);
        for (Extent extent : extents) {
            spec.bySection(runs(List.of(extent))).forEach((number, runs) -> {
                for (Run run : runs) {
                    long index = extent.offset() + (run.firstHead() - extent.pfn());
                    calls.tie(spec, number, section(number), file, List.of(run), index, batch, 0);
                    batch.waiting++;
                }
            });
        }
        batch.endIfAnswered();
    }

    /** Lets the heads of these pages go (B35). Their sections are known, for they were tied. */
    void untie(List<Extent> extents, Consumer<@Nullable Refusal> then) {
        if (lost) {
            then.accept(Refusal.DEAD);
            return;
        }
        Batch batch = new Batch(then);
        spec.bySection(runs(extents)).forEach((number, runs) -> {
            calls.untie(spec, number, section(number), file, runs, batch, 0);
            batch.waiting++;
        });
        batch.endIfAnswered();
    }

    // ---- references of entries

    /** Takes one reference on each head of these pages, for the entries that hold them (B31, seed 002). All or none. */
    void request(List<Extent> extents, Consumer<@Nullable Refusal> then) {
        if (lost) {
            then.accept(Refusal.DEAD);
            return;
        }
        List<Run> all = runs(extents);
        Batch batch = new Batch(refusal -> {
            if (refusal != null) {
                giveBack(all, ReleaseCause.UNWIND, none -> then.accept(refusal));
            } else {
                then.accept(null);
            }
        });
        spec.bySection(all).forEach((number, runs) -> {
            calls.grab(spec, number, section(number), GrabKind.REQUEST, runs, 1, batch, 0);
            batch.waiting++;
        });
        batch.endIfAnswered();
    }

    /** Gives the references back that entries of these pages hold. */
    void release(List<Extent> extents, Consumer<@Nullable Refusal> then) {
        giveBack(runs(extents), ReleaseCause.UNMAP, then);
    }

    /** Gives back whatever the file holds on these heads. */
    private void giveBack(List<Run> runs, ReleaseCause cause, Consumer<@Nullable Refusal> then) {
        if (lost) {
            then.accept(Refusal.DEAD);
            return;
        }
        Batch batch = new Batch(then);
        Geometry geometry = spec.geometry();
        for (Run run : runs) {
            Map.Entry<Long, Piece> entry = pieces.lowerEntry(run.end(geometry));
            while (entry != null && entry.getValue().end(geometry) > run.firstHead()) {
                Piece piece = entry.getValue();
                long from = Math.max(piece.first, run.firstHead());
                long to = Math.min(piece.end(geometry), run.end(geometry));
                pieces.remove(piece.first);
                keep(piece, piece.first, from);
                keep(piece, to, piece.end(geometry));
                List<Run> gone = List.of(new Run(from, Math.toIntExact((to - from) >> geometry.order()), 1));
                calls.release(
                        spec,
                        piece.section,
                        section(piece.section),
                        piece.sequence,
                        GrabKind.REQUEST,
                        gone,
                        cause,
                        batch,
                        0);
                batch.waiting++;
                entry = pieces.lowerEntry(from);
            }
        }
        batch.endIfAnswered();
    }

    private void keep(Piece piece, long from, long to) {
        if (from < to) {
            int heads = Math.toIntExact((to - from) >> spec.geometry().order());
            pieces.put(from, new Piece(piece.section, piece.sequence, from, heads));
        }
    }

    // ---- looks

    /**
     * Looks for the first head that is not idle by {@code rule}, in the order in which {@code extents} come (B32). Hands on
     * null if all are, and also where the device is gone: there is nothing to wait for.
     */
    void findBusy(List<Extent> extents, LayoutIdle rule, Consumer<Section.@Nullable BusyFound> then) {
        if (lost) {
            then.accept(null);
            return;
        }
        Map<Integer, List<Run>> sections = spec.bySection(runs(extents));
        ActorRef<DaxFile.Command> self = context.getSelf();
        ActorRef<Section.BusyFound> gather = Children.spawnAnonymous(
                context,
                Gather.of(
                        Section.BusyFound.class,
                        sections.size(),
                        wiring.limits().askTimeout(),
                        answers -> self.tell(new DaxFile.Continue(() -> then.accept(first(extents, answers))))));
        sections.forEach((number, runs) -> section(number).tell(new Section.FindBusy(runs, rule, gather)));
    }

    private static Section.@Nullable BusyFound first(List<Extent> extents, List<Section.BusyFound> answers) {
        return answers.stream()
                .filter(answer -> answer.head() >= 0)
                .min(Comparator.comparingLong(answer -> offsetOf(extents, answer.head())))
                .orElse(null);
    }

    private static long offsetOf(List<Extent> extents, long head) {
        for (Extent extent : extents) {
            if (extent.range().contains(head)) {
                return extent.offset() + (head - extent.pfn());
            }
        }
        return Long.MAX_VALUE;
    }

    /** Asks to be told when a head is idle by {@code rule}, under a name that ends the wait. */
    void awaitIdle(long head, String waiter, LayoutIdle rule, Consumer<Section.IdleAnswer> then) {
        ActorRef<DaxFile.Command> self = context.getSelf();
        ActorRef<Section.IdleAnswer> ear = Children.spawnAnonymous(context, Behaviors.receiveMessage(answer -> {
            self.tell(new DaxFile.Continue(() -> then.accept(answer)));
            return Behaviors.stopped();
        }));
        section(spec.sectionOf(head)).tell(new Section.AwaitIdle(head, waiter, rule, ear));
    }

    /** Asks no more. */
    void stopWaiting(long head, String waiter) {
        if (lost) {
            return;
        }
        section(spec.sectionOf(head)).tell(new Section.CancelAwait(head, waiter));
    }

    // ---- answers

    void granted(Section.GrabAnswer answer) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call == null) {
            return;
        }
        Section.Grab grab = (Section.Grab) call.message;
        long left = answer.refs();
        for (Run run : grab.runs()) {
            int heads = Math.toIntExact(Math.min(left, run.heads()));
            if (heads > 0) {
                pieces.put(run.firstHead(), new Piece(call.section, call.sequence, run.firstHead(), heads));
                left -= heads;
            }
        }
        ((Batch) call.purpose).answered(answer.refusal());
    }

    void released(Section.ReleaseAnswer answer) {
        close(answer.sequence(), answer.refusal());
    }

    void tied(Section.TieAnswer answer) {
        close(answer.sequence(), answer.refusal());
    }

    private void close(long sequence, @Nullable Refusal refusal) {
        SectionCalls.Call call = calls.close(sequence);
        if (call != null) {
            ((Batch) call.purpose).answered(refusal);
        }
    }

    /** Teardown has taken references away. */
    void revoked(Section.Revoked gone) {
        pieces.values().removeIf(piece -> piece.sequence == gone.grabSequence());
    }

    /** The device is gone: nobody will answer any more. */
    void lost() {
        lost = true;
        directory.forget(device);
        pieces.clear();
        Map<Batch, Integer> batches = new LinkedHashMap<>();
        calls.lost(spec).forEach(call -> batches.merge((Batch) call.purpose, 1, Integer::sum));
        batches.forEach((batch, open) -> {
            for (int i = 0; i < open; i++) {
                batch.answered(Refusal.DEAD);
            }
        });
        List<Finding> unanswered = List.copyOf(finding);
        finding.clear();
        unanswered.forEach(waiting -> waiting.then.accept(Refusal.DEAD));
    }

    /** True when everything was answered. */
    boolean idle() {
        return calls.idle();
    }

    /** Asks again what has waited too long. */
    void retry() {
        calls.retry();
    }
}
