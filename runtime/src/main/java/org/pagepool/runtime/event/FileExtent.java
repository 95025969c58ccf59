package org.pagepool.runtime.event;

/**
 * Neighbouring pages of a file that are neighbours on the device too.
 *
 * @param offset first page of the file
 * @param pfn where it lies
 * @param pages how many base pages
 * @param shared whether other files have these blocks too (B36)
 */
public record FileExtent(long offset, long pfn, long pages, boolean shared) {}
