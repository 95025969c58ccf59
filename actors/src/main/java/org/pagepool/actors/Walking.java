package org.pagepool.actors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.gup.Settlement;
import org.pagepool.runtime.gup.WalkPlan;
import org.pagepool.runtime.head.Refusal;

/**
 * A walk under way: what it has by now, and how far it is in the pass it makes. The first pass is the fast one, each further
 * pass one step of the slow path, behind what the passes before have kept. Confined to its walker.
 */
final class Walking extends Timed {
    private static final long[] NONE = {};
    private static final @Nullable Refusal[] NO_REFUSALS = {};

    /** What a pass waits for. */
    enum Phase {
        /** Fast: which entries map the range. */
        LOOKUP,
        /** Slow: the same, and their lock. */
        FOLLOW,
        /** Slow: the missing entries. */
        FAULT,
        /** Whose pages these are, and where their sections live. */
        FIND,
        /** The references. */
        GRAB,
        /** Fast: whether the entries are still the same. */
        RECHECK,
        /** What is given back again. */
        UNWIND,
        /** The end of what it keeps of pgmaps. */
        END,
        /** Slow: data on its way to system memory. */
        MIGRATE
    }

    // ---- the walk

    private final long firstVpn;
    private final long pages;
    final GupWalker.Flags flags;
    final GupWalker.Asking caller;
    List<Section.Revoked> revoked = List.of();
    private Pin.@Nullable Piece first;
    private List<Pin.Piece> further = List.of();
    private long done;
    boolean slow;
    boolean again;
    int faults;
    long heads;
    long messages;
    long headGrabs;
    long pgmapLookups;
    long migrated;

    @Nullable
    Refusal aborted;

    // ---- the pass

    Phase phase = Phase.LOOKUP;
    /** The last question put to the address space; answers to others belong to passes that have given up. */
    long question;
    /** What it holds the lock of its entries under, or 0. */
    long locked;

    Lookup lookup = Lookup.NOTHING;
    /** The table it was made in, if the walker has looked into that itself. */
    @Nullable
    PageTable seenIn;

    WalkPlan plan = WalkPlan.NOTHING;
    private Set<Long> nobodys = Set.of();
    int sent;
    int waiting;
    /** Some section has refused it something. */
    boolean refused;

    long[] granted = NONE;

    @Nullable
    Refusal[] refusals = NO_REFUSALS;

    long[] sequences = NONE;
    long[] epochs = NONE;

    @Nullable
    Settlement settlement;

    Walking(GupWalker.Asking caller, long vpn, long sinceNanos) {
        super(sinceNanos);
        this.firstVpn = vpn;
        this.pages = caller.pagesFrom(vpn);
        this.flags = caller.flags();
        this.caller = caller;
    }

    /** Nobody owns that page. */
    void nobodys(long pfn) {
        if (nobodys.isEmpty()) {
            nobodys = new HashSet<>();
        }
        nobodys.add(pfn);
    }

    /** Whether this pass was told that nobody owns that page. */
    boolean isNobodys(long pfn) {
        return !nobodys.isEmpty() && nobodys.contains(pfn);
    }

    /** Teardown took something before it was clear what it belongs to. */
    void revoked(Section.Revoked taken) {
        if (revoked.isEmpty()) {
            revoked = new ArrayList<>();
        }
        revoked.add(taken);
    }

    /** Base pages kept by the passes so far. */
    long done() {
        return done;
    }

    /** Where the next pass begins. */
    long vpn() {
        return firstVpn + done;
    }

    /** First virtual page behind it. */
    long endVpn() {
        return firstVpn + pages;
    }

    /** Whether it is on the fast path, has asked for all it wants, and was refused nothing so far. */
    boolean onlyWaits() {
        return phase == Phase.GRAB
                && !slow
                && !again
                && !refused
                && aborted == null
                && plan.pages() == left()
                && sent == plan.batches().size();
    }

    /** Whether that is the number of one of its grabs in this pass. */
    boolean hasAsked(long sequence) {
        for (int i = 0; i < sent; i++) {
            if (sequences[i] == sequence) {
                return true;
            }
        }
        return false;
    }

    /** Base pages it is still short of. */
    long left() {
        return pages - done;
    }

    /** Makes ready for the answers to the plan. */
    void beginGrabs() {
        int n = plan.batches().size();
        phase = Phase.GRAB;
        sent = 0;
        refused = false;
        granted = new long[n];
        refusals = new Refusal[n];
        sequences = new long[n];
        epochs = new long[n];
        Arrays.fill(refusals, Refusal.DYING);
    }

    /** Adds the first {@code pages} pages of this pass to what it has. */
    void keep(long pages) {
        for (int i = 0; i < plan.batches().size(); i++) {
            WalkPlan.Batch batch = plan.batches().get(i);
            long kept = batch.pagesWithin(pages);
            if (kept > 0) {
                add(Pin.Piece.of(batch, kept, sequences[i], epochs[i]).behind(done));
            }
        }
        done += pages;
        if (pages > 0) {
            faults = 0;
        }
    }

    private void add(Pin.Piece piece) {
        if (first == null) {
            first = piece;
            return;
        }
        if (further.isEmpty()) {
            further = new ArrayList<>(plan.batches().size());
            further.add(first);
        }
        further.add(piece);
    }

    /** Most walks are granted in one piece. */
    private List<Pin.Piece> pieces() {
        return first == null || !further.isEmpty() ? further : List.of(first);
    }

    /** Forgets the pass, for the next one. */
    void endPass() {
        lookup = Lookup.NOTHING;
        seenIn = null;
        plan = WalkPlan.NOTHING;
        settlement = null;
        nobodys = Set.of();
        sent = 0;
    }

    /** What it has, as a token; null if it has nothing. */
    @Nullable
    Pin pin(String holder, long id) {
        return done == 0 ? null : new Pin(holder, id, flags.kind(), firstVpn, done, pieces());
    }
}
