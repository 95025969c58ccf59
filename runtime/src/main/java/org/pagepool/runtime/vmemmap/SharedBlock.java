package org.pagepool.runtime.vmemmap;

/**
 * Frames that more than one entry leads to.
 *
 * @param kind tail blocks or tail table pages
 * @param refs entries that lead to each: PTEs to a block, PMD entries to a table page
 * @param count how many there are; one per head
 */
public record SharedBlock(FrameKind kind, long refs, long count) {}
