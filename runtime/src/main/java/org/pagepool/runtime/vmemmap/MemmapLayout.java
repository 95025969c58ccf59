package org.pagepool.runtime.vmemmap;

import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.PfnRange;

/**
 * The arithmetic of the memmap, the array of page records that lies contiguous in virtual memory: which of its pages
 * describes a pfn, and which table page maps that one. Pages of the memmap ("vmemmap pages") are base pages themselves and
 * are numbered like it: page 0 describes pfn 0.
 *
 * <p>With 4 KiB base pages a vmemmap page holds 64 records, a table page maps 512 vmemmap pages, and so one table page
 * describes exactly one section. With 16 and 64 KiB it describes 64 and 4096 of them.
 *
 * @param basePage size of a base page
 */
public record MemmapLayout(BasePage basePage) {
    /** Bytes of a page record. */
    public static final int RECORD_BYTES = 64;

    private static final int ENTRY_BYTES = 8;
    private static final long SUBSECTION_BYTES = 2L << 20;

    /** Records in one vmemmap page: 64 at 4 KiB. */
    public long recordsPerPage() {
        return basePage.bytes() / RECORD_BYTES;
    }

    /** Entries in one table page: 512 at 4 KiB. A PMD entry reaches as many vmemmap pages. */
    public long entriesPerTable() {
        return basePage.bytes() / ENTRY_BYTES;
    }

    /** Pfns that the vmemmap pages of one table page describe: 32768 at 4 KiB, which is one section. */
    public long pfnsPerTable() {
        return recordsPerPage() * entriesPerTable();
    }

    /** Whether the metadata of one section is just what one PMD entry reaches; true at 4 KiB only. */
    public boolean sectionFillsTable() {
        return basePage.sectionPages() == pfnsPerTable();
    }

    /** Pfns of a subsection, 2 MiB for every base page. */
    public long subsectionPfns() {
        return SUBSECTION_BYTES / basePage.bytes();
    }

    /**
     * Pfns in whose multiples memmaps are populated here: a subsection, or what one vmemmap page describes if that is more
     * (4 MiB at 16 KiB, 64 MiB at 64 KiB), so that no vmemmap page has two owners.
     */
    public long alignPfns() {
        return Math.max(subsectionPfns(), recordsPerPage());
    }

    /** Whether the records of {@code range} fill vmemmap pages of their own, so that its memmap can be populated. */
    public boolean wholePages(PfnRange range) {
        return range.first() % alignPfns() == 0 && range.pages() % alignPfns() == 0;
    }

    /** The vmemmap page that holds the record of {@code pfn}. */
    public long pageOf(long pfn) {
        return pfn / recordsPerPage();
    }

    /** Vmemmap pages that hold {@code pfns} records, the last one perhaps in part. */
    public long pagesFor(long pfns) {
        return (pfns + recordsPerPage() - 1) / recordsPerPage();
    }

    /** The table page that maps a vmemmap page, where every table page has a place of its own. */
    public long tableOf(long page) {
        return page / entriesPerTable();
    }
}
