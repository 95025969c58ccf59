package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;

/**
 * The page metadata of one pgmap: which table entry leads to which page frame, and how many references each frame has (B44
 * to B48, B51). Immutable; {@link #populate} and {@link #depopulate} return the next one.
 *
 * <h2>How a memmap is populated</h2>
 *
 * Range by range, and in a range section by section, in ascending order: later sections rely on what earlier ones left. For
 * each section {@link Sharing#reuse} says where its metadata comes from:
 *
 * <ul>
 *   <li>nothing is shared: every vmemmap page is a block of its own, and a whole section is one block of 2 MiB behind one
 *       PMD entry where such an entry reaches just that (4 KiB base pages);
 *   <li>a compound begins here: its first vmemmap page is the head block, its second the tail block, and all others map the
 *       tail block again, with one more reference each;
 *   <li>a compound goes on here: all entries map the block that the entry before the section maps, its tail block;
 *   <li>the same, and the section before has nothing but tails already: its table page is used again (seed 004 as posted).
 * </ul>
 *
 * <p>Since what a section gets depends only on its place in its compound, equal compounds are not gone through one by one.
 * They become one {@link EntryRun} of entries and one {@link FrameRun} of frames for each kind, so that a memmap of any size
 * is a few dozen values. Entries and frames are kept apart and changed apart: {@link #check} compares them (I10).
 *
 * <h2>How it goes away</h2>
 *
 * Range by range, or section by section, in any order; where table pages are shared, at least a compound at a time. Each
 * entry gives back its own reference, and the last one frees the block.
 */
public final class Vmemmap {
    private final Sharing sharing;
    private final @Nullable AltmapFrames altmap;
    private final Map<FrameKind, Frames> frames;
    private final List<EntryRun> entries;

    private Vmemmap(
            Sharing sharing, @Nullable AltmapFrames altmap, Map<FrameKind, Frames> frames, List<EntryRun> entries) {
        this.sharing = sharing;
        this.altmap = altmap;
        this.frames = Collections.unmodifiableMap(frames);
        this.entries = List.copyOf(entries);
    }

    /** Of a pgmap that is about to be mapped: no metadata yet, and how it will be shared and stored. */
    public static Vmemmap empty(PgmapSpec spec) {
        Map<FrameKind, Frames> none = new EnumMap<>(FrameKind.class);
        for (FrameKind kind : FrameKind.values()) {
            none.put(kind, Frames.none(kind));
        }
        Altmap altmap = spec.altmap();
        AltmapFrames stored = altmap == null
                ? null
                : AltmapFrames.of(altmap, spec.ranges().get(0).first());
        return new Vmemmap(Sharing.of(spec), stored, none, List.of());
    }

    /** What is shared. */
    public Sharing sharing() {
        return sharing;
    }

    /** Where it is stored in the device; null if it is in system memory. */
    public @Nullable AltmapFrames altmap() {
        return altmap;
    }

    /** The frames of one kind. */
    public Frames frames(FrameKind kind) {
        Frames found = frames.get(kind);
        if (found == null) {
            throw new IllegalStateException("no such kind of frame: kind=" + kind);
        }
        return found;
    }

    /** The table entries. */
    public List<EntryRun> entries() {
        return entries;
    }

    /** True when no entry is left and no frame in use. */
    public boolean isEmpty() {
        return entries.isEmpty()
                && frames.values().stream().allMatch(f -> f.runs().isEmpty());
    }

    /** What came of populating a range. */
    public sealed interface Populated {
        /** All of it is there. */
        record Done(Vmemmap memmap) implements Populated {}

        /**
         * There was no frame left, or the altmap was used up. What was populated of the range is gone again; what altmap was
         * skipped for alignment stays skipped.
         *
         * @param memmap as before, but for what was allocated and freed again
         * @param page the first vmemmap page that could not be populated
         */
        record OutOfFrames(Vmemmap memmap, long page) implements Populated {}
    }

    /**
     * Populates the memmap of {@code range} from system memory that does not end; an altmap may.
     *
     * @throws IllegalArgumentException if it does not begin and end with a compound and a subsection, or is populated already
     */
    public Populated populate(PfnRange range) {
        return populate(range, Long.MAX_VALUE);
    }

    /**
     * The same with at most {@code allocationsMax} frames allocated, table pages included: the next one is refused, and what
     * is there of the range by then is taken back.
     */
    public Populated populate(PfnRange range, long allocationsMax) {
        MemmapLayout layout = sharing.layout();
        checkAligned(range, Math.max(layout.alignPfns(), sharing.geometry().pages()));
        long first = layout.pageOf(range.first());
        if (mapped(first, layout.pageOf(range.end())) > 0) {
            throw new IllegalArgumentException("memmap is populated already: range=" + range);
        }
        Vmemmap at = this;
        long left = allocationsMax;
        for (Stretch stretch : Stretch.of(range, sharing)) {
            long reach = at.reach(stretch, left);
            left -= at.allocations(stretch, reach);
            at = at.with(stretch, reach);
            if (reach < stretch.pages()) {
                long page = stretch.firstPage() + reach;
                return new Populated.OutOfFrames(
                        at.stranded(stretch, reach, left).without(first, page), page);
            }
        }
        return new Populated.Done(at);
    }

    /** Populates range after range of a pgmap, as mapping it does; ends with the first that cannot be. */
    public static Populated populateAll(PgmapSpec spec) {
        Populated last = new Populated.Done(empty(spec));
        for (PfnRange range : spec.ranges()) {
            if (last instanceof Populated.Done done) {
                last = done.memmap().populate(range);
            }
        }
        return last;
    }

    /**
     * Removes the metadata of {@code part}: a range, or whole sections of one. Where table pages are shared it is whole
     * compounds, because the entries of a shared table page belong to all sections that lead to it.
     *
     * @throws IllegalArgumentException if it cuts in two what goes together
     * @throws IllegalStateException if not all of it is populated
     */
    public Vmemmap depopulate(PfnRange part) {
        MemmapLayout layout = sharing.layout();
        boolean tablesShared = sharing.effective() == VmemmapDedup.PTE_PMD;
        checkAligned(part, tablesShared ? sharing.geometry().pages() : layout.alignPfns());
        long first = layout.pageOf(part.first());
        long end = layout.pageOf(part.end());
        long mapped = mapped(first, end);
        if (mapped != end - first) {
            throw new IllegalStateException(
                    "memmap is not populated: range=" + part + " pages=" + (end - first) + " populated=" + mapped);
        }
        return without(first, end);
    }

    private static void checkAligned(PfnRange range, long align) {
        if (range.first() % align != 0 || range.pages() % align != 0) {
            throw new IllegalArgumentException(
                    "memmap comes and goes in multiples of " + align + " pfns: range=" + range);
        }
    }

    // ---- populating

    /** How many pages of a stretch can be populated with {@code left} allocations and what the altmap has. */
    private long reach(Stretch stretch, long left) {
        long most = stretch.pages();
        if (altmap != null) {
            long pieces = altmap.pieces(stretch.blockPages(sharing.layout()));
            most = Math.min(stretch.units(), pieces) * stretch.stride();
        }
        if (allocations(stretch, most) <= left) {
            return most;
        }
        long enough = 0;
        while (enough + 1 < most) {
            long middle = (enough + most) >>> 1;
            if (allocations(stretch, middle) <= left) {
                enough = middle;
            } else {
                most = middle;
            }
        }
        return enough;
    }

    /** Frames that must be allocated for the first {@code pages} pages of a stretch. */
    private long allocations(Stretch stretch, long pages) {
        long sum = stretch.ownTables() ? newTables(stretch.firstPage(), stretch.firstPage() + pages) : 0;
        for (Stretch.Part part : stretch.parts()) {
            sum += part.begun(pages, stretch.stride());
        }
        return sum;
    }

    private long newTables(long first, long end) {
        if (first >= end) {
            return 0;
        }
        long from = sharing.layout().tableOf(first);
        long to = sharing.layout().tableOf(end - 1) + 1;
        return to - from - frames(FrameKind.TABLE).liveBetween(from, to);
    }

    private Vmemmap with(Stretch stretch, long pages) {
        if (pages == 0) {
            return this;
        }
        List<EntryRun> added = new ArrayList<>();
        for (Stretch.Part part : stretch.parts()) {
            added.addAll(stretch.entries(part, pages, frames(part.kind()).allocated()));
        }
        if (stretch.ownTables()) {
            added.addAll(tables(stretch.firstPage(), stretch.firstPage() + pages));
        }
        Map<FrameKind, Frames> next = new EnumMap<>(frames);
        added.forEach(run ->
                next.computeIfPresent(run.kind(), (kind, all) -> all.take(run.firstFrame(), run.units(), refs(run))));
        AltmapFrames stored =
                altmap == null ? null : altmap.take(pages / stretch.stride(), stretch.blockPages(sharing.layout()));
        List<EntryRun> all = new ArrayList<>(entries);
        all.addAll(added);
        return new Vmemmap(sharing, stored, next, all);
    }

    /** The entries from {@code first} up to {@code end}, as what the table pages at their place hold. */
    private List<EntryRun> tables(long first, long end) {
        long size = sharing.layout().entriesPerTable();
        long table = sharing.layout().tableOf(first);
        EntryRun whole = new EntryRun(
                FrameKind.TABLE, table * size, size, sharing.layout().tableOf(end - 1) + 1 - table, 0, size, table);
        return whole.between(first, end);
    }

    /** The table page that was there already when there was no frame for its first entry: allocated, and freed again. */
    private Vmemmap stranded(Stretch stretch, long reach, long left) {
        long page = stretch.firstPage() + reach;
        Map<FrameKind, Frames> next = new EnumMap<>(frames);
        if (left > 0 && stretch.ownTables() && newTables(page, page + 1) > 0) {
            next.put(
                    FrameKind.TABLE,
                    frames(FrameKind.TABLE).passing(sharing.layout().tableOf(page)));
        }
        if (left > 0 && sharing.effective() == VmemmapDedup.PTE_PMD) {
            Frames tables = frames(FrameKind.HEAD_TABLE);
            next.put(FrameKind.HEAD_TABLE, tables.passing(tables.allocated()));
        }
        return new Vmemmap(sharing, altmap, next, entries);
    }

    // ---- removing

    private Vmemmap without(long first, long end) {
        Map<FrameKind, Frames> next = new EnumMap<>(frames);
        List<EntryRun> left = new ArrayList<>();
        long blockPages = 0;
        for (EntryRun run : entries) {
            for (EntryRun gone : run.between(first, end)) {
                Frames before = next.getOrDefault(run.kind(), Frames.none(run.kind()));
                Frames after = before.put(gone.firstFrame(), gone.units(), refs(gone));
                next.put(run.kind(), after);
                blockPages += run.kind().table() ? 0 : (after.freed() - before.freed()) * size(run.kind());
            }
            left.addAll(run.between(0, first));
            left.addAll(run.between(end, run.endPage()));
        }
        return new Vmemmap(sharing, altmap == null ? null : altmap.giveBack(blockPages), next, left);
    }

    private long refs(EntryRun run) {
        return run.refsPerFrame(sharing.layout().entriesPerTable());
    }

    /** Base pages that a frame of that kind is. */
    private long size(FrameKind kind) {
        return kind == FrameKind.HUGE ? sharing.layout().entriesPerTable() : 1;
    }

    // ---- looking

    /**
     * A frame.
     *
     * @param kind what it is for
     * @param number which of its kind
     */
    public record Frame(FrameKind kind, long number) {}

    /** The block that a vmemmap page leads to; none where there is no metadata. */
    public Optional<Frame> blockOf(long page) {
        Optional<Frame> own = find(page, false);
        return own.isPresent() ? own : throughSharedTable(page);
    }

    /** The table page that holds the entry of a vmemmap page; none where a PMD entry leads to the metadata itself. */
    public Optional<Frame> tableOf(long page) {
        return find(page, true);
    }

    private Optional<Frame> find(long page, boolean table) {
        for (EntryRun run : entries) {
            long frame = run.kind().table() == table ? run.frameOf(page) : -1;
            if (frame >= 0) {
                return Optional.of(new Frame(run.kind(), frame));
            }
        }
        return Optional.empty();
    }

    /** The entries of a shared table page are those of the section that it was made for, the second of its compound. */
    private Optional<Frame> throughSharedTable(long page) {
        long size = sharing.layout().entriesPerTable();
        for (EntryRun run : entries) {
            if (run.kind() == FrameKind.TAIL_TABLE && run.frameOf(page) >= 0) {
                long offset = Math.floorMod(page - run.firstPage(), run.stride());
                return find(page - offset + size + offset % size, false);
            }
        }
        return Optional.empty();
    }

    /** Vmemmap pages from {@code first} up to {@code end} that have an entry, or a PMD entry over them. */
    private long mapped(long first, long end) {
        boolean byTables = sharing.effective() == VmemmapDedup.PTE_PMD;
        long sum = 0;
        for (EntryRun run : entries) {
            if (run.kind().table() == byTables) {
                for (EntryRun part : run.between(first, end)) {
                    sum += part.units() * part.pagesPerFrame();
                }
            }
        }
        return sum;
    }

    /** Vmemmap pages that have an entry, or a PMD entry over them. */
    public long mappedPages() {
        return mapped(0, Long.MAX_VALUE / 2);
    }

    /**
     * I10: every frame has as many references as there are entries that lead to it, no frame is freed twice, and an altmap
     * has handed out what is in use. What is wrong, one line each; empty if all is well.
     */
    public List<String> check() {
        List<String> wrong = new ArrayList<>();
        for (FrameKind kind : FrameKind.values()) {
            Frames kept = frames(kind);
            Frames counted = Frames.none(kind);
            for (EntryRun run : entries) {
                counted = run.kind() == kind ? counted.take(run.firstFrame(), run.units(), refs(run)) : counted;
            }
            if (!counted.runs().equals(kept.runs())) {
                wrong.add(kind.label() + ": references are not what entries hold: kept=" + kept.runs() + " entries="
                        + counted.runs());
            }
            if (kept.allocated() - kept.freed() != kept.live()) {
                wrong.add(kind.label() + ": frames were lost: allocated=" + kept.allocated() + " freed=" + kept.freed()
                        + " in use=" + kept.live());
            }
        }
        long slots = frames(FrameKind.TABLE).refs();
        if (sharing.effective() != VmemmapDedup.PTE_PMD && slots != ptes()) {
            wrong.add("table: pages do not hold the entries there are: kept=" + slots + " entries=" + ptes());
        }
        if (altmap != null && altmap.alloc() != blockPages()) {
            wrong.add("altmap has handed out what is not in use: alloc=" + altmap.alloc() + " in use=" + blockPages());
        }
        return wrong;
    }

    private long ptes() {
        return frames(FrameKind.OWN).refs()
                + frames(FrameKind.HEAD).refs()
                + frames(FrameKind.TAIL).refs();
    }

    /** Base pages that hold records. */
    public long blockPages() {
        long sum = 0;
        for (Frames all : frames.values()) {
            sum += all.kind().table() ? 0 : all.live() * size(all.kind());
        }
        return sum;
    }

    /** Base pages that hold PTEs of this memmap. Tables above them serve whatever lies beside it too and are not counted. */
    public long tablePages() {
        long sum = 0;
        for (Frames all : frames.values()) {
            sum += all.kind().table() ? all.live() : 0;
        }
        return sum;
    }
}
