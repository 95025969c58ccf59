package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.pagepool.runtime.page.Geometry;
import org.pcollections.TreePMap;

/**
 * The records of a few compounds, in storage that may be shared (B14, B16, B50). A record is read and written by its index;
 * where it is stored is another matter: with shared tails all vmemmap pages of a compound but the first are one block, so a
 * write to one tail is a write to many. Immutable.
 */
public final class StructPages {
    /** Which of a compound's vmemmap pages is stored once for all that follow it. */
    public enum SharedPage {
        /** None: every record has storage of its own. */
        NONE,
        /** The second, as device-dax shares it: head and first tails have storage of their own (B45). */
        SECOND,
        /** The first, as HugeTLB shares it: a tail that begins a page reads like its head (B16). */
        FIRST
    }

    /** What came of a write. */
    public sealed interface Write {
        /** It was written. */
        record Written(StructPages records) implements Write {}

        /**
         * The record's storage is shared and mapped read-only (D13).
         *
         * @param index the record
         * @param others records that would have changed with it
         */
        record ReadOnly(long index, long others) implements Write {}
    }

    private final MemmapLayout layout;
    private final Geometry geometry;
    private final SharedPage shared;
    private final boolean tailsWritable;
    private final TreePMap<Long, StructPage> stored;

    private StructPages(
            MemmapLayout layout,
            Geometry geometry,
            SharedPage shared,
            boolean tailsWritable,
            TreePMap<Long, StructPage> stored) {
        this.layout = layout;
        this.geometry = geometry;
        this.shared = shared;
        this.tailsWritable = tailsWritable;
        this.stored = stored;
    }

    /**
     * Blank records; index 0 is a head. {@code tailsWritable}: whether storage that several records share can be written to
     * once it is set up (D13).
     */
    public static StructPages blank(MemmapLayout layout, Geometry geometry, SharedPage shared, boolean tailsWritable) {
        return new StructPages(layout, geometry, shared, tailsWritable, TreePMap.empty());
    }

    /** Blank records of a device whose metadata is shared as {@code sharing} says. */
    public static StructPages blank(Sharing sharing, boolean tailsWritable) {
        SharedPage page = sharing.shares() ? SharedPage.SECOND : SharedPage.NONE;
        return blank(sharing.layout(), sharing.geometry(), page, tailsWritable);
    }

    /** The record at {@code index}. */
    public StructPage at(long index) {
        return stored.getOrDefault(slot(index), StructPage.BLANK);
    }

    /** Writes the records of a compound as they are set up, before anything is read-only. */
    public StructPages with(CompoundInit init) {
        StructPages at = this;
        for (CompoundInit.Step step : init.steps()) {
            at = at.with(step);
        }
        return at;
    }

    /** One step of that. */
    public StructPages with(CompoundInit.Step step) {
        if (step instanceof CompoundInit.Step.Initialise init) {
            return set(init.index(), StructPage.initialised(init.pgmap()));
        }
        if (step instanceof CompoundInit.Step.MarkHead mark) {
            return set(mark.index(), at(mark.index()).asHead());
        }
        if (step instanceof CompoundInit.Step.MakeTail tail) {
            return set(tail.index(), at(tail.index()).asTailOf(address(tail.head())));
        }
        CompoundInit.Step.PrepareHead prepare = (CompoundInit.Step.PrepareHead) step;
        long second = prepare.head() + prepare.keeps().lastTail();
        StructPages ordered = set(prepare.head() + 1, at(prepare.head() + 1).withOrder(prepare.order()));
        return ordered.set(second, ordered.at(second).withPincount(0));
    }

    /**
     * Changes one record after set-up, and with it all that share its storage (B50, R31), unless that is read-only.
     */
    public Write write(long index, UnaryOperator<StructPage> change) {
        long others = sameStorage(index).size() - 1L;
        if (others > 0 && !tailsWritable) {
            return new Write.ReadOnly(index, others);
        }
        return new Write.Written(set(index, change.apply(at(index))));
    }

    /** A head's order and so its size: what its first tail says; 0 of a page that is no head. */
    public int order(long head) {
        return at(head).head() ? at(head + 1).order() : 0;
    }

    // ---- resolving

    /** The head of a page by its record alone: where an odd link leads, else the page itself (B16). */
    public long headOf(long index) {
        StructPage record = at(index);
        return record.tail() ? indexOf(record.link() - 1) : index;
    }

    /**
     * The same where the first page is shared: a record that is marked as a head and begins a vmemmap page may be a false
     * one. The record behind it tells, being that of a true tail.
     */
    public long headOfChecked(long index) {
        boolean maybeFalse = at(index).head() && index % layout.recordsPerPage() == 0;
        StructPage behind = at(index + 1);
        return maybeFalse && behind.tail() ? indexOf(behind.link() - 1) : headOf(index);
    }

    private static long address(long index) {
        return index * MemmapLayout.RECORD_BYTES;
    }

    private static long indexOf(long address) {
        return address / MemmapLayout.RECORD_BYTES;
    }

    // ---- storage

    /** Which records have the same storage as this one, itself included, ascending. */
    public List<Long> sameStorage(long index) {
        long end = index - index % geometry.pages() + geometry.pages();
        List<Long> same = new ArrayList<>();
        for (long other = slot(index); other < end; other += layout.recordsPerPage()) {
            if (slot(other) == slot(index)) {
                same.add(other);
            }
        }
        return same;
    }

    /** Where a record is stored, as the index of the first record that is stored there. */
    public long slot(long index) {
        long inCompound = index % geometry.pages();
        long perPage = layout.recordsPerPage();
        long firstShared = shared == SharedPage.SECOND ? perPage : 0;
        if (shared == SharedPage.NONE || inCompound < firstShared + perPage) {
            return index;
        }
        return index - inCompound + firstShared + inCompound % perPage;
    }

    private StructPages set(long index, StructPage record) {
        return new StructPages(layout, geometry, shared, tailsWritable, stored.plus(slot(index), record));
    }
}
