package org.pagepool.runtime.gup;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * What a walk hands to its caller: the token for the references it holds, one for each page on its head. A release names
 * it, so that it can be given back once, by its holder and in its own kind (I7, R30). It says what was granted, not
 * whether that is still held: the sections know that.
 *
 * @param holder who holds the references
 * @param id the walk's number, unique for its holder
 * @param kind {@link GrabKind#GET} or {@link GrabKind#PIN}; what it was taken as is what it must be given back as
 * @param vpn first virtual page
 * @param pages base pages, 0 or more
 * @param pieces where the references were granted, in page order, without gaps
 */
public record Pin(String holder, long id, GrabKind kind, long vpn, long pages, List<Piece> pieces) {
    /** Refuses tokens whose pieces are not exactly their pages. */
    public Pin {
        pieces = List.copyOf(pieces);
        long at = 0;
        for (int i = 0; i < pieces.size(); i++) {
            if (pieces.get(i).index != at) {
                throw new IllegalArgumentException("pin has a gap: holder=" + holder + " id=" + id + " index=" + at
                        + " piece=" + pieces.get(i).index);
            }
            at += pieces.get(i).pages;
        }
        if (at != pages) {
            throw new IllegalArgumentException("pin has pages without pieces: holder=" + holder + " id=" + id
                    + " pages=" + pages + " inPieces=" + at);
        }
    }

    /**
     * The pages of a pin that one section granted in one answer.
     *
     * @param pgmap owns the pages
     * @param section hosts their heads
     * @param sequence the request the section granted; names the references there
     * @param epoch the owner of the section that granted it
     * @param index offset of its first page in the pin, in base pages
     * @param firstPfn pfn of its first page
     * @param pages base pages, at least one
     */
    public record Piece(
            PgmapSpec pgmap, int section, long sequence, long epoch, long index, long firstPfn, long pages) {
        /** Refuses pieces without pages. */
        public Piece {
            if (index < 0 || firstPfn < 0 || pages <= 0) {
                throw new IllegalArgumentException("no such piece: index=" + index + " firstPfn=0x"
                        + Long.toHexString(firstPfn) + " pages=" + pages);
            }
        }

        /** The piece for the first {@code pages} pages of {@code batch}, as granted by that request and owner. */
        public static Piece of(WalkPlan.Batch batch, long pages, long sequence, long epoch) {
            if (pages > batch.pages()) {
                throw new IllegalArgumentException(
                        "piece larger than its batch: pages=" + pages + " batchPages=" + batch.pages());
            }
            return new Piece(batch.pgmap(), batch.section(), sequence, epoch, batch.index(), batch.firstPfn(), pages);
        }

        /** Its references, by head: on each head as many as it has pages here (B27). */
        public List<Run> runs() {
            return Runs.ofPages(firstPfn, pages, pgmap.geometry());
        }

        /** The same, {@code before} pages further back in its pin. */
        public Piece behind(long before) {
            return before == 0 ? this : new Piece(pgmap, section, sequence, epoch, index + before, firstPfn, pages);
        }

        private Piece part(long from, long to) {
            return from == index && to == index + pages
                    ? this
                    : new Piece(pgmap, section, sequence, epoch, from, firstPfn + (from - index), to - from);
        }
    }

    /**
     * The pieces that cover part of it, cut to size; their runs are what to give back for those pages (B27). Nothing is
     * compared page by page: within a piece, pfns are contiguous.
     *
     * @param index offset of the first page, in base pages
     * @param pages base pages, at least one
     * @throws IllegalArgumentException if not all of them are pages of this pin
     */
    public List<Piece> range(long index, long pages) {
        if (index < 0 || pages <= 0 || pages > this.pages - index) {
            throw new IllegalArgumentException(
                    "range outside the pin: index=" + index + " pages=" + pages + " pinPages=" + this.pages);
        }
        if (pages == this.pages) {
            return pieces;
        }
        long end = index + pages;
        List<Piece> out = new ArrayList<>();
        for (int i = pieceAt(index); i < pieces.size() && pieces.get(i).index < end; i++) {
            Piece piece = pieces.get(i);
            out.add(piece.part(Math.max(index, piece.index), Math.min(end, piece.index + piece.pages)));
        }
        return List.copyOf(out);
    }

    private int pieceAt(long index) {
        int lo = 0;
        int hi = pieces.size() - 1;
        while (lo < hi) {
            int mid = (lo + hi + 1) >>> 1;
            if (pieces.get(mid).index <= index) {
                lo = mid;
            } else {
                hi = mid - 1;
            }
        }
        return lo;
    }

    /**
     * The pfn of every page, in page order: the array that the kernel fills. Eight bytes per page, so only for callers that
     * ask; everything else works on {@link #pieces}.
     *
     * @throws IllegalStateException if the pin has more pages than an array has room for
     */
    public long[] pfns() {
        if (pages > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException("pin is too large for an array of pfns: pages=" + pages);
        }
        long[] out = new long[(int) pages];
        int at = 0;
        for (Piece piece : pieces) {
            for (long pfn = piece.firstPfn; pfn < piece.firstPfn + piece.pages; pfn++) {
                out[at++] = pfn;
            }
        }
        return out;
    }
}
