package org.pagepool.runtime.page;

import java.util.Locale;

/** What kind of device memory a pgmap describes; most rules of a page's life depend on it (section 2.1 of the digest). */
public enum MemoryType {
    /** The CPU cannot address it; only ever present as a special entry, so nothing can be pinned there. */
    PRIVATE,
    /** CPU-addressable device memory that must stay evictable; long-term pins are refused. */
    COHERENT,
    /** File blocks as pages. Idle, not free, when the last user leaves. */
    FS_DAX,
    /** A device-dax character device. Has no notion of allocated and free. */
    GENERIC,
    /** A PCI BAR; pinned only by callers that say they can do peer-to-peer DMA. */
    PCI_P2PDMA;

    /** The name as scenarios and reports write it, lower case with dashes: {@code fs-dax}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
