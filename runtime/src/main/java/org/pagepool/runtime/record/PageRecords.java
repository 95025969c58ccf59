package org.pagepool.runtime.record;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.TreePMap;

/**
 * The records of the heads of one section, those that are not blank. Immutable; {@link #apply} is the only way from one
 * state to the next, live and in recovery.
 *
 * <p>Heads of which nothing is known but that they follow one another in a file, as those of a device that was mapped whole,
 * are kept as rows: a row costs what one head does.
 *
 * @param spec the pgmap they belong to
 * @param byHead by the pfn of the head; goes before the rows
 * @param rows by the pfn of their first head, not overlapping
 */
public record PageRecords(PgmapSpec spec, PMap<Long, PageRecord> byHead, TreePMap<Long, TiedRow> rows) {
    /**
     * Heads that are tied to one file, one behind the other.
     *
     * @param end first pfn behind them
     * @param file the file
     * @param index offset in it of the first of them, in base pages
     */
    public record TiedRow(long end, String file, long index) {}

    /** None. */
    public static PageRecords empty(PgmapSpec spec) {
        return new PageRecords(spec, HashTreePMap.empty(), TreePMap.empty());
    }

    /** The record of a head. */
    public PageRecord of(long head) {
        PageRecord own = byHead.get(head);
        return own != null ? own : inRow(head);
    }

    private PageRecord inRow(long head) {
        Map.Entry<Long, TiedRow> entry = rows.floorEntry(head);
        if (entry == null || head >= entry.getValue().end) {
            return PageRecord.BLANK;
        }
        TiedRow row = entry.getValue();
        return new PageRecord(row.file, row.index + (head - entry.getKey()), 0, null, Set.of());
    }

    /** The heads that files have, by file: those that several files have under {@code (shared)}. */
    public Map<String, List<Run>> ties() {
        Map<String, List<Run>> ties = new java.util.TreeMap<>();
        byHead.forEach((head, record) -> {
            if (record.tied()) {
                String file = record.mapping() == null ? "(shared)" : record.mapping();
                ties.computeIfAbsent(file, f -> new java.util.ArrayList<>()).add(new Run(head, 1, 1));
            }
        });
        rows.forEach((first, row) -> {
            List<Run> of = ties.computeIfAbsent(row.file, f -> new java.util.ArrayList<>());
            long from = first;
            for (long head = first;
                    head < row.end && !byHead.isEmpty();
                    head += spec.geometry().pages()) {
                if (byHead.containsKey(head)) {
                    addRow(of, from, head);
                    from = head + spec.geometry().pages();
                }
            }
            addRow(of, from, row.end);
        });
        ties.values().removeIf(List::isEmpty);
        ties.values().forEach(runs -> runs.sort(java.util.Comparator.comparingLong(Run::firstHead)));
        return ties;
    }

    private void addRow(List<Run> to, long from, long end) {
        if (end > from) {
            to.add(new Run(from, Math.toIntExact((end - from) >> spec.geometry().order()), 1));
        }
    }

    /** How many heads are poisoned. */
    public int poisoned() {
        return (int) byHead.values().stream()
                .filter(record -> record.has(PageFlag.HWPOISON))
                .count();
    }

    /** True when nothing is known of any of these heads. */
    public boolean blank(Run run) {
        long end = run.end(spec.geometry());
        Map.Entry<Long, TiedRow> row = rows.lowerEntry(end);
        if (row != null && row.getValue().end > run.firstHead()) {
            return false;
        }
        for (int i = 0; i < run.heads() && !byHead.isEmpty(); i++) {
            if (byHead.containsKey(run.firstHead() + i * spec.geometry().pages())) {
                return false;
            }
        }
        return true;
    }

    /** The next state. Events that say nothing of records leave it as it is. */
    public PageRecords apply(Event event) {
        if (event instanceof Event.Tied e) {
            return tied(e);
        }
        if (event instanceof Event.Untied e) {
            return untied(e.runs());
        }
        if (event instanceof Event.Grabbed e && e.kind() == GrabKind.REQUEST && spec.type() != MemoryType.FS_DAX) {
            boolean anonymous = spec.type() == MemoryType.PRIVATE || spec.type() == MemoryType.COHERENT;
            return each(e.runs(), record -> record.handedOut(e.holder(), anonymous));
        }
        if (event instanceof Event.Freed e) {
            return byHead.isEmpty() && rows.isEmpty()
                    ? this
                    : each(e.runs(), record -> Lifecycle.cleaned(spec.protocol(), spec.type(), record));
        }
        if (event instanceof Event.Poisoned e) {
            return with(e.head(), of(e.head()).with(PageFlag.HWPOISON));
        }
        if (event instanceof Event.Dirtied e) {
            return each(e.runs(), record -> record.with(PageFlag.DIRTY));
        }
        return this;
    }

    private PageRecords tied(Event.Tied e) {
        PageRecords next = this;
        long at = e.index();
        for (Run run : e.runs()) {
            if (next.blank(run)) {
                TiedRow row = new TiedRow(run.end(spec.geometry()), e.file(), at);
                next = new PageRecords(spec, next.byHead, joined(next.rows, run.firstHead(), row));
                at += row.end - run.firstHead();
                continue;
            }
            for (int i = 0; i < run.heads(); i++) {
                long head = run.firstHead() + i * spec.geometry().pages();
                next = next.with(head, next.of(head).tie(e.file(), at));
                at += spec.geometry().pages();
            }
        }
        return next;
    }

    /** Heads of a row that have no record of their own are blank without it. */
    private PageRecords untied(List<Run> runs) {
        PageRecords next = this;
        for (Run run : runs) {
            Map.Entry<Long, TiedRow> row = next.rows.floorEntry(run.firstHead());
            long end = run.end(spec.geometry());
            if (byHead.isEmpty() && row != null && row.getValue().end >= end) {
                next = new PageRecords(spec, next.byHead, next.without(run.firstHead(), end));
            } else {
                next = next.each(List.of(run), PageRecord::untie);
            }
        }
        return next;
    }

    private PageRecords each(List<Run> runs, java.util.function.UnaryOperator<PageRecord> change) {
        PageRecords next = this;
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                long head = run.firstHead() + i * spec.geometry().pages();
                next = next.with(head, change.apply(next.of(head)));
            }
        }
        return next;
    }

    /** One row more, or a longer one where it continues the row before it. */
    private static TreePMap<Long, TiedRow> joined(TreePMap<Long, TiedRow> rows, long first, TiedRow row) {
        Map.Entry<Long, TiedRow> before = rows.lowerEntry(first);
        boolean continues = before != null
                && before.getValue().end == first
                && before.getValue().file.equals(row.file)
                && before.getValue().index + (first - before.getKey()) == row.index;
        return continues
                ? rows.plus(before.getKey(), new TiedRow(row.end, row.file, before.getValue().index))
                : rows.plus(first, row);
    }

    private PageRecords with(long head, PageRecord record) {
        if (record.equals(inRow(head))) {
            return new PageRecords(spec, byHead.minus(head), rows);
        }
        return record.equals(PageRecord.BLANK)
                ? new PageRecords(spec, byHead.minus(head), without(head))
                : new PageRecords(spec, byHead.plus(head, record), rows);
    }

    /** The rows without one head. */
    private TreePMap<Long, TiedRow> without(long head) {
        return without(head, head + spec.geometry().pages());
    }

    /** The rows without some heads of one row, which cuts it in two. */
    private TreePMap<Long, TiedRow> without(long head, long next) {
        Map.Entry<Long, TiedRow> entry = rows.floorEntry(head);
        if (entry == null || head >= entry.getValue().end) {
            return rows;
        }
        long first = entry.getKey();
        TiedRow row = entry.getValue();
        TreePMap<Long, TiedRow> left = rows.minus(first);
        left = head > first ? left.plus(first, new TiedRow(head, row.file, row.index)) : left;
        return next < row.end ? left.plus(next, new TiedRow(row.end, row.file, row.index + (next - first))) : left;
    }
}
