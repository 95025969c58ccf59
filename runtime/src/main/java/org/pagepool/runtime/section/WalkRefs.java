package org.pagepool.runtime.section;

import java.util.List;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * The pgmap references that walks keep after their pages were granted, until they have looked at their entries again and
 * have given back what they must (B6, B17): one for each grant, or one for each of its pages (D2). Kept only where the pages
 * hold no reference themselves, for otherwise nobody can see it ({@link Protocol#walkKeepsPgmapRef}). Immutable; {@link
 * #apply} is the only way from one state to the next.
 *
 * @param protocol the rules
 * @param type memory type of the pages
 * @param kept references by grant
 * @param total all of them
 */
public record WalkRefs(Protocol protocol, MemoryType type, PMap<Grant, Long> kept, long total) {
    /** A grab that was granted, by who asked and under which number. */
    public record Grant(String holder, long sequence) {}

    /** No walk is under way. */
    public static WalkRefs none(PgmapSpec spec) {
        return new WalkRefs(spec.protocol(), spec.type(), HashTreePMap.empty(), 0);
    }

    /** What that grant keeps; 0 if it keeps nothing, or no more. */
    public long of(String holder, long sequence) {
        return total == 0 ? 0 : kept.getOrDefault(new Grant(holder, sequence), 0L);
    }

    /** The grants of which {@code holder} keeps something. */
    public List<Grant> grantsOf(String holder) {
        return total == 0
                ? List.of()
                : kept.keySet().stream().filter(g -> g.holder.equals(holder)).toList();
    }

    /** The next state: a grant to a walk adds what it keeps, the walk's end takes it back. Other events leave it as it is. */
    public WalkRefs apply(Event event) {
        if (event instanceof Event.Grabbed e && keeps(e.kind())) {
            long refs = protocol.walkPgmapRefs(Runs.totalRefs(e.runs()));
            return new WalkRefs(protocol, type, kept.plus(new Grant(e.holder(), e.sequence()), refs), total + refs);
        }
        if (event instanceof Event.WalkEnded e) {
            Grant grant = new Grant(e.holder(), e.sequence());
            return new WalkRefs(protocol, type, kept.minus(grant), total - of(e.holder(), e.sequence()));
        }
        return this;
    }

    private boolean keeps(GrabKind kind) {
        return (kind == GrabKind.GET || kind == GrabKind.PIN) && protocol.walkKeepsPgmapRef(type);
    }
}
