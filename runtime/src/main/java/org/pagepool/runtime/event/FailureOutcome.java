package org.pagepool.runtime.event;

/** What came of a poisoned page (B39), with what the kernel's function would have returned. */
public enum FailureOutcome {
    /** The page is marked, its entries are gone, and whoever had one was told. */
    RECOVERED("0"),
    /** The driver dealt with it. */
    DRIVER_HANDLED("0"),
    /** The driver tried and could not; nobody else is asked. */
    DRIVER_FAILED("EIO"),
    /** No live pgmap has the page. */
    NO_DEVICE("ENXIO"),
    /** Page records lie there, kept on the device itself: no page that anybody could use (B51). */
    ALTMAP("ENXIO"),
    /** Driver memory, of which only its driver knows who uses it. */
    DRIVER_MEMORY("ENXIO"),
    /** No file has the page, or several share it: nothing says who uses it. Not marked, to be tried again (R20, B36). */
    BUSY("EBUSY");

    private final String errno;

    FailureOutcome(String errno) {
        this.errno = errno;
    }

    /** The kernel's name of the error, or 0. */
    public String errno() {
        return errno;
    }

    /** Whether those who use the page know by now. */
    public boolean dealtWith() {
        return this == RECOVERED || this == DRIVER_HANDLED;
    }
}
