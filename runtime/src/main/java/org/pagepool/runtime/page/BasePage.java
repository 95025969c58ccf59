package org.pagepool.runtime.page;

import java.util.Locale;

/**
 * The size of a base page, the unit a pfn counts: 4, 16 or 64 KiB.
 *
 * <p>A page-table page holds 8-byte entries and is itself one base page, so the reach of a PMD or PUD entry follows
 * from the base page: 2 MiB and 1 GiB at 4 KiB, 32 MiB and 64 GiB at 16 KiB, 512 MiB and 4 TiB at 64 KiB.
 */
public enum BasePage {
    /** 4 KiB, x86-64 and most arm64. */
    KIB_4(12),
    /** 16 KiB, arm64. */
    KIB_16(14),
    /** 64 KiB, arm64 and ppc64. */
    KIB_64(16);

    /** log2 of the bytes of a section, 128 MiB for every base page. */
    public static final int SECTION_SHIFT = 27;

    private final int shift;

    BasePage(int shift) {
        this.shift = shift;
    }

    /** log2 of the bytes of a base page. */
    public int shift() {
        return shift;
    }

    /** Bytes of a base page. */
    public long bytes() {
        return 1L << shift;
    }

    /** Base pages a PMD entry maps. */
    public long pmdPages() {
        return 1L << (shift - 3);
    }

    /** Base pages a PUD entry maps. */
    public long pudPages() {
        return pmdPages() * pmdPages();
    }

    /** log2 of the base pages of a section. */
    public int sectionOrder() {
        return SECTION_SHIFT - shift;
    }

    /** Base pages of a section: 32768 at 4 KiB. */
    public long sectionPages() {
        return 1L << sectionOrder();
    }

    /** The number of the section that holds {@code pfn}. */
    public int sectionOf(long pfn) {
        return Math.toIntExact(pfn >>> sectionOrder());
    }

    /** First pfn of a section. */
    public long sectionFirstPfn(int section) {
        return (long) section << sectionOrder();
    }

    /** The name users write and read: {@code 4KiB}, {@code 16KiB}, {@code 64KiB}. */
    public String label() {
        return (bytes() >> 10) + "KiB";
    }

    /**
     * The base page of that many bytes.
     *
     * @throws IllegalArgumentException if no architecture has such a page; the text names the three that exist
     */
    public static BasePage ofBytes(long bytes) {
        for (BasePage page : values()) {
            if (page.bytes() == bytes) {
                return page;
            }
        }
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "no such base page: bytes=%d, want 4KiB, 16KiB or 64KiB", bytes));
    }
}
