package org.pagepool.demo.vmemmap;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.Table;
import org.pagepool.demo.cli.Wrapped;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.demo.vmemmap.VmemmapResult.Case;
import org.pagepool.demo.vmemmap.VmemmapResult.Idle;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.Fallback;
import org.pagepool.runtime.vmemmap.FrameKind;
import org.pagepool.runtime.vmemmap.MemmapLayout;
import org.pagepool.runtime.vmemmap.SharedBlock;
import org.pagepool.runtime.vmemmap.VmemmapFigures;

/** Costs for people. */
final class VmemmapText {
    private static final int WIDTH = 66;
    private static final int EXACT_MAX = 99_999;
    private static final int PERCENT_DIGITS = 6;
    private static final long MILLIARD = 1_000_000_000;

    private final Sheet sheet;

    VmemmapText(Sheet sheet) {
        this.sheet = sheet;
    }

    /** What is about to be computed. */
    void announce(VmemmapPlan plan) {
        sheet.line(sheet.ink().bold("vmemmap") + ": " + Sizes.pretty(plan.bytes()) + " "
                + plan.type().label() + " = " + Numbers.counted(plan.pages(), "page") + " of "
                + plan.basePage().label() + ", " + MemmapLayout.RECORD_BYTES + "-byte records");
        Table facts = new Table(Sheet.INDENT, "l");
        Altmap altmap = plan.altmap();
        if (altmap != null) {
            facts.row(
                    "altmap",
                    Sizes.pretty(altmap.pages() << plan.basePage().shift())
                            + " of the device are for its records, and no pages of it");
        }
        String title = "left out";
        for (String reason : plan.leftOut()) {
            for (String line : Wrapped.lines(reason, WIDTH, "  ")) {
                facts.row(title, line);
                title = "";
            }
        }
        facts.row("protocol", plan.protocol().name());
        switches(plan.protocol().resolved()).forEach(line -> facts.row("", line));
        sheet.table(facts);
        sheet.blank();
        sheet.flush();
    }

    private static List<String> switches(Map<String, String> resolved) {
        String all = resolved.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
        return Wrapped.lines(all, WIDTH, "");
    }

    /** What it comes to. */
    void show(VmemmapResult result) {
        costs(result);
        details(result);
        sideBySide(result);
    }

    // ---- what the kernel spends

    private void costs(VmemmapResult result) {
        boolean inDevice = result.plan().altmap() != null;
        sheet.title("What a kernel spends", inDevice ? "records in the device, table pages in RAM" : "");
        Table table = new Table(Sheet.INDENT, "llrrrrrl");
        table.row("heads", "dedup", "records", "percent", "tables", "total", "percent");
        List<Fallback> notes = new ArrayList<>();
        Geometry before = null;
        for (Case c : result.cases()) {
            VmemmapFigures figures = c.figures();
            table.row(
                    c.geometry().equals(before) ? "" : head(result.plan(), c.geometry()),
                    dedup(result.plan(), c.asked()),
                    bytes(figures.vmemmapBytes()),
                    percent(figures.percent()),
                    bytes(figures.pageTableBytes()),
                    bytes(figures.totalBytes()),
                    percent(figures.totalPercent()),
                    note(figures, notes));
            before = c.geometry();
        }
        sheet.table(table);
        for (int i = 0; i < notes.size(); i++) {
            footnote("(" + (i + 1) + ") " + notes.get(i).text());
        }
        if (result.plan().dedups().size() > 1) {
            footnote("*   what protocol " + result.plan().protocol().name() + " does (vmemmap.dedup)");
        }
        sheet.blank();
    }

    private void footnote(String text) {
        sheet.line(Sheet.INDENT + sheet.ink().dim(text));
    }

    /** Marked if the protocol does it and others are shown too. */
    private static String dedup(VmemmapPlan plan, VmemmapDedup dedup) {
        boolean own = plan.dedups().size() > 1 && plan.protocol().dedup() == dedup;
        return VmemmapPlan.label(dedup) + (own ? "*" : "");
    }

    /** What is done instead of what was asked for, and why, as a note under the table. */
    private static String note(VmemmapFigures figures, List<Fallback> notes) {
        Fallback why = figures.sharing().why();
        if (why == null) {
            return "";
        }
        if (!notes.contains(why)) {
            notes.add(why);
        }
        return "=" + VmemmapPlan.label(figures.sharing().effective()) + " (" + (notes.indexOf(why) + 1) + ")";
    }

    private void details(VmemmapResult result) {
        sheet.title("In pages", "");
        Table table = new Table(Sheet.INDENT, "llrrrrl");
        table.row("heads", "dedup", "records", "tables", "initialised", "pgmap refs", "shared by");
        Geometry before = null;
        for (Case c : result.cases()) {
            VmemmapFigures figures = c.figures();
            table.row(
                    c.geometry().equals(before) ? "" : head(result.plan(), c.geometry()),
                    dedup(result.plan(), c.asked()),
                    count(figures.vmemmapPages()),
                    count(figures.pageTablePages()),
                    count(figures.structPagesInitialised()),
                    count(figures.pgmapRefs()),
                    figures.sharedBlocks().stream().map(VmemmapText::shared).collect(Collectors.joining(" ")));
            before = c.geometry();
        }
        sheet.table(table);
        sheet.blank();
    }

    /** Entries that lead to each shared block. */
    private static String shared(SharedBlock block) {
        return block.refs() + (block.kind() == FrameKind.TAIL ? " PTE" : " PMD");
    }

    // ---- side by side

    /** What the kernel spends in all, and what this process does, by geometry. */
    void sideBySide(VmemmapResult result) {
        VmemmapPlan plan = result.plan();
        sheet.title("Side by side", plan.measure() ? "in all; this process has the device mapped, used by nobody" : "");
        Table table = new Table(Sheet.INDENT, "lr");
        List<String> titles = new ArrayList<>(List.of("heads"));
        plan.dedups().forEach(dedup -> titles.add(dedup(plan, dedup)));
        if (plan.measure()) {
            titles.addAll(List.of("this process", "mapped in"));
        }
        table.row(titles);
        plan.geometries().forEach(geometry -> table.row(row(result, geometry)));
        sheet.table(table);
        result.idle().stream()
                .filter(idle -> idle.refused() != null)
                .forEach(idle -> sheet.line(Sheet.INDENT + head(plan, idle.geometry()) + ": " + idle.refused()));
        sheet.flush();
    }

    private static List<String> row(VmemmapResult result, Geometry geometry) {
        List<String> row = new ArrayList<>(List.of(head(result.plan(), geometry)));
        for (VmemmapDedup dedup : result.plan().dedups()) {
            row.add(bytes(result.find(geometry, dedup).figures().totalBytes()));
        }
        if (result.plan().measure()) {
            row.addAll(result.idle(geometry).map(VmemmapText::measured).orElse(List.of("-", "-")));
        }
        return row;
    }

    private static List<String> measured(Idle idle) {
        return idle.refused() == null
                ? List.of(Sizes.pretty(idle.heapBytes()), Numbers.span(idle.mapNanos()))
                : List.of("refused", "-");
    }

    // ---- words

    private static String head(VmemmapPlan plan, Geometry geometry) {
        return Sizes.exact(plan.headBytes(geometry));
    }

    /** Exact where that is short: {@code 4,128 MiB} rather than {@code 4 GiB}. */
    static String bytes(long bytes) {
        if (bytes == 0) {
            return "0";
        }
        long number = bytes;
        int unit = 0;
        while (number % 1024 == 0 && unit < UNITS.size() - 1) {
            number /= 1024;
            unit++;
        }
        return number > EXACT_MAX ? Sizes.pretty(bytes) : Numbers.grouped(number) + " " + UNITS.get(unit);
    }

    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");

    /** Exact up to a milliard, and {@code 4,295M} beyond: the document has every digit. */
    private static String count(long number) {
        return number < MILLIARD ? Numbers.grouped(number) : Numbers.shortened((double) number);
    }

    /** To six digits behind the point: {@code 0.390625}. */
    static String percent(double percent) {
        BigDecimal rounded = BigDecimal.valueOf(percent)
                .setScale(PERCENT_DIGITS, RoundingMode.HALF_UP)
                .stripTrailingZeros();
        return rounded.toPlainString();
    }
}
