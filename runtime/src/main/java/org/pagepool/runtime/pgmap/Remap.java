package org.pagepool.runtime.pgmap;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.PfnRange;

/**
 * Mapping a device, one range after another, as {@code memremap_pages} does it (B9). Each range must belong to no other
 * device, lie outside RAM, begin and end on a subsection, and have room for its page records. If one cannot be mapped, those
 * before it are unmapped again, the last one first, and the table stays as it was; the description keeps all its ranges, so
 * that the same one can be tried again.
 */
public final class Remap {
    /** log2 of the bytes of a subsection, the unit in which page records are made: 2 MiB for every base page. */
    public static final int SUBSECTION_SHIFT = 21;

    /** Who keeps the page records of mapped ranges. */
    public interface Records {
        /** Makes the records of one range: null, or why there is no room for them. */
        @Nullable
        String populate(PgmapSpec spec, PfnRange range);

        /** Takes back the records of a range that was populated. */
        void depopulate(PgmapSpec spec, PfnRange range);
    }

    /** Keeps no records. */
    public static final Records NO_RECORDS = new Records() {
        @Override
        public @Nullable String populate(PgmapSpec spec, PfnRange range) {
            return null;
        }

        @Override
        public void depopulate(PgmapSpec spec, PfnRange range) {}
    };

    private Remap() {}

    /** Base pages of a subsection: 512 at 4 KiB. */
    public static long subsectionPages(BasePage basePage) {
        return 1L << (SUBSECTION_SHIFT - basePage.shift());
    }

    /**
     * The table with every range of {@code spec} in it.
     *
     * @throws MapRefusedException if one of them cannot be mapped; by then nothing of it is
     */
    public static PgmapTable map(PgmapTable table, PgmapSpec spec, RamMap ram, Records records) {
        String taken = table.taken(spec);
        if (taken != null) {
            throw new MapRefusedException(MapRefusal.CONFLICT, 0, taken);
        }
        for (int i = 0; i < spec.ranges().size(); i++) {
            Fault fault = mapRange(table, spec, spec.ranges().get(i), ram, records);
            if (fault != null) {
                unmap(spec, i, records);
                throw new MapRefusedException(fault.reason, i, fault.text);
            }
        }
        return table.withRanges(spec, spec.ranges().size());
    }

    private record Fault(MapRefusal reason, String text) {}

    private static @Nullable Fault mapRange(
            PgmapTable table, PgmapSpec spec, PfnRange range, RamMap ram, Records records) {
        String conflict = table.conflict(spec, range);
        if (conflict != null) {
            return new Fault(MapRefusal.CONFLICT, "conflicting mapping in same section: " + conflict);
        }
        Optional<RamMap.Span> mixed = ram.in(range, spec.basePage());
        if (mixed.isPresent()) {
            return new Fault(MapRefusal.RAM, "pfns " + range + " of " + spec.id() + " are RAM: ram=" + mixed.get());
        }
        long unit = subsectionPages(spec.basePage());
        if (range.first() % unit != 0 || range.pages() % unit != 0) {
            return new Fault(MapRefusal.INVALID, misaligned(spec, range, unit));
        }
        String noRoom = records.populate(spec, range);
        return noRoom == null ? null : new Fault(MapRefusal.NO_MEMORY, noRoom);
    }

    private static String misaligned(PgmapSpec spec, PfnRange range, long unit) {
        long first = range.first() / unit * unit;
        long end = (range.end() + unit - 1) / unit * unit;
        return String.format(
                Locale.ROOT,
                "pfns %s of %s do not begin and end on a subsection of 2 MiB: first=0x%x pages=%d, want multiples of %d"
                        + " base pages as first=0x%x pages=%d",
                range,
                spec.id(),
                range.first(),
                range.pages(),
                unit,
                first,
                end - first);
    }

    private static void unmap(PgmapSpec spec, int ranges, Records records) {
        List<PfnRange> done = spec.ranges().subList(0, ranges);
        for (int i = done.size() - 1; i >= 0; i--) {
            records.depopulate(spec, done.get(i));
        }
    }
}
