package org.pagepool.runtime.vmemmap;

/** Why less metadata is shared than was asked for (B45, B51, R24). */
public enum Fallback {
    /** The metadata lies in the device: its storage is handed out page by page and cannot be shared (B51). */
    ALTMAP("metadata inside the device (altmap) is never shared"),
    /** Heads are base pages: there are no tails (B44). */
    BASE_PAGES("base pages have no tails whose records could be shared"),
    /** Head and first tails fill all vmemmap pages there are; sharing would initialise more than a compound has (R24). */
    TOO_FEW_PAGES("the records of one head fill no more than two pages"),
    /** A PMD entry reaches the metadata of several sections, so no section has a table page of its own to share. */
    TABLE_SPANS_SECTIONS("a table page maps the records of more than one section"),
    /** A head spans at most two sections: the first table page has its head, the second is alone. */
    NO_TABLE_REPEATS("a head spans too few sections to have two table pages alike");

    private final String text;

    Fallback(String text) {
        this.text = text;
    }

    /** For people, as a clause. */
    public String text() {
        return text;
    }
}
