package org.pagepool.runtime.pgmap;

/** A device cannot be mapped as it is described (B9). Nothing of it is mapped. */
public final class MapRefusedException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final MapRefusal reason;
    private final int rangesUndone;

    /** Says why, and how many ranges had been mapped by then and were unmapped again. */
    public MapRefusedException(MapRefusal reason, int rangesUndone, String text) {
        super(text);
        this.reason = reason;
        this.rangesUndone = rangesUndone;
    }

    /** Why. */
    public MapRefusal reason() {
        return reason;
    }

    /** Ranges that had been mapped before the one that could not be, and were unmapped again. */
    public int rangesUndone() {
        return rangesUndone;
    }
}
