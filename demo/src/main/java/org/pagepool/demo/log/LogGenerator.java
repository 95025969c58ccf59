package org.pagepool.demo.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.section.Answer;

/**
 * A history without end of a device-dax device under the default protocol, as its sections would write it: walkers pin stretches
 * of their own and unpin them, each in a batch with its receipt. The same seed is the same history.
 */
public final class LogGenerator {
    /** The device. */
    public static final PgmapSpec SPEC = new PgmapSpec(
            "pmem0",
            MemoryType.GENERIC,
            List.of(new PfnRange(0x880000, 8L << 15)),
            new Geometry(9),
            BasePage.KIB_4,
            Protocol.PAGEPOOL);

    /** The shortest history: a device is mapped and torn down. */
    public static final long EVENTS_MIN = 64;

    private static final int SECTION = 0x880000 >> 15;
    private static final int SECTIONS = 8;
    private static final int WALKERS = 64;
    private static final int HEADS = 8;
    private static final int REFS = 512;
    private static final long START = 1_763_740_800_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private final SplittableRandom random;
    private final Map<String, Long> sequences = new HashMap<>();
    private final long[] asked = new long[WALKERS];
    private final long[] holds = new long[WALKERS];
    private long now = START;
    private long rows;

    /** A history from that seed. */
    public LogGenerator(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Hands out rows with about that many events in all; false if {@code to} did not want more. */
    public boolean generate(long events, Predicate<LogRow> to) {
        boolean goesOn = to.test(row("pgmap-pmem0", List.of(new Event.Mapped(SPEC)), null));
        for (int s = 0; s < SECTIONS; s++) {
            goesOn &= to.test(row(owner(s), List.of(new Event.SectionStarted("pmem0", SECTION + s, s + 1L)), null));
        }
        long left = events - EVENTS_MIN;
        while (left-- > 0 && goesOn) {
            int walker = random.nextInt(WALKERS);
            goesOn = to.test(holds[walker] == 0 ? grab(walker) : release(walker));
        }
        for (int walker = 0; walker < WALKERS; walker++) {
            if (holds[walker] != 0) {
                goesOn &= to.test(release(walker));
            }
        }
        return goesOn && tearDown(to);
    }

    private LogRow grab(int walker) {
        long sequence = ++asked[walker];
        holds[walker] = sequence;
        long refs = HEADS * (1L + REFS);
        Event event = new Event.Grabbed(
                "pmem0",
                SECTION + walker % SECTIONS,
                walker % SECTIONS + 1L,
                "w" + walker,
                sequence,
                GrabKind.PIN,
                runs(walker),
                refs,
                (long) HEADS * REFS);
        return answered(walker, sequence, event);
    }

    private LogRow release(int walker) {
        long sequence = holds[walker];
        holds[walker] = 0;
        Event event = new Event.Released(
                "pmem0",
                SECTION + walker % SECTIONS,
                "w" + walker,
                sequence,
                GrabKind.PIN,
                runs(walker),
                ReleaseCause.PUT,
                HEADS,
                0);
        return answered(walker, ++asked[walker], event);
    }

    private LogRow answered(int walker, long sequence, Event event) {
        Receipt receipt = new Receipt("w" + walker, sequence, sequence, new Answer((long) HEADS * REFS, null));
        return row(owner(walker % SECTIONS), List.of(event), receipt);
    }

    /** Each walker has heads of its own: eight of the sixty-four of its section. */
    private static List<Run> runs(int walker) {
        long first = (long) (SECTION + walker % SECTIONS) << 15;
        return List.of(new Run(
                first + (long) (walker / SECTIONS) * HEADS * SPEC.geometry().pages(), HEADS, REFS));
    }

    private boolean tearDown(Predicate<LogRow> to) {
        int heads = SPEC.headsIn(SECTION);
        boolean goesOn = to.test(
                row("pgmap-pmem0", List.of(new Event.Killed("pmem0", CloseVerb.WHEN_IDLE, "end of the log")), null));
        for (int s = 0; s < SECTIONS; s++) {
            goesOn &= to.test(row(owner(s), List.of(new Event.GateClosed("pmem0", SECTION + s, heads, 0)), null));
        }
        goesOn &= to.test(row("pgmap-pmem0", List.of(new Event.KillConfirmed("pmem0", (long) heads * SECTIONS)), null));
        for (int s = 0; s < SECTIONS; s++) {
            goesOn &= to.test(row(
                    owner(s),
                    List.of(
                            new Event.BaseDropped("pmem0", SECTION + s, heads, true, 0),
                            new Event.ShareDrained("pmem0", SECTION + s)),
                    null));
        }
        return goesOn
                && to.test(row("pgmap-pmem0", List.of(new Event.Drained("pmem0"), new Event.CleanedUp("pmem0")), null));
    }

    private LogRow row(String owner, List<Event> events, @Nullable Receipt receipt) {
        List<Batch.Entry> entries = new ArrayList<>(events.size());
        for (Event event : events) {
            now += random.nextInt(20_000);
            entries.add(new Batch.Entry(now, event));
        }
        Batch batch = new Batch(entries, receipt == null ? List.of() : List.of(receipt));
        return LogRow.of(++rows, owner, sequences.merge(owner, 1L, Long::sum), now / MILLI, batch);
    }

    private static String owner(int section) {
        return "section-pmem0-" + (SECTION + section);
    }
}
