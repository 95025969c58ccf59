package org.pagepool.actors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.Remap;
import org.pagepool.runtime.vmemmap.AltmapFrames;
import org.pagepool.runtime.vmemmap.MemmapLayout;
import org.pagepool.runtime.vmemmap.Vmemmap;

/**
 * The memmaps of a pool's devices: populated range by range while a device is mapped, removed when it is cleaned up, with
 * nothing left of them (B44 to B51, I10). System memory for them does not end; an altmap does, and a device whose altmap has
 * no room for the records of its pages is not mapped.
 *
 * <p>Ranges that cut a page of records in two are left out: at 16 and 64 KiB base pages a page of records describes more than
 * the subsection in which devices are mapped, and would have two owners. Owned by {@link PagePool}; not thread-safe.
 */
final class Memmaps implements Remap.Records {
    private final Map<String, Vmemmap> byPgmap = new HashMap<>();

    @Override
    public @Nullable String populate(PgmapSpec spec, PfnRange range) {
        if (!modelled(spec, range)) {
            return null;
        }
        Vmemmap before = byPgmap.computeIfAbsent(spec.id(), id -> Vmemmap.empty(spec));
        Vmemmap.Populated outcome = before.populate(range);
        if (outcome instanceof Vmemmap.Populated.Done done) {
            byPgmap.put(spec.id(), done.memmap());
            return null;
        }
        settle(spec, ((Vmemmap.Populated.OutOfFrames) outcome).memmap());
        return noRoom(spec, range);
    }

    private static String noRoom(PgmapSpec spec, PfnRange range) {
        long free = spec.altmap() == null ? 0 : spec.altmap().free();
        return "altmap of " + spec.id() + " is too small for the records of its pages: free=" + free + " records="
                + new MemmapLayout(spec.basePage()).pagesFor(range.pages()) + " base pages";
    }

    @Override
    public void depopulate(PgmapSpec spec, PfnRange range) {
        Vmemmap memmap = byPgmap.get(spec.id());
        if (memmap != null && modelled(spec, range)) {
            settle(spec, memmap.depopulate(range));
        }
    }

    /** Removes all of a device that is cleaned up: what is wrong with what was left of it, if anything is. */
    List<String> release(PgmapSpec spec) {
        for (PfnRange range : spec.ranges()) {
            depopulate(spec, range);
        }
        Vmemmap left = byPgmap.remove(spec.id());
        return left == null ? List.of() : wrong(left);
    }

    /** Forgets a memmap of which nothing is left. */
    private void settle(PgmapSpec spec, Vmemmap memmap) {
        if (memmap.isEmpty() && wrong(memmap).isEmpty()) {
            byPgmap.remove(spec.id());
        } else {
            byPgmap.put(spec.id(), memmap);
        }
    }

    private static List<String> wrong(Vmemmap memmap) {
        AltmapFrames altmap = memmap.altmap();
        String warning = altmap == null ? null : altmap.warning();
        if (warning != null) {
            return List.of(warning);
        }
        return memmap.isEmpty() ? memmap.check() : List.of("memmap is left behind: entries=" + memmap.entries());
    }

    /** The memmap of a device, or null if it has none. */
    @Nullable
    Vmemmap of(String pgmap) {
        return byPgmap.get(pgmap);
    }

    private static boolean modelled(PgmapSpec spec, PfnRange range) {
        return new MemmapLayout(spec.basePage()).wholePages(range);
    }
}
