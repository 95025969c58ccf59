package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * What one holder remembers of the pgmaps it has looked up: their handles and the sections it has been told of. A cached
 * entry that covers a page is used as it is (B6); a pgmap that terminates is forgotten. Two lives of one device are two
 * entries, for the last one still answers for a while when the next one is mapped. Confined to its actor.
 */
final class SectionDirectory {
    private static final class Entry {
        final PgmapHandle handle;
        private final Map<Integer, ActorRef<Section.Command>> sections = new HashMap<>();
        private int lastNumber = -1;
        private @Nullable ActorRef<Section.Command> last;

        Entry(PgmapHandle handle) {
            this.handle = handle;
        }

        /** Mostly the one that was asked for before. */
        @Nullable
        ActorRef<Section.Command> section(int number) {
            if (number != lastNumber || last == null) {
                lastNumber = number;
                last = sections.get(number);
            }
            return last;
        }
    }

    private final Map<ActorRef<Pgmap.Command>, Entry> entries = new LinkedHashMap<>();
    private @Nullable Entry cached;

    /** Whether both are one life of a device, not two that look alike: a name and its pfns may be mapped again. */
    @SuppressWarnings("ReferenceEquality")
    static boolean same(PgmapSpec one, PgmapSpec other) {
        return one == other;
    }

    /** The pgmap that owns {@code pfn}, if it is known here; of several lives the one learned last. */
    @Nullable
    PgmapHandle find(long pfn) {
        if (cached != null && cached.handle.spec().owns(pfn)) {
            return cached.handle;
        }
        Entry found = null;
        for (Entry entry : entries.values()) {
            if (entry.handle.spec().owns(pfn)) {
                found = entry;
            }
        }
        if (found == null) {
            return null;
        }
        cached = found;
        return found.handle;
    }

    /** The handle for exactly this pgmap, not for a later one of the same name. */
    @Nullable
    PgmapHandle handle(PgmapSpec spec) {
        Entry entry = entryOf(spec);
        return entry == null ? null : entry.handle;
    }

    /** Remembers a handle; true if it was not known. */
    boolean learn(PgmapHandle handle) {
        if (entries.containsKey(handle.ref())) {
            return false;
        }
        entries.put(handle.ref(), new Entry(handle));
        cached = null;
        return true;
    }

    /** The section's actor, if known. */
    @Nullable
    ActorRef<Section.Command> section(PgmapSpec spec, int number) {
        Entry entry = entryOf(spec);
        return entry == null ? null : entry.section(number);
    }

    private @Nullable Entry entryOf(PgmapSpec spec) {
        if (cached != null && same(cached.handle.spec(), spec)) {
            return cached;
        }
        for (Entry entry : entries.values()) {
            if (same(entry.handle.spec(), spec)) {
                return entry;
            }
        }
        return null;
    }

    /** Remembers the sections of an answer. */
    void learn(Pgmap.SectionsFound found) {
        Entry entry = entries.get(found.device());
        if (entry != null) {
            List<Integer> numbers = found.numbers();
            for (int i = 0; i < found.sections().size(); i++) {
                entry.sections.put(numbers.get(i), found.sections().get(i));
            }
        }
    }

    /** Forgets a pgmap that is gone; true if it was known. */
    boolean forget(PgmapHandle gone) {
        cached = null;
        return entries.remove(gone.ref()) != null;
    }
}
