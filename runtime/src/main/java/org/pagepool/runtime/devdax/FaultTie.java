package org.pagepool.runtime.devdax;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.FaultIndex;

/**
 * How faults tie the pages they map to the device's file (B40, B41): every page of a fault where pages are their own heads,
 * the head only where they are not. A page that is tied already stays as it is. Immutable.
 *
 * @param runs heads in the order of their pages, one reference each
 * @param index offset in the file of the first of them, in base pages; the others follow
 */
public record FaultTie(List<Run> runs, long index) {
    /** Copies the list. */
    public FaultTie {
        runs = List.copyOf(runs);
    }

    /**
     * The ties of the entries {@code mapping}, put in by faults from {@code address} on. The first fault is at that very
     * page, which may lie inside its entry; the others begin where theirs do.
     *
     * <p>Where a fault begins in the file is the offset of its address rounded down to its size. Rounded up it is the same
     * only if the address is the first of its entry, and otherwise the offset of the next one: race R19.
     *
     * @param mapping entries of one level, as they were put in
     * @param address the page that was touched, or the first of the mapping if it was populated
     * @param areaVpn first virtual page of the area
     * @param areaIndex offset in the file of the area's first page
     */
    public static List<FaultTie> of(
            Mapping mapping,
            long address,
            long areaVpn,
            long areaIndex,
            Geometry geometry,
            BasePage basePage,
            FaultIndex rounding) {
        long size = mapping.level().pages(basePage);
        long first = Math.max(address, mapping.vpn());
        long start = first & -size;
        if (rounding == FaultIndex.ALIGN_DOWN || start == first) {
            return List.of(
                    tie(mapping, mapping.vpn(), mapping.endVpn(), mapping.vpn() - areaVpn + areaIndex, geometry));
        }
        List<FaultTie> ties = new ArrayList<>();
        if (mapping.vpn() < start) {
            ties.add(tie(mapping, mapping.vpn(), start, mapping.vpn() - areaVpn + areaIndex, geometry));
        }
        ties.add(tie(mapping, start, start + size, start + size - areaVpn + areaIndex, geometry));
        if (start + size < mapping.endVpn()) {
            ties.add(tie(mapping, start + size, mapping.endVpn(), start + size - areaVpn + areaIndex, geometry));
        }
        return List.copyOf(ties);
    }

    /** The name under which a device's own file is known; no file of a file system has it. */
    public static String fileOf(PgmapSpec device) {
        return "dev:" + device.id();
    }

    /** The first head. */
    public long firstHead() {
        return runs.get(0).firstHead();
    }

    /** The same, in parts each of which lies in one section. */
    public List<FaultTie> bySection(PgmapSpec device) {
        Geometry geometry = device.geometry();
        List<FaultTie> parts = new ArrayList<>();
        long at = index;
        for (Run run : runs) {
            long head = run.firstHead();
            while (head < run.end(geometry)) {
                long sectionEnd = device.basePage().sectionFirstPfn(device.sectionOf(head) + 1);
                long end = Math.min(run.end(geometry), geometry.headOf(sectionEnd + geometry.pages() - 1));
                int heads = Math.toIntExact((end - head) >> geometry.order());
                parts.add(new FaultTie(List.of(new Run(head, heads, 1)), at));
                at += end - head;
                head = end;
            }
        }
        return List.copyOf(parts);
    }

    /** A compound may be larger than its fault, which no kernel device has: then it begins before the fault. */
    private static FaultTie tie(Mapping mapping, long from, long end, long faultIndex, Geometry geometry) {
        long firstHead = geometry.headOf(mapping.pfnAt(from));
        long index = faultIndex - (mapping.pfnAt(from) - firstHead);
        long lastHead = geometry.headOf(mapping.pfnAt(end - 1));
        int heads = Math.toIntExact(((lastHead - firstHead) >> geometry.order()) + 1);
        return new FaultTie(List.of(new Run(firstHead, heads, 1)), index);
    }
}
