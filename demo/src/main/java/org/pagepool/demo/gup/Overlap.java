package org.pagepool.demo.gup;

/** Which pages several walkers go over at the same time. */
enum Overlap {
    /** All of them over all of the range: each head is asked by every walker. */
    SHARED("shared"),
    /** Each over a part of its own, all parts equally large: no head is asked by two. */
    DISJOINT("disjoint"),
    /** All of them over the first head alone, as often as the range has heads. */
    ONE_HEAD("one-head");

    private final String label;

    Overlap(String label) {
        this.label = label;
    }

    /** As the command line writes it. */
    String label() {
        return label;
    }
}
