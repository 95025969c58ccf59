package org.pagepool.runtime.audit;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * Which pages of a pgmap are blocks of files (I3): a block is given out once, and given back once before it is given out
 * again. Confined to its auditor.
 */
final class BlockFold {
    private final PgmapSpec spec;
    private final Findings findings;
    /** One behind the last pfn and the event that gave it out, by first pfn. */
    private final TreeMap<Long, Given> given = new TreeMap<>();

    private record Given(long end, Recorded at) {}

    BlockFold(PgmapSpec spec, Findings findings) {
        this.spec = spec;
        this.findings = findings;
    }

    void allocated(Recorded at, Event.BlockAllocated e) {
        findings.judged(Invariant.I3);
        for (Run run : e.runs()) {
            long end = run.end(spec.geometry());
            Map.Entry<Long, Given> before = given.lowerEntry(end);
            if (before != null && before.getValue().end > run.firstHead()) {
                Given old = before.getValue();
                broken(at, "block given out twice", e.file(), run, List.of(old.at));
                take(run.firstHead(), end);
            }
            given.put(run.firstHead(), new Given(end, at));
        }
    }

    void freed(Recorded at, Event.BlockFreed e) {
        for (Run run : e.runs()) {
            long end = run.end(spec.geometry());
            if (take(run.firstHead(), end) < end - run.firstHead()) {
                broken(at, "block given back that no file has", e.file(), run, List.of());
            }
        }
    }

    /** Takes what is given out of the range; returns how many pages of it were. */
    private long take(long from, long to) {
        long taken = 0;
        Map.Entry<Long, Given> entry = given.lowerEntry(to);
        while (entry != null && entry.getValue().end > from) {
            long first = entry.getKey();
            Given old = entry.getValue();
            given.remove(first);
            if (first < from) {
                given.put(first, new Given(from, old.at));
            }
            if (old.end > to) {
                given.put(to, new Given(old.end, old.at));
            }
            taken += Math.min(old.end, to) - Math.max(first, from);
            entry = given.lowerEntry(to);
        }
        return taken;
    }

    private void broken(Recorded at, String what, String file, Run run, List<Recorded> before) {
        findings.broken(
                Invariant.I3,
                at,
                () -> what + ": pgmap=" + spec.id() + " file=" + file + " run=" + run,
                () -> new Witness(at).withLatest(before).events());
    }
}
