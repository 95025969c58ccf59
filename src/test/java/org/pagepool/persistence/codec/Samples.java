package org.pagepool.persistence.codec;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.FileExtent;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.PgmapState;
import org.pagepool.runtime.journal.PoolState;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.Gate;
import org.pagepool.runtime.pgmap.PgmapOp;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.record.PageFlag;
import org.pagepool.runtime.record.PageRecord;
import org.pagepool.runtime.record.PageRecords;
import org.pagepool.runtime.section.Answer;
import org.pagepool.runtime.section.SectionLedger;
import org.pagepool.runtime.section.SectionState;
import org.pagepool.runtime.section.WalkRefs;
import org.pagepool.runtime.teardown.TeardownRecord;

/** One value of every form, by its manifest. A value whose form was released stays as it is. */
public final class Samples {
    private static final long AT = 1_763_740_800_123_456_789L;
    private static final List<Run> RUNS = List.of(new Run(0x880000, 32, 512), new Run(0x884000, 1, 7));
    private static final List<Run> HEAD = List.of(new Run(0x880200, 1, 1));

    private static final PgmapSpec PMEM = new PgmapSpec(
            "pmem0",
            MemoryType.GENERIC,
            List.of(new PfnRange(0x880000, 0x10000), new PfnRange(0x8a0000, 0x8000)),
            new Geometry(9),
            BasePage.KIB_4,
            Protocol.PAGEPOOL);

    private static final PgmapSpec GPU = new PgmapSpec(
            "gpu0",
            MemoryType.PRIVATE,
            List.of(new PfnRange(0x100000, 0x8000)),
            Geometry.BASE,
            BasePage.KIB_64,
            Protocol.V6_1.with("vmemmap.dedup", "none"),
            EnumSet.of(PgmapOp.PAGE_FREE, PgmapOp.MIGRATE_TO_RAM),
            new Altmap(16, 48),
            "amdgpu");

    private static final Map<String, Object> ALL = new LinkedHashMap<>();

    static {
        events();
        states();
    }

    private Samples() {}

    private static void events() {
        put(new Event.Mapped(PMEM));
        put(new Event.Started(3));
        put(new Event.FileLaidOut("pmem0", "f1", 1536, List.of(new FileExtent(512, 0x880200, 1024, true))));
        put(new Event.SectionStarted("pmem0", 272, 3));
        put(new Event.Grabbed("pmem0", 272, 3, "w7~2", 41, GrabKind.PIN, RUNS, 16423, 16391));
        put(new Event.GrabRefused("pmem0", 272, "w7", 42, GrabKind.GET, -1, Refusal.DYING));
        put(new Event.Released("pmem0", 272, "w7~2", 41, GrabKind.PIN, RUNS, ReleaseCause.RECLAIM, 33, 0));
        put(new Event.WalkEnded("pmem0", 272, "w7", 41));
        put(new Event.Freed("pmem0", 272, HEAD));
        put(new Event.WaiterAdded("pmem0", 272, 0x880200, "trunc#1", LayoutIdle.COUNT_EQ_1));
        put(new Event.WaiterTold("pmem0", 272, 0x880200, "trunc#1", true));
        put(new Event.Tied("pmem0", 272, "vm1", 7, "f1", RUNS, 512));
        put(new Event.Untied("pmem0", 272, "vm1", 8, "f1", RUNS));
        put(new Event.BlockAllocated("pmem0", "f1", HEAD));
        put(new Event.BlockFreed("pmem0", "f1", HEAD));
        put(new Event.EntryInserted("pmem0", "f1", 512, 1024, 9, RUNS, true));
        put(new Event.EntryDeleted("pmem0", "f1", 512, 1024, 2, List.of()));
        put(new Event.LayoutUnmapped("pmem0", "f1", 512, 1024, 700));
        put(new Event.LayoutBusy("pmem0", "f1", 0x880200, 3, 1, 1, List.of("rdma", "vm1")));
        put(new Event.LayoutRefused(
                "pmem0", "f1", 512, 1024, Refusal.BUSY, 0x880200, List.of("rdma"), List.of("vm1", "vm2")));
        put(new Event.Poisoned("pmem0", 272, 0x880200, 0x880203));
        put(new Event.Dirtied("pmem0", 272, "rdma", RUNS));
        put(new Event.Warned("pmem0", "B38", "the count of 0x880200 was overwritten: 2 \u2192 1"));
        put(new Event.MemoryFailed("pmem0", 0x880203, 0x880200, FailureOutcome.RECOVERED, 2));
        put(new Event.Signalled("pmem0", 0x880203, new Sigbus("vm1", 0x7f0000203000L, 21)));
        put(new Event.Killed("pmem0", CloseVerb.WHEN_IDLE, "surprise removal"));
        put(new Event.GateClosed("pmem0", 272, 65, 1));
        put(new Event.KillConfirmed("pmem0", 2049));
        put(new Event.Zapped("pmem0", "vm1", 32768));
        put(new Event.BaseDropped("pmem0", Event.UNTOUCHED_SECTIONS, 64, true, 0));
        put(new Event.ShareDrained("pmem0", 272));
        put(new Event.Drained("pmem0"));
        put(new Event.CleanedUp("pmem0"));
        put(new Event.CloseRefused("pmem0", List.of(new Holding("hog", 1, 16384, 2, 3, AT))));
        put(new Event.DeadlinePassed("pmem0", List.of(new Holding("hog", 0, 5, 0, AT), new Holding("w1", 1, 0, 0, 1))));
        put(new Event.Repeated("pmem0", 272, "w7", 41));
    }

    private static void states() {
        put(new Batch(
                List.of(
                        new Batch.Entry(AT, grab(0, "w7", 41, RUNS)),
                        new Batch.Entry(
                                AT + 1500,
                                new Event.Released(
                                        "pmem0", 272, "w7", 40, GrabKind.PIN, HEAD, ReleaseCause.PUT, 1, 0))),
                List.of(
                        new Receipt("w7", 41, 40, new Answer(16391, null)),
                        new Receipt("w7", 42, 40, Answer.refused(Refusal.FREE)))));
        put(Protocol.COMPOUND_DEVMAPS_V4.with("gup.recheck", "false"));
        put(GPU);
        put(new Gate(Gate.State.CLOSED, 130));
        SectionLedger ledger = SectionLedger.empty(new Geometry(9))
                .apply(grab(1, "w7", 41, RUNS), AT)
                .apply(grab(1, "w7", 43, HEAD), AT + 10)
                .apply(grab(1, "vm1", 1, HEAD), AT + 20)
                .apply(
                        new Event.Released("pmem0", 272, "w7", 43, GrabKind.PIN, HEAD, ReleaseCause.REVOKE, 1, 0),
                        AT + 30)
                .answered("w7", 41, 41, new Answer(512, null))
                .answered("w7", 44, 41, Answer.refused(Refusal.CHANGED));
        put(ledger.of("w7"));
        put(ledger);
        put(WalkRefs.none(new PgmapSpec(
                        "pmem1",
                        MemoryType.GENERIC,
                        PMEM.ranges(),
                        PMEM.geometry(),
                        PMEM.basePage(),
                        Protocol.V6_15.with("gup.pgmap-ref", "per-page")))
                .apply(grab(1, "w7", 41, RUNS))
                .apply(grab(1, "w8", 2, HEAD)));
        put(new PageRecord("f1", 512, 0, "w1", Set.of(PageFlag.HWPOISON, PageFlag.ACTIVE)));
        put(PageRecords.empty(PMEM)
                .apply(new Event.Tied("pmem0", 272, "vm1", 7, "f1", List.of(new Run(0x880000, 4, 1)), 0))
                .apply(new Event.Tied("pmem0", 272, "vm1", 8, "f2", HEAD, 0))
                .apply(new Event.Poisoned("pmem0", 272, 0x880600, 0x880601)));
        put(SectionState.empty(PMEM, 272)
                .apply(new Event.SectionStarted("pmem0", 272, 3), AT - 1)
                .apply(grab(1, "w7", 41, RUNS), AT)
                .apply(new Event.GrabRefused("pmem0", 272, "w7", 41, GrabKind.PIN, 0x880200, Refusal.FREE), AT + 1)
                .apply(new Event.WaiterAdded("pmem0", 272, 0x880200, "trunc#1"), AT + 2)
                .apply(new Event.WaiterAdded("pmem0", 272, 0x880000, "trunc#2"), AT + 3)
                .apply(new Event.GateClosed("pmem0", 272, 65, 1), AT + 4)
                .apply(new Event.BaseDropped("pmem0", 272, 64, true, 0), AT + 5)
                .answered("w7", 41, 41, new Answer(512, Refusal.FREE)));
        put(PgmapState.LIVE.apply(new Batch(
                List.of(new Batch.Entry(AT, new Event.Killed("pmem0", CloseVerb.REVOKE, "unbound"))),
                List.of(PgmapState.sectionStarted(272, 3)))));
        put(TeardownRecord.NONE.apply(new Event.KillConfirmed("pmem0", 65)));
        put(PoolState.EMPTY.apply(new Event.Started(2)).apply(new Event.Mapped(PMEM)));
    }

    private static Event.Grabbed grab(long epoch, String holder, long sequence, List<Run> runs) {
        return new Event.Grabbed("pmem0", 272, epoch, holder, sequence, GrabKind.PIN, runs, 16423, 16391);
    }

    private static void put(Object value) {
        ALL.put(Records.manifest(value), value);
    }

    /** All of them. */
    public static Map<String, Object> all() {
        return ALL;
    }

    /** One event of every kind. */
    public static List<Event> ofEvents() {
        List<Event> events = new ArrayList<>();
        ALL.values().forEach(value -> {
            if (value instanceof Event event) {
                events.add(event);
            }
        });
        return events;
    }
}
