package org.pagepool.runtime.protocol;

/** How many references one grab on a head asks for (dispute D4). */
public enum GupBatch {
    /** One grab for every base page (B18): the state before seed 004. */
    PER_PAGE,
    /** One grab for all that is left of an entry, on the head of its first page, as if one compound filled the entry (B19, R3). */
    PER_ENTRY_ASSUME_ONE,
    /** One grab per head and page-table entry; an entry may span many heads and a head many entries (B20). */
    PER_HEAD_LOOP,
    /** One grab per head and walk, whatever entries the range is mapped by (B20 across entries, D16). */
    PER_RANGE
}
