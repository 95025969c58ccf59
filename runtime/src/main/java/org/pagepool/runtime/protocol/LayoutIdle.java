package org.pagepool.runtime.protocol;

/** When truncation may take a page away from its file (dispute D8, B32). */
public enum LayoutIdle {
    /** When it does not look pinned. Gets are not seen. */
    NOT_PINNED,
    /** When its count is 1: the reference it has of its own, or of its entry, is the only one left. */
    COUNT_EQ_1,
    /** When its count is 0. */
    COUNT_EQ_0,
    /** When nothing but page-table entries holds it: its count equals its mapcount. */
    COUNT_MINUS_MAPCOUNT
}
