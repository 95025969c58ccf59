package org.pagepool.demo.scenario;

/**
 * One file on an fs-dax device.
 *
 * @param id its name
 * @param device where its blocks are, by name
 * @param pages base pages, a multiple of the device's heads
 */
public record FileSpec(String id, String device, long pages) {}
