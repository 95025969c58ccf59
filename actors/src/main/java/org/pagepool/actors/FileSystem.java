package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.dax.BlockMap;
import org.pagepool.runtime.dax.FileLayouts;
import org.pagepool.runtime.dax.FileLayouts.FileLayout;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * The blocks of one file-system device: which files have which of them. A block is a head, so that no page record is ever
 * between two files. Started by the pool with the first file on a device, and gone with the device.
 */
final class FileSystem extends AbstractBehavior<FileSystem.Command> {
    /** What a file system understands. */
    sealed interface Command {}

    /** Asks for blocks of {@code pages} pages in all, for one file. Answered by one {@link Blocks}. */
    record Allocate(String file, long pages, long question, ActorRef<DaxFile.Command> replyTo) implements Command {}

    /**
     * A write to blocks that other files may have too (B36): if they have, this file gives them back and gets others. Their
     * pages must be unmapped and untied by then. Answered by one {@link Blocks}, without ranges if the file is alone.
     */
    record CopyOnWrite(String file, PfnRange range, long question, ActorRef<DaxFile.Command> replyTo)
            implements Command {}

    /** One more file has these blocks (B36). Answered by one {@link Blocks}. */
    record Share(String file, List<PfnRange> ranges, long question, ActorRef<DaxFile.Command> replyTo)
            implements Command {}

    /** That file has these blocks no more; those that nobody has are free from here on. Answered by one {@link Blocks}. */
    record GiveBack(String file, List<PfnRange> ranges, long question, ActorRef<DaxFile.Command> replyTo)
            implements Command {}

    /** A file is that large and has its blocks there. Answered by one {@link Blocks} once that is safe. */
    record Lay(String file, FileLayout layout, long question, ActorRef<DaxFile.Command> replyTo) implements Command {}

    /** Asks what is on the disk of that file. Answered by one {@link Found}. */
    record Find(String file, ActorRef<DaxFile.Command> replyTo) implements Command {}

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    private enum DeviceGone implements Command {
        INSTANCE
    }

    /** The answer to all of them: the blocks that came or went, or why none did. */
    record Blocks(
            long question, List<PfnRange> ranges, @Nullable Refusal refusal) implements DaxFile.Command {}

    /** The answer to {@link Find}. */
    record Found(FileLayout layout) implements DaxFile.Command {}

    private final PgmapSpec spec;
    private final EventLog log;
    private FileLayouts layouts;
    private BlockMap blocks;

    static Behavior<Command> create(PgmapHandle device, String id, Wiring wiring) {
        return wiring.journals()
                .open(new Journals.Owner<Command, FileLayouts>(
                        id,
                        FileLayouts.none(device.spec().geometry()),
                        (state, batch) -> batch.fold(state, FileLayouts::apply),
                        Logged::new,
                        (context, log, layouts, recovered) -> new FileSystem(context, log, layouts, device),
                        false));
    }

    private FileSystem(ActorContext<Command> context, EventLog log, FileLayouts layouts, PgmapHandle device) {
        super(context);
        this.log = log;
        this.spec = device.spec();
        this.layouts = layouts;
        this.blocks = layouts.inUse(usable(spec));
        List<PfnRange> lost = layouts.leftOver();
        if (!lost.isEmpty()) {
            log.record(new Event.BlockFreed(spec.id(), "(restart)", runs(lost)));
        }
        context.watchWith(device.ref(), DeviceGone.INSTANCE);
    }

    /** What an altmap keeps for itself is nobody's block (B51). */
    private static List<PfnRange> usable(PgmapSpec spec) {
        List<PfnRange> ranges = new ArrayList<>(spec.ranges());
        PfnRange first = ranges.get(0);
        ranges.set(0, new PfnRange(spec.pfnFirst(), first.end() - spec.pfnFirst()));
        return ranges;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Allocate.class, this::onAllocate)
                .onMessage(CopyOnWrite.class, this::onCopyOnWrite)
                .onMessage(Share.class, this::onShare)
                .onMessage(GiveBack.class, this::onGiveBack)
                .onMessage(Lay.class, this::onLay)
                .onMessage(Find.class, this::onFind)
                .onMessage(Logged.class, this::onLogged)
                .onMessage(DeviceGone.class, gone -> Behaviors.stopped())
                .build();
    }

    private Behavior<Command> onAllocate(Allocate ask) {
        answer(ask.replyTo, allocate(ask.file, ask.pages, ask.question));
        return this;
    }

    /** In one piece that the largest entries can map, if there is one. */
    private Blocks allocate(String file, long pages, long question) {
        long unit = spec.geometry().pages();
        long pmd = spec.basePage().pmdPages();
        BlockMap.Allocation got = blocks.allocate(pages, unit, pages >= pmd ? Math.max(unit, pmd) : unit);
        if (got == null) {
            return new Blocks(question, List.of(), Refusal.NO_SPACE);
        }
        blocks = got.blocks();
        log.record(new Event.BlockAllocated(spec.id(), file, runs(got.ranges())));
        return new Blocks(question, got.ranges(), null);
    }

    private Behavior<Command> onCopyOnWrite(CopyOnWrite ask) {
        boolean alone = true;
        for (long pfn = ask.range.first();
                pfn < ask.range.end();
                pfn += spec.geometry().pages()) {
            alone &= blocks.files(pfn) == 1;
        }
        if (alone) {
            answer(ask.replyTo, new Blocks(ask.question, List.of(), null));
            return this;
        }
        Blocks got = allocate(ask.file, ask.range.pages(), ask.question);
        if (got.refusal == null) {
            giveBack(ask.file, List.of(ask.range));
        }
        answer(ask.replyTo, got);
        return this;
    }

    private Behavior<Command> onShare(Share ask) {
        for (PfnRange range : ask.ranges) {
            blocks = blocks.share(range);
        }
        answer(ask.replyTo, new Blocks(ask.question, ask.ranges, null));
        return this;
    }

    private Behavior<Command> onLay(Lay lay) {
        if (!layouts.of(lay.file).equals(lay.layout)) {
            Event.FileLaidOut event =
                    new Event.FileLaidOut(spec.id(), lay.file, lay.layout.pages(), lay.layout.extents());
            layouts = layouts.apply(event);
            log.record(event);
        }
        answer(lay.replyTo, new Blocks(lay.question, List.of(), null));
        return this;
    }

    private Behavior<Command> onFind(Find find) {
        FileLayout layout = layouts.of(find.file);
        log.then(() -> find.replyTo.tell(new Found(layout)));
        return this;
    }

    private Behavior<Command> onGiveBack(GiveBack ask) {
        answer(ask.replyTo, new Blocks(ask.question, giveBack(ask.file, ask.ranges), null));
        return this;
    }

    private void answer(ActorRef<? super Blocks> replyTo, Blocks blocksOf) {
        log.then(() -> replyTo.tell(blocksOf));
    }

    private Behavior<Command> onLogged(Logged logged) {
        log.on(logged.signal);
        return this;
    }

    private List<PfnRange> giveBack(String file, List<PfnRange> ranges) {
        List<PfnRange> freed = new ArrayList<>();
        for (PfnRange range : ranges) {
            BlockMap.Return back = blocks.giveBack(range);
            blocks = back.blocks();
            freed.addAll(back.freed());
        }
        if (!freed.isEmpty()) {
            log.record(new Event.BlockFreed(spec.id(), file, runs(freed)));
        }
        return freed;
    }

    private List<Run> runs(List<PfnRange> ranges) {
        return runs(ranges, spec.geometry());
    }

    /** Whole heads, refs 1, by pfn. */
    static List<Run> runs(List<PfnRange> ranges, Geometry geometry) {
        List<Run> runs = new ArrayList<>();
        for (PfnRange range : ranges) {
            runs.add(new Run(range.first(), Math.toIntExact(range.pages() >> geometry.order()), 1));
        }
        return Runs.normalise(runs, geometry);
    }
}
