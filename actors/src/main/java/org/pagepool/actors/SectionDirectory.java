package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * What one holder remembers of the pgmaps it has looked up: their handles and the sections it has been told of. A cached
 * entry that covers a page is used as it is (B6); a pgmap that terminates is forgotten. Confined to its actor.
 */
final class SectionDirectory {
    private static final class Entry {
        final PgmapHandle handle;
        final Map<Integer, ActorRef<Section.Command>> sections = new HashMap<>();

        Entry(PgmapHandle handle) {
            this.handle = handle;
        }
    }

    private final Map<String, Entry> entries = new HashMap<>();
    private @Nullable Entry cached;

    /** Whether both are one life of a device, not two that look alike: a name and its pfns may be mapped again. */
    @SuppressWarnings("ReferenceEquality")
    static boolean same(PgmapSpec one, PgmapSpec other) {
        return one == other;
    }

    /** The pgmap that owns {@code pfn}, if it is known here. */
    @Nullable
    PgmapHandle find(long pfn) {
        if (cached != null && cached.handle.spec().owns(pfn)) {
            return cached.handle;
        }
        for (Entry entry : entries.values()) {
            if (entry.handle.spec().owns(pfn)) {
                cached = entry;
                return entry.handle;
            }
        }
        return null;
    }

    /** The handle for exactly this pgmap, not for a later one of the same name. */
    @Nullable
    PgmapHandle handle(PgmapSpec spec) {
        Entry entry = entries.get(spec.id());
        return entry != null && same(entry.handle.spec(), spec) ? entry.handle : null;
    }

    /** Remembers a handle; true if it was not known. */
    boolean learn(PgmapHandle handle) {
        Entry known = entries.get(handle.spec().id());
        if (known != null && known.handle.ref().equals(handle.ref())) {
            return false;
        }
        entries.put(handle.spec().id(), new Entry(handle));
        return true;
    }

    /** The section's actor, if known. */
    @Nullable
    ActorRef<Section.Command> section(PgmapSpec spec, int number) {
        Entry entry = cached != null && same(cached.handle.spec(), spec) ? cached : entries.get(spec.id());
        return entry == null || !same(entry.handle.spec(), spec) ? null : entry.sections.get(number);
    }

    /** Remembers the sections of an answer. */
    void learn(Pgmap.SectionsFound found) {
        Entry entry = entries.get(found.pgmap());
        if (entry != null) {
            List<Integer> numbers = found.numbers();
            for (int i = 0; i < found.sections().size(); i++) {
                entry.sections.put(numbers.get(i), found.sections().get(i));
            }
        }
    }

    /** Forgets a pgmap that is gone; true if it was known. */
    boolean forget(PgmapHandle gone) {
        Entry entry = entries.get(gone.spec().id());
        if (entry == null || !entry.handle.ref().equals(gone.ref())) {
            return false;
        }
        entries.remove(gone.spec().id());
        if (cached == entry) {
            cached = null;
        }
        return true;
    }
}
