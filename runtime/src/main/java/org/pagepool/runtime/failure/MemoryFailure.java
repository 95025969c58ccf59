package org.pagepool.runtime.failure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.record.PageRecord;

/**
 * The decisions about a poisoned page, in the order in which they come (B39). Functions of values only.
 *
 * <pre>
 *   {@link #refuses}     does anybody use the page at all?
 *   the driver           is asked first, and what it says is final unless it does not want to
 *   {@link #driverOnly}  could anybody but the driver know who uses it?
 *   {@link #untied}      does the record say who uses it? That of the head, never of a tail (R18)
 *   mark the head
 *   {@link #index}       where in its file the poisoned base page lies, and so where in each process
 *   {@link #unmap}       which part of the file is unmapped: the largest entry anybody has, by its length (R21)
 * </pre>
 */
public final class MemoryFailure {
    private MemoryFailure() {}

    /**
     * Part of a file.
     *
     * @param first offset of its first page, in base pages
     * @param pages base pages
     */
    public record FilePart(long first, long pages) {}

    /** Why nothing is to be done about {@code pfn}, which {@code pgmap} covers, or null. */
    public static @Nullable FailureOutcome refuses(PgmapSpec pgmap, long pfn) {
        return pgmap.owns(pfn) ? null : FailureOutcome.ALTMAP;
    }

    /**
     * Why its pages cannot be dealt with without their driver, or null: driver memory never can, which the eras in which it
     * idles at one report as busy.
     */
    public static @Nullable FailureOutcome driverOnly(PgmapSpec pgmap) {
        if (pgmap.type() != MemoryType.PRIVATE && pgmap.type() != MemoryType.COHERENT) {
            return null;
        }
        return pgmap.protocol().managed(pgmap.type()) ? FailureOutcome.BUSY : FailureOutcome.DRIVER_MEMORY;
    }

    /** Why it cannot be found out who uses a page, by the record of its head, or null: one file must have it. */
    public static @Nullable FailureOutcome untied(PageRecord head) {
        return head.mapping() == null ? FailureOutcome.BUSY : null;
    }

    /** Where in its file the base page {@code pfn} lies, by what its head says of itself. */
    public static long index(PgmapSpec pgmap, long pfn, PageRecord head) {
        return head.index() + (pfn - pgmap.geometry().headOf(pfn));
    }

    /**
     * What is to be unmapped, or null if nobody maps it: the stretch of the largest entry that maps the page.
     *
     * @param index where in its file the poisoned page lies
     * @param told whoever maps it
     */
    public static @Nullable FilePart unmap(long index, List<Sigbus> told, BasePage basePage) {
        int largest = told.stream().mapToInt(Sigbus::lsb).max().orElse(-1);
        if (largest < 0) {
            return null;
        }
        long pages = 1L << (largest - basePage.shift());
        return new FilePart(index & -pages, pages);
    }
}
