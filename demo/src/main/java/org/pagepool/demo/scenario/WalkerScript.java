package org.pagepool.demo.scenario;

import java.util.List;

/**
 * What one walker does, walk after walk, without end. It follows from the seed, the walker's name and its group alone:
 * the same on every machine, whatever the pool answers. Not safe for threads; each walker owns its script.
 */
public final class WalkerScript {
    private static final int HOT_IN_TEN = 9;
    private static final int HOT_PART = 10;

    private final WalkerSpec group;
    private final List<MappingSpec> maps;
    private final long pagesInAll;
    private final Draws draws;
    private int cursorMap;
    private long cursor;

    WalkerScript(long seed, WalkerSpec group, int index, List<MappingSpec> maps) {
        this.group = group;
        this.maps = List.copyOf(maps);
        this.pagesInAll = maps.stream().mapToLong(MappingSpec::pages).sum();
        this.draws = new Draws(StableHash.of(seed, group.name(index)));
        moveTo(pagesInAll / group.count() * index);
    }

    /** The next walk; its range lies inside one mapping. */
    public Op next() {
        long pages = group.size().draw(draws);
        long vpn = wanders() ? place(pages) : advance(pages);
        return new Op(vpn, pages, group.hold().draw(draws), group.think().toNanos());
    }

    private boolean wanders() {
        return group.pattern() != AccessPattern.SEQUENTIAL && group.pattern() != AccessPattern.STRIDE;
    }

    /** Picks a mapping by its size, then a start in it from which the range still fits. */
    private long place(long pages) {
        if (maps.size() > 1) {
            moveTo(draws.below(pagesInAll));
        }
        MappingSpec map = maps.get(cursorMap);
        long starts = map.pages() - pages + 1;
        return map.firstVpn()
                + switch (group.pattern()) {
                    case HOT -> draws.below(isHot() ? Math.min(starts, hotPages(map)) : starts);
                    case ZIPF -> Zipf.place(draws, starts);
                    default -> draws.below(starts);
                };
    }

    private boolean isHot() {
        return draws.below(HOT_PART) < HOT_IN_TEN;
    }

    private static long hotPages(MappingSpec map) {
        return Math.max(1, map.pages() / HOT_PART);
    }

    /** Goes on from where the last walk was; a range that no longer fits starts the next mapping. */
    private long advance(long pages) {
        if (cursor + pages > maps.get(cursorMap).pages()) {
            cursorMap = (cursorMap + 1) % maps.size();
            cursor = 0;
        }
        long vpn = maps.get(cursorMap).firstVpn() + cursor;
        cursor += group.pattern() == AccessPattern.STRIDE ? group.stridePages() : pages;
        return vpn;
    }

    private void moveTo(long page) {
        cursor = page;
        cursorMap = 0;
        while (cursor >= maps.get(cursorMap).pages()) {
            cursor -= maps.get(cursorMap).pages();
            cursorMap++;
        }
    }
}
