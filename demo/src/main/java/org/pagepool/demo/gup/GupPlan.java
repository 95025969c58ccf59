package org.pagepool.demo.gup;

import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What to measure, checked.
 *
 * @param mode get or pin
 * @param bytes size of the device and of the range
 * @param pages the same in base pages
 * @param pagesPerCall base pages each call asks for; the last call asks for what is left
 * @param repeats how often all of it is measured
 * @param warmups how often it runs before, unmeasured; {@link #WARM_UP_BY_TIME} for as often as fits into a while
 * @param walkers how many do it at the same time
 * @param shared whether MAP_SHARED was asked for, which device memory always is
 * @param write whether they ask to write
 * @param peerToPeer whether they say that they can do peer-to-peer DMA
 * @param level the entries the range is mapped by; null for the largest that fit a head
 */
record GupPlan(
        GupMode mode,
        long bytes,
        long pages,
        long pagesPerCall,
        int repeats,
        int warmups,
        int walkers,
        boolean shared,
        boolean write,
        boolean peerToPeer,
        MemoryType type,
        BasePage basePage,
        Geometry geometry,
        @Nullable Level level,
        Protocol protocol,
        long seed) {

    /** Instead of a number of repeats to warm up. */
    static final int WARM_UP_BY_TIME = -1;

    /** Calls that cover the range. */
    long calls() {
        return (pages + pagesPerCall - 1) / pagesPerCall;
    }

    /** Heads of the device. */
    long heads() {
        return pages >> geometry.order();
    }

    /** How a call walks. */
    GupWalker.Flags flags() {
        return new GupWalker.Flags(mode.kind(), write, mode.longterm(), false, peerToPeer, !mode.fast());
    }
}
