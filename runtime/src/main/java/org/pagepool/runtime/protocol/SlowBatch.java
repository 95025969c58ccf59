package org.pagepool.runtime.protocol;

/** How much the slow path takes with one grab (dispute D16, B28). */
public enum SlowBatch {
    /** One base page at a time, huge entries too. */
    PER_PAGE(GupBatch.PER_PAGE),
    /** What is left of a huge entry at once; base entries one by one. */
    PER_ENTRY(GupBatch.PER_HEAD_LOOP),
    /** All pages of one folio that neighbouring entries map, base entries too. */
    PER_FOLIO(GupBatch.PER_RANGE);

    private final GupBatch grab;

    SlowBatch(GupBatch grab) {
        this.grab = grab;
    }

    /** The size of a grab that comes to; an entry over several heads takes one for each, on either path. */
    public GupBatch grab() {
        return grab;
    }
}
