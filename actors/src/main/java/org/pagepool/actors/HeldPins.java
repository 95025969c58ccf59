package org.pagepool.actors;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.gup.PageList;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;

/** What a walker holds: its pins, and which pages of them it has given back. Confined to its walker. */
final class HeldPins {
    /** A pin and the pages of it that were given back, as ranges of its indices that do not touch. */
    private static final class HeldPin {
        private static final TreeMap<Long, Long> NOTHING = new TreeMap<>();

        final Pin pin;
        TreeMap<Long, Long> given = NOTHING;
        long pagesLeft;

        HeldPin(Pin pin) {
            this.pin = pin;
            this.pagesLeft = pin.pages();
        }

        boolean holds(long index, long pages) {
            if (given.isEmpty()) {
                return pagesLeft > 0;
            }
            Map.Entry<Long, Long> before = given.lowerEntry(index + pages);
            return pagesLeft > 0 && (before == null || before.getValue() <= index);
        }

        /** How many pages from {@code index} on are held, up to {@code most}. */
        long heldFrom(long index, long most) {
            Long next = given.ceilingKey(index);
            return next == null ? most : Math.min(most, next - index);
        }

        void give(long index, long pages) {
            pagesLeft -= pages;
            if (pagesLeft == 0) {
                return; // it is forgotten
            }
            if (given.isEmpty()) {
                given = new TreeMap<>();
            }
            long from = index;
            Long to = given.remove(index + pages);
            Map.Entry<Long, Long> before = given.lowerEntry(index);
            if (before != null && before.getValue() == index) {
                from = before.getKey();
            }
            given.put(from, to == null ? index + pages : to);
        }
    }

    /** A piece of a pin. */
    private record Place(HeldPin held, Pin.Piece piece) {
        boolean covers(long pfn) {
            return pfn >= piece.firstPfn() && pfn < piece.firstPfn() + piece.pages();
        }

        long indexOf(long pfn) {
            return piece.index() + (pfn - piece.firstPfn());
        }
    }

    /** Heads of one grant, in ascending order: what one message to a section gives back. */
    record GiveBack(Pin.Piece grant, List<Run> runs) {}

    /**
     * A list of pages, found in pins and taken out of them.
     *
     * @param giveBacks what to give back, in the order of the list
     * @param pages pages of the list that are no holes
     * @param refusal why nothing was taken, or null
     * @param pfn the page that is refused, or -1
     */
    record Taken(
            List<GiveBack> giveBacks, long pages, @Nullable Refusal refusal, long pfn) {
        /** Decrements of heads that makes (B26). */
        long atomics() {
            long sum = 0;
            for (GiveBack back : giveBacks) {
                sum += Runs.heads(back.runs);
            }
            return sum;
        }
    }

    private final ByNumber<HeldPin> byId = new ByNumber<>();

    void add(Pin pin) {
        byId.add(pin.id(), new HeldPin(pin));
    }

    void remove(long id) {
        byId.remove(id);
    }

    /** The pin of that number, if some of it is held. */
    @Nullable
    Pin pin(long id) {
        HeldPin held = byId.get(id);
        return held == null ? null : held.pin;
    }

    /** The pin that has a piece granted under that number, or null. */
    @Nullable
    Pin grantedUnder(long sequence) {
        for (HeldPin held : byId) {
            for (Pin.Piece piece : held.pin.pieces()) {
                if (piece.sequence() == sequence) {
                    return held.pin;
                }
            }
        }
        return null;
    }

    /** True when none of these pages was given back before. */
    boolean holds(long id, long index, long pages) {
        HeldPin held = byId.get(id);
        return held != null && held.holds(index, pages);
    }

    /** Takes these pages, all of which are held, out of a pin. */
    void give(long id, long index, long pages) {
        HeldPin held = byId.get(id);
        if (held == null) {
            throw new IllegalStateException("gave back pages of a pin that is not held: id=" + id);
        }
        held.give(index, pages);
        forgetIfEmpty(held);
    }

    private void forgetIfEmpty(HeldPin held) {
        if (held.pagesLeft == 0) {
            byId.remove(held.pin.id());
        }
    }

    // ---- lists of pages (B26)

    /**
     * Finds each page of a list in a pin of that kind which still holds it, and takes it out; of several pins that hold a page
     * it does not matter which. All of the list is taken, or nothing.
     *
     * @param list each page once for each reference to give back
     */
    Taken take(PageList list, GrabKind kind) {
        Map<HeldPin, TreeMap<Long, Long>> before = new HashMap<>();
        Map<HeldPin, Long> leftBefore = new HashMap<>();
        Places places = new Places(byId);
        Grouping groups = new Grouping();
        long pages = 0;
        for (int i = 0; i < list.size(); ) {
            if (list.pfn(i) < 0) {
                groups.hole();
                i++;
                continue;
            }
            Place place = places.holding(list.pfn(i), kind);
            if (place == null) {
                before.forEach((held, given) -> held.given = given);
                leftBefore.forEach((held, left) -> held.pagesLeft = left);
                return new Taken(List.of(), 0, places.whyNot(list.pfn(i), kind), list.pfn(i));
            }
            long n = place.held.heldFrom(place.indexOf(list.pfn(i)), follow(list, i, place));
            before.computeIfAbsent(place.held, held -> new TreeMap<>(held.given));
            leftBefore.putIfAbsent(place.held, place.held.pagesLeft);
            place.held.give(place.indexOf(list.pfn(i)), n);
            groups.add(place.piece, list.pfn(i), n);
            pages += n;
            i += Math.toIntExact(n);
        }
        before.keySet().forEach(this::forgetIfEmpty);
        return new Taken(groups.out, pages, null, -1);
    }

    /** How many entries of the list from {@code i} on name one page after the other, all of one piece. */
    private static long follow(PageList list, int i, Place place) {
        int n = 1;
        while (i + n < list.size() && list.pfn(i + n) == list.pfn(i) + n && place.covers(list.pfn(i + n))) {
            n++;
        }
        return n;
    }

    /** Pieces by pfn. */
    private static final class Places {
        private final List<Place> byPfn = new ArrayList<>();
        private long longest;

        Places(Iterable<HeldPin> pins) {
            for (HeldPin held : pins) {
                for (Pin.Piece piece : held.pin.pieces()) {
                    byPfn.add(new Place(held, piece));
                    longest = Math.max(longest, piece.pages());
                }
            }
            byPfn.sort(Comparator.comparingLong(place -> place.piece.firstPfn()));
        }

        @Nullable
        Place holding(long pfn, GrabKind kind) {
            for (int i = lastUpTo(pfn); i >= 0 && byPfn.get(i).piece.firstPfn() > pfn - longest; i--) {
                Place place = byPfn.get(i);
                if (place.held.pin.kind() == kind && place.covers(pfn) && place.held.holds(place.indexOf(pfn), 1)) {
                    return place;
                }
            }
            return null;
        }

        Refusal whyNot(long pfn, GrabKind kind) {
            Refusal why = Refusal.UNKNOWN_PIN;
            for (Place place : byPfn) {
                if (place.covers(pfn)) {
                    boolean held = place.held.holds(place.indexOf(pfn), 1);
                    if (held && place.held.pin.kind() != kind) {
                        return Refusal.KIND_MISMATCH;
                    }
                    why = Refusal.ALREADY_RELEASED;
                }
            }
            return why;
        }

        private int lastUpTo(long pfn) {
            int lo = 0;
            int hi = byPfn.size();
            while (lo < hi) {
                int mid = (lo + hi) >>> 1;
                if (byPfn.get(mid).piece.firstPfn() <= pfn) {
                    lo = mid + 1;
                } else {
                    hi = mid;
                }
            }
            return lo - 1;
        }
    }

    /**
     * Neighbours in the list that have the same head, by the same grant, are one decrement; a hole in between ends that. As many
     * decrements as ascend go into one message.
     */
    private static final class Grouping {
        final List<GiveBack> out = new ArrayList<>();
        private boolean afterHole;

        void hole() {
            afterHole = true;
        }

        void add(Pin.Piece piece, long pfn, long pages) {
            Geometry geometry = piece.pgmap().geometry();
            for (Run run : Runs.ofPages(pfn, pages, geometry)) {
                GiveBack last = out.isEmpty() ? null : out.get(out.size() - 1);
                if (last == null || last.grant.sequence() != piece.sequence() || !append(last.runs, run, geometry)) {
                    out.add(new GiveBack(piece, new ArrayList<>(List.of(run))));
                }
                afterHole = false;
            }
        }

        private boolean append(List<Run> runs, Run run, Geometry geometry) {
            Run last = runs.get(runs.size() - 1);
            long lastHead = last.end(geometry) - geometry.pages();
            if (run.firstHead() < lastHead || (run.firstHead() == lastHead && afterHole)) {
                return false;
            }
            if (run.firstHead() > lastHead) {
                Runs.append(runs, run.firstHead(), run.heads(), run.refs(), geometry);
                return true;
            }
            runs.remove(runs.size() - 1);
            if (last.heads() > 1) {
                runs.add(new Run(last.firstHead(), last.heads() - 1, last.refs()));
            }
            runs.add(new Run(lastHead, 1, Math.addExact(last.refs(), run.refs())));
            if (run.heads() > 1) {
                runs.add(new Run(lastHead + geometry.pages(), run.heads() - 1, run.refs()));
            }
            return true;
        }
    }
}
