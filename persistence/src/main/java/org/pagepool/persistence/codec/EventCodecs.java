package org.pagepool.persistence.codec;

import java.util.List;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** Every form of every event, by number. Lines are added, never changed; the frequent ones have numbers of one byte. */
final class EventCodecs {
    static final List<Codec<?>> ALL = List.of(
            Codec.of(
                    100,
                    "grabbed",
                    1,
                    Event.Grabbed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("epoch", e.epoch());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                        out.one("kind", EnumTables.GRAB_KIND, e.kind());
                        out.list("runs", e.runs(), Parts.RUN);
                        out.number("refcountSum", e.refcountSum());
                        out.number("pincountSum", e.pincountSum());
                    },
                    in -> new Event.Grabbed(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.number("epoch"),
                            in.text("holder"),
                            in.number("sequence"),
                            in.one("kind", EnumTables.GRAB_KIND),
                            in.list("runs", Parts.RUN),
                            in.number("refcountSum"),
                            in.number("pincountSum"))),
            Codec.of(
                    101,
                    "released",
                    1,
                    Event.Released.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                        out.one("kind", EnumTables.GRAB_KIND, e.kind());
                        out.list("runs", e.runs(), Parts.RUN);
                        out.one("cause", EnumTables.RELEASE_CAUSE, e.cause());
                        out.number("refcountSum", e.refcountSum());
                        out.number("pincountSum", e.pincountSum());
                    },
                    in -> new Event.Released(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.text("holder"),
                            in.number("sequence"),
                            in.one("kind", EnumTables.GRAB_KIND),
                            in.list("runs", Parts.RUN),
                            in.one("cause", EnumTables.RELEASE_CAUSE),
                            in.number("refcountSum"),
                            in.number("pincountSum"))),
            Codec.of(
                    102,
                    "grab-refused",
                    1,
                    Event.GrabRefused.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                        out.one("kind", EnumTables.GRAB_KIND, e.kind());
                        out.number("head", e.head());
                        out.one("refusal", EnumTables.REFUSAL, e.refusal());
                    },
                    in -> new Event.GrabRefused(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.text("holder"),
                            in.number("sequence"),
                            in.one("kind", EnumTables.GRAB_KIND),
                            in.number("head"),
                            in.one("refusal", EnumTables.REFUSAL))),
            Codec.of(
                    103,
                    "walk-ended",
                    1,
                    Event.WalkEnded.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                    },
                    in -> new Event.WalkEnded(
                            in.text("pgmap"), in.integer("section"), in.text("holder"), in.number("sequence"))),
            Codec.of(
                    104,
                    "freed",
                    1,
                    Event.Freed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.list("runs", e.runs(), Parts.RUN);
                    },
                    in -> new Event.Freed(in.text("pgmap"), in.integer("section"), in.list("runs", Parts.RUN))),
            Codec.of(
                    105,
                    "repeated",
                    1,
                    Event.Repeated.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                    },
                    in -> new Event.Repeated(
                            in.text("pgmap"), in.integer("section"), in.text("holder"), in.number("sequence"))),
            Codec.of(
                    106,
                    "tied",
                    1,
                    Event.Tied.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                        out.text("file", e.file());
                        out.list("runs", e.runs(), Parts.RUN);
                        out.number("index", e.index());
                    },
                    in -> new Event.Tied(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.text("holder"),
                            in.number("sequence"),
                            in.text("file"),
                            in.list("runs", Parts.RUN),
                            in.number("index"))),
            Codec.of(
                    107,
                    "untied",
                    1,
                    Event.Untied.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.number("sequence", e.sequence());
                        out.text("file", e.file());
                        out.list("runs", e.runs(), Parts.RUN);
                    },
                    in -> new Event.Untied(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.text("holder"),
                            in.number("sequence"),
                            in.text("file"),
                            in.list("runs", Parts.RUN))),
            Codec.of(
                    108,
                    "dirtied",
                    1,
                    Event.Dirtied.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.text("holder", e.holder());
                        out.list("runs", e.runs(), Parts.RUN);
                    },
                    in -> new Event.Dirtied(
                            in.text("pgmap"), in.integer("section"), in.text("holder"), in.list("runs", Parts.RUN))),
            Codec.of(
                    109,
                    "waiter-added",
                    1,
                    Event.WaiterAdded.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("head", e.head());
                        out.text("waiter", e.waiter());
                        out.oneOrNull("rule", EnumTables.LAYOUT_IDLE, e.rule());
                    },
                    in -> new Event.WaiterAdded(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.number("head"),
                            in.text("waiter"),
                            in.oneOrNull("rule", EnumTables.LAYOUT_IDLE))),
            Codec.of(
                    110,
                    "waiter-told",
                    1,
                    Event.WaiterTold.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("head", e.head());
                        out.text("waiter", e.waiter());
                        out.flag("idle", e.idle());
                    },
                    in -> new Event.WaiterTold(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.number("head"),
                            in.text("waiter"),
                            in.flag("idle"))),
            Codec.of(
                    111,
                    "mapped",
                    1,
                    Event.Mapped.class,
                    (out, e) -> {
                        out.record("spec", e.spec());
                    },
                    in -> new Event.Mapped(in.record("spec", PgmapSpec.class))),
            Codec.of(
                    112,
                    "section-started",
                    1,
                    Event.SectionStarted.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("epoch", e.epoch());
                    },
                    in -> new Event.SectionStarted(in.text("pgmap"), in.integer("section"), in.number("epoch"))),
            Codec.of(
                    113,
                    "block-allocated",
                    1,
                    Event.BlockAllocated.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.list("runs", e.runs(), Parts.RUN);
                    },
                    in -> new Event.BlockAllocated(in.text("pgmap"), in.text("file"), in.list("runs", Parts.RUN))),
            Codec.of(
                    114,
                    "block-freed",
                    1,
                    Event.BlockFreed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.list("runs", e.runs(), Parts.RUN);
                    },
                    in -> new Event.BlockFreed(in.text("pgmap"), in.text("file"), in.list("runs", Parts.RUN))),
            Codec.of(
                    115,
                    "entry-inserted",
                    1,
                    Event.EntryInserted.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.number("offset", e.offset());
                        out.number("pages", e.pages());
                        out.number("order", e.order());
                        out.list("runs", e.runs(), Parts.RUN);
                        out.flag("shared", e.shared());
                    },
                    in -> new Event.EntryInserted(
                            in.text("pgmap"),
                            in.text("file"),
                            in.number("offset"),
                            in.number("pages"),
                            in.integer("order"),
                            in.list("runs", Parts.RUN),
                            in.flag("shared"))),
            Codec.of(
                    116,
                    "entry-deleted",
                    1,
                    Event.EntryDeleted.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.number("offset", e.offset());
                        out.number("pages", e.pages());
                        out.number("entries", e.entries());
                        out.list("runs", e.runs(), Parts.RUN);
                    },
                    in -> new Event.EntryDeleted(
                            in.text("pgmap"),
                            in.text("file"),
                            in.number("offset"),
                            in.number("pages"),
                            in.integer("entries"),
                            in.list("runs", Parts.RUN))),
            Codec.of(
                    117,
                    "layout-unmapped",
                    1,
                    Event.LayoutUnmapped.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.number("offset", e.offset());
                        out.number("pages", e.pages());
                        out.number("unmapped", e.unmapped());
                    },
                    in -> new Event.LayoutUnmapped(
                            in.text("pgmap"),
                            in.text("file"),
                            in.number("offset"),
                            in.number("pages"),
                            in.number("unmapped"))),
            Codec.of(
                    118,
                    "layout-busy",
                    1,
                    Event.LayoutBusy.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.number("head", e.head());
                        out.number("refcount", e.refcount());
                        out.number("pincount", e.pincount());
                        out.number("mapcount", e.mapcount());
                        out.texts("holders", e.holders());
                    },
                    in -> new Event.LayoutBusy(
                            in.text("pgmap"),
                            in.text("file"),
                            in.number("head"),
                            in.integer("refcount"),
                            in.integer("pincount"),
                            in.integer("mapcount"),
                            in.texts("holders"))),
            Codec.of(
                    119,
                    "layout-refused",
                    1,
                    Event.LayoutRefused.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.number("offset", e.offset());
                        out.number("pages", e.pages());
                        out.one("why", EnumTables.REFUSAL, e.why());
                        out.number("head", e.head());
                        out.texts("holders", e.holders());
                        out.texts("blocked", e.blocked());
                    },
                    in -> new Event.LayoutRefused(
                            in.text("pgmap"),
                            in.text("file"),
                            in.number("offset"),
                            in.number("pages"),
                            in.one("why", EnumTables.REFUSAL),
                            in.number("head"),
                            in.texts("holders"),
                            in.texts("blocked"))),
            Codec.of(
                    120,
                    "poisoned",
                    1,
                    Event.Poisoned.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("head", e.head());
                        out.number("pfn", e.pfn());
                    },
                    in -> new Event.Poisoned(
                            in.text("pgmap"), in.integer("section"), in.number("head"), in.number("pfn"))),
            Codec.of(
                    121,
                    "warned",
                    1,
                    Event.Warned.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("row", e.row());
                        out.text("text", e.text());
                    },
                    in -> new Event.Warned(in.text("pgmap"), in.text("row"), in.text("text"))),
            Codec.of(
                    122,
                    "memory-failed",
                    1,
                    Event.MemoryFailed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("pfn", e.pfn());
                        out.number("head", e.head());
                        out.one("outcome", EnumTables.FAILURE_OUTCOME, e.outcome());
                        out.number("told", e.told());
                    },
                    in -> new Event.MemoryFailed(
                            in.text("pgmap"),
                            in.number("pfn"),
                            in.number("head"),
                            in.one("outcome", EnumTables.FAILURE_OUTCOME),
                            in.integer("told"))),
            Codec.of(
                    123,
                    "signalled",
                    1,
                    Event.Signalled.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("pfn", e.pfn());
                        out.part("sigbus", e.sigbus(), Parts.SIGBUS);
                    },
                    in -> new Event.Signalled(in.text("pgmap"), in.number("pfn"), in.part("sigbus", Parts.SIGBUS))),
            Codec.of(
                    124,
                    "killed",
                    1,
                    Event.Killed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.one("verb", EnumTables.CLOSE_VERB, e.verb());
                        out.text("reason", e.reason());
                    },
                    in -> new Event.Killed(in.text("pgmap"), in.one("verb", EnumTables.CLOSE_VERB), in.text("reason"))),
            Codec.of(
                    125,
                    "gate-closed",
                    1,
                    Event.GateClosed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("share", e.share());
                        out.number("walks", e.walks());
                    },
                    in -> new Event.GateClosed(
                            in.text("pgmap"), in.integer("section"), in.number("share"), in.number("walks"))),
            Codec.of(
                    126,
                    "kill-confirmed",
                    1,
                    Event.KillConfirmed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("shares", e.shares());
                    },
                    in -> new Event.KillConfirmed(in.text("pgmap"), in.number("shares"))),
            Codec.of(
                    127,
                    "zapped",
                    1,
                    Event.Zapped.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("space", e.space());
                        out.number("pages", e.pages());
                    },
                    in -> new Event.Zapped(in.text("pgmap"), in.text("space"), in.number("pages"))),
            Codec.of(
                    128,
                    "base-dropped",
                    1,
                    Event.BaseDropped.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                        out.number("heads", e.heads());
                        out.flag("counts", e.counts());
                        out.number("refcountSum", e.refcountSum());
                    },
                    in -> new Event.BaseDropped(
                            in.text("pgmap"),
                            in.integer("section"),
                            in.number("heads"),
                            in.flag("counts"),
                            in.number("refcountSum"))),
            Codec.of(
                    129,
                    "share-drained",
                    1,
                    Event.ShareDrained.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.number("section", e.section());
                    },
                    in -> new Event.ShareDrained(in.text("pgmap"), in.integer("section"))),
            Codec.of(
                    130,
                    "drained",
                    1,
                    Event.Drained.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                    },
                    in -> new Event.Drained(in.text("pgmap"))),
            Codec.of(
                    131,
                    "cleaned-up",
                    1,
                    Event.CleanedUp.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                    },
                    in -> new Event.CleanedUp(in.text("pgmap"))),
            Codec.of(
                    132,
                    "close-refused",
                    1,
                    Event.CloseRefused.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.list("holders", e.holders(), Parts.HOLDING);
                    },
                    in -> new Event.CloseRefused(in.text("pgmap"), in.list("holders", Parts.HOLDING))),
            Codec.of(
                    133,
                    "deadline-passed",
                    1,
                    Event.DeadlinePassed.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.list("holders", e.holders(), Parts.HOLDING);
                    },
                    in -> new Event.DeadlinePassed(in.text("pgmap"), in.list("holders", Parts.HOLDING))),
            Codec.of(
                    134,
                    "pool-started",
                    1,
                    Event.Started.class,
                    (out, e) -> out.number("life", e.life()),
                    in -> new Event.Started(in.integer("life"))),
            Codec.of(
                    135,
                    "file-laid-out",
                    1,
                    Event.FileLaidOut.class,
                    (out, e) -> {
                        out.text("pgmap", e.pgmap());
                        out.text("file", e.file());
                        out.number("pages", e.pages());
                        out.list("extents", e.extents(), Parts.FILE_EXTENT);
                    },
                    in -> new Event.FileLaidOut(
                            in.text("pgmap"),
                            in.text("file"),
                            in.number("pages"),
                            in.list("extents", Parts.FILE_EXTENT))));

    private EventCodecs() {}
}
