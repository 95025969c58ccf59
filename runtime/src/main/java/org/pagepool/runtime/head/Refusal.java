package org.pagepool.runtime.head;

/**
 * Why a request was not granted. A refusal is a value: the protocol expects it, nothing has changed, and the caller may
 * go on.
 */
public enum Refusal {
    /** The head's count is zero: the page is free, and a grab must not bring it back (I4). */
    FREE("the page is free: its count is 0"),
    /** A page was requested that is in use already (B37, R33). */
    NOT_FREE("the page is in use already"),
    /** A driver has no page left to hand out (B37). */
    EMPTY("its driver has no free page"),
    /** A page was requested in another size than its device has (B37). */
    WRONG_ORDER("the page has another order"),
    /** The count would pass 2^31-1 (R13). */
    OVERFLOW("the count is too close to overflow"),
    /** The pgmap was killed; its live reference can no longer be had (B7). */
    DYING("the pgmap is dying"),
    /** The pgmap is gone, or no pgmap owns that pfn. */
    DEAD("no live pgmap owns the page"),
    /** No page-table entry maps the address, and a fault could not bring one in. */
    NOT_MAPPED("nothing is mapped there"),
    /** The entry changed between lookup and recheck; what was grabbed under it was given back (B17, B52). */
    CHANGED("the page-table entry changed under the walk"),
    /** A long-term pin on memory that must stay movable (B29). */
    LONGTERM("long-term pins are not allowed on this memory type"),
    /** A long-term pin found the page where it must not stay; its data is in system memory by now (B29). */
    MIGRATED("it was moved to system memory, which this pool does not count"),
    /** Peer-to-peer memory grabbed without saying so. */
    PEER_TO_PEER("peer-to-peer memory needs the pci-p2pdma flag"),
    /** The entry forbids the access asked for. */
    PERMISSION("the mapping does not permit the access"),
    /** The pin or get has been given back before (I7). */
    ALREADY_RELEASED("it was released before"),
    /** The reference was taken away by {@code revoke}. */
    REVOKED("it was revoked"),
    /** The section has never granted a reference of that name. */
    UNKNOWN_PIN("no such reference was granted"),
    /** The reference belongs to another holder. */
    FOREIGN("it belongs to another holder"),
    /** Unpin of a get, or put of a pin (R30). */
    KIND_MISMATCH("a get is put and a pin is unpinned, never crosswise"),
    /** More references of a head were to be given back than that pin holds. */
    UNBALANCED("more was given back than is held"),
    /** The request is older than anything this section still remembers for its sender. */
    STALE("the request is older than the answers kept"),
    /** A bound was reached: walk size, waiters, requests in flight. */
    LIMIT("a bound of the pool was reached"),
    /** A range outside the device or the mapping. */
    OUT_OF_RANGE("the range lies outside"),
    /** The request makes no sense there, whenever it is made (EINVAL). */
    INVALID("it makes no sense there"),
    /** The page has an error that cannot be corrected, and is not mapped again (B39). */
    POISONED("the page is poisoned"),
    /** No answer came within the deadline; the outcome was then settled by giving back what was granted late. */
    TIMEOUT("no answer within the deadline"),
    /** A page of the range is in use, and it may not be waited for (B33). */
    BUSY("a page is in use, and it may not be waited for"),
    /** Somebody ended the wait for a page. */
    INTERRUPTED("the wait was interrupted"),
    /** The device has no free block left. */
    NO_SPACE("the device has no free block"),
    /** The walker, file or address space was closed. */
    CLOSED("it was closed"),
    /** The journal does not take what would have to be written down; the same request may come again. */
    JOURNAL("the journal does not answer");

    private final String text;

    Refusal(String text) {
        this.text = text;
    }

    /** The reason as a clause, for messages. */
    public String text() {
        return text;
    }
}
