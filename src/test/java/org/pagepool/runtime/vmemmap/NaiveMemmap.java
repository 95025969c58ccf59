package org.pagepool.runtime.vmemmap;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.protocol.VmemmapDedup;

/**
 * A memmap as one would draw it: an object for every block and table page and one place for every entry, populated page by
 * page and section by section. It looks for what to reuse where the rule says it lies, one page below. Slow, and simple
 * enough to be believed; the model that knows only runs must agree with it.
 */
final class NaiveMemmap {
    /** Page frames of records. */
    static final class Block {
        long refs;
    }

    /** A page of PTEs. */
    static final class Table {
        final Block @Nullable [] ptes;
        long pmds;

        Table(long entries) {
            ptes = new Block[Math.toIntExact(entries)];
        }

        long present() {
            return Arrays.stream(ptes).filter(Objects::nonNull).count();
        }
    }

    /** Nothing left to allocate. */
    static final class OutOfFrames extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final MemmapLayout layout;
    private final long geometry;
    private final VmemmapDedup dedup;
    private final Map<Long, Object> pmds = new TreeMap<>();
    private long left;
    long allocated;
    long freed;

    NaiveMemmap(MemmapLayout layout, Geometry geometry, VmemmapDedup effective) {
        this.layout = layout;
        this.geometry = geometry.pages();
        this.dedup = effective;
    }

    /** False if there were not enough frames; nothing is left of the range then. */
    boolean populate(PfnRange range, long allocationsMax) {
        left = allocationsMax;
        long section = layout.basePage().sectionPages();
        try {
            for (long pfn = range.first(); pfn < range.end(); pfn = (pfn / section + 1) * section) {
                populateSection(range, pfn, Math.min(range.end(), (pfn / section + 1) * section));
            }
            return true;
        } catch (OutOfFrames none) {
            depopulate(range);
            return false;
        }
    }

    private void populateSection(PfnRange range, long pfn, long endPfn) {
        long first = layout.pageOf(pfn);
        long end = layout.pageOf(endPfn);
        if (dedup == VmemmapDedup.NONE) {
            populateWhole(first, end);
            return;
        }
        long offset = pfn - range.first();
        if (offset % geometry != 0 && geometry > layout.subsectionPfns()) {
            reuseSection(first, end, offset % geometry);
            return;
        }
        long size = Math.min(end - first, layout.pagesFor(geometry));
        for (long page = first; page < end; page += size) {
            map(page, null);
            Block tail = map(page + 1, null);
            for (long more = page + 2; more < page + size; more++) {
                map(more, tail);
            }
        }
    }

    private void populateWhole(long first, long end) {
        if (end - first == layout.entriesPerTable()) {
            Block huge = allocate();
            huge.refs = 1;
            pmds.put(layout.tableOf(first), huge);
            return;
        }
        for (long page = first; page < end; page++) {
            map(page, null);
        }
    }

    private void reuseSection(long first, long end, long inCompound) {
        Table before = (Table) pmds.get(layout.tableOf(first - 1));
        if (dedup == VmemmapDedup.PTE_PMD && inCompound > layout.basePage().sectionPages()) {
            for (long page = first; page < end; page += layout.entriesPerTable()) {
                pmds.put(layout.tableOf(page), before);
                before.pmds++;
            }
            return;
        }
        Block tail = before.ptes[index(first - 1)];
        for (long page = first; page < end; page++) {
            map(page, tail);
        }
    }

    private Block map(long page, @Nullable Block reuse) {
        Table table = (Table) pmds.get(layout.tableOf(page));
        if (table == null) {
            count();
            table = new Table(layout.entriesPerTable());
            table.pmds = 1;
            pmds.put(layout.tableOf(page), table);
        }
        Block block = reuse == null ? allocate() : reuse;
        block.refs++;
        table.ptes[index(page)] = block;
        return block;
    }

    private Block allocate() {
        count();
        return new Block();
    }

    private void count() {
        if (left == 0) {
            throw new OutOfFrames();
        }
        left--;
        allocated++;
    }

    /** Removes what is there of a range. */
    void depopulate(PfnRange range) {
        long end = layout.pageOf(range.end());
        for (long page = layout.pageOf(range.first()); page < end; ) {
            long tableEnd = Math.min(end, (layout.tableOf(page) + 1) * layout.entriesPerTable());
            remove(layout.tableOf(page), page, tableEnd);
            page = tableEnd;
        }
    }

    private void remove(long pmd, long first, long end) {
        Object entry = pmds.get(pmd);
        if (entry instanceof Block huge) {
            put(huge);
            pmds.remove(pmd);
        } else if (entry instanceof Table table) {
            for (long page = first; page < end; page++) {
                Block block = table.ptes[index(page)];
                if (block != null) {
                    put(block);
                    table.ptes[index(page)] = null;
                }
            }
            if (table.present() == 0) {
                pmds.remove(pmd);
                table.pmds--;
                freed += table.pmds == 0 ? 1 : 0;
            }
        }
    }

    private void put(Block block) {
        block.refs--;
        freed += block.refs == 0 ? 1 : 0;
    }

    /** What a page leads to, or null. */
    @Nullable
    Block blockOf(long page) {
        Object entry = pmds.get(layout.tableOf(page));
        return entry instanceof Table table ? table.ptes[index(page)] : (Block) entry;
    }

    /** The table page that has the entry of a page, or null. */
    @Nullable
    Table tableOf(long page) {
        return pmds.get(layout.tableOf(page)) instanceof Table table ? table : null;
    }

    private int index(long page) {
        return Math.toIntExact(page % layout.entriesPerTable());
    }
}
