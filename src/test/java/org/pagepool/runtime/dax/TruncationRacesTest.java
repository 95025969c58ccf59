package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.Seen;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.page.BasePage;

/**
 * One walk against one truncation of one page, every interleaving: how many there are and in how many the block is given back
 * while the walk keeps the page. Page table and counts are the real ones.
 */
class TruncationRacesTest {
    private static final HeadRules AT_ONE = new HeadRules(0, 1, false, true);
    private static final HeadRules AT_ZERO = new HeadRules(0, 0, false, true);

    /** How many schedules there are, and how many of them end badly. */
    private record Count(int bad, int total) {}

    /**
     * A moment in a schedule.
     *
     * @param walk steps the walk has done; {@link #OVER} when it has ended
     * @param cut steps the truncation has done
     * @param seen what the walk saw
     * @param held whether the walk holds the page
     * @param freed whether the block was given back
     */
    private record World(
            int walk,
            int cut,
            PageTable table,
            HeadState head,
            @Nullable Seen seen,
            boolean held,
            boolean freed) {
        static final int OVER = 99;

        World walk(int step, HeadState counts, @Nullable Seen saw, boolean holds) {
            return new World(step, cut, table, counts, saw, holds, freed);
        }

        World cut(int step, PageTable left, HeadState counts, boolean gone) {
            return new World(walk, step, left, counts, seen, held, gone);
        }
    }

    private enum Cut {
        ZAP,
        TEST,
        FREE,
        /** Another file is given the block, and maps it. */
        REUSE
    }

    private enum Recheck {
        /** The walk ends with its grab. */
        NONE,
        /** It looks again and keeps the page whatever it sees. */
        IGNORED,
        /** It gives the page back if the entry has changed (B52). */
        HEEDED
    }

    /** Returns the next world, or null if this side has nothing left to do. */
    private interface Side extends UnaryOperator<@Nullable World> {}

    private static World start(HeadRules rules) {
        PageTable table = PageTable.empty(BasePage.KIB_4).insert(new Mapping(0, 7, 1, Level.PTE, true));
        HeadState mapped = rules.base() == 1 ? HeadState.AT_ONE : HeadState.AT_ZERO.grab(GrabKind.MAP, 1, rules);
        return new World(0, 0, table, mapped, null, false, false);
    }

    private static @Nullable World walk(World w, HeadRules rules, Recheck recheck) {
        return switch (w.walk) {
            case 0 -> {
                Lookup found = w.table.lookup(0, 1, true);
                yield found.pages() == 0
                        ? w.walk(World.OVER, w.head, null, false)
                        : w.walk(1, w.head, found.seen().get(0), false);
            }
            case 1 ->
                w.head.refuses(GrabKind.GET, 1, rules) != null
                        ? w.walk(World.OVER, w.head, null, false)
                        : w.walk(
                                recheck == Recheck.NONE ? World.OVER : 2,
                                w.head.grab(GrabKind.GET, 1, rules),
                                w.seen,
                                true);
            case 2 -> {
                boolean same = w.seen != null && w.table.recheck(List.of(w.seen)) == 1;
                yield same || recheck == Recheck.IGNORED
                        ? w.walk(World.OVER, w.head, w.seen, true)
                        : w.walk(World.OVER, w.head.put(GrabKind.GET, 1, rules), w.seen, false);
            }
            default -> null;
        };
    }

    private static @Nullable World truncate(World w, HeadRules rules, List<Cut> order) {
        if (w.cut >= order.size()) {
            return null;
        }
        return switch (order.get(w.cut)) {
            case ZAP -> {
                PageTable.Zapped zapped = w.table.zap(0, 1);
                boolean held = rules.base() == 0 && zapped.pages() > 0;
                yield w.cut(w.cut + 1, zapped.table(), held ? w.head.put(GrabKind.MAP, 1, rules) : w.head, w.freed);
            }
            case TEST -> {
                boolean busy = rules.base() == 1 ? w.head.refcount() > 1 : w.head.refcount() != w.head.mapcount();
                yield w.cut(busy ? World.OVER : w.cut + 1, w.table, w.head, w.freed);
            }
            case FREE -> w.cut(w.cut + 1, w.table, w.head, true);
            case REUSE -> w.cut(w.cut + 1, w.table, w.head.grab(GrabKind.MAP, 1, rules), true);
        };
    }

    private static Count count(HeadRules rules, Recheck recheck, Cut... order) {
        int[] sum = new int[2];
        explore(
                start(rules),
                List.of(
                        w -> w == null ? null : walk(w, rules, recheck),
                        w -> w == null ? null : truncate(w, rules, List.of(order))),
                w -> w.held && w.freed,
                sum);
        return new Count(sum[0], sum[1]);
    }

    private static void explore(World now, List<Side> sides, Predicate<World> bad, int[] sum) {
        boolean over = true;
        for (Side side : sides) {
            World next = side.apply(now);
            if (next != null) {
                over = false;
                explore(next, sides, bad, sum);
            }
        }
        if (over) {
            sum[0] += bad.test(now) ? 1 : 0;
            sum[1]++;
        }
    }

    @Test
    @DisplayName("R5, 1-based: 3 of 11 schedules go wrong without a recheck, none with it")
    void shouldNeedTheRecheckWherePagesIdleAtOne() {
        assertEquals(new Count(3, 11), count(AT_ONE, Recheck.IGNORED, Cut.ZAP, Cut.TEST, Cut.FREE));
        assertEquals(new Count(0, 11), count(AT_ONE, Recheck.HEEDED, Cut.ZAP, Cut.TEST, Cut.FREE));
    }

    @Test
    @DisplayName("R5, 0-based: a free page refuses the grab; in 1 of 9 schedules the pin lands on another file")
    void shouldNeedTheRecheckWhereTheBlockIsReused() {
        assertEquals(new Count(0, 9), count(AT_ZERO, Recheck.IGNORED, Cut.ZAP, Cut.TEST, Cut.FREE));
        assertEquals(new Count(1, 9), count(AT_ZERO, Recheck.NONE, Cut.ZAP, Cut.TEST, Cut.FREE, Cut.REUSE));
        assertEquals(new Count(0, 9), count(AT_ZERO, Recheck.HEEDED, Cut.ZAP, Cut.TEST, Cut.FREE));
        assertEquals(new Count(0, 11), count(AT_ZERO, Recheck.HEEDED, Cut.ZAP, Cut.TEST, Cut.FREE, Cut.REUSE));
    }

    @Test
    @DisplayName("R6: 2 of 14 schedules go wrong if the count is looked at before the page is unmapped")
    void shouldUnmapBeforeItLooksAtTheCount() {
        assertEquals(new Count(2, 14), count(AT_ZERO, Recheck.HEEDED, Cut.TEST, Cut.ZAP, Cut.FREE));
        assertEquals(new Count(0, 9), count(AT_ZERO, Recheck.HEEDED, Cut.ZAP, Cut.TEST, Cut.FREE));
        assertEquals(new Count(2, 16), count(AT_ONE, Recheck.HEEDED, Cut.TEST, Cut.ZAP, Cut.FREE));
    }
}
