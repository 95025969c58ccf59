package org.pagepool.runtime.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arithmetic on lists of runs that are sorted by head and do not overlap. Pure; every list returned is immutable. */
public final class Runs {
    private Runs() {}

    /** References in all of {@code runs}. */
    public static long totalRefs(List<Run> runs) {
        long sum = 0;
        for (int i = 0; i < runs.size(); i++) {
            sum += runs.get(i).totalRefs();
        }
        return sum;
    }

    /** Heads in all of {@code runs}. */
    public static int heads(List<Run> runs) {
        int sum = 0;
        for (int i = 0; i < runs.size(); i++) {
            sum += runs.get(i).heads();
        }
        return sum;
    }

    /**
     * The runs that cover {@code pages} base pages from {@code firstPfn}, one reference for each page on its head (B20): a
     * partial first head, whole heads, a partial last head.
     */
    public static List<Run> ofPages(long firstPfn, long pages, Geometry geometry) {
        return ofUnits(firstPfn, pages, geometry.order());
    }

    private static List<Run> ofUnits(long first, long count, int order) {
        long size = 1L << order;
        long offset = first & (size - 1);
        if (offset == 0 && count == size) {
            return List.of(new Run(first, 1, Math.toIntExact(size))); // one whole head, as most calls want
        }
        List<Run> runs = new ArrayList<>(3);
        long unit = first;
        long left = count;
        if (offset != 0 && left > 0) {
            long n = Math.min(size - offset, left);
            runs.add(new Run(unit - offset, 1, Math.toIntExact(n)));
            unit += n;
            left -= n;
        }
        long whole = left >> order;
        if (whole > 0) {
            runs.add(new Run(unit, Math.toIntExact(whole), Math.toIntExact(size)));
            unit += whole << order;
            left -= whole << order;
        }
        if (left > 0) {
            runs.add(new Run(unit, 1, Math.toIntExact(left)));
        }
        return List.copyOf(runs);
    }

    /**
     * The runs that mapping {@code pages} base pages from {@code firstPfn} by entries of {@code entryPages} each puts on
     * the heads: one reference per entry and head. A head larger than an entry gets one for each entry inside it, an entry
     * larger than a head gives one to every head it covers.
     */
    public static List<Run> ofEntries(long firstPfn, long pages, long entryPages, Geometry geometry) {
        if (entryPages >= geometry.pages()) {
            return List.of(new Run(firstPfn, Math.toIntExact(pages >> geometry.order()), 1));
        }
        int entryOrder = Long.numberOfTrailingZeros(entryPages);
        List<Run> inEntries = ofUnits(firstPfn >> entryOrder, pages >> entryOrder, geometry.order() - entryOrder);
        List<Run> runs = new ArrayList<>(inEntries.size());
        inEntries.forEach(r -> runs.add(new Run(r.firstHead() << entryOrder, r.heads(), r.refs())));
        return List.copyOf(runs);
    }

    /** The first {@code heads} heads of {@code runs}, cut inside a run where needed. */
    public static List<Run> firstHeads(List<Run> runs, int heads, Geometry geometry) {
        return slice(runs, 0, heads, geometry);
    }

    /** All but the first {@code heads} heads of {@code runs}. */
    public static List<Run> afterHeads(List<Run> runs, int heads, Geometry geometry) {
        return slice(runs, heads, heads(runs), geometry);
    }

    private static List<Run> slice(List<Run> runs, int from, int to, Geometry geometry) {
        List<Run> out = new ArrayList<>(runs.size());
        int at = 0;
        for (Run run : runs) {
            int lo = Math.max(from, at);
            int hi = Math.min(to, at + run.heads());
            if (lo < hi) {
                out.add(new Run(run.firstHead() + ((long) (lo - at) << geometry.order()), hi - lo, run.refs()));
            }
            at += run.heads();
        }
        return List.copyOf(out);
    }

    /**
     * What is left of {@code held} after {@code given} is taken from it, or null if {@code given} takes from a head more
     * than is held there. The caller turns null into a refusal; nothing is changed by asking.
     */
    public static @Nullable List<Run> minus(List<Run> held, List<Run> given, Geometry geometry) {
        return same(held, given) ? List.of() : rest(held, given, geometry);
    }

    private static @Nullable List<Run> rest(List<Run> held, List<Run> given, Geometry geometry) {
        List<Run> left = new ArrayList<>(held.size() + given.size());
        int g = 0;
        long givenHead = given.isEmpty() ? Long.MAX_VALUE : given.get(0).firstHead();
        for (Run run : held) {
            long head = run.firstHead();
            long end = run.end(geometry);
            while (head < end) {
                if (g >= given.size() || givenHead >= end) {
                    append(left, head, Math.toIntExact((end - head) >> geometry.order()), run.refs(), geometry);
                    break;
                }
                if (givenHead < head) {
                    return null;
                }
                if (givenHead > head) {
                    append(left, head, Math.toIntExact((givenHead - head) >> geometry.order()), run.refs(), geometry);
                    head = givenHead;
                }
                Run taken = given.get(g);
                long until = Math.min(end, taken.end(geometry));
                int rest = run.refs() - taken.refs();
                if (rest < 0) {
                    return null;
                }
                if (rest > 0) {
                    append(left, head, Math.toIntExact((until - head) >> geometry.order()), rest, geometry);
                }
                head = until;
                givenHead = until;
                if (givenHead == taken.end(geometry)) {
                    g++;
                    givenHead = g < given.size() ? given.get(g).firstHead() : Long.MAX_VALUE;
                }
            }
        }
        return g < given.size() ? null : List.copyOf(left);
    }

    private static boolean same(List<Run> one, List<Run> other) {
        int size = one.size();
        boolean same = size == other.size();
        for (int i = 0; same && i < size; i++) {
            same = one.get(i).equals(other.get(i));
        }
        return same;
    }

    /** {@code runs} in the order of their heads, equal heads added up, equal neighbours joined. */
    public static List<Run> normalise(List<Run> runs, Geometry geometry) {
        if (runs.size() <= 1) {
            return List.copyOf(runs);
        }
        List<Run> sorted = new ArrayList<>(runs);
        sorted.sort((a, b) -> Long.compare(a.firstHead(), b.firstHead()));
        boolean clean = true;
        for (int i = 1; i < sorted.size(); i++) {
            clean &= sorted.get(i - 1).end(geometry) <= sorted.get(i).firstHead();
        }
        List<Run> out = new ArrayList<>(sorted.size());
        if (clean) {
            sorted.forEach(r -> append(out, r.firstHead(), r.heads(), r.refs(), geometry));
            return List.copyOf(out);
        }
        java.util.TreeMap<Long, Integer> refs = new java.util.TreeMap<>();
        for (Run run : sorted) {
            for (int i = 0; i < run.heads(); i++) {
                refs.merge(run.firstHead() + ((long) i << geometry.order()), run.refs(), Math::addExact);
            }
        }
        refs.forEach((head, n) -> append(out, head, 1, n, geometry));
        return List.copyOf(out);
    }

    /** Adds heads behind {@code runs}, joined to the last run when they continue it with equal refs. */
    public static void append(List<Run> runs, long head, int heads, int refs, Geometry geometry) {
        if (!runs.isEmpty()) {
            Run last = runs.get(runs.size() - 1);
            if (last.refs() == refs && last.end(geometry) == head) {
                runs.set(runs.size() - 1, new Run(last.firstHead(), last.heads() + heads, refs));
                return;
            }
        }
        runs.add(new Run(head, heads, refs));
    }
}
