package org.pagepool.runtime.protocol;

/** Which memory FOLL_LONGTERM may pin (dispute D14, B29). */
public enum LongtermPolicy {
    /** The fast path stops at any device page; the slow path serves device-dax and refuses filesystem DAX. */
    DENY_DEVMAP_FAST,
    /** Decided by memory type on both paths: device-dax yes; filesystem DAX, coherent and peer-to-peer no. */
    BY_TYPE
}
