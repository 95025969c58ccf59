package org.pagepool.persistence.codec;

import java.util.Map;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FileExtent;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.section.Answer;
import org.pagepool.runtime.section.Held;

/** Values that records are made of. Each is part of the version of every record that has it: a change is a new part. */
final class Parts {
    static final Part<Run> RUN = new Part<>(
            (out, run) -> {
                out.number("head", run.firstHead());
                out.number("heads", run.heads());
                out.number("refs", run.refs());
            },
            in -> new Run(in.number("head"), in.integer("heads"), in.integer("refs")));

    static final Part<FileExtent> FILE_EXTENT = new Part<>(
            (out, extent) -> {
                out.number("offset", extent.offset());
                out.number("pfn", extent.pfn());
                out.number("pages", extent.pages());
                out.flag("shared", extent.shared());
            },
            in -> new FileExtent(in.number("offset"), in.number("pfn"), in.number("pages"), in.flag("shared")));

    static final Part<Holding> HOLDING = new Part<>(
            (out, holding) -> {
                out.text("holder", holding.holder());
                out.number("gets", holding.gets());
                out.number("pins", holding.pins());
                out.number("maps", holding.maps());
                out.number("requests", holding.requests());
                out.nanos("since", holding.sinceNanos());
            },
            in -> new Holding(
                    in.text("holder"),
                    in.number("gets"),
                    in.number("pins"),
                    in.number("maps"),
                    in.number("requests"),
                    in.nanos("since")));

    static final Part<Sigbus> SIGBUS = new Part<>(
            (out, sigbus) -> {
                out.text("space", sigbus.space());
                out.number("address", sigbus.address());
                out.number("lsb", sigbus.lsb());
            },
            in -> new Sigbus(in.text("space"), in.number("address"), in.integer("lsb")));

    static final Part<Answer> ANSWER = new Part<>(
            (out, answer) -> {
                out.number("pages", answer.pages());
                out.oneOrNull("refusal", EnumTables.REFUSAL, answer.refusal());
            },
            in -> new Answer(in.number("pages"), in.oneOrNull("refusal", EnumTables.REFUSAL)));

    static final Part<Receipt> RECEIPT = new Part<>(
            (out, receipt) -> {
                out.text("holder", receipt.holder());
                out.number("sequence", receipt.sequence());
                out.number("floor", receipt.floor());
                out.part("answer", receipt.answer(), ANSWER);
            },
            in -> new Receipt(in.text("holder"), in.number("sequence"), in.number("floor"), in.part("answer", ANSWER)));

    static final Part<Batch.Entry> ENTRY = new Part<>(
            (out, entry) -> {
                out.nanos("at", entry.atNanos());
                out.record("event", entry.event());
            },
            in -> new Batch.Entry(in.nanos("at"), in.record("event", Event.class)));

    static final Part<Held> HELD = new Part<>(
            (out, held) -> {
                out.one("kind", EnumTables.GRAB_KIND, held.kind());
                out.list("runs", held.runs(), RUN);
                out.number("epoch", held.epoch());
                out.nanos("since", held.sinceNanos());
            },
            in -> new Held(
                    in.one("kind", EnumTables.GRAB_KIND), in.list("runs", RUN), in.number("epoch"), in.nanos("since")));

    static final Part<PfnRange> RANGE = new Part<>(
            (out, range) -> {
                out.number("first", range.first());
                out.number("pages", range.pages());
            },
            in -> new PfnRange(in.number("first"), in.number("pages")));

    static final Part<Altmap> ALTMAP = new Part<>(
            (out, altmap) -> {
                out.number("reserve", altmap.reserve());
                out.number("free", altmap.free());
            },
            in -> new Altmap(in.number("reserve"), in.number("free")));

    /** A switch of a protocol, by its key, and its value. */
    static final Part<Map.Entry<String, String>> SETTING = new Part<>(
            (out, setting) -> {
                out.text("switch", setting.getKey());
                out.text("value", setting.getValue());
            },
            in -> Map.entry(in.text("switch"), in.text("value")));

    private Parts() {}
}
