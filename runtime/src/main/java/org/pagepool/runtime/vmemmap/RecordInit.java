package org.pagepool.runtime.vmemmap;

/** How many page records are written when a device is mapped (B49, R24). */
public final class RecordInit {
    private RecordInit() {}

    /** Records per head: all, or where tails are shared those of the head block and the tail block. */
    public static long perHead(Sharing sharing) {
        long all = sharing.geometry().pages();
        return sharing.shares() ? Math.min(all, inBlocks(sharing.layout())) : all;
    }

    /**
     * Records per compound as first posted and merged: those of two blocks wherever metadata is in system memory, whatever
     * the size of the compound. More than {@link #perHead} means that records behind it are written over (R24).
     */
    public static long unchecked(MemmapLayout layout) {
        return inBlocks(layout);
    }

    /** Records written over behind a compound where nobody looks at its size (R24); zero if it is large enough. */
    public static long overrun(Sharing sharing) {
        return Math.max(0, unchecked(sharing.layout()) - sharing.geometry().pages());
    }

    /**
     * Records written in the section that begins {@code offset} pfns behind the start of its range: of every compound that
     * begins in it. A compound over several sections has all of them in its first.
     */
    public static long inSection(Sharing sharing, long offset) {
        long section = sharing.layout().basePage().sectionPages();
        long geometry = sharing.geometry().pages();
        if (!sharing.shares()) {
            return section;
        }
        if (geometry <= section) {
            return section / geometry * perHead(sharing);
        }
        return offset % geometry == 0 ? perHead(sharing) : 0;
    }

    private static long inBlocks(MemmapLayout layout) {
        return Sharing.BLOCKS_PER_COMPOUND * layout.recordsPerPage();
    }
}
