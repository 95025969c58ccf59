package org.pagepool.bench;

import java.util.List;
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
import org.pagepool.runtime.section.SectionState;

/** What a section of a 16 GiB device writes while a walker pins and unpins all of its 64 heads of 2 MiB, again and again. */
final class SectionRows {
    private static final long FIRST_PFN = 0x880000;
    private static final int SECTION = (int) (FIRST_PFN >> 15);
    private static final int HEADS = 64;
    private static final int REFS = 512;
    private static final String DEVICE = "pmem0";
    private static final String HOLDER = "w1";
    private static final List<Run> RUNS = List.of(new Run(FIRST_PFN, HEADS, REFS));

    private SectionRows() {}

    /** Row {@code n}, from 0: even ones pin, odd ones unpin what the one before has pinned. */
    static Batch row(long n) {
        long sequence = n + 1;
        Event event = n % 2 == 0 ? grabbed(sequence) : released(sequence - 1);
        Receipt receipt = new Receipt(HOLDER, sequence, sequence, new Answer((long) HEADS * REFS, null));
        return new Batch(List.of(new Batch.Entry(1_763_740_800_000_000_000L + n, event)), List.of(receipt));
    }

    private static Event grabbed(long sequence) {
        long pins = (long) HEADS * REFS;
        return new Event.Grabbed(DEVICE, SECTION, 1, HOLDER, sequence, GrabKind.PIN, RUNS, pins + HEADS, pins);
    }

    private static Event released(long sequence) {
        return new Event.Released(DEVICE, SECTION, HOLDER, sequence, GrabKind.PIN, RUNS, ReleaseCause.PUT, HEADS, 0);
    }

    /** The section before its first row. */
    static SectionState empty() {
        PgmapSpec spec = new PgmapSpec(
                DEVICE,
                MemoryType.GENERIC,
                List.of(new PfnRange(FIRST_PFN, 16L << 18)),
                Geometry.ofPages(REFS),
                BasePage.KIB_4,
                Protocol.PAGEPOOL);
        return SectionState.empty(spec, SECTION);
    }
}
