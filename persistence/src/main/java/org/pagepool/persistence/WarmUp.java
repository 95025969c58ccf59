package org.pagepool.persistence;

import java.util.List;
import org.pagepool.persistence.codec.Records;
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

/**
 * What a JVM does slowly the first time, done once on a thread of its own while the actor system starts, which needs only one
 * processor for that: a library is loaded, and a section that never was is written down and comes back.
 */
final class WarmUp {
    private static final int TIMES = 50;

    private WarmUp() {}

    /** Begins, and does not wait. Nothing depends on it; what goes wrong here is found again where it matters. */
    static void begin(Runnable library) {
        Thread thread = new Thread(
                () -> {
                    try {
                        library.run();
                        for (int i = 0; i < TIMES; i++) {
                            rehearse();
                        }
                    } catch (RuntimeException | LinkageError foundAgain) {
                        // Whoever needs it says so.
                    }
                },
                "pagepool-warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    private static void rehearse() {
        PgmapSpec spec = (PgmapSpec) copy(new PgmapSpec(
                "warm-up",
                MemoryType.GENERIC,
                List.of(new PfnRange(0, 1 << 15)),
                Geometry.ofPages(512),
                BasePage.KIB_4,
                Protocol.PAGEPOOL));
        List<Run> all = List.of(new Run(0, 64, 512));
        SectionState state = SectionState.empty(spec, 0);
        for (Event event : List.of(
                new Event.SectionStarted("warm-up", 0, 1),
                new Event.Tied("warm-up", 0, "vm1", 1, "file", List.of(new Run(0, 64, 1)), 0),
                new Event.Grabbed("warm-up", 0, 1, "vm1", 2, GrabKind.MAP, List.of(new Run(0, 64, 1)), 64, 0),
                new Event.Grabbed("warm-up", 0, 1, "w1", 3, GrabKind.PIN, all, 1 << 15, 1 << 15),
                new Event.Released("warm-up", 0, "w1", 3, GrabKind.PIN, all, ReleaseCause.PUT, 64, 0),
                new Event.Grabbed("warm-up", 0, 1, "w1", 4, GrabKind.PIN, all, 1 << 15, 1 << 15))) {
            Receipt receipt = new Receipt("w1", 3, 1, new Answer(1 << 15, null));
            state = ((Batch) copy(new Batch(List.of(new Batch.Entry(1, event)), List.of(receipt)))).fold(state);
        }
        state.gate(state.counts());
    }

    private static Object copy(Object value) {
        return Records.read(Records.manifest(value), Records.write(value));
    }
}
