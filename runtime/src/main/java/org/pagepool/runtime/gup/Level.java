package org.pagepool.runtime.gup;

import java.util.Locale;
import org.pagepool.runtime.page.BasePage;

/** The level of the page table an entry lives at; decides how many pages one entry maps and what a failed walk drops. */
public enum Level {
    /** One base page. A walk that fails here keeps every page before it (B17). */
    PTE,
    /** 512 base pages of 4 KiB. A walk that fails inside drops what it took of the entry (B24). */
    PMD,
    /** 262144 base pages of 4 KiB. A walk that fails inside drops what it took of the entry (B24). */
    PUD;

    /** Base pages that one entry of this level maps; always a power of two. */
    public long pages(BasePage basePage) {
        return switch (this) {
            case PTE -> 1;
            case PMD -> basePage.pmdPages();
            case PUD -> basePage.pudPages();
        };
    }

    /**
     * Base pages a fast walk goes over in one go: a huge entry, or the table page that a PTE is in. Where a pgmap reference
     * cannot be had, all of them are given up (B17, B24), and a reference that is kept for the next page is kept no longer
     * (B6).
     */
    public long runPages(BasePage basePage) {
        return this == PTE ? tablePages(basePage) : pages(basePage);
    }

    /** Base pages that one table page of this level maps with all of its entries: what one lock protects (B28). */
    public long tablePages(BasePage basePage) {
        return pages(basePage) * basePage.pmdPages();
    }

    /** True when an entry maps more than one page. */
    public boolean huge() {
        return this != PTE;
    }

    /** As scenarios write it: {@code pmd}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
