package org.pagepool.demo.scenario;

import java.util.Locale;
import org.pagepool.runtime.page.BasePage;

/** Which page-table entries map a range, and so how much one entry maps. An entry may span many heads (B20). */
public enum EntryLevel {
    /** One base page. */
    PTE,
    /** 2 MiB at base pages of 4 KiB. */
    PMD,
    /** 1 GiB at base pages of 4 KiB. */
    PUD;

    /** Base pages one entry maps. */
    public long pages(BasePage basePage) {
        return switch (this) {
            case PTE -> 1;
            case PMD -> basePage.pmdPages();
            case PUD -> basePage.pudPages();
        };
    }

    /** As scenarios write it: {@code pmd}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
