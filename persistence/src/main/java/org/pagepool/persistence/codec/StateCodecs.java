package org.pagepool.persistence.codec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.PgmapState;
import org.pagepool.runtime.journal.PoolState;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.pgmap.Gate;
import org.pagepool.runtime.pgmap.PgmapOp;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.record.PageRecord;
import org.pagepool.runtime.record.PageRecords;
import org.pagepool.runtime.record.PageRecords.TiedRow;
import org.pagepool.runtime.section.HolderLedger;
import org.pagepool.runtime.section.SectionLedger;
import org.pagepool.runtime.section.SectionState;
import org.pagepool.runtime.section.SequenceMap;
import org.pagepool.runtime.section.WalkRefs;
import org.pagepool.runtime.teardown.TeardownRecord;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.TreePMap;

/**
 * Every form of what is stored besides events, by number: the batch, what devices are, and states for snapshots. Lines are added,
 * never changed. Maps are written in the order of their keys, so that equal states are equal bytes.
 */
final class StateCodecs {
    static final List<Codec<?>> ALL = List.of(
            Codec.of(
                    200,
                    "batch",
                    1,
                    Batch.class,
                    (out, batch) -> {
                        out.list("events", batch.entries(), Parts.ENTRY);
                        out.list("receipts", batch.receipts(), Parts.RECEIPT);
                    },
                    in -> new Batch(in.list("events", Parts.ENTRY), in.list("receipts", Parts.RECEIPT))),
            Codec.of(
                    201,
                    "protocol",
                    1,
                    Protocol.class,
                    (out, protocol) -> {
                        out.text("name", protocol.name());
                        out.list("switches", protocol.resolved().entrySet(), Parts.SETTING);
                    },
                    in -> Protocol.restored(in.text("name"), settings(in.list("switches", Parts.SETTING)))),
            Codec.of(
                    202,
                    "pgmap",
                    1,
                    PgmapSpec.class,
                    (out, spec) -> {
                        out.text("id", spec.id());
                        out.one("type", EnumTables.MEMORY_TYPE, spec.type());
                        out.list("ranges", spec.ranges(), Parts.RANGE);
                        out.number("order", spec.geometry().order());
                        out.one("basePage", EnumTables.BASE_PAGE, spec.basePage());
                        out.record("protocol", spec.protocol());
                        out.all("ops", EnumTables.PGMAP_OP, spec.ops());
                        out.partOrNull("altmap", spec.altmap(), Parts.ALTMAP);
                        out.textOrNull("owner", spec.owner());
                    },
                    in -> new PgmapSpec(
                            in.text("id"),
                            in.one("type", EnumTables.MEMORY_TYPE),
                            in.list("ranges", Parts.RANGE),
                            new Geometry(in.integer("order")),
                            in.one("basePage", EnumTables.BASE_PAGE),
                            in.record("protocol", Protocol.class),
                            set(PgmapOp.class, in.all("ops", EnumTables.PGMAP_OP)),
                            in.partOrNull("altmap", Parts.ALTMAP),
                            in.textOrNull("owner"))),
            Codec.of(
                    203,
                    "gate",
                    1,
                    Gate.class,
                    (out, gate) -> {
                        out.one("state", EnumTables.GATE_STATE, gate.state());
                        out.number("share", gate.share());
                    },
                    in -> new Gate(in.one("state", EnumTables.GATE_STATE), in.number("share"))),
            Codec.of(
                    204,
                    "holder-ledger",
                    1,
                    HolderLedger.class,
                    (out, ledger) -> {
                        out.list("held", sorted(ledger.held()), numbered(Parts.HELD));
                        out.list("answered", sorted(ledger.answered()), numbered(Parts.ANSWER));
                        out.list("ended", sorted(ledger.ended()), Ended.PART);
                        out.number("floor", ledger.floor());
                    },
                    in -> new HolderLedger(
                            SequenceMap.from(map(in.list("held", numbered(Parts.HELD)))),
                            SequenceMap.from(map(in.list("answered", numbered(Parts.ANSWER)))),
                            SequenceMap.from(map(in.list("ended", Ended.PART))),
                            in.number("floor"))),
            Codec.of(
                    205,
                    "section-ledger",
                    1,
                    SectionLedger.class,
                    (out, ledger) -> {
                        out.number("order", ledger.geometry().order());
                        out.list("holders", sorted(ledger.holders()), Account.PART);
                    },
                    in -> new SectionLedger(
                            new Geometry(in.integer("order")), TreePMap.from(map(in.list("holders", Account.PART))))),
            Codec.of(
                    206,
                    "walk-refs",
                    1,
                    WalkRefs.class,
                    (out, refs) -> {
                        out.record("protocol", refs.protocol());
                        out.one("type", EnumTables.MEMORY_TYPE, refs.type());
                        out.list("kept", kept(refs), Kept.PART);
                        out.number("total", refs.total());
                    },
                    in -> new WalkRefs(
                            in.record("protocol", Protocol.class),
                            in.one("type", EnumTables.MEMORY_TYPE),
                            HashTreePMap.from(map(in.list("kept", Kept.PART))),
                            in.number("total"))),
            Codec.of(
                    207,
                    "page-record",
                    1,
                    PageRecord.class,
                    (out, record) -> {
                        out.textOrNull("mapping", record.mapping());
                        out.number("index", record.index());
                        out.number("share", record.share());
                        out.textOrNull("charge", record.charge());
                        out.all("flags", EnumTables.PAGE_FLAG, record.flags());
                    },
                    in -> new PageRecord(
                            in.textOrNull("mapping"),
                            in.number("index"),
                            in.integer("share"),
                            in.textOrNull("charge"),
                            Set.copyOf(in.all("flags", EnumTables.PAGE_FLAG)))),
            Codec.of(
                    208,
                    "page-records",
                    1,
                    PageRecords.class,
                    (out, records) -> {
                        out.record("spec", records.spec());
                        out.list("heads", sorted(records.byHead()), Own.PART);
                        out.list("rows", sorted(records.rows()), numbered(Row.PART));
                    },
                    in -> new PageRecords(
                            in.record("spec", PgmapSpec.class),
                            HashTreePMap.from(map(in.list("heads", Own.PART))),
                            TreePMap.from(map(in.list("rows", numbered(Row.PART)))))),
            Codec.of(
                    209,
                    "section-state",
                    1,
                    SectionState.class,
                    (out, state) -> {
                        out.record("spec", state.spec());
                        out.number("number", state.number());
                        out.number("epoch", state.epoch());
                        out.record("ledger", state.ledger());
                        out.record("records", state.records());
                        out.record("walkRefs", state.walkRefs());
                        out.list("cuts", grants(state.cuts()), Kept.PART);
                        out.list("waiting", waiting(state), Waits.PART);
                        out.number("closedShare", state.closedShare());
                        out.flag("baseDropped", state.baseDropped());
                        out.flag("drained", state.drained());
                    },
                    in -> new SectionState(
                            in.record("spec", PgmapSpec.class),
                            in.integer("number"),
                            in.number("epoch"),
                            in.record("ledger", SectionLedger.class),
                            in.record("records", PageRecords.class),
                            in.record("walkRefs", WalkRefs.class),
                            HashTreePMap.from(map(in.list("cuts", Kept.PART))),
                            HashTreePSet.from(in.list("waiting", Waits.PART)),
                            in.number("closedShare"),
                            in.flag("baseDropped"),
                            in.flag("drained"))),
            Codec.of(
                    210,
                    "pgmap-state",
                    1,
                    PgmapState.class,
                    (out, state) -> {
                        out.list("sections", sorted(state.sections()), Owner.PART);
                        out.oneOrNull("killed", EnumTables.CLOSE_VERB, state.killed());
                        out.text("reason", state.reason());
                        out.flag("cleanedUp", state.cleanedUp());
                    },
                    in -> new PgmapState(
                            TreePMap.from(map(in.list("sections", Owner.PART))),
                            in.oneOrNull("killed", EnumTables.CLOSE_VERB),
                            in.text("reason"),
                            in.flag("cleanedUp"))),
            Codec.of(
                    211,
                    "teardown-record",
                    1,
                    TeardownRecord.class,
                    (out, done) -> {
                        out.flag("confirmed", done.confirmed());
                        out.flag("untouchedDropped", done.untouchedDropped());
                        out.flag("drained", done.drained());
                    },
                    in -> new TeardownRecord(in.flag("confirmed"), in.flag("untouchedDropped"), in.flag("drained"))),
            Codec.of(
                    212,
                    "pool-state",
                    1,
                    PoolState.class,
                    (out, state) -> {
                        out.list("mapped", sorted(state.mapped()), numbered(Spec.PART));
                        out.number("mappings", state.mappings());
                        out.number("life", state.life());
                    },
                    in -> new PoolState(
                            TreePMap.from(map(in.list("mapped", numbered(Spec.PART)))),
                            in.number("mappings"),
                            in.integer("life"))));

    private StateCodecs() {}

    // ---- entries of maps

    private static final class Ended {
        static final Part<Map.Entry<Long, org.pagepool.runtime.event.ReleaseCause>> PART = new Part<>(
                (out, entry) -> {
                    out.number("sequence", entry.getKey());
                    out.one("cause", EnumTables.RELEASE_CAUSE, entry.getValue());
                },
                in -> Map.entry(in.number("sequence"), in.one("cause", EnumTables.RELEASE_CAUSE)));
    }

    private static final class Account {
        static final Part<Map.Entry<String, HolderLedger>> PART = new Part<>(
                (out, entry) -> {
                    out.text("holder", entry.getKey());
                    out.record("ledger", entry.getValue());
                },
                in -> Map.entry(in.text("holder"), in.record("ledger", HolderLedger.class)));
    }

    private static final class Kept {
        static final Part<Map.Entry<WalkRefs.Grant, Long>> PART = new Part<>(
                (out, entry) -> {
                    out.text("holder", entry.getKey().holder());
                    out.number("sequence", entry.getKey().sequence());
                    out.number("refs", entry.getValue());
                },
                in -> Map.entry(new WalkRefs.Grant(in.text("holder"), in.number("sequence")), in.number("refs")));
    }

    private static final class Own {
        static final Part<Map.Entry<Long, PageRecord>> PART = new Part<>(
                (out, entry) -> {
                    out.number("head", entry.getKey());
                    out.record("record", entry.getValue());
                },
                in -> Map.entry(in.number("head"), in.record("record", PageRecord.class)));
    }

    private static final class Row {
        static final Part<TiedRow> PART = new Part<>(
                (out, row) -> {
                    out.number("end", row.end());
                    out.text("file", row.file());
                    out.number("index", row.index());
                },
                in -> new TiedRow(in.number("end"), in.text("file"), in.number("index")));
    }

    private static final class Waits {
        static final Part<SectionState.Waiting> PART = new Part<>(
                (out, waiting) -> {
                    out.number("head", waiting.head());
                    out.text("waiter", waiting.waiter());
                },
                in -> new SectionState.Waiting(in.number("head"), in.text("waiter")));
    }

    private static final class Owner {
        static final Part<Map.Entry<Integer, Long>> PART = new Part<>(
                (out, entry) -> {
                    out.number("section", entry.getKey());
                    out.number("epoch", entry.getValue());
                },
                in -> Map.entry(in.integer("section"), in.number("epoch")));
    }

    private static final class Spec {
        static final Part<PgmapSpec> PART =
                new Part<>((out, spec) -> out.record("spec", spec), in -> in.record("spec", PgmapSpec.class));
    }

    private static <V> Part<Map.Entry<Long, V>> numbered(Part<V> value) {
        return new Part<>(
                (out, entry) -> {
                    out.number("number", entry.getKey());
                    out.part("value", entry.getValue(), value);
                },
                in -> Map.entry(in.number("number"), in.part("value", value)));
    }

    // ---- maps

    private static <K extends Comparable<K>, V> Set<Map.Entry<K, V>> sorted(Map<K, V> map) {
        return new TreeMap<>(map).entrySet();
    }

    private static List<SectionState.Waiting> waiting(SectionState state) {
        List<SectionState.Waiting> all = new ArrayList<>(state.waiting());
        ToLongFunction<SectionState.Waiting> head = SectionState.Waiting::head;
        all.sort(Comparator.comparingLong(head).thenComparing(SectionState.Waiting::waiter));
        return all;
    }

    private static List<Map.Entry<WalkRefs.Grant, Long>> kept(WalkRefs refs) {
        return grants(refs.kept());
    }

    private static List<Map.Entry<WalkRefs.Grant, Long>> grants(Map<WalkRefs.Grant, Long> grants) {
        List<Map.Entry<WalkRefs.Grant, Long>> all = new ArrayList<>(grants.entrySet());
        ToLongFunction<Map.Entry<WalkRefs.Grant, Long>> sequence =
                e -> e.getKey().sequence();
        all.sort(Comparator.comparing(
                        (Map.Entry<WalkRefs.Grant, Long> e) -> e.getKey().holder())
                .thenComparingLong(sequence));
        return all;
    }

    private static <K, V> Map<K, V> map(List<Map.Entry<K, V>> entries) {
        Map<K, V> map = new HashMap<>();
        for (Map.Entry<K, V> entry : entries) {
            if (map.put(entry.getKey(), entry.getValue()) != null) {
                throw new MalformedException("named twice: " + entry.getKey());
            }
        }
        return map;
    }

    private static Map<String, String> settings(List<Map.Entry<String, String>> entries) {
        Map<String, String> settings = new LinkedHashMap<>();
        entries.forEach(e -> settings.put(e.getKey(), e.getValue()));
        if (settings.size() < entries.size()) {
            throw new MalformedException("a protocol sets a switch twice");
        }
        return settings;
    }

    private static <E extends Enum<E>> Set<E> set(Class<E> type, List<E> constants) {
        Set<E> set = EnumSet.noneOf(type);
        set.addAll(constants);
        if (set.size() < constants.size()) {
            throw new MalformedException("named twice: one of " + constants);
        }
        return set;
    }
}
