package org.pagepool.runtime.section;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pcollections.TreePMap;

/**
 * Who holds what in one section, and what has been answered: the part of a section's state that must survive it.
 * Immutable; {@link #apply} is the way from one state to the next in recovery and replay. A section that lives keeps the accounts apart
 * ({@link HolderLedger}), and sees them as one for whoever asks about all.
 *
 * <p>A request is named by its holder and a sequence the holder counts up. The section remembers each answer until the
 * holder says, in a later request, that it has seen all answers below some floor; until then a repeat of the request gets
 * the remembered answer and changes nothing (I7). What is below the floor can only be a stray duplicate and is refused as
 * stale, so that the memory is bounded by what the holder has under way.
 *
 * @param geometry of the pgmap
 * @param holders accounts by name
 */
public record SectionLedger(Geometry geometry, TreePMap<String, HolderLedger> holders) {
    /** Requests of one holder a section remembers the answers of; one more grab is refused with LIMIT. */
    public static final int ANSWERS_MAX = 4096;

    /** A ledger in which nobody holds anything. */
    public static SectionLedger empty(Geometry geometry) {
        return new SectionLedger(geometry, TreePMap.empty());
    }

    /** The account of {@code holder}; empty if it has none. */
    public HolderLedger of(String holder) {
        return holders.getOrDefault(holder, HolderLedger.EMPTY);
    }

    /** The account with {@code answer} remembered under {@code sequence}, answers below {@code floor} forgotten. */
    public SectionLedger answered(String holder, long sequence, long floor, Answer answer) {
        return with(holder, of(holder).answered(sequence, floor, answer));
    }

    /** The next state. Events that say nothing of references leave it as it is. */
    public SectionLedger apply(Event event, long atNanos) {
        if (event instanceof Event.Grabbed e) {
            Held grant = new Held(e.kind(), e.runs(), e.epoch(), atNanos);
            return with(e.holder(), of(e.holder()).grabbed(e.sequence(), grant));
        }
        if (event instanceof Event.Released e) {
            return with(e.holder(), of(e.holder()).released(e.holder(), e.sequence(), e.runs(), e.cause(), geometry));
        }
        return this;
    }

    /** The ledger without the account of a holder that is gone and holds nothing any more. */
    public SectionLedger forget(String holder) {
        if (!of(holder).idle()) {
            throw new IllegalStateException("a holder with references cannot be forgotten: holder=" + holder);
        }
        return new SectionLedger(geometry, holders.minus(holder));
    }

    /** Who holds references here, by name. */
    public List<Holding> holdings() {
        List<Holding> out = new ArrayList<>();
        holders.forEach((name, account) -> {
            if (!account.idle()) {
                long since = Long.MAX_VALUE;
                for (Held h : account.held().values()) {
                    since = Math.min(since, h.sinceNanos());
                }
                out.add(new Holding(
                        name,
                        account.refs(GrabKind.GET),
                        account.refs(GrabKind.PIN),
                        account.refs(GrabKind.MAP),
                        account.refs(GrabKind.REQUEST),
                        since));
            }
        });
        out.sort(Comparator.comparing(Holding::holder));
        return List.copyOf(out);
    }

    /** Who holds references on that head, by name. */
    public List<String> holdersOf(long head) {
        List<String> out = new ArrayList<>();
        Run one = new Run(head, 1, 1);
        holders.forEach((name, account) -> {
            for (Held grant : account.held().values()) {
                if (Runs.minus(grant.runs(), List.of(one), geometry) != null) {
                    out.add(name);
                    return;
                }
            }
        });
        out.sort(null);
        return List.copyOf(out);
    }

    /** True when nobody holds anything. */
    public boolean idle() {
        for (HolderLedger account : holders.values()) {
            if (!account.idle()) {
                return false;
            }
        }
        return true;
    }

    /** The ledger with that account in place of the one it had. */
    public SectionLedger with(String holder, HolderLedger account) {
        return new SectionLedger(geometry, holders.plus(holder, account));
    }
}
