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
 * @param journal where the pool's actors write down what happens, as {@link GupJournal} reads it; null for nowhere
 * @param floor whether what that journal takes on its own is measured too
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
        long seed,
        @Nullable String journal,
        boolean floor) {

    /** Instead of a number of repeats to warm up. */
    static final int WARM_UP_BY_TIME = -1;

    /** Calls that cover the range. */
    long calls() {
        return (pages + pagesPerCall - 1) / pagesPerCall;
    }

    /** Sections of the device that the range touches. */
    int sections() {
        return sectionOf(pages - 1) + 1;
    }

    /** Where that call begins. */
    int firstSection(int call) {
        return sectionOf(call * pagesPerCall);
    }

    /** Where that call ends. */
    int lastSection(int call) {
        return sectionOf(Math.min(pages, (call + 1) * pagesPerCall) - 1);
    }

    private int sectionOf(long page) {
        return Math.toIntExact(page / basePage.sectionPages());
    }

    /** How often a lap asks a section for something: each call asks each section it touches. */
    long sectionGrabs() {
        long grabs = 0;
        for (int call = 0; call < calls(); call++) {
            grabs += lastSection(call) - firstSection(call) + 1L;
        }
        return grabs;
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
