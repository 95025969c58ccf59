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
    private final NavigableMap<Long, PgmapSpec> byFirstPfn;

    private PgmapTable(Map<String, PgmapSpec> byId, NavigableMap<Long, PgmapSpec> byFirstPfn) {
        this.byId = byId;
        this.byFirstPfn = byFirstPfn;
    }

    /** The pgmap that owns {@code pfn}, if there is one. */
    public Optional<PgmapSpec> find(long pfn) {
        Map.Entry<Long, PgmapSpec> entry = byFirstPfn.floorEntry(pfn);
        return entry != null && entry.getValue().owns(pfn) ? Optional.of(entry.getValue()) : Optional.empty();
    }

    /** The pgmap of that name, if it is mapped. */
    public Optional<PgmapSpec> byId(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** All pgmaps, in no particular order. */
    public Collection<PgmapSpec> all() {
        return byId.values();
    }

    /** Why {@code spec} cannot be mapped beside what is here, in one clause, or null if it can. */
    public @Nullable String conflict(PgmapSpec spec) {
        if (byId.containsKey(spec.id())) {
            return "a pgmap named " + spec.id() + " is mapped already";
        }
        for (PfnRange range : spec.ranges()) {
            Map.Entry<Long, PgmapSpec> before = byFirstPfn.lowerEntry(range.end());
            if (before != null) {
                for (PfnRange taken : before.getValue().ranges()) {
                    if (taken.overlaps(range)) {
                        return "pfns " + range + " of " + spec.id() + " overlap pfns " + taken + " of "
                                + before.getValue().id();
                    }
                }
            }
        }
        return null;
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
        Map<String, PgmapSpec> ids = new TreeMap<>(byId);
        ids.put(spec.id(), spec);
        NavigableMap<Long, PgmapSpec> firsts = new TreeMap<>(byFirstPfn);
        spec.ranges().forEach(r -> firsts.put(r.first(), spec));
        return new PgmapTable(ids, firsts);
    }

    /** The table without the pgmap of that name; the same table if it was not there. */
    public PgmapTable without(String id) {
        PgmapSpec gone = byId.get(id);
        if (gone == null) {
            return this;
        }
        Map<String, PgmapSpec> ids = new TreeMap<>(byId);
        ids.remove(id);
        NavigableMap<Long, PgmapSpec> firsts = new TreeMap<>(byFirstPfn);
        gone.ranges().forEach(r -> firsts.remove(r.first()));
        return new PgmapTable(ids, firsts);
    }
}
