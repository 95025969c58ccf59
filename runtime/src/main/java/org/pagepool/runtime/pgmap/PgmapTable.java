package org.pagepool.runtime.pgmap;

import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.PfnRange;

/**
 * The lookup from pfn to pgmap of one pool (B6, B9): which pgmap owns a page, and no page ever has two owners. Immutable;
 * {@link #with} and {@link #without} return the next table.
 */
public final class PgmapTable {
    /** Owns nothing. */
    public static final PgmapTable EMPTY = new PgmapTable(Map.of(), new TreeMap<>());

    private final Map<String, PgmapSpec> byId;
    private final NavigableMap<Long, Owned> byFirstPfn;

    /** One range and who owns it. */
    private record Owned(PfnRange range, PgmapSpec spec) {}

    private PgmapTable(Map<String, PgmapSpec> byId, NavigableMap<Long, Owned> byFirstPfn) {
        this.byId = byId;
        this.byFirstPfn = byFirstPfn;
    }

    /** The pgmap that has {@code pfn} in one of its ranges, if there is one; an altmap's pages are found too. */
    public Optional<PgmapSpec> find(long pfn) {
        Map.Entry<Long, Owned> entry = byFirstPfn.floorEntry(pfn);
        return entry != null && entry.getValue().range.contains(pfn)
                ? Optional.of(entry.getValue().spec)
                : Optional.empty();
    }

    /** The pgmap of that name, if it is mapped. */
    public Optional<PgmapSpec> byId(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** All pgmaps, in no particular order. */
    public Collection<PgmapSpec> all() {
        return byId.values();
    }

    /** Whether any pgmap has managed pages; if none has, no put needs to look at the type of its page (B2). */
    public boolean managedAlive() {
        return byId.values().stream().anyMatch(pgmap -> pgmap.protocol().managed(pgmap.type()));
    }

    /** Why {@code spec} cannot be mapped beside what is here, in one clause, or null if it can. */
    public @Nullable String conflict(PgmapSpec spec) {
        String taken = taken(spec);
        for (int i = 0; i < spec.ranges().size() && taken == null; i++) {
            taken = conflict(spec, spec.ranges().get(i));
        }
        return taken;
    }

    /** Why its name cannot be used, or null if it can. */
    @Nullable
    String taken(PgmapSpec spec) {
        return byId.containsKey(spec.id()) ? "a pgmap named " + spec.id() + " is mapped already" : null;
    }

    /** Why one range of {@code spec} cannot be mapped beside what is here, or null if it can. */
    @Nullable
    String conflict(PgmapSpec spec, PfnRange range) {
        Map.Entry<Long, Owned> before = byFirstPfn.lowerEntry(range.end());
        return before != null && before.getValue().range.overlaps(range)
                ? "pfns " + range + " of " + spec.id() + " overlap pfns " + before.getValue().range + " of "
                        + before.getValue().spec.id()
                : null;
    }

    /** The table with the first {@code ranges} ranges of {@code spec} in it, none of which is in conflict. */
    PgmapTable withRanges(PgmapSpec spec, int ranges) {
        Map<String, PgmapSpec> ids = new TreeMap<>(byId);
        ids.put(spec.id(), spec);
        NavigableMap<Long, Owned> firsts = new TreeMap<>(byFirstPfn);
        spec.ranges().subList(0, ranges).forEach(r -> firsts.put(r.first(), new Owned(r, spec)));
        return new PgmapTable(ids, firsts);
    }

    /**
     * The table with {@code spec} in it.
     *
     * @throws IllegalArgumentException if there is a {@link #conflict}
     */
    public PgmapTable with(PgmapSpec spec) {
        String conflict = conflict(spec);
        if (conflict != null) {
            throw new IllegalArgumentException(conflict);
        }
        return withRanges(spec, spec.ranges().size());
    }

    /** The table without the pgmap of that name; the same table if it was not there. */
    public PgmapTable without(String id) {
        PgmapSpec gone = byId.get(id);
        if (gone == null) {
            return this;
        }
        Map<String, PgmapSpec> ids = new TreeMap<>(byId);
        ids.remove(id);
        NavigableMap<Long, Owned> firsts = new TreeMap<>(byFirstPfn);
        gone.ranges().forEach(r -> firsts.remove(r.first()));
        return new PgmapTable(ids, firsts);
    }
}
