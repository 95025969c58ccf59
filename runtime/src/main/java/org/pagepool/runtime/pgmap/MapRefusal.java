package org.pagepool.runtime.pgmap;

/** Why a device was not mapped (B9), with the number a driver would get. */
public enum MapRefusal {
    /** Its description is wrong: no ranges, a missing operation, an altmap over several ranges, a range off its unit. */
    INVALID("EINVAL"),
    /** Its pfns or its name belong to another device. */
    CONFLICT("ENOMEM"),
    /** There is no room for its page records. */
    NO_MEMORY("ENOMEM"),
    /** Its pfns are RAM. */
    RAM("ENXIO");

    private final String errno;

    MapRefusal(String errno) {
        this.errno = errno;
    }

    /** The kernel's name of the error. */
    public String errno() {
        return errno;
    }
}
