package org.pagepool.runtime.vmemmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.Vmemmap.Populated;

/** The model of runs agrees with one that has an object for everything, and leaves nothing behind (B44 to B48, I10). */
class VmemmapPropertiesTest {
    /** Sections that the ranges of one device may span: the naive model is slow. */
    private static final int SECTIONS_MAX = 6;

    @Provide
    Arbitrary<PgmapSpec> devices() {
        return Combinators.combine(
                        Arbitraries.of(BasePage.values()),
                        Arbitraries.integers().between(0, 17),
                        Arbitraries.of(VmemmapDedup.values()),
                        Arbitraries.longs())
                .as((basePage, order, dedup, seed) -> device(basePage, order, dedup, new Random(seed)));
    }

    private static PgmapSpec device(BasePage basePage, int order, VmemmapDedup dedup, Random random) {
        Geometry geometry = new Geometry(Math.min(order == 1 ? 0 : order, basePage.sectionOrder() + 2));
        long unit = Math.max(new MemmapLayout(basePage).alignPfns(), geometry.pages());
        long most = Math.max(1, SECTIONS_MAX * basePage.sectionPages() / unit / 2);
        List<PfnRange> ranges = new ArrayList<>();
        long next = unit * random.nextInt(3);
        for (int i = random.nextInt(3); i >= 0; i--) {
            long pages = unit * (1 + (long) (random.nextDouble() * most));
            ranges.add(new PfnRange(next, pages));
            next += pages + unit * random.nextInt(3);
        }
        return Devices.spec(basePage, geometry, dedup, ranges);
    }

    private static NaiveMemmap naive(PgmapSpec device) {
        Sharing sharing = Sharing.of(device);
        return new NaiveMemmap(sharing.layout(), device.geometry(), sharing.effective());
    }

    @Property(tries = 500)
    void shouldCostWhatTheClosedFormSays(@ForAll("devices") PgmapSpec device) {
        Vmemmap memmap = done(Vmemmap.populateAll(device));

        assertEquals(VmemmapFigures.of(device), VmemmapFigures.measured(device, memmap));
    }

    @Property(tries = 300)
    void shouldAgreeWithAModelThatHasAnObjectForEveryBlock(@ForAll("devices") PgmapSpec device, @ForAll Random random) {
        NaiveMemmap naive = naive(device);
        Vmemmap memmap = Vmemmap.empty(device);
        for (PfnRange range : device.ranges()) {
            assertTrue(naive.populate(range, Long.MAX_VALUE));
            memmap = done(memmap.populate(range));
            same(device, naive, memmap);
        }
        for (PfnRange part : partsInAnyOrder(device, random)) {
            naive.depopulate(part);
            memmap = memmap.depopulate(part);
            assertEquals(List.of(), memmap.check());
            assertEquals(naive.freed, sum(memmap, false));
        }
        same(device, naive, memmap);
        assertTrue(memmap.isEmpty());
        assertEquals(sum(memmap, true), sum(memmap, false));
    }

    @Property(tries = 200)
    void shouldAgreeWhileSectionsAreGone(@ForAll("devices") PgmapSpec device, @ForAll Random random) {
        NaiveMemmap naive = naive(device);
        Vmemmap memmap = Vmemmap.empty(device);
        for (PfnRange range : device.ranges()) {
            naive.populate(range, Long.MAX_VALUE);
            memmap = done(memmap.populate(range));
        }
        List<PfnRange> parts = partsInAnyOrder(device, random);
        for (PfnRange part : parts.subList(0, parts.size() / 2)) {
            naive.depopulate(part);
            memmap = memmap.depopulate(part);
        }
        same(device, naive, memmap);
    }

    @Property(tries = 300)
    void shouldTakeBackWhatItHadWhenAFrameIsRefused(@ForAll("devices") PgmapSpec device, @ForAll Random random) {
        NaiveMemmap naive = naive(device);
        Vmemmap before = Vmemmap.empty(device);
        for (PfnRange range : device.ranges().subList(0, device.ranges().size() - 1)) {
            naive.populate(range, Long.MAX_VALUE);
            before = done(before.populate(range));
        }
        PfnRange last = device.ranges().get(device.ranges().size() - 1);
        long needed = sum(done(before.populate(last)), true) - sum(before, true);
        long granted = (long) (random.nextDouble() * needed);

        Populated outcome = before.populate(last, granted);

        assertTrue(outcome instanceof Populated.OutOfFrames, () -> granted + " of " + needed);
        Vmemmap after = ((Populated.OutOfFrames) outcome).memmap();
        assertTrue(!naive.populate(last, granted));
        same(device, naive, after);
        assertEquals(before.mappedPages(), after.mappedPages());
        assertEquals(sum(before, true) + granted, sum(after, true), "every frame granted was allocated");
        assertTrue(after.populate(last, needed) instanceof Populated.Done, "and can be allocated again");
    }

    /** Ranges, or whole sections, or what a range has of one; whole compounds where table pages are shared. */
    private static List<PfnRange> partsInAnyOrder(PgmapSpec device, Random random) {
        boolean tablesShared = Sharing.of(device).effective() == VmemmapDedup.PTE_PMD;
        long section =
                tablesShared ? device.geometry().pages() : device.basePage().sectionPages();
        List<PfnRange> parts = new ArrayList<>();
        for (PfnRange range : device.ranges()) {
            if (random.nextBoolean()) {
                parts.add(range);
                continue;
            }
            for (long pfn = range.first(); pfn < range.end(); ) {
                long end = Math.min(range.end(), (pfn / section + 1) * section);
                parts.add(new PfnRange(pfn, end - pfn));
                pfn = end;
            }
        }
        Collections.shuffle(parts, random);
        return parts;
    }

    private static Vmemmap done(Populated outcome) {
        assertTrue(outcome instanceof Populated.Done);
        return ((Populated.Done) outcome).memmap();
    }

    /** Frames ever allocated, or ever freed, as the naive model counts them. */
    private static long sum(Vmemmap memmap, boolean allocated) {
        long sum = 0;
        for (FrameKind kind : FrameKind.values()) {
            Frames frames = memmap.frames(kind);
            sum += allocated ? frames.allocated() : frames.freed();
        }
        return sum;
    }

    /** Page by page: the same pages share a block or a table page, and each has as many references. */
    private static void same(PgmapSpec device, NaiveMemmap naive, Vmemmap memmap) {
        assertEquals(List.of(), memmap.check());
        assertEquals(naive.allocated, sum(memmap, true), "allocated");
        assertEquals(naive.freed, sum(memmap, false), "freed");
        Map<Object, Vmemmap.Frame> found = new HashMap<>();
        Set<Vmemmap.Frame> frames = new HashSet<>();
        for (long page = 0; page < endPage(device); page++) {
            NaiveMemmap.Block block = naive.blockOf(page);
            Vmemmap.Frame frame = memmap.blockOf(page).orElse(null);
            match(found, frames, page, block, frame);
            if (block != null && frame != null) {
                assertEquals(block.refs, memmap.frames(frame.kind()).refsOf(frame.number()), frame::toString);
            }
            Vmemmap.Frame tableFrame = memmap.tableOf(page).orElse(null);
            boolean nothingThere = block == null && tableFrame == null;
            NaiveMemmap.Table table = nothingThere ? null : naive.tableOf(page);
            match(found, frames, page, table, tableFrame);
            if (table != null && tableFrame != null) {
                long counted = memmap.frames(tableFrame.kind()).refsOf(tableFrame.number());
                boolean shared = tableFrame.kind() == FrameKind.TAIL_TABLE;
                assertEquals(shared ? table.pmds : table.present(), counted, tableFrame::toString);
            }
        }
        assertEquals(live(memmap), frames.size());
    }

    private static long endPage(PgmapSpec device) {
        PfnRange last = device.ranges().get(device.ranges().size() - 1);
        return new MemmapLayout(device.basePage()).pageOf(last.end());
    }

    private static long live(Vmemmap memmap) {
        long sum = 0;
        for (FrameKind kind : FrameKind.values()) {
            sum += memmap.frames(kind).live();
        }
        return sum;
    }

    private static void match(
            Map<Object, Vmemmap.Frame> found, Set<Vmemmap.Frame> frames, long page, Object one, Vmemmap.Frame other) {
        if (one == null) {
            assertEquals(null, other, () -> "page " + page);
            return;
        }
        assertNotNull(other, () -> "page " + page);
        Vmemmap.Frame before = found.putIfAbsent(one, other);
        assertEquals(before == null ? other : before, other, () -> "page " + page);
        assertTrue(before != null || frames.add(other), () -> "two objects are one frame: page " + page);
    }
}
