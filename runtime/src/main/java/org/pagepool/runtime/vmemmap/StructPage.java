package org.pagepool.runtime.vmemmap;

import org.jspecify.annotations.Nullable;

/**
 * The record of one page ({@code struct page}), as far as compound pages care (B14). Which fields mean anything depends on
 * what the page is: order, mapcount and pincount are a head's, but are kept in the records of its first tails.
 *
 * @param head whether it is marked as a head
 * @param reserved whether it is marked as not for the page allocator, as all device pages are
 * @param link in a tail: the address of its head's record, plus one. Addresses of records are even, so a link that is odd
 *     tells tails from all others (B16)
 * @param mapping the file it belongs to, {@link #TAIL_MAPPING} in a tail, or null
 * @param refcount references; a tail has none of its own
 * @param pgmap the device it belongs to; null in a record that was never written
 * @param order in a first tail: log2 of its head's pages; 0 if that was never written
 * @param mapcount in a first tail: its head's mappings, less one
 * @param pincount in a first or second tail: its head's pins
 */
public record StructPage(
        boolean head,
        boolean reserved,
        long link,
        @Nullable String mapping,
        int refcount,
        @Nullable String pgmap,
        int order,
        int mapcount,
        int pincount) {

    /** What memory holds before anything is written. */
    public static final StructPage BLANK = new StructPage(false, false, 0, null, 0, null, 0, 0, 0);

    /** In the place of a tail's mapping: no file has it, so whoever asks a tail for its file finds out. */
    public static final String TAIL_MAPPING = "<tail: ask the head>";

    /** A page of {@code pgmap} on its own: reserved, one reference, and whatever the record said before is gone. */
    public static StructPage initialised(String pgmap) {
        return new StructPage(false, true, 0, null, 1, pgmap, 0, 0, 0);
    }

    /** Whether it is the record of a tail. */
    public boolean tail() {
        return (link & 1) != 0;
    }

    /** Marked as a head. */
    public StructPage asHead() {
        return new StructPage(true, reserved, link, mapping, refcount, pgmap, order, mapcount, pincount);
    }

    /** As a tail of the head whose record is at {@code address}: linked, poisoned, without a count. */
    public StructPage asTailOf(long address) {
        return new StructPage(head, reserved, address + 1, TAIL_MAPPING, 0, pgmap, order, mapcount, pincount);
    }

    /** With what a head keeps in its first tail: its order, and that nothing maps it. */
    public StructPage withOrder(int log2) {
        return new StructPage(head, reserved, link, mapping, refcount, pgmap, log2, -1, pincount);
    }

    /** With what a head keeps in its first or second tail. */
    public StructPage withPincount(int pins) {
        return new StructPage(head, reserved, link, mapping, refcount, pgmap, order, mapcount, pins);
    }

    /** Tied to another file, or to none. */
    public StructPage withMapping(@Nullable String file) {
        return new StructPage(head, reserved, link, file, refcount, pgmap, order, mapcount, pincount);
    }
}
