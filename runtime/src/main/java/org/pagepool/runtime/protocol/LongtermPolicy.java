package org.pagepool.runtime.protocol;

/** Which memory FOLL_LONGTERM may pin (dispute D14, B29). */
public enum LongtermPolicy {
    /** The fast path stops at any device page; the slow path serves device-dax and refuses filesystem DAX. */
    DENY_DEVMAP_FAST,
    /** Decided by memory type on both paths: device-dax yes; filesystem DAX, coherent and peer-to-peer no. */
    BY_TYPE,
    /** By memory type, but on the fast path not for writing: a file behind the page may need to know, so the slow path decides (v6.17, B21). */
    BY_TYPE_FILES_SLOW
}
