package org.pagepool.runtime.driver;

/**
 * A folio that a driver has handed out, until it is given back: one reference on its head (B37, B38). A token; what it
 * stands for is known to the driver that made it.
 *
 * @param driver who handed it out
 * @param id its number, unique for that driver; also names the reference in the history
 * @param device the device
 * @param offset of its first base page, counted across the ranges of the device
 * @param pfn its head
 * @param order log2 of its base pages
 */
public record Grant(String driver, long id, String device, long offset, long pfn, int order) {
    /** Base pages. */
    public long pages() {
        return 1L << order;
    }
}
