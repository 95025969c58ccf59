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
 * @param overlap which pages the walkers go over beside each other
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
        Overlap overlap,
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

    /** Where that walker goes; the first is 0. */
    GupRoute route(int walker) {
        return switch (overlap) {
            case SHARED -> new GupRoute(0, pages, 1, pagesPerCall);
            case DISJOINT -> new GupRoute(walker * (pages / walkers), pages / walkers, 1, pagesPerCall);
            case ONE_HEAD -> new GupRoute(0, geometry.pages(), Math.toIntExact(heads()), pagesPerCall);
        };
    }

    /** Calls of a walker's lap. */
    long calls() {
        return route(0).calls();
    }

    /** Base pages of a walker's lap. */
    long pagesPerLap() {
        return route(0).pagesPerLap();
    }

    /** Sections of the device that the range touches. */
    int sections() {
        return sectionOf(pages - 1) + 1;
    }

    /** The section a page of the range is in. */
    int sectionOf(long page) {
        return Math.toIntExact(page / basePage.sectionPages());
    }

    /** How often a lap of all walkers asks a section for something: each call asks each section it touches. */
    long sectionGrabs() {
        long grabs = 0;
        for (int walker = 0; walker < walkers; walker++) {
            GupRoute route = route(walker);
            for (long call = 0; call < route.calls(); call++) {
                grabs += sectionOf(route.end(call) - 1) - sectionOf(route.first(call)) + 1L;
            }
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
