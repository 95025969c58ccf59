package org.pagepool.demo.gup;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.HeadHosting;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.Seen;
import org.pagepool.runtime.gup.WalkPlan;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * What to measure, checked.
 *
 * @param mode get or pin
 * @param bytes size of the device and of the range
 * @param pages the same in base pages
 * @param pagesPerCall base pages each call asks for; the last call asks for what is left
 * @param atOnce calls of a walker that may be under way at the same time
 * @param overlap which pages the walkers go over beside each other
 * @param repeats how often all of it is measured
 * @param warmups how often it runs before, unmeasured; {@link #WARM_UP_BY_TIME} for as often as fits into a while
 * @param walkers how many do it at the same time
 * @param shared whether MAP_SHARED was asked for, which device memory always is
 * @param write whether they ask to write
 * @param peerToPeer whether they say that they can do peer-to-peer DMA
 * @param level the entries the range is mapped by; null for the largest that fit a head
 * @param hosting where heads count
 * @param journal where the pool's actors write down what happens, as {@link GupJournal} reads it; null for nowhere
 * @param floor whether the floors are measured too: counters, bare actors, and that journal on its own
 */
record GupPlan(
        GupMode mode,
        long bytes,
        long pages,
        long pagesPerCall,
        int atOnce,
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
        HeadHosting hosting,
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

    /** Calls of a walker that are under way at the same time: what was asked for, as far as walkers ask for heads ahead. */
    int callsUnderWay() {
        GupRoute route = route(0);
        long headsPerCall = Math.max(1, Math.min(pagesPerCall, route.pages()) >> geometry.order());
        long ahead = mode.fast() ? GupWalker.AHEAD_HEADS_MAX / headsPerCall : 0;
        return Math.toIntExact(Math.min(Math.min(atOnce, 1 + ahead), route.callsPerTurn()));
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

    /**
     * What that walker takes in a lap, for the floors.
     *
     * @param refsPerGrab the most references of one grab
     */
    FloorGrabs takes(int walker, int refsPerGrab) {
        return new FloorGrabs(route(walker), geometry.order(), refsPerGrab);
    }

    /** What that walker gives back in a lap, for the floors: whatever the batching, one put for each head of a grant. */
    FloorGrabs gives(int walker) {
        return new FloorGrabs(route(walker), geometry.order(), Math.toIntExact(geometry.pages()));
    }

    /** The most references of one grab of a walk over that device, by the planner of the walks: all entries are of one kind. */
    int refsPerGrab(PgmapSpec device) {
        Level entries = entries();
        PageTable table = PageTable.empty(basePage).insert(new Mapping(0, device.pfnAt(0), pages, entries, true));
        List<Seen> seen = table.lookup(0, entries.pages(basePage), write).seen();
        WalkPlan plan = mode.fast() ? WalkPlan.fast(seen, pfn -> device) : WalkPlan.slow(seen, pfn -> device);
        return plan.batches().get(0).refsPerGrab();
    }

    private Level entries() {
        if (level != null) {
            return level;
        }
        Level largest = Level.PTE;
        for (Level each : Level.values()) {
            largest = each.pages(basePage) <= geometry.pages() ? each : largest;
        }
        return largest;
    }

    /** How a call walks. */
    GupWalker.Flags flags() {
        return new GupWalker.Flags(mode.kind(), write, mode.longterm(), false, peerToPeer, !mode.fast());
    }
}
