package org.pagepool.runtime.pgmap;

/**
 * Storage for a device's page metadata, carved out of the start of the device itself (B51): the first {@code reserve} pages
 * are somebody else's (a label, a superblock), the {@code free} pages behind them hold metadata. Both are no pages of the
 * pgmap: its first usable pfn lies behind them (B8, {@code pfn_first}).
 *
 * @param reserve base pages at the start of the device that are left alone, zero or more
 * @param free base pages behind those that may hold metadata, at least one
 */
public record Altmap(long reserve, long free) {
    /** Refuses an altmap that can hold nothing. */
    public Altmap {
        if (reserve < 0 || free <= 0 || reserve + free < 0) {
            throw new IllegalArgumentException("no such altmap: reserve=" + reserve + " free=" + free);
        }
    }

    /** Base pages of the device that are not usable. */
    public long pages() {
        return reserve + free;
    }
}
