package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;

/**
 * What the page metadata of a device costs (section 3.1 of the digest). {@link #of} computes it, {@link #measured} counts it
 * in a populated {@link Vmemmap}; they are the same.
 *
 * <p>Which table pages count: those that hold PTEs of this memmap. The tables above them, one page for every 64 GiB of
 * device at 4 KiB, are there whatever is shared, serve neighbours too, and are left out, as in the mails.
 *
 * @param sharing what is shared, and why not more
 * @param heads heads of the device, without what an altmap takes
 * @param structPages pages that have a record: every pfn of the device, those of an altmap too
 * @param vmemmapPages page frames that hold records
 * @param pageTablePages page frames that hold the PTEs which lead there
 * @param structPagesInitialised records that are written when the device is mapped (B49)
 * @param pgmapRefs pgmap references that mapping takes at once, besides the initial one (B8, section 3.2)
 * @param inDevice whether the records lie in the device rather than in system memory; table pages never do
 * @param sharedBlocks frames that several entries lead to
 */
public record VmemmapFigures(
        Sharing sharing,
        long heads,
        long structPages,
        long vmemmapPages,
        long pageTablePages,
        long structPagesInitialised,
        long pgmapRefs,
        boolean inDevice,
        List<SharedBlock> sharedBlocks) {

    private static final double PERCENT = 100;

    /** Copies the list. */
    public VmemmapFigures {
        sharedBlocks = List.copyOf(sharedBlocks);
    }

    /** In closed form. */
    public static VmemmapFigures of(PgmapSpec spec) {
        Sharing sharing = Sharing.of(spec);
        long pfns = spec.ranges().stream().mapToLong(PfnRange::pages).sum();
        long blocks = sharing.shares()
                ? spec.heads() * Sharing.BLOCKS_PER_COMPOUND
                : sharing.layout().pageOf(pfns);
        List<SharedBlock> shared = sharedBlocks(sharing, spec.heads());
        return of(spec, sharing, pfns, blocks, tablePages(spec, sharing), shared);
    }

    /** As counted in the populated memmap of that device. */
    public static VmemmapFigures measured(PgmapSpec spec, Vmemmap memmap) {
        List<SharedBlock> shared = new ArrayList<>();
        for (FrameKind kind : FrameKind.values()) {
            for (FrameRun run : kind.shared() ? memmap.frames(kind).runs() : List.<FrameRun>of()) {
                shared.add(new SharedBlock(kind, run.refs(), run.count()));
            }
        }
        long records = memmap.mappedPages() * memmap.sharing().layout().recordsPerPage();
        return of(spec, memmap.sharing(), records, memmap.blockPages(), memmap.tablePages(), shared);
    }

    private static VmemmapFigures of(
            PgmapSpec spec, Sharing sharing, long records, long blocks, long tables, List<SharedBlock> shared) {
        return new VmemmapFigures(
                sharing,
                spec.heads(),
                records,
                blocks,
                tables,
                spec.heads() * RecordInit.perHead(sharing),
                spec.mapRefs(),
                spec.altmap() != null,
                shared);
    }

    /** Bytes of the page frames that hold records. */
    public long vmemmapBytes() {
        return vmemmapPages * pageBytes();
    }

    /** Bytes of the page frames that hold PTEs. */
    public long pageTableBytes() {
        return pageTablePages * pageBytes();
    }

    /** Both. */
    public long totalBytes() {
        return vmemmapBytes() + pageTableBytes();
    }

    /** What of it is system memory. */
    public long systemBytes() {
        return inDevice ? pageTableBytes() : totalBytes();
    }

    /** Bytes of the device. */
    public long deviceBytes() {
        return structPages * pageBytes();
    }

    /** The records in percent of the device: 1.5625 for base pages of 4 KiB. */
    public double percent() {
        return PERCENT * vmemmapBytes() / deviceBytes();
    }

    /** Records and table pages in percent of the device. */
    public double totalPercent() {
        return PERCENT * totalBytes() / deviceBytes();
    }

    private long pageBytes() {
        return sharing.layout().basePage().bytes();
    }

    private static long tablePages(PgmapSpec spec, Sharing sharing) {
        if (sharing.effective() == VmemmapDedup.PTE_PMD) {
            return spec.heads() * Sharing.BLOCKS_PER_COMPOUND;
        }
        boolean huge = !sharing.shares() && sharing.layout().sectionFillsTable();
        long size = sharing.layout().pfnsPerTable();
        long sum = 0;
        long last = -1;
        for (PfnRange range : spec.ranges()) {
            long from = range.first() / size;
            long to = (range.end() - 1) / size;
            long withoutTable = huge ? wholeTables(range, size) : 0;
            sum += to - from + 1 - withoutTable - (from == last ? 1 : 0);
            last = to;
        }
        return sum;
    }

    private static long wholeTables(PfnRange range, long size) {
        return Math.max(0, range.end() / size - (range.first() + size - 1) / size);
    }

    private static List<SharedBlock> sharedBlocks(Sharing sharing, long heads) {
        long perTable = sharing.layout().entriesPerTable();
        return switch (sharing.effective()) {
            case NONE -> List.of();
            case PTE -> List.of(new SharedBlock(FrameKind.TAIL, sharing.pagesPerHead() - 1, heads));
            case PTE_PMD ->
                List.of(
                        new SharedBlock(FrameKind.TAIL, 2 * perTable - 1, heads),
                        new SharedBlock(FrameKind.TAIL_TABLE, sharing.pagesPerHead() / perTable - 1, heads));
        };
    }
}
