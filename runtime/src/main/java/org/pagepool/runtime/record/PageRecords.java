package org.pagepool.runtime.record;

import java.util.List;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * The records of the heads of one section, those that are not blank. Immutable; {@link #apply} is the only way from one
 * state to the next, live and in recovery.
 *
 * @param spec the pgmap they belong to
 * @param byHead by the pfn of the head
 */
public record PageRecords(PgmapSpec spec, PMap<Long, PageRecord> byHead) {
    /** None. */
    public static PageRecords empty(PgmapSpec spec) {
        return new PageRecords(spec, HashTreePMap.empty());
    }

    /** The record of a head. */
    public PageRecord of(long head) {
        return byHead.getOrDefault(head, PageRecord.BLANK);
    }

    /** The next state. Events that say nothing of records leave it as it is. */
    public PageRecords apply(Event event) {
        if (event instanceof Event.Tied e) {
            return tied(e);
        }
        if (event instanceof Event.Untied e) {
            return each(e.runs(), PageRecord::untie);
        }
        if (event instanceof Event.Grabbed e && e.kind() == GrabKind.REQUEST && spec.type() != MemoryType.FS_DAX) {
            boolean anonymous = spec.type() == MemoryType.PRIVATE || spec.type() == MemoryType.COHERENT;
            return each(e.runs(), record -> record.handedOut(e.holder(), anonymous));
        }
        if (event instanceof Event.Freed e) {
            return byHead.isEmpty()
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
            for (int i = 0; i < run.heads(); i++) {
                long head = run.firstHead() + i * spec.geometry().pages();
                next = next.with(head, next.of(head).tie(e.file(), at));
                at += spec.geometry().pages();
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

    private PageRecords with(long head, PageRecord record) {
        return new PageRecords(spec, record.equals(PageRecord.BLANK) ? byHead.minus(head) : byHead.plus(head, record));
    }
}
