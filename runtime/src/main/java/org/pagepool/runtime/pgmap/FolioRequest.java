package org.pagepool.runtime.pgmap;

import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Run;

/**
 * A request for a folio by its place in a pgmap (B37, seed 003): whoever asks needs no pfn and looks at no page. This is
 * what can be said before anything is counted; whether the pgmap is alive and the page free, its section finds out.
 *
 * @param head the head it means, as a run of one reference; null if it is refused
 * @param refusal {@link Refusal#OUT_OF_RANGE} where the device has no such offset, {@link Refusal#WRONG_ORDER} where its
 *     folios have another size or begin elsewhere, or null
 */
public record FolioRequest(@Nullable Run head, @Nullable Refusal refusal) {
    /**
     * The folio of {@code 2^order} base pages at {@code offset} base pages into {@code pgmap}, counted across its ranges.
     * All folios of a pgmap have the order of its geometry.
     */
    public static FolioRequest at(PgmapSpec pgmap, long offset, int order) {
        if (offset < 0 || offset >= pgmap.pages()) {
            return new FolioRequest(null, Refusal.OUT_OF_RANGE);
        }
        long pfn = pgmap.pfnAt(offset);
        if (order != pgmap.geometry().order() || !pgmap.geometry().isHead(pfn)) {
            return new FolioRequest(null, Refusal.WRONG_ORDER);
        }
        return pgmap.owns(pfn)
                ? new FolioRequest(new Run(pfn, 1, 1), null)
                : new FolioRequest(null, Refusal.OUT_OF_RANGE);
    }
}
